"""Rank imputers on the user's own data: hide known cells, fit each imputer without them, score what it draws."""

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lacunet._check import check_count, check_seed
from lacunet._layout import Kind
from lacunet._rng import draw_seed, generator
from lacunet._typing import Floats, Frame, PathLike
from lacunet.diagnosis import HiddenVariable, energy_i_score
from lacunet.errors import DataError, DataWarning, SpecError
from lacunet.imputation._foreign import draw_foreign
from lacunet.imputation._hiding import Hiding, plan_hiding
from lacunet.imputation._overimpute import draw_hidden
from lacunet.imputation._ranking import Ranking
from lacunet.table import Table, read_table

Imputer = Any
"""A specification with ``fit_table``, or a function of a frame, a number of draws and a seed."""


def rank_imputers(
    data: Frame | PathLike,
    imputers: Mapping[str, Imputer],
    *,
    n_draws: int = 20,
    rounds: int = 1,
    rows: int | None = None,
    variables: Sequence[str] | None = None,
    complete_only: bool = False,
    seed: int | None = None,
    kinds: Mapping[str, Kind] | None = None,
    missing_codes: Mapping[str, Any] | Sequence[Any] | None = None,
    not_applicable: Mapping[str, Any] | Sequence[Any] | None = None,
    impute_not_applicable: bool | Sequence[str] = False,
    leave_out: Sequence[str] = (),
    encoding: str | None = None,
) -> Ranking:
    r"""Rank imputers on your own data by how well they draw known cells that were hidden from them.

    To choose an imputer before the analysis, when nobody knows the truth. Known cells of the variables with holes are
    hidden at random, each imputer is fitted again without them, and the energy I-score compares what it draws with
    what was there: it rewards draws from the right distribution, where a root mean squared error rewards the mean. All
    imputers meet the same holes. It cannot say what happens where values are missing for reasons that the data do not
    show, nor whether intervals from the imputations hold.

    The rows are dealt at random into P = max(5, q) piles for q variables. In one round each variable has a pile of its
    own, at which what is known of it is hidden: no row loses more than one cell, no variable more than a fifth, and
    **one fit of each imputer scores all variables**. With N draws :math:`\tilde x_{ij}^{(l)}`, the scored rows
    :math:`S_j` and the variables weighted by :math:`w_j` = share known times share missing,

    .. math::

        \hat S = \sum_j \frac{w_j}{\sum_k w_k} \frac1{|S_j|} \sum_{i \in S_j} \Bigl[ \frac1{2 N (N - 1)} \sum_{l, l'}
        \lVert \tilde x_{ij}^{(l)} - \tilde x_{ij}^{(l')} \rVert
        - \frac1N \sum_l \lVert \tilde x_{ij}^{(l)} - x_{ij} \rVert \Bigr].

    Parameters
    ----------
    data
        pandas, polars or pyarrow frame, or path of a CSV, TSV, Parquet, Feather, Stata, SPSS or Excel file.
    imputers
        Name to a specification (``Midas()``, ``Midas.classic()``) or to any function ``f(frame, m, seed)`` that gives a
        list of m completed frames. Such a function is handed a pandas frame of the variables, as ``Imputations.pool``
        hands it over: numbers as numbers, categories by their labels, every hole empty. What it gives back may be
        pandas, polars or pyarrow, with the same rows and the known cells as they were.
    n_draws
        Draws N of each hidden cell, at least 2. The score does not depend on it, its precision does.
    rounds
        Fits of each imputer, every one with other cells hidden; up to P, after which each known cell was scored once.
        More rounds tell apart what one cannot.
    rows
        Most rows at which a variable is scored in a round, at least 20; None takes the whole pile.
    variables
        Those to score; None takes all with holes that are known in enough rows, the weightiest where rows are few.
    complete_only
        Whether an imputer may see, at a scored row, only variables known wherever the scored one is: what the paper's
        theorem asks. It costs sharpness, and variables without such a companion are left out; say it when whether one
        answer is missing may depend on the value of another that can be missing too. P is then 5 q.
    seed
        Decides rows, fits and draws; None draws one from the system and records it.
    kinds, missing_codes, not_applicable, impute_not_applicable, leave_out, encoding
        See `lacunet.read_table`.

    Returns
    -------
    Ranking
        ``.table()``, ``.variables()``, ``.findings``, ``.plot()``; printed, it says which imputer to use.

    Raises
    ------
    SpecError
        When there is no imputer or one cannot be called, or an option is out of its range.
    ColumnError
        When a named variable is not there or cannot be scored.
    DataError
        When nothing is missing, too little is known, or every imputer failed.

    Warns
    -----
    DataWarning
        When an imputer failed; the others are ranked.

    References
    ----------
    Näf, J., K. Grzesiak, and E. Scornet. 2025. How to rank imputation methods? arXiv:2507.11297.
    **Differs:** (1) The paper hides a variable wherever it is known and lets each imputer learn it from its own
    imputations of the other rows, one fit a variable; here a random fifth or less is hidden and the imputer learns from
    the rest, one fit for all variables, which tests it as it will be used but not how far it carries from the rows
    where a variable is known to those where it is missing. (2) The paper shows only variables known wherever the scored
    one is, since hiding more from a row breaks missingness at random where a value decides whether another is missing;
    here an imputer sees whatever is known of the row, which asks more of it and assumes more, unless ``complete_only``.
    (3) Scale, levels and the spread of the draws are treated as in ``lacunet.diagnosis.energy_i_score``.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from lacunet.imputation import Midas
    >>> x = np.arange(200.0)
    >>> frame = pd.DataFrame({"x": x, "y": np.where(x % 4 == 0, np.nan, x + x % 3)})
    >>> def fill_mean(frame, m, seed):
    ...     return [frame.fillna(frame.mean())] * m
    >>> ranking = rank_imputers(frame, {"linear": Midas(hidden=()), "mean": fill_mean}, seed=1)
    >>> ranking.best
    'linear'
    """
    _check_imputers(imputers)
    n_draws = check_count(n_draws, "n_draws", least=2)
    seed = draw_seed() if seed is None else check_seed(seed)
    table = read_table(
        data,
        kinds=kinds,
        missing_codes=missing_codes,
        not_applicable=not_applicable,
        impute_not_applicable=impute_not_applicable,
        leave_out=leave_out,
        encoding=encoding,
    )
    hiding = plan_hiding(
        table,
        variables=variables,
        rounds=rounds,
        rows=rows,
        complete_only=complete_only,
        chance=generator(seed, "rank imputers"),
    )
    return _rank(table, imputers, hiding, n_draws, seed)


