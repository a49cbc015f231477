"""Rows that are what is asked for: given cells kept, conditions met, constraints true."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lacunet._rng import generator
from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError
from lacunet.report._words import join
from lacunet.synthesis._asked import Asked, as_asked
from lacunet.synthesis._engine_face import Engine, Rows
from lacunet.synthesis.coding._coding import Kept, Reasons
from lacunet.synthesis.conditions import Constraints, Given, Wanted
from lacunet.synthesis.conditions.constraints._levels import numbers_in
from lacunet.table import Outline

CANDIDATES = 16
"""Candidates for each row where several cells are held: rows are chosen among them by their probability."""
MOST_ROUNDS = 200
"""Times that rows which break a constraint are drawn again before one gives up."""
AT_ONCE = 2048
"""Rows that are drawn in a round at least."""
Made = tuple[Floats, Reasons]


@dataclass(frozen=True, kw_only=True, eq=False)
class Maker:
    """Makes rows of one kind.

    Attributes
    ----------
    engine
        What draws.
    outline
        How rows are written, for constraints, which speak of written rows.
    constraints
        What must be true of every row.
    member, seed
        Which version of the model, and where chance comes from.
    """

    engine: Engine
    outline: Outline
    constraints: Constraints
    member: int
    seed: int

    def make(self, n: int, given: Given) -> Made:
        """Values and reasons of n rows.

        Raises
        ------
        DataError
            When rows that meet conditions and constraints do not turn up.
        SpecError
            When cells are given that constraints reckon from cells that are not.
        """
        p = len(self.engine.coding.columns)
        if n == 0:
            return np.empty((0, p)), np.empty((0, p), dtype=np.int8)
        self._check_derived(given)
        values, reason = self._draw(given, np.arange(n), 0)
        left = np.flatnonzero(~self._settle(values, reason, given))
        for k in range(1, MOST_ROUNDS):
            if not len(left):
                return values, reason
            rows = np.repeat(left, max(1, AT_ONCE // len(left)))
            anew = self._draw(given, rows, k)
            kept = np.flatnonzero(self._settle(*anew, given))
            done, first = np.unique(rows[kept], return_index=True)
            values[done], reason[done] = anew[0][kept[first]], anew[1][kept[first]]
            left = np.setdiff1d(left, done)
        if len(left):
            raise DataError(self._give_up(len(left), n, given))
        return values, reason

    def _check_derived(self, given: Given) -> None:
        """Refuse given cells that would have to be reckoned from others that are still to be made."""
        if given.rows is None:
            return
        names = [column.name for column in self.outline.schema.modelled]
        present = {names[j] for j in given.positions}
        for claim in self.constraints.claims:
            for name, _ in claim.definitions:
                open_parts = sorted(claim.columns - present)
                if name in self.constraints.derived and name in present and open_parts:
                    raise SpecError(
                        f"'{name}' is given, and the constraint {claim.text!r} reckons it from {join(open_parts)}, "
                        f"which {'is' if len(open_parts) == 1 else 'are'} still to be made. Give these too, or have "
                        f"'{name}' made as well."
                    )

    def _give_up(self, n_left: int, n: int, given: Given) -> str:
        texts = join([repr(text) for text in self.constraints.texts])
        asked = f" with {given.sentence()}" if given.positions else ""
        return (
            f"{n_left:,} of {n:,} rows{asked} broke the constraints {texts} in each of {MOST_ROUNDS} draws. "
            "Constraints that such rows can meet are needed. Loosen one, or ask for other rows."
        )

    def _settle(self, values: Floats, reason: Reasons, given: Given) -> NDArray[np.bool_]:
        """Reckon derived columns in place; which rows keep all constraints, and are still what is asked for."""
        if not len(self.constraints):
            return np.ones(len(values), dtype=bool)
        frame = self.outline.analysis_frame(values, reason)
        derived = self.constraints.derived
        if derived:
            frame = self.constraints.derive(frame)
            for j, column in enumerate(self.outline.schema.modelled):
                if column.name in derived:
                    made, known = numbers_in(column, frame), reason[:, j] == 0
                    values[:, j] = np.where(known & np.isfinite(made), made, values[:, j])
            frame = self.outline.analysis_frame(values, reason)
        held = np.asarray(self.constraints.holds(frame).all(axis=1), dtype=bool)
        return held if given.rows is not None else held & given.matches(values, reason)

    def _draw(self, given: Given, rows: NDArray[np.intp], turn: int) -> Made:
        """Values and reasons of some rows, numbered as given rows are."""
        seed = derive_seed(self.seed, "turn", turn) if turn else self.seed
        if given.rows is None:
            return self._draw_asked(_empty(self.engine, len(rows)), given.wanted, given, seed, None)
        at = rows % len(given.rows[0])
        values, reason = given.rows[0][at], given.rows[1][at]
        out, why = np.empty_like(values), np.empty_like(reason)
        for g, (at, wanted) in enumerate(self._by_decided(values, reason, given.rows[2])):
            kept = (values[at], reason[at], given.rows[2])
            start, asked = self._given_rows(*kept), replace(given, rows=None)
            own = derive_seed(seed, "group", g) if g else seed
            out[at], why[at] = self._draw_asked(start, wanted, asked, own, kept)
        return out, why

    def _by_decided(
        self, values: Floats, reason: Reasons, present: tuple[int, ...]
    ) -> Iterator[tuple[NDArray[np.intp], tuple[Wanted, ...]]]:
        """Rows that agree in the given columns which others decide, and what that asks of the others."""
        columns = self.engine.coding.columns
        decided = [j for j in present if (rule := columns[j].lookup) is not None and rule.source not in present]
        if not decided:
            yield np.arange(len(values)), ()
            return
        keys = np.hstack([np.where(reason[:, decided] == 0, values[:, decided], 0.0), reason[:, decided]])
        _, group = np.unique(keys, axis=0, return_inverse=True)
        for g in range(int(group.max(initial=-1)) + 1):
            at = np.flatnonzero(group == g)
            yield at, tuple(_exactly(j, values[at[0], j], int(reason[at[0], j])) for j in decided)

    def _given_rows(self, values: Floats, reason: Reasons, present: tuple[int, ...]) -> Rows:
        coding = self.engine.coding
        coded = coding.encode(values, reason, len(values))
        there = np.zeros(coded["seen"].shape, dtype=bool)
        for j in present:
            slots, column = list(coding.slots_of(j)), coding.columns[j]
            there[:, slots] = coded["seen"][:, slots]
            if column.tied >= 0 and column.tied not in present:
                there[:, coding.book.slot[column.status]] &= reason[:, j] > 0
        return {"level": coded["level"], "z": coded["z"], "there": there}

    def _draw_asked(self, start: Rows, wanted: tuple[Wanted, ...], given: Given, seed: int, kept: Kept | None) -> Made:
        coding = self.engine.coding
        asked = as_asked(wanted, coding, given, () if kept is None else kept[2])
        if asked.held is not None and len(asked.first) > 1 and wanted:
            start = self._choose(start, asked, seed)
        drawn = self.engine.draw(start, asked.first, member=self.member, seed=seed, held=asked.held)
        rng = generator(seed, "values", self.member)
        values, reason = coding.decode(drawn["level"], drawn["z"], rng, asked.limits, kept)
        for one in wanted:
            _snap(one, values, reason)
        return values, reason

    def _choose(self, start: Rows, asked: Asked, seed: int) -> Rows:
        """Held cells by their probability given each other: candidates are drawn and weighed (Rubin 1987).

        References
        ----------
        Rubin, D. B. 1987. The calculation of posterior distributions by data augmentation: comment. A noniterative
        sampling/importance resampling alternative. Journal of the American Statistical Association 82(398): 543-546.
        """
        n = len(start["level"])
        many = {name: np.repeat(array, CANDIDATES, axis=0) for name, array in start.items()}
        own = derive_seed(seed, "candidates", 0)
        drawn = self.engine.draw(many, asked.first, member=self.member, seed=own, held=asked.held, only_first=True)
        rng = generator(seed, "choice", self.member)
        log_weight = drawn["log_weight"].reshape(n, CANDIDATES).astype(np.float64)
        # The largest of noisy log weights is a draw in proportion to the weights.
        best = np.argmax(log_weight + rng.gumbel(size=log_weight.shape), axis=1)
        chosen = np.arange(n) * CANDIDATES + best
        kept = {name: drawn[name][chosen] for name in ("level", "z", "there")}
        is_first = np.zeros(kept["there"].shape[1], dtype=bool)
        is_first[asked.first] = True
        return kept | {"there": kept["there"] & is_first}


def derive_seed(seed: int, purpose: str, number: int) -> int:
    """Another seed for one purpose of a seed."""
    return int(generator(seed, purpose, number).integers(2**31))


def _empty(engine: Engine, n: int) -> Rows:
    shape = (n, engine.coding.book.shape.n_slots)
    return {
        "level": np.zeros(shape, dtype=np.int32),
        "z": np.zeros(shape, dtype=np.float32),
        "there": np.zeros(shape, dtype=bool),
    }


def _exactly(position: int, value: float, reason: int) -> Wanted:
    if reason:
        return Wanted(position=position, levels=frozenset(), reasons=frozenset({reason}))
    return Wanted(position=position, levels=frozenset({value}))


def _snap(one: Wanted, values: Floats, reason: Reasons) -> None:
    """Bring a number that was asked for by its values to the nearest of them, in place."""
    if not one.levels:
        return
    listed, known = np.array(sorted(one.levels)), reason[:, one.position] == 0
    mine = values[known, one.position]
    values[known, one.position] = listed[np.abs(mine[:, None] - listed[None, :]).argmin(axis=1)]
