"""The same analysis on every completed data set: who failed, who warned, who disagrees on the terms."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np

from lacunet._typing import Floats
from lacunet.errors import ConvergenceWarning, DataError, LacunetError, SpecError, list_some
from lacunet.pooling._pool import pool
from lacunet.pooling._pooled import Pooled

T = TypeVar("T")


class Sets(NamedTuple):
    """What the data sets, and the variable that holds them, are called when something is wrong with some of them."""

    word: str
    name: str


COMPLETED, SYNTHETIC = Sets("completed data sets", "imp"), Sets("synthetic data sets", "syns")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one analysis of one data set says.

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """The answers of m data sets as arrays.

    Attributes
    ----------
    names
        Names of the coefficients, shape ``(k,)``.
    estimates, covariances
        Shapes ``(m, k)`` and ``(m, k, k)``.
    dof
        The least of their degrees of freedom.
    n_obs
        The least of their rows, or None.
    statistics
        What all of them have, shape ``(m,)`` each.
    """

    names: tuple[str, ...]
    estimates: Floats
    covariances: Floats
    dof: float
    n_obs: int | None
    statistics: Mapping[str, Floats]


def answer_each(work: Callable[[T], Answer], items: Iterable[T], what: str, sets: Sets = COMPLETED) -> list[Answer]:
    """Apply the analysis to every data set, and say in which it failed or did not settle.

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
        _raise_failed(failed, total, what, sets)
    if not answers:
        raise SpecError(f"There are no {sets.word} to fit the model to. One or more are needed: make some first.")
    if unsettled:
        _warn_unsettled(unsettled, total, what, sets)
    return answers


def _sort_warnings(heard: list[warnings.WarningMessage]) -> Iterator[str]:
    """Texts of the warnings that a fit did not settle; the others are passed on."""
    for warning in heard:
        if "onverge" in warning.category.__name__:
            yield str(warning.message)
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def stack_answers(answers: list[Answer], sets: Sets = COMPLETED) -> Stack:
    """Put the answers on each other, once all of them have the same terms."""
    names = check_terms([answer.names for answer in answers], sets)
    rows = [answer.n_obs for answer in answers if answer.n_obs is not None]
    shared = set.intersection(*(set(answer.statistics) for answer in answers))
    return Stack(
        names=names,
        estimates=np.stack([answer.estimates for answer in answers]),
        covariances=np.stack([answer.covariance for answer in answers]),
        dof=min(answer.dof for answer in answers),
        n_obs=min(rows) if rows else None,
        statistics={
            key: np.array([answer.statistics[key] for answer in answers])
            for key in answers[0].statistics
            if key in shared
        },
    )


def pool_answers(answers: list[Answer]) -> Pooled:
    """Pool the answers by Rubin's rules."""
    one = stack_answers(answers)
    return pool(
        one.estimates, one.covariances, one.dof, terms=one.names, n_obs=one.n_obs, statistics=dict(one.statistics)
    )


def check_terms(names: Sequence[tuple[str, ...]], sets: Sets = COMPLETED) -> tuple[str, ...]:
    """Terms of the first data set, once those of all the others are the same.

    Raises
    ------
    DataError
        When those of another differ.
    """
    for i, others in enumerate(names[1:], start=1):
        if others != names[0]:
            _raise_differing(names[0], others, i, sets)
    return names[0]


def _raise_failed(failed: Mapping[int, Exception], total: int, what: str, sets: Sets) -> None:
    first, error = next(iter(failed.items()))
    said = f"{type(error).__name__}: {error}"
    if len(failed) == total:
        raise DataError(f"{what} failed on all {total} {sets.word}. The first said: {said}") from error
    raise DataError(
        f"{what} failed on {len(failed)} of {total} {sets.word} (number {list_some(failed)}, counted from 0). "
        f"The first said: {said} Every one must be estimated, since those that fail are not a random choice: look at "
        f"{sets.name}[{first}], and join rare levels or take out terms that only some data sets can tell apart."
    ) from error


def _warn_unsettled(unsettled: Mapping[int, str], total: int, what: str, sets: Sets) -> None:
    warnings.warn(
        f"{what} did not settle on {len(unsettled)} of {total} {sets.word} (number {list_some(unsettled)}, counted "
        f"from 0), so that pooled standard errors mean little. The first said: {next(iter(unsettled.values()))}",
        ConvergenceWarning,
        stacklevel=6,
    )


def _raise_differing(names: tuple[str, ...], other: tuple[str, ...], i: int, sets: Sets) -> None:
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
        f"The terms differ between {sets.word}: {found}. Pooling needs the same coefficients from each: make "
        "the variable a category with fixed levels, or join its rare levels first."
    )