@dataclass(frozen=True)
class _Trial:
    hidden: list[HiddenVariable]
    seconds: float


def _rank(table: Table, imputers: Mapping[str, Imputer], hiding: Hiding, n_draws: int, seed: int) -> Ranking:
    trials: dict[str, _Trial] = {}
    failures: dict[str, str] = {}
    for name, imputer in imputers.items():
        try:
            trials[name] = _try(imputer, table, hiding, n_draws)
        except Exception as error:  # an imputer may fail in as many ways as Python has; the others are worth ranking
            failures[name] = _why(error)
    if not trials:
        told = " ".join(f"{name}: {why}" for name, why in failures.items())
        raise DataError(f"Every imputer failed, and a ranking needs one that works. Mend them. {told}")
    if failures:
        told = " ".join(f"{name}: {why}" for name, why in failures.items())
        warnings.warn(f"Not ranked, since imputing failed: {told}", DataWarning, stacklevel=3)
    return Ranking(
        scores={
            name: energy_i_score(table.layout, table.values, table.state, trial.hidden)
            for name, trial in trials.items()
        },
        seconds={name: trial.seconds for name, trial in trials.items()},
        failures=failures,
        left_out=hiding.left_out,
        n_draws=n_draws,
        rounds=len(hiding.rounds),
        seed=seed,
    )


def _try(imputer: Imputer, table: Table, hiding: Hiding, n_draws: int) -> _Trial:
    """Let one imputer draw what was hidden, a fit a round."""
    start = time.perf_counter()
    draw: Callable[..., Floats] = draw_hidden if hasattr(imputer, "fit_table") else draw_foreign
    drawn = []
    for one in hiding.rounds:
        draws = draw(imputer, table, one.hidden, n_draws, one.seed)
        drawn.append(draws[:, one.scored[one.hidden]])
    seconds = time.perf_counter() - start
    draws = np.concatenate(drawn, axis=1)
    rows, cols = (np.concatenate(part) for part in zip(*(np.nonzero(one.scored) for one in hiding.rounds), strict=True))
    hidden = [
        HiddenVariable(variable=table.layout.names[j], rows=rows[cols == j], draws=draws[:, cols == j])
        for j in hiding.cols
    ]
    return _Trial(hidden, seconds)


def _why(error: Exception) -> str:
    words = " ".join(str(error).split()) or "no message"
    return words if isinstance(error, SpecError | DataError) else f"{type(error).__name__}: {words}"


def _check_imputers(imputers: Any) -> None:
    if not isinstance(imputers, Mapping) or not imputers:
        is_empty = isinstance(imputers, Mapping)
        found = "No imputer was handed over" if is_empty else f"The imputers are of type {type(imputers).__name__}"
        raise SpecError(
            f"{found}. A mapping of names to imputers is needed. "
            "Say, for example, {'network': Midas(), 'linear': Midas(hidden=()), 'mine': my_function}."
        )
    for name, imputer in imputers.items():
        if not isinstance(name, str):
            raise SpecError(
                f"The name {name!r} is of type {type(name).__name__}. Imputers need names of text. Name it."
            )
        if isinstance(imputer, type):
            raise SpecError(
                f"The imputer {name!r} is the class {imputer.__name__}. A specification is needed. "
                f"Make one: {imputer.__name__}()."
            )
        if not hasattr(imputer, "fit_table") and not callable(imputer):
            raise SpecError(
                f"The imputer {name!r} is of type {type(imputer).__name__}. A specification of lacunet or a "
                "function of (frame, m, seed) that gives m completed frames is needed. Wrap it in such a function."
            )
