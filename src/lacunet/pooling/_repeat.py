"""The same analysis on every completed data set: who failed, who warned, who disagrees on the terms."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from lacunet._typing import Floats
from lacunet.errors import ConvergenceWarning, DataError, LacunetError, SpecError
from lacunet.pooling._pool import pool
from lacunet.pooling._pooled import Pooled

MAX_NAMED = 8

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one analysis of one completed data set says.

    Attributes
    ----------
    names
        Names of the coefficients, shape ``(k,)``.
    estimates, covariance
        Shapes ``(k,)`` and ``(k, k)``.
    dof
        Degrees of freedom had nothing been missing; ``inf`` where inference is asymptotic.
    n_obs
        Rows used, or None.
    statistics
        Statistics of the fit, such as "r_squared".
    """

    names: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    dof: float = np.inf
    n_obs: int | None = None
    statistics: Mapping[str, float] = field(default_factory=dict)


def answer_each(work: Callable[[T], Answer], items: Iterable[T], what: str) -> list[Answer]:
    """Apply the analysis to every completed data set, and say in which it failed or did not settle.

    An error in the first data set is passed on as it is where it is ours, for it is most likely everybody's.
    """
    answers: list[Answer] = []
    failed: dict[int, Exception] = {}
    unsettled: dict[int, str] = {}
    for i, item in enumerate(items):
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                answers.append(work(item))
            except Exception as error:
                if i == 0 and isinstance(error, LacunetError):
                    raise
                failed[i] = error
        for text in _sort_warnings(heard):
            unsettled.setdefault(i, text)
    total = len(answers) + len(failed)
    if failed:
        _raise_failed(failed, total, what)
    if not answers:
        raise SpecError("There is no completed frame to fit the model to. Impute with m=20 or so first.")
    if unsettled:
        _warn_unsettled(unsettled, total, what)
    return answers


def _sort_warnings(heard: list[warnings.WarningMessage]) -> Iterator[str]:
    """Texts of the warnings that a fit did not settle; the others are passed on."""
    for warning in heard:
        if "onverge" in warning.category.__name__:
            yield str(warning.message)
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def pool_answers(answers: list[Answer]) -> Pooled:
    """Pool the answers by Rubin's rules, once all of them have the same terms."""
    names = check_terms([answer.names for answer in answers])
    rows = [answer.n_obs for answer in answers if answer.n_obs is not None]
    shared = set.intersection(*(set(answer.statistics) for answer in answers))
    return pool(
        np.stack([answer.estimates for answer in answers]),
        np.stack([answer.covariance for answer in answers]),
        min(answer.dof for answer in answers),
        terms=names,
        n_obs=min(rows) if rows else None,
        statistics={
            key: np.array([answer.statistics[key] for answer in answers])
            for key in answers[0].statistics
            if key in shared
        },
    )


def check_terms(names: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Terms of the first completed data set, once those of all the others are the same.

    Raises
    ------
    DataError
        When those of another differ.
    """
    for i, others in enumerate(names[1:], start=1):
        if others != names[0]:
            _raise_differing(names[0], others, i)
    return names[0]


def _name(where: Iterable[int]) -> str:
    shown = list(where)
    more = f" and {len(shown) - MAX_NAMED} more" if len(shown) > MAX_NAMED else ""
    return ", ".join(str(i) for i in shown[:MAX_NAMED]) + more


def _raise_failed(failed: Mapping[int, Exception], total: int, what: str) -> None:
    first, error = next(iter(failed.items()))
    said = f"{type(error).__name__}: {error}"
    if len(failed) == total:
        raise DataError(f"{what} failed on every completed data set. The first said: {said}") from error
    raise DataError(
        f"{what} failed on {len(failed)} of {total} completed data sets (number {_name(failed)}, counted from 0). "
        f"The first said: {said} Every one must be estimated, since those that fail are not a random choice: look at "
        f"imp[{first}], and join rare levels or take out terms that only some data sets can tell apart."
    ) from error


def _warn_unsettled(unsettled: Mapping[int, str], total: int, what: str) -> None:
    warnings.warn(
        f"{what} did not settle on {len(unsettled)} of {total} completed data sets (number {_name(unsettled)}, counted "
        f"from 0), so that pooled standard errors mean little. The first said: {next(iter(unsettled.values()))}",
        ConvergenceWarning,
        stacklevel=5,
    )


def _raise_differing(names: tuple[str, ...], other: tuple[str, ...], i: int) -> None:
    lost = [name for name in names if name not in other]
    new = [name for name in other if name not in names]
    found = "; ".join(
        part
        for part in (
            f"number {i} lacks {', '.join(lost[:5])}" if lost else "",
            f"number {i} has {', '.join(new[:5])} and the first does not" if new else "",
            "" if lost or new else f"number {i} has them in another order",
        )
        if part
    )
    raise DataError(
        f"The terms differ between completed data sets: {found}. Pooling needs the same coefficients from each: make "
        "the variable a category with fixed levels, or join its rare levels before imputing."
    )
