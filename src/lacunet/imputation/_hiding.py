"""Which known cells a ranking of imputers hides, and where it scores: the same for all imputers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lacunet._check import check_count
from lacunet._layout import MISSING, OBSERVED
from lacunet._typing import Bools, Integers, States
from lacunet.errors import ColumnError, DataError, SpecError, suggest
from lacunet.table import Table

LEAST = 20
"""Rows at which a variable is scored, or it is left out."""
PILES = 5
"""At most one known cell in so many is hidden in a round, so that there is enough to learn from."""


@dataclass(frozen=True)
class Round:
    """Cells hidden for one fit, those of them that are scored, both (n, p), and the seed of the fit."""

    hidden: Bools
    scored: Bools
    seed: int


@dataclass(frozen=True)
class Hiding:
    """Positions of the scored variables, the rounds, and why variables with holes are left out."""

    cols: list[int]
    rounds: tuple[Round, ...]
    left_out: dict[str, str]


def plan_hiding(
    table: Table,
    *,
    variables: Sequence[str] | None,
    rounds: int,
    rows: int | None,
    complete_only: bool,
    chance: np.random.Generator,
) -> Hiding:
    """Deal the rows into piles and give each variable one a round (see ``rank_imputers``)."""
    if variables is not None and (isinstance(variables, str) or not variables):
        raise SpecError(f"variables={variables!r} is no list of names. Name those to score: variables=['income'].")
    check_count(rounds, "rounds")
    if rows is not None:
        check_count(rows, "rows", least=LEAST)
    state, names = table.state, table.layout.names
    seen = np.array([_seen(state, j) for j in range(len(names))], dtype=bool).reshape(len(names), len(names))
    if not complete_only:
        seen[:] = True
    reasons = {j: why for j in range(len(names)) if (why := _why_not(state, seen, j, rounds))}
    wanted = _wanted(state, names, variables, reasons)
    n_piles, kept = _choose(state, wanted, rounds, complete_only)
    if variables is not None and len(kept) < len(wanted):
        raise ColumnError(
            f"{len(wanted)} variables are too many for {len(state):,} rows: each must be scored at {LEAST} or more. "
            f"Name fewer, such as {', '.join(names[j] for j in kept)}, or raise rounds."
        )
    if rounds > n_piles:
        raise SpecError(
            f"rounds={rounds} is too many: after {n_piles} every known cell was scored once. "
            f"Give a number from 1 to {n_piles}."
        )
    left_out = {names[j]: why for j, why in reasons.items() if (state[:, j] == MISSING).any()} if not variables else {}
    left_out |= {names[j]: "too few rows for so many variables" for j in wanted if j not in kept}
    order = chance.permutation(len(state))
    seeds = chance.integers(2**31, size=rounds).tolist()
    made = []
    for k in range(rounds):
        piles = [order[(v + k) % n_piles :: n_piles] for v in range(len(kept))]
        made.append(_round(state, dict(zip(kept, piles, strict=True)), rows, seen, seeds[k]))
    return Hiding(kept, tuple(made), left_out)


def _round(state: States, piles: dict[int, Integers], rows: int | None, seen: Bools, seed: int) -> Round:
    """Hide what is known of each variable in its pile, and score it there."""
    scored, hidden = np.zeros(state.shape, dtype=bool), np.zeros(state.shape, dtype=bool)
    for j, pile in piles.items():
        here = pile[state[pile, j] == OBSERVED][:rows]
        scored[here, j] = True
        hidden[here] = (state[here] == OBSERVED) & ~seen[j]
        hidden[here, j] = True
    return Round(hidden, scored, seed)


def _seen(state: States, j: int) -> Bools:
    """Variables known (or not applicable) wherever variable j is known, itself among them, shape (p,)."""
    return np.asarray((state[state[:, j] == OBSERVED] != MISSING).all(axis=0))


def _why_not(state: States, seen: Bools, j: int, rounds: int) -> str:
    """Why a variable cannot be scored; nothing if it can."""
    n_known = int((state[:, j] == OBSERVED).sum())
    if not (state[:, j] == MISSING).any():
        return "nothing of it is missing"
    if n_known * min(rounds, PILES) < PILES * LEAST:
        return f"known in {n_known:,} rows only"
    if seen.shape[1] > 1 and seen[j].sum() == 1:
        return "no other variable is known wherever it is"
    return ""


def _wanted(state: States, names: Sequence[str], variables: Sequence[str] | None, reasons: dict[int, str]) -> list[int]:
    """Positions of the variables to score, the weightiest first; names are those of the user."""
    if variables is not None:
        for name in variables:
            if name not in names:
                raise ColumnError(
                    f"There is no variable {name!r} to score. "
                    f"{suggest(name, names) or 'The variables are ' + ', '.join(names) + '.'}"
                )
            if why := reasons.get(names.index(name)):
                raise ColumnError(
                    f"The variable {name!r} cannot be scored: {why}. Variables with holes, known in {PILES * LEAST} "
                    "rows or more, can. Leave it away, or raise rounds if it is known too rarely."
                )
        wanted = {names.index(name) for name in variables}
    else:
        wanted = set(range(len(names))) - set(reasons)
    if not wanted:
        raise DataError(_nothing(state, names, reasons))
    weight = (state == OBSERVED).sum(axis=0) * (state == MISSING).sum(axis=0)
    return sorted(wanted, key=lambda j: (-weight[j], j))


def _nothing(state: States, names: Sequence[str], reasons: dict[int, str]) -> str:
    if not (state == MISSING).any():
        return (
            "Nothing is missing in the data. Imputers are ranked where they are needed. Analyse the data as they are."
        )
    told = "; ".join(f"{names[j]}: {why}" for j, why in reasons.items() if (state[:, j] == MISSING).any())
    return (
        f"No variable can be scored ({told}). One with holes, known in {PILES * LEAST} rows or more, is needed. "
        f"Collect more rows, or raise rounds up to {PILES}."
    )


def _choose(state: States, wanted: list[int], rounds: int, complete_only: bool) -> tuple[int, list[int]]:
    """Number of piles, and as many of the weightiest variables as leave each of them enough rows."""
    known = (state == OBSERVED).sum(axis=0)
    for n in range(len(wanted), 1, -1):
        n_piles = PILES * n if complete_only else max(PILES, n)
        if known[wanted[:n]].min() * min(rounds, n_piles) >= n_piles * LEAST:
            return n_piles, wanted[:n]
    return PILES, wanted[:1]
