"""Profiles drawn, from the population or uniformly, until no task shows one twice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, Protocol, get_args

import numpy as np

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed, generator
from lacunet._typing import Bools, Floats, Frame
from lacunet.errors import SpecError
from lacunet.report._words import join
from lacunet.synthesis.conditions._conflicts import refuse_conflicts
from lacunet.synthesis.conditions._given import Given, parse_given
from lacunet.synthesis.conditions._profiles import PLACES, Draw, Profiles, attribute_frame
from lacunet.synthesis.conditions._wanted import Wanted
from lacunet.synthesis.conditions.constraints import Constraints, parse_constraints
from lacunet.synthesis.conditions.constraints._levels import find_column
from lacunet.table import Column, Outline

WHAT = "attributes"
SPARE = 1.1
"""More profiles than needed are drawn at first, since some are dropped."""
MOST_AT_ONCE = 50_000
MOST_ASKED, MOST_PER_PROFILE = 100_000, 50
"""Profiles drawn before one gives up: so many, and so many more for each that is needed."""
ENOUGH_ALIKE = 500
"""Tasks that show a profile twice before one gives up."""
ANY_VALUE = (None, None)
Take = Callable[[int, int], Floats]
"""Wanted number of profiles and number of the round → profiles that may be shown (rows, attributes)."""


class Sampler(Protocol):
    """What can draw synthetic rows."""

    @property
    def outline(self) -> Outline:
        """The columns there are."""

    def sample(self, n: int, *, given: Any = None, seed: int | None = None) -> Frame:
        """Draw rows."""


def draw_profiles(
    fitted: Sampler,
    n_respondents: int,
    *,
    attributes: Sequence[str],
    n_tasks: int = 5,
    n_profiles: int = 2,
    given: Mapping[str, Any] | None = None,
    constraints: str | Iterable[str] = (),
    draw: Draw = "population",
    seed: int | None = None,
) -> Profiles:
    r"""Draw profiles for a conjoint or vignette experiment.

    Each respondent sees ``n_tasks`` tasks of ``n_profiles`` profiles, never two alike in one task. With
    ``draw="population"`` a profile is a row of the joint distribution that was learnt, so that an average effect over
    profiles speaks for the population they stand for (de la Cuesta, Egami & Imai 2022): attributes are correlated as
    they are in it, and rare combinations are rare. With ``draw="uniform"`` every level of every attribute is equally
    likely and independent of the others, within the constraints (Hainmueller, Hopkins & Yamamoto 2014): effects of rare
    levels are estimated best, for a population that nobody lives in. For a design with many attributes and few
    respondents prefer an orthogonal design, which this is not.

    .. math:: \Pr(T = t) \propto p(t)\, 1\{t \text{ keeps the constraints}\}

    with p the population's or the uniform distribution; tasks in which two profiles are alike are drawn anew as a
    whole, so that all places in a task are exchangeable.

    Parameters
    ----------
    fitted
        A fitted synthesizer.
    n_respondents
        Respondents.
    attributes
        Columns that a profile shows.
    n_tasks, n_profiles
        Tasks of each respondent, profiles of each task; 1 profile makes single vignettes.
    given
        What every profile has to be, as for sampling. For uniform draws a number needs the values to show
        (``{"age": [25, 45, 65]}``); whole numbers may have a range.
    constraints
        What has to be true of every profile (see `parse_constraints`).
    draw
        "population" or "uniform".
    seed
        A whole number from 0; None draws one and records it.

    Returns
    -------
    Profiles
        ``.frame()``, ``.text(template)``, ``.design()``, ``.never_shown()``.

    Raises
    ------
    SpecError
        When ``draw`` is unknown, no attribute is named or one twice, a uniform draw lacks the values of a number or has
        a condition on what is no attribute, a profile would have to show no value, no profile satisfies the
        constraints (also with what is given), or there are fewer different profiles than a task shows.
    ColumnError
        When an attribute, level or column does not exist.

    References
    ----------
    Hainmueller, J., D. J. Hopkins, and T. Yamamoto. 2014. Causal inference in conjoint analysis: understanding
    multidimensional choices via stated preference experiments. Political Analysis 22 (1): 1-30.
    de la Cuesta, B., N. Egami, and K. Imai. 2022. Improving the external validity of conjoint analysis: the essential
    role of profile distribution. Political Analysis 30 (1): 19-45.

    Differs: the population's profiles come from a learnt joint distribution, not from marginals or survey rows; no
    task shows the same profile twice.
    """
    if draw not in get_args(Draw):
        raise SpecError(f"draw={draw!r} is no way to draw profiles. Say 'population' or 'uniform'.")
    for count, name in ((n_respondents, "n_respondents"), (n_tasks, "n_tasks"), (n_profiles, "n_profiles")):
        check_count(count, name)
    seed = draw_seed() if seed is None else check_seed(seed)
    columns = _read_attributes(attributes, fitted.outline)
    names = tuple(column.name for column in columns)
    asked = _read_given(given, fitted.outline, names)
    kept = parse_constraints(constraints, fitted.outline.schema)
    refuse_conflicts(asked, kept)
    if draw == "uniform":
        take = _take_uniform(fitted.outline, columns, asked, kept, seed)
    else:
        take = _take_from_population(fitted, names, given or {}, kept, seed)
    tasks = _fill_tasks(take, n_respondents * n_tasks, n_profiles, kept)
    return Profiles(
        outline=fitted.outline,
        attributes=names,
        values=tasks.reshape(n_respondents, n_tasks, n_profiles, len(names)),
        draw=draw,
        given=asked,
        constraints=kept,
        seed=seed,
    )


def _read_attributes(attributes: Sequence[str], outline: Outline) -> list[Column]:
    names = [attributes] if isinstance(attributes, str) else list(attributes)
    if not names:
        raise SpecError("attributes is empty. A profile shows at least one column. Name those that it is to show.")
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise SpecError(f"attributes names {join(doubled)} more than once. A profile shows a column once. Drop one.")
    if set(names) & set(PLACES):
        raise SpecError(
            f"attributes names {join(sorted(set(names) & set(PLACES)))}. The frame of profiles has columns of that "
            "name already. Rename the column."
        )
    return [find_column(outline.schema, name, WHAT) for name in names]


def _read_given(given: Any, outline: Outline, names: tuple[str, ...]) -> Given:
    if given is not None and not isinstance(given, Mapping):
        raise SpecError(
            f"given is a {type(given).__name__}. Profiles are drawn under conditions that are the same for all: a "
            "mapping such as {'age': (18, 30)} is needed. Give one."
        )
    read = parse_given(given, outline)
    for one in read.wanted:
        name = outline.schema.modelled[one.position].name
        if one.reasons and name in names:
            raise SpecError(
                f"given asks for {name!r} without a value. A profile shows a value of every attribute. Ask for values, "
                f"or leave {name!r} out of attributes."
            )
    return read


def _take_from_population(
    fitted: Sampler, names: tuple[str, ...], given: Mapping[str, Any], kept: Constraints, seed: int
) -> Take:
    modelled = [column.name for column in fitted.outline.schema.modelled]
    places = [modelled.index(name) for name in names]
    may_be_empty = [name for name, place in zip(names, places, strict=True) if fitted.outline.reasons[place]]
    asked = dict.fromkeys(may_be_empty, ANY_VALUE) | {str(name): value for name, value in given.items()}

    def take(n: int, turn: int) -> Floats:
        own = int(generator(seed, "profiles", turn).integers(2**31))
        values, reason, _ = fitted.outline.read(fitted.sample(n, given=asked, seed=own))
        holds = kept.holds(fitted.outline.analysis_frame(values, reason)).all(axis=1)
        return values[np.ix_(holds & (reason[:, places] == 0).all(axis=1), places)]

    return take


def _take_uniform(outline: Outline, columns: Sequence[Column], asked: Given, kept: Constraints, seed: int) -> Take:
    names = tuple(column.name for column in columns)
    strange = sorted({outline.schema.modelled[one.position].name for one in asked.wanted} - set(names))
    strange += [name for name in kept.columns if name not in names]
    if strange:
        raise SpecError(
            f"given or constraints name {join(strange)}, which uniform profiles do not show. Conditions on attributes "
            "are needed. Add it to attributes, drop the condition, or say draw='population'."
        )
    wanted = {outline.schema.modelled[one.position].name: one for one in asked.wanted}
    levels = [_levels_to_show(column, wanted.get(column.name)) for column in columns]

    def take(n: int, turn: int) -> Floats:
        chance = generator(seed, "profiles", turn)
        cells = np.column_stack([chance.choice(shown, size=n) for shown in levels])
        if not len(kept):
            return cells
        return cells[kept.holds(attribute_frame(outline, names, cells)).all(axis=1)]

    return take


def _levels_to_show(column: Column, wanted: Wanted | None) -> Floats:
    if wanted is not None and wanted.levels:
        return np.array(sorted(wanted.levels))
    if column.is_category:
        return np.arange(len(column.levels), dtype=np.float64)
    is_short = wanted is not None and column.is_integer and wanted.high - wanted.low < MOST_AT_ONCE
    if wanted is None or not is_short:
        raise SpecError(
            f"draw='uniform' makes each level equally likely, but {column.name!r} ({column.kind}) has no levels. The "
            f"values to show are needed. Give them: given={{{column.name!r}: [...]}}."
        )
    whole = np.arange(np.ceil(wanted.low), np.floor(wanted.high) + 1)
    if not len(whole):
        raise SpecError(f"given leaves {column.name!r} no whole number. At least one is needed. Widen the range.")
    return whole


def _fill_tasks(take: Take, n_tasks: int, n_profiles: int, kept: Constraints) -> Floats:
    """Tasks (n, profiles, attributes) in none of which two profiles are alike."""
    done: list[Floats] = []
    n_asked = n_found = n_done = turn = 0
    most = MOST_ASKED + MOST_PER_PROFILE * n_tasks * n_profiles
    while n_done < n_tasks:
        if n_asked >= most or (not n_done and n_found >= ENOUGH_ALIKE * n_profiles):
            raise SpecError(_say_short(n_asked, n_found, n_done, n_profiles, kept))
        share = max(n_found, 1) / n_asked if n_asked else 1.0
        n = min(int(np.ceil(SPARE * (n_tasks - n_done) * n_profiles / share)) + n_profiles, MOST_AT_ONCE)
        rows = take(n, turn)
        n_asked, n_found, turn = n_asked + n, n_found + len(rows), turn + 1
        tasks = rows[: len(rows) // n_profiles * n_profiles].reshape(-1, n_profiles, rows.shape[1])
        done.append(tasks[_are_different(tasks)])
        n_done += len(done[-1])
    return np.concatenate(done)[:n_tasks]


def _are_different(tasks: Floats) -> Bools:
    found = np.ones(len(tasks), dtype=bool)
    for i, j in combinations(range(tasks.shape[1]), 2):
        found &= (tasks[:, i] != tasks[:, j]).any(axis=1)
    return found


def _say_short(n_asked: int, n_found: int, n_done: int, n_profiles: int, kept: Constraints) -> str:
    said = join([repr(text) for text in kept.texts]) or "what is given"
    if not n_found:
        return (
            f"None of {n_asked:,} profiles satisfies {said}. Profiles that occur are needed. Drop or widen a "
            "condition, or correct a constraint."
        )
    if not n_done:
        return (
            f"Among {n_found:,} profiles no task of {n_profiles} different ones could be made: too few differ. Add "
            "attributes or levels, drop a condition, or show fewer profiles in a task."
        )
    return (
        f"Only {n_found:,} of {n_asked:,} profiles satisfy {said}, enough for {n_done:,} tasks. More are needed. "
        "Drop or widen a condition, or ask for fewer respondents or tasks."
    )
