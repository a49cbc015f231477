"""``lacunet encode data.csv --latent 2``: few numbers for many answers, by an autoencoder."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._describe import AsJson, Encoding, Kinds, LeaveOut, MissingCodes, NotApplicable
from lacunet.cli._impute import Force, Quiet, Seed
from lacunet.cli._options import CHOOSE, read_latent, read_layers
from lacunet.cli._phrase import as_typed
from lacunet.cli._rows import SAVED, Job, Method, New, Save, add_to_rows
from lacunet.cli._say import count

ERROR = "reconstruction_error"


def encode(
    source: Annotated[Path, typer.Argument(help=f"Data to learn from, or an autoencoder saved before (NAME{SAVED}).")],
    latent: Annotated[
        str | None, typer.Option("--latent", help="How many scores a row; 'choose' by held-out error  [default: 2].")
    ] = None,
    new: New = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write to  [default: NAME-encoded].")
    ] = None,
    hidden: Annotated[
        str | None,
        typer.Option("--hidden", help="Nodes of the encoder's layers, 64; 'none' for linear  [default: 64]."),
    ] = None,
    noise: Annotated[
        float | None, typer.Option("--noise", help="Share of cells hidden in training; 0.2 where rows have holes.")
    ] = None,
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
    """Score rows with an autoencoder.

    Writes the rows with a column for each score and a column 'reconstruction_error', highest in rows unlike the others.
    An autoencoder kept with --save scores other rows: lacunet encode NAME.lacunet --new rows.csv
    """
    learning = {"--latent": latent, "--hidden": hidden, "--noise": noise, "--seed": seed, "--kinds": kinds}
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
        learning={**learning, **codes, "--leave-out": leave_out},
    )
    add_to_rows(job, _method(job))


def _method(job: Job) -> Method:
    return Method(
        command="encode",
        kind="FittedAutoencoder",
        ending="encoded",
        learn=lambda progress: _fit(job, progress),
        columns=_columns,
        facts=_facts,
        lines=_lines,
    )


def _fit(job: Job, progress: Any) -> Any:
    from lacunet.encoding import Autoencoder

    typed = job.learning
    latent, hidden, noise = read_latent(typed["--latent"]), read_layers(typed["--hidden"]), typed["--noise"]
    given = {"latent": latent, "hidden": hidden, "noise": noise}
    spec: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if latent == CHOOSE:
        spec["latent"] = None
    return Autoencoder(**spec).fit(job.source, seed=typed["--seed"], progress=progress, **job.reading())


def _columns(fitted: Any, frame: Any) -> dict[str, Any]:
    items = frame[[name for name in frame.columns if name in fitted.schema.names]]
    scores = fitted.encode(items)
    return {**{name: scores[name] for name in fitted.names}, ERROR: fitted.reconstruction_error(items)}


def _facts(fitted: Any) -> dict[str, Any]:
    losses = [row["held_out_loss"] for row in fitted.history]
    return {"latents": list(fitted.names), "seed": fitted.seed, "held_out_loss": min(losses)}


def _lines(fitted: Any, about: dict[str, Any]) -> list[str]:
    names = about["latents"]
    shown = names[0] if len(names) == 1 else f"{names[0]} ... {names[-1]}"
    where = f"{count(about['n_rows'], 'row')} of {about['rows']} with {shown} and {ERROR} are in {about['output']}."
    return [*map(as_typed, str(fitted.summary()).split("\n")), "", where]
