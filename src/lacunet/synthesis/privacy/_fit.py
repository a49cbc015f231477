"""The door to private synthesis: rows in, and out of it only what was paid for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._check import check_seed
from lacunet._layout import Kind
from lacunet._rng import draw_seed, secret_generator
from lacunet._typing import Frame, PathLike
from lacunet.errors import DataError, SpecError
from lacunet.synthesis.conditions import parse_constraints
from lacunet.synthesis.privacy._declare import declare, public_levels
from lacunet.synthesis.privacy._engine import Mask, PrivateEngine
from lacunet.synthesis.privacy._privacy import Privacy
from lacunet.synthesis.privacy._sampler import PrivateSampler, fit_private_tree
from lacunet.table import Outline
from lacunet.table._declared import Declared, declared_outline, distinct_cells, read_declared
from lacunet.table._file import read_file
from lacunet.table._frame import column_names, is_frame, read_columns
from lacunet.table._wish import Options

FAINT = 3.0
"""Empty cells that nobody declared are made only where their noisy count is so many standard deviations above zero."""
SHARED_NOISE = (
    "The noise that protects the rows is the same in all sets and in no standard error: intervals from these rows are "
    "too narrow, and coefficients lean towards zero. Do not test hypotheses on them."
)
UNSEEDED = (
    "The noise came from the system and is not recorded, so this fit cannot be repeated, only loaded; the seed decides "
    "which rows are drawn from it. The number of rows is a noisy one."
)

PRIVATE_WORKS = (
    "Dwork, C., and A. Roth. 2014. The algorithmic foundations of differential privacy. Foundations and Trends in "
    "Theoretical Computer Science 9(3-4): 211-407.",
    "McKenna, R., B. Mullins, D. Sheldon, and G. Miklau. 2022. AIM: an adaptive and iterative mechanism for "
    "differentially private synthetic data. PVLDB 15(11).",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What `fit` was asked for, beyond the budget."""

    seed: int | None
    constraints: str | Sequence[str]
    kinds: Mapping[str, Kind] | None
    missing_codes: Any
    not_applicable: Any
    leave_out: Sequence[str]
    encoding: str | None
    n_levels: int | None

    @property
    def options(self) -> Options:
        """As `lacunet.read_table` has them."""
        return Options(
            kinds=self.kinds,
            missing_codes=self.missing_codes,
            not_applicable=self.not_applicable,
            leave_out=self.leave_out,
        )


def fit_private(frame: Frame | PathLike, privacy: Privacy, wanted: Wanted) -> dict[str, Any]:
    """Noisy tables of a frame or file, as the fields of a fitted synthesizer; no real row is among them.

    Parameters
    ----------
    frame
        The rows.
    privacy
        The budget, and what is public.
    wanted
        Options of the fit.

    Returns
    -------
    dict
        ``engine``, ``outline``, ``constraints``, ``seed``, ``n_real`` (a noisy count) and ``notes``.

    Raises
    ------
    SpecError
        Where something would have to be guessed from the rows.
    """
    seed = draw_seed() if wanted.seed is None else check_seed(wanted.seed)
    opened = _open(frame, wanted.encoding)
    declared = declare(column_names(opened), privacy, wanted.options)
    if all(one.kind is None for one in declared):
        raise DataError("Every column is left out. At least one column to model is needed. Leave out fewer.")
    texts = (wanted.constraints,) if isinstance(wanted.constraints, str) else tuple(wanted.constraints)
    sampler, filled = _fit_tables(opened, declared, privacy, wanted.n_levels, texts)
    outline = declared_outline(filled, opened)
    modelled = [one for one in declared if one.kind is not None]
    is_kept = [one.kind is not None for one, before in zip(filled, declared, strict=True) if before.kind is not None]
    columns = np.flatnonzero(is_kept).astype(np.int64)
    if not len(columns):
        raise DataError(
            "No column had two levels that enough rows hold. Something to model is needed. Declare levels in "
            "Privacy(domain=...), or raise epsilon."
        )
    engine = PrivateEngine.build(
        sampler, columns, _drawable(sampler, modelled, outline, columns), outline.schema.as_layout()
    )
    lost = [one.name for one, keep in zip(modelled, is_kept, strict=True) if not keep]
    told = (f"Fewer than two levels of {', '.join(map(repr, lost))} were frequent enough to be named: left empty.",)
    return {
        "engine": engine,
        "outline": outline,
        "constraints": parse_constraints(texts, outline.schema),
        "seed": seed,
        "n_real": sampler.coding.n_rows,
        "notes": (*sampler.sentences, SHARED_NOISE, UNSEEDED, *outline.notes, *(told if lost else ())),
    }


