"""``lacunet predict train.csv "vote ~ age" --new new.csv``: learn, or load what was learnt, and predict rows."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._describe import AsJson, Encoding, Kinds, LeaveOut, MissingCodes, NotApplicable
from lacunet.cli._impute import Force, Quiet, Seed
from lacunet.cli._options import read_layers
from lacunet.cli._phrase import as_typed
from lacunet.cli._rows import SAVED, Job, Method, New, Save, add_to_rows
from lacunet.cli._say import count
from lacunet.errors import SpecError

PREDICTED, PROBABILITY = "predicted", "probability_"


def predict(
    source: Annotated[Path, typer.Argument(help=f"Data to learn from, or a network saved before (NAME{SAVED}).")],
    formula: Annotated[
        str | None,
        typer.Argument(help="'vote ~ age + region', or the outcome alone for all other columns; none for a saved one."),
    ] = None,
    new: New = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write to  [default: NAME-predicted].")
    ] = None,
    hidden: Annotated[
        str | None, typer.Option("--hidden", help="Nodes of the hidden layers, 64,64; 'none' for a regression.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="number, binary, nominal, ordinal, count, negbin, normal or quantiles.")
    ] = None,
    weights: Annotated[str | None, typer.Option("--weights", help="Column of survey weights.")] = None,
    seed: Seed = None,
    save: Save = None,
    kinds: Kinds = [],  # noqa: B006  (typer's way to say: none given)
    missing_codes: MissingCodes = [],  # noqa: B006
    not_applicable: NotApplicable = [],  # noqa: B006
    leave_out: LeaveOut = [],  # noqa: B006
    encoding: Encoding = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Predict an outcome with a neural network.

    Writes the rows with a column 'predicted', and a column 'probability_LEVEL' for each level of the outcome. A network
    kept with --save predicts other rows: lacunet predict NAME.lacunet --new rows.csv
    """
    learning = {"a formula": formula, "--hidden": hidden, "--kind": kind, "--weights": weights, "--seed": seed}
    codes = {"--missing-codes": missing_codes, "--not-applicable": not_applicable}
    job = Job(
        source=source,
        new=new,
        output=output,
        save=save,
        encoding=encoding,
        force=force,
        as_json=as_json,
        quiet=quiet,
        learning={**learning, "--kinds": kinds, **codes, "--leave-out": leave_out},
    )
    add_to_rows(job, _method(job))


def _method(job: Job) -> Method:
    def lines(fitted: Any, about: dict[str, Any]) -> list[str]:
        return _lines(fitted, about, is_learnt_from=job.new is None)

    return Method(
        command="predict",
        kind="FittedMlp",
        ending="predicted",
        learn=lambda progress: _fit(job, progress),
        columns=_columns,
        facts=_facts,
        lines=lines,
    )


def _fit(job: Job, progress: Any) -> Any:
    typed = job.learning
    if typed["a formula"] is None:
        raise SpecError(
            f"What to predict from '{job.source}' was not said. A formula is needed, 'vote ~ age + region', or the "
            "name of the outcome: put it behind the file."
        )
    from lacunet.prediction import Mlp

    return Mlp(hidden=read_layers(typed["--hidden"])).fit(
        job.source,
        typed["a formula"],
        kind=typed["--kind"],
        weights=typed["--weights"],
        seed=typed["--seed"],
        progress=progress,
        **job.reading(),
    )


def _columns(fitted: Any, frame: Any) -> dict[str, Any]:
    columns = {PREDICTED: fitted.predict(frame)}
    if fitted.levels:
        shares = fitted.predict_proba(frame)
        columns |= {f"{PROBABILITY}{level}": shares[:, j] for j, level in enumerate(fitted.levels)}
    return columns


def _facts(fitted: Any) -> dict[str, Any]:
    losses = [row["held_out_loss"] for row in fitted.history if "held_out_loss" in row]
    return {
        "outcome": fitted.outcome.name,
        "kind": fitted.outcome.kind,
        "levels": list(fitted.levels),
        "seed": fitted.seed,
        "held_out_loss": min(losses) if losses else None,
        "notes": list(fitted.notes),
    }


def _lines(fitted: Any, about: dict[str, Any], *, is_learnt_from: bool) -> list[str]:
    summary = fitted.summary()
    # a node has a table of coefficients to show, a network one of settings
    said = str(summary).split("\n") if fitted.spec.hidden == () else summary.lines
    where = (
        f"{count(about['n_rows'], 'row')} of {about['rows']} with the column '{PREDICTED}' are in {about['output']}."
    )
    close = "They are the rows that were learnt from: predictions of other rows will be less close."
    return [*map(as_typed, said), "", where, *([close] if is_learnt_from else [])]
