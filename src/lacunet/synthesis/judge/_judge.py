"""The door of the judge."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from lacunet._check import check_seed
from lacunet._layout import Kind
from lacunet._rng import draw_seed, generator
from lacunet.errors import ColumnError, SpecError, suggest
from lacunet.synthesis.judge._disclosure import measure_disclosure
from lacunet.synthesis.judge._fidelity import measure_fidelity
from lacunet.synthesis.judge._floors import make_baselines
from lacunet.synthesis.judge._judgement import Judgement
from lacunet.synthesis.judge._measure import Measure
from lacunet.synthesis.judge._reading import Files, read_files
from lacunet.synthesis.judge._usefulness import Asked, measure_usefulness
from lacunet.synthesis.judge._verdict import write_value

Progress = Callable[[str, int, int], None]

MOST_SETS = 5
"""Synthetic sets that are measured; further ones say little more."""
PROPER = ("plug-in proper", "fully")
"""Combining rules of sets that come each from a model of its own."""


def judge(
    real: Any,
    synthetic: Any,
    *,
    target: str | None = None,
    keys: Sequence[str] | None = None,
    held_out: Any = None,
    formulas: str | Iterable[str] | Mapping[str, str] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    missing_codes: Any = None,
    not_applicable: Any = None,
    weights: str | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Judgement:
    """Judge synthetic rows, whoever made them: fidelity, usefulness, disclosure.

    Every number comes with what two real halves score (the floor) and with what shuffled columns score, for a number
    alone says nothing: two samples of the same people differ too, and columns without any relation pass some tests.
    Use it before a release and to choose between generators. It cannot show that data are safe; nothing but
    differential privacy bounds every attack.

    Spellings of other tools are understood ("1.0" for 1, another order of columns, labels for codes, empty cells for
    the one code that stands for no answer) and said in ``notes``; what cannot be understood counts as a category of
    its own.

    Parameters
    ----------
    real
        The rows that the generator learnt from: a path, a pandas, polars or pyarrow frame, or a ``Table``.
    synthetic
        The rows to judge, in the same forms; or several sets (a list, ``Syntheses``), whose numbers are averaged over
        the first 5. ``Syntheses`` also say how they were made, which decides how far chance takes coefficients; of a
        list, all sets are supposed to come from one fitted model.
    target
        A column that matters: what can be learnt of it from synthetic rows is tried on real ones, it is regressed on
        all other columns, and attackers want to know it.
    keys
        Columns that an attacker may know of a person.
    held_out
        Real rows of the same population that the generator never saw. Without them membership cannot be tested.
    formulas
        Regressions that must survive: a formula, several, or a mapping from formula to model ("ols", "logit",
        "multinomial" and so on).
    kinds, missing_codes, not_applicable
        Of the real file, as in ``read_table``.
    weights
        Column of survey weights for the formulas.
    seed
        Of every draw; None draws one, which ``Judgement.seed`` keeps.
    progress
        Called with a word, the steps done, and all steps.

    Returns
    -------
    Judgement

    Raises
    ------
    SpecError
        If a source is nothing that can be read, or an option is wrong.
    ColumnError
        If ``target``, ``keys`` or ``weights`` name columns that are not in both files.
    DataError
        If a file has fewer than 10 rows, or the files share no column that can be compared.

    References
    ----------
    Raab, G. M., B. Nowok, and C. Dibben. 2021. Assessing, visualizing and improving the utility of synthetic data.
    arXiv:2109.12717.
    Giomi, M., F. Boenisch, C. Wehmeyer, and B. Tasnádi. 2023. A unified framework for quantifying privacy risk in
    synthetic data. Proceedings on Privacy Enhancing Technologies 2023(2): 312-328.
    """
    seed = draw_seed() if seed is None else check_seed(seed)
    files = read_files(
        real, synthetic, held_out, kinds=kinds, missing_codes=missing_codes, not_applicable=not_applicable
    )
    names = files.real.coded.names
    known = None if keys is None else tuple(keys)
    if isinstance(keys, str):
        raise SpecError(f"keys={keys!r} is one text. A list of column names is needed. Write keys=[{keys!r}].")
    _check_columns(names, [("target=", target), ("weights=", weights), *(("keys=", key) for key in known or ())])
    sizes = tuple(view.coded.n for view in files.synthetic)
    files = replace(files, synthetic=files.synthetic[:MOST_SETS])
    say = progress or _silent
    asked = Asked(target=target, formulas=formulas, weights=weights, is_proper=_is_proper(synthetic))
    measures, frames, notes = _measure_all(files, asked, keys=known, seed=seed, say=say)
    return Judgement(
        measures=tuple(measures),
        n_real=files.real.coded.n,
        sizes=sizes,
        columns=names,
        target=target,
        keys=known,
        has_held_out=files.held_out is not None,
        seed=seed,
        frames=frames,
        notes=(*files.notes, *notes, *_note_sets(len(sizes), len(files.synthetic))),
    )


def _is_proper(synthetic: Any) -> bool:
    """Whether the sets say (as ``Syntheses`` do) that each comes from a model of its own."""
    rule = getattr(synthetic, "rule", None)
    return isinstance(rule, str) and rule in PROPER


def _measure_all(
    files: Files, asked: Asked, *, keys: tuple[str, ...] | None, seed: int, say: Progress
) -> tuple[list[Measure], dict[str, Any], list[str]]:
    """All three areas, on one thread where sums would else depend on how many there are."""
    real, sets = files.real.coded, [view.coded for view in files.synthetic]
    with threadpool_limits(limits=1):
        say("judging", 0, 3)
        baselines = make_baselines(real, seed)
        fidelity, frames = measure_fidelity(real, sets, baselines, seed)
        say("judging", 1, 3)
        usefulness, more, notes = measure_usefulness(files, asked, seed)
        say("judging", 2, 3)
        held = None if files.held_out is None else files.held_out.coded
        disclosure = average_measures(
            [
                measure_disclosure(
                    real, one, held, keys=keys, target=asked.target, rng=generator(seed, "judge disclosure", i)
                )
                for i, one in enumerate(sets)
            ]
        )
        say("judging", 3, 3)
    return [*fidelity, *usefulness, *disclosure], {**frames, **more}, notes


def average_measures(sets: Sequence[Sequence[Measure]]) -> list[Measure]:
    """Numbers and details averaged over the synthetic sets, by name; a sentence says the mean and then the first set.

    Parameters
    ----------
    sets
        The measures of each set.
    """
    first, *others = sets
    if not others:
        return list(first)
    shared: dict[int, pd.DataFrame | None] = {}  # measures with one table of details keep one
    averaged = []
    for one in first:
        alike = [one, *(other for more in others for other in more if other.name == one.name)]
        if id(one.details) not in shared:
            shared[id(one.details)] = _average_details([other.details for other in alike])
        averaged.append(_average(alike, shared[id(one.details)]))
    return averaged


def _average(alike: Sequence[Measure], details: pd.DataFrame | None) -> Measure:
    def mean(name: str) -> float:
        return float(np.mean([getattr(one, name) for one in alike]))

    first = replace(
        alike[0],
        value=mean("value"),
        floor=mean("floor"),
        independent=mean("independent"),
        details=details,
    )
    if not first.is_known:
        return first
    values = [one.value for one in alike]
    low, high = (write_value(first, end) for end in (min(values), max(values)))
    said = f"{write_value(first, first.value)} on average, from {low} to {high}. First set: {first.sentence}"
    return replace(first, sentence=said)


def _average_details(several: Sequence[pd.DataFrame | None]) -> pd.DataFrame | None:
    """Means of the numbers of frames with the same rows; the first frame where the rows are others."""
    frames = [one for one in several if one is not None]
    if not frames:
        return None
    first = frames[0]
    numbers = list(first.select_dtypes("number").columns)
    words = first.drop(columns=numbers)
    is_alike = all(one.shape == first.shape and one.drop(columns=numbers).equals(words) for one in frames)
    if not is_alike:
        return first
    means = {name: np.mean([one[name].to_numpy(float) for one in frames], axis=0) for name in numbers}
    return first.assign(**{name: mean for name, mean in means.items() if not np.array_equal(mean, first[name])})


def _note_sets(m: int, n_judged: int) -> list[str]:
    """What several sets make of numbers and sentences, said once."""
    if n_judged == 1:
        return []
    left = f" (the first {n_judged} of {m})" if m > n_judged else ""
    return [
        f"Every number is the mean over {n_judged} sets{left}. Sentences on disclosure say the mean and its range, and "
        "then what was found in the first set."
    ]


def _check_columns(names: Sequence[str], asked: Iterable[tuple[str, str | None]]) -> None:
    for option, name in asked:
        if name is not None and name not in names:
            hint = suggest(name, names) or f"Those are: {', '.join(names[:20])}."
            raise ColumnError(
                f"{option} names {name!r}, which is not a column that both files have and a judge can use. {hint}"
            )


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody asked for."""
