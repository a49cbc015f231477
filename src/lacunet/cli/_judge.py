"""``lacunet judge real.csv synthetic.csv``: how like the real rows, how useful, and what is given away."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._describe import AsJson, Kinds, MissingCodes, NotApplicable
from lacunet.cli._guard import guard
from lacunet.cli._impute import Force, Quiet, Seed
from lacunet.cli._options import read_codes, read_kinds, read_names
from lacunet.cli._phrase import as_typed
from lacunet.cli._progress import show_progress
from lacunet.cli._say import in_columns, say, say_json
from lacunet.errors import SpecError

HEADS = ("measure", "synthetic", "floor", "independent", "grade")
PAGE = ".html"


def judge(
    real: Annotated[Path, typer.Argument(help="The rows that the generator learnt from: CSV, Stata, SPSS and so on.")],
    synthetic: Annotated[list[Path], typer.Argument(help="The rows to judge, whoever made them; or several sets.")],
    target: Annotated[
        str | None, typer.Option("--target", help="Column that matters: predicted, regressed, and attacked.")
    ] = None,
    keys: Annotated[
        list[str], typer.Option("--keys", metavar="COLS", help="Columns that an attacker may know of a person.")
    ] = [],  # noqa: B006  (typer's way to say: none given)
    held_out: Annotated[
        Path | None, typer.Option("--held-out", help="Real rows that the generator never saw; needed for membership.")
    ] = None,
    formula: Annotated[
        list[str], typer.Option("--formula", help="A regression that must survive, 'income ~ age'; repeat.")
    ] = [],  # noqa: B006
    weights: Annotated[str | None, typer.Option("--weights", help="Column of survey weights for the formulas.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=f"Write a page to a file NAME{PAGE}.")] = None,
    seed: Seed = None,
    kinds: Kinds = [],  # noqa: B006
    missing_codes: MissingCodes = [],  # noqa: B006
    not_applicable: NotApplicable = [],  # noqa: B006
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Judge synthetic rows: likeness, usefulness, disclosure.

    Every number stands beside its floor (real rows in the place of synthetic ones) and beside independent columns (real
    columns, each shuffled by itself). No number shows that data are safe.
    """
    with guard(quiet=quiet or as_json) as known, ExitStack() as stack:
        page = _open_page(output, force, stack)
        options = {
            "target": target,
            "keys": read_names(keys) or None,
            "held_out": held_out,
            "formulas": formula or None,
            "weights": weights,
            "seed": seed,
            "kinds": read_kinds(kinds),
            "missing_codes": read_codes(missing_codes, "--missing-codes"),
            "not_applicable": read_codes(not_applicable, "--not-applicable"),
        }
        judgement = _judge(real, synthetic, options, is_shown=not (quiet or as_json))
        known.update(judgement.notes)
        if page is not None:
            judgement.report(page, force=True, data_name=real.name)
        if as_json:
            say_json({"real": real.name, "synthetic": [one.name for one in synthetic], **judgement.to_dict()})
        elif not quiet:
            say(*_lines(judgement, output))


def _open_page(output: Path | None, force: bool, stack: ExitStack) -> Path | None:
    """Temporary name of the page, made before the work so that nobody waits for an error."""
    if output is None:
        return None
    if output.suffix.lower() != PAGE:
        raise SpecError(f"-o got '{output}'. It needs a name that ends in {PAGE}.")
    from lacunet.table import replacing

    return stack.enter_context(replacing(output, force=force))


def _judge(real: Path, synthetic: list[Path], options: dict[str, Any], *, is_shown: bool) -> Any:
    from lacunet.synthesis.judge import judge as pass_judgement

    sets: Any = synthetic if len(synthetic) > 1 else synthetic[0]
    with show_progress(is_shown) as progress:
        return pass_judgement(real, sets, progress=progress, **options)


def _lines(judgement: Any, output: Path | None) -> list[str]:
    from lacunet.synthesis.judge._verdict import grade, write_value

    rows = [
        (
            one.title,
            write_value(one, one.value),
            write_value(one, one.floor),
            write_value(one, one.independent),
            grade(one) or "-",
        )
        for one in judgement.measures
    ]
    return [
        *in_columns(HEADS, rows, right=(1, 2, 3)),
        "",
        as_typed(judgement.verdict),
        "",
        *(f"- {as_typed(note)}" for note in judgement.notes),
        f"Seed {judgement.seed}.",
        *([f"The report is in {output}."] if output else []),
    ]