def refuse_design(*design: str | None) -> None:
    """A large weight makes one row count as many, and strata and clusters hold rows together."""
    named = [name for name in design if name is not None]
    if named:
        raise SpecError(
            f"{named[0]!r} is named as part of the survey's design. With privacy= every row has to count once, and for "
            "itself, or noise for one row would not hide it. Leave weights, strata and clusters out; the synthetic "
            "rows then stand for the sample, not the population."
        )


def _open(frame: Frame | PathLike, encoding: str | None) -> Frame:
    if isinstance(frame, str | Path):
        return read_file(Path(frame), encoding)[0]
    if not is_frame(frame):
        raise SpecError(
            f"The data are a {type(frame).__name__}. A path, or a pandas, polars or pyarrow frame is needed. Make one."
        )
    return frame


def _fit_tables(
    frame: Frame, declared: list[Declared], privacy: Privacy, n_levels: int | None, texts: tuple[str, ...]
) -> tuple[PrivateSampler, list[Declared]]:
    """Tables with their coding in the words of what may be named, and the columns with these words."""
    # Levels that nobody declared are all there while the rows are coded, and only then.
    open_, raws = [], read_columns(frame)
    for one, raw in zip(declared, raws, strict=True):
        is_found = one.is_category and not one.levels
        open_.append(replace(one, levels=_at_least_two(distinct_cells(raw, one.codes))) if is_found else one)
    outline = declared_outline(open_, frame)
    # What is misspelt is to be found before anything is spent.
    parse_constraints(texts, outline.schema)
    values, reason = read_declared(frame, outline)
    sampler = fit_private_tree(
        values,
        reason,
        outline.schema.as_layout(),
        tuple(len(known) for known in outline.reasons),
        replace(privacy, domain=public_levels(declared, privacy)),
        secret_generator(),
        n_levels=n_levels,
    )
    columns, filled = list(sampler.coding.columns), dict[str, Declared]()
    for j, schema in enumerate(outline.schema.modelled):
        one = next(one for one in declared if one.name == schema.name)
        if one.is_category and not one.levels:
            named = tuple(schema.levels[k] for k in columns[j].levels)
            # A position among all levels would tell how many there are.
            columns[j] = replace(columns[j], levels=np.arange(len(named)))
            filled[one.name] = replace(one, levels=named) if len(named) > 1 else Declared(name=one.name, kind=None)
    coding = replace(sampler.coding, columns=tuple(columns))
    return replace(sampler, coding=coding), [filled.get(one.name, one) for one in declared]


def _at_least_two(levels: tuple[Any, ...]) -> tuple[Any, ...]:
    """Levels of a column, with stand-ins that no cell holds where there are too few to be read as a category."""
    return (*levels, *(f"~{k}" for k in range(2 - len(levels))))


def _drawable(
    sampler: PrivateSampler, modelled: Sequence[Declared], outline: Outline, kept: NDArray[np.int64]
) -> dict[int, Mask]:
    """Codes that rows may have: named levels, declared reasons, and empty cells if there are some for certain."""
    named = sampler.coding.drawable()
    place = {column: j for j, column in enumerate(kept.tolist())}
    out: dict[int, Mask] = {}
    for c, column in enumerate(sampler.coding.columns):
        mask = named.get(c, np.ones(column.n_codes, dtype=bool)).copy()
        if c in place and None not in modelled[c].codes:
            marginal = column.marginal
            empty = marginal.n_values + outline.reasons[place[c]].index(None)
            mask[empty] &= bool(marginal.counts[empty] > FAINT * marginal.spread[empty])
        out[c] = mask
    return out
