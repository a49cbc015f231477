"""Fitting: a node solved exactly, or networks trained until the held-out loss stops falling."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._rng import generator
from lacunet._typing import Bools, Floats, Integers
from lacunet.errors import ConvergenceWarning, DataError, DataWarning, SpecError
from lacunet.pooling._formula_text import sum_of
from lacunet.prediction._column_reader import ColumnReader
from lacunet.prediction._encode import Encoder
from lacunet.prediction._engine import Engine, Networks, build
from lacunet.prediction._exact import choose_cov, solve_node
from lacunet.prediction._formula_reader import FormulaReader
from lacunet.prediction._outcome import Outcome, class_weight_of, keep_levels
from lacunet.prediction._prepare import Prepared, Request, clusters_of, weights_of
from lacunet.prediction._rows import as_statistics
from lacunet.prediction._settings import Wishes, choose_settings
from lacunet.prediction._training import Rows, train
from lacunet.table import Table
from lacunet.train._stopping import Descent, Progress

Reader = FormulaReader | ColumnReader
WORKERS = 2
"""Members trained at the same time; their numbers do not depend on it."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to fit.

    Attributes
    ----------
    cov, class_weights, validation
        As in `Mlp.fit`.
    """

    cov: str | None = None
    class_weights: Any = None
    validation: float = 0.15


@dataclass(frozen=True, kw_only=True, eq=False)
class Held:
    """Rows that were held out while training, and what was said of them by the network that did not see them.

    Attributes
    ----------
    y
        Their outcomes, in its unit or as positions of levels, (n,).
    said
        Predictions in the unit of the outcome: (n,), or (n, c) of levels and quantiles.
    weights
        Weights of the rows, (n,).
    rows
        Where they stand in the table of the fit, (n,).
    member
        Which network held each of them out, (n,).
    """

    y: Floats
    said: Floats
    weights: Floats
    rows: Integers
    member: Integers


@dataclass(frozen=True, kw_only=True, eq=False)
class Training:
    """The rows of a fit, which stay in memory and go into no file.

    Attributes
    ----------
    table
        Inputs of all rows of the frame.
    rows
        Those that were used, (n,).
    y, weights
        Outcome as numbers or positions of levels, and weights or None, of the rows used, (n,).
    """

    table: Table
    rows: Integers
    y: Floats
    weights: Floats | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """What fitting leaves.

    Attributes
    ----------
    outcome, reader, engine
        What is predicted, how inputs are read, and what predicts.
    training
        Rows of the fit; None after a trip through a file.
    held
        Rows held out; None for a node.
    history
        One row a check of the loss.
    notes
        What was decided for the user.
    """

    outcome: Outcome
    reader: Reader
    engine: Engine
    training: Training | None
    held: Held | None
    history: list[dict[str, Any]]
    notes: list[str]


def fit_node(prepared: Prepared, request: Request, options: Options) -> Fit:
    """Solve the node of a network without hidden layers, on the rows that are complete."""
    model = prepared.outcome.model
    if not model:
        raise SpecError(
            f"kind={prepared.outcome.kind!r} has no node that is solved exactly. Give hidden layers, hidden=(16,), or "
            "take kind='number'."
        )
    cov = choose_cov(options.cov, request.cluster, request.weights is not None or options.class_weights is not None)
    text = sum_of(prepared.inputs) if prepared.text is None else prepared.text
    rows, notes = _complete_rows(prepared)
    outcome, y, more = keep_levels(prepared.outcome, prepared.y[rows])
    chosen = np.zeros(prepared.table.n_rows, dtype=bool)
    chosen[rows] = True
    has_intercept = outcome.model != "ordered"
    reader = FormulaReader.learn(text, prepared.table, chosen, is_node=True, has_intercept=has_intercept)
    design = reader.columns(prepared.table.take(rows))
    kept = np.atleast_1d(~np.isnan(design).any(axis=1))  # a function can make gaps of its own, as the logarithm of -1
    if not kept.all():
        notes.append(_say_gaps(len(kept), len(kept) - int(kept.sum()), "a term of the formula is not a number"))
        rows, design = rows[kept], design[kept]
        outcome, y, more = keep_levels(outcome, y[kept])
    weights = weights_of(prepared, request, rows)
    if options.class_weights is not None:
        survey = np.ones(len(rows)) if weights is None else weights
        weights = survey * class_weight_of(outcome, y, options.class_weights, survey)
    node, said = solve_node(
        outcome.model,
        design,
        y,
        reader.names,
        levels=outcome.levels,
        cov=cov,
        weights=weights,
        clusters=clusters_of(prepared, request, rows),
    )
    notes = [*prepared.notes, *notes, *more, *said]
    training = Training(table=prepared.table, rows=rows, y=y, weights=weights)
    return Fit(outcome=outcome, reader=reader, engine=node, training=training, held=None, history=[], notes=notes)


def _complete_rows(prepared: Prepared) -> tuple[Integers, list[str]]:
    """Rows with the outcome and all inputs, and a sentence where there are others."""
    frame = as_statistics(prepared.table)
    gaps = frame.isna()
    is_complete = prepared.is_known & ~gaps.any(axis=1).to_numpy()
    n_known, n_gone = int(prepared.is_known.sum()), int((prepared.is_known & ~is_complete).sum())
    if n_gone == n_known:
        raise DataError(
            "No row has both the outcome and all inputs. A node without hidden layers needs complete rows: impute the "
            "gaps with lacunet.impute, take out variables, or fit hidden layers, which allow gaps."
        )
    if not n_gone:
        return np.flatnonzero(is_complete), []
    counts = gaps[prepared.is_known].sum().sort_values(ascending=False)
    shown = ", ".join(f"'{name}' {count:,}" for name, count in counts[counts > 0].head(5).items())
    return np.flatnonzero(is_complete), [_say_gaps(n_known, n_gone, f"an input is missing ({shown})")]


def _say_gaps(n: int, n_gone: int, why: str) -> str:
    said = f"{n_gone:,} of {n:,} rows are left out, since {why}"
    warnings.warn(
        f"{said}. A node without hidden layers takes complete rows: impute the gaps with lacunet.impute and pool, or "
        "fit hidden layers, which allow gaps.",
        DataWarning,
        stacklevel=5,
    )
    return f"{said}."


def fit_networks(
    prepared: Prepared, request: Request, options: Options, spec: Wishes, *, seed: int, say: Progress
) -> Fit:
    """Train the networks of a specification."""
    if options.cov is not None or request.cluster is not None:
        raise SpecError(
            "cov= and cluster= are for the node that is solved exactly, hidden=(). Networks with hidden layers have no "
            "standard errors of weights: leave them out."
        )
    rows = np.flatnonzero(prepared.is_known)
    outcome, y, notes = keep_levels(prepared.outcome, prepared.y[rows])
    survey = weights_of(prepared, request, rows)
    weights = np.ones(len(rows)) if survey is None else survey / survey.mean()
    weights = weights * class_weight_of(outcome, y, options.class_weights, weights)
    reader = _learn_reader(prepared, rows)
    columns = reader.columns(prepared.table.take(rows))
    _check_known(reader.names, columns)
    architecture, settings = choose_settings(len(rows), spec, validation=options.validation)
    parts = _hold_out(len(rows), options.validation, architecture.members, weights, seed)
    outcome = outcome.fitted_to(y, weights)
    encoder = Encoder.learn(columns, _are_numbers(columns), architecture.pieces)
    net = build(architecture, encoder, outcome.loss())
    x, target = encoder.encode(columns), outcome.for_loss(y)

    def train_one(member: int) -> Descent:
        held, own = parts[member], np.setdiff1d(np.arange(len(rows)), parts[member])
        check, learn = (Rows(x=x[chosen], y=target[chosen], weight=weights[chosen]) for chosen in (held, own))
        return train(net, learn, check if len(held) else None, settings, seed=seed, member=member, say=say)

    # A step of a small network leaves a core idle: members share the cores, and none depends on another.
    with ThreadPoolExecutor(WORKERS) as pool:
        trained = list(pool.map(train_one, range(architecture.members)))
    engine = Networks(
        net=net,
        members=tuple(one.params for one in trained),
        encoder=encoder,
        architecture=architecture,
        settings=settings,
        learning_rate=min(one.learning_rate for one in trained),
        n_rows=len(rows) - len(parts[0]),
    )
    notes = [*prepared.notes, *notes, *_say_rate(settings.learning_rate, engine.learning_rate)]
    is_one = architecture.members == 1
    return Fit(
        outcome=outcome,
        reader=reader,
        engine=engine,
        training=Training(table=prepared.table, rows=rows, y=y, weights=weights),
        held=_keep_held(engine, outcome, x, parts, y, weights, rows),
        history=[row if is_one else row | {"member": i} for i, one in enumerate(trained) for row in one.history],
        notes=notes,
    )


def _learn_reader(prepared: Prepared, rows: Integers) -> Reader:
    if prepared.text is None:
        return ColumnReader.learn(prepared.table.take(rows))
    return FormulaReader.learn(prepared.text, prepared.table, prepared.is_known, is_node=False, has_intercept=False)


def _check_known(names: tuple[str, ...], columns: Floats) -> None:
    empty = np.isnan(columns).all(axis=0)
    if empty.any():
        raise DataError(
            f"The input {names[int(empty.argmax())]!r} is missing in every row that has an outcome. Some cells must be "
            "known: take it out of the inputs."
        )


def _are_numbers(columns: Floats) -> Bools:
    """Columns that are no indicators, (p,)."""
    return ~((columns == 0) | (columns == 1) | np.isnan(columns)).all(axis=0)


def _hold_out(n: int, share: float, members: int, weights: Floats, seed: int) -> list[Integers]:
    """Rows that each member holds out; those that are left must weigh something, and so must these."""
    if share == 0:
        return [np.empty(0, dtype=np.intp)] * members
    if n < max(members, 2):
        raise DataError(
            f"There are {n} rows with an outcome. Each of {members} networks has to hold out rows of its own and to "
            "learn from others: add data, or take members=1."
        )
    order = generator(seed, "held out").permutation(n)
    parts = [np.sort(order[: min(max(round(share * n), 1), n - 1)])]
    if members > 1:
        parts = [np.sort(order[i::members]) for i in range(members)]
    for part in parts:
        if not weights[part].any() or not np.delete(weights, part).any():
            raise DataError(
                "Too few rows have a positive weight: none is left to train on, or none to check on. More of them are "
                "needed, or validation=0."
            )
    return parts


def _say_rate(asked: float, used: float) -> list[str]:
    if used == asked:
        return []
    said = (
        f"The loss exploded at a learning rate of {asked:g}. Training began anew at {used:g}, which is what these "
        "weights come from."
    )
    warnings.warn(f"{said} Ask for a lower rate, or leave learning_rate out.", ConvergenceWarning, stacklevel=4)
    return [said]


def _keep_held(
    engine: Networks,
    outcome: Outcome,
    x: NDArray[np.float32],
    parts: list[Integers],
    y: Floats,
    weights: Floats,
    rows: Integers,
) -> Held | None:
    if not len(parts[0]):
        return None
    said = [engine.say_of_one(member, x[part])[:, None] for member, part in enumerate(parts)]
    held = np.concatenate(parts)
    return Held(
        y=y[held],
        said=outcome.in_unit(np.concatenate(said))[:, 0],
        weights=weights[held],
        rows=rows[held],
        member=np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
    )
