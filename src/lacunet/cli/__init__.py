"""The command line: one command a file, and nothing that the library does not say.

Only ``typer`` is loaded here; a command loads what it needs when it runs, so that ``lacunet --help`` is quick.
"""

import typer

from lacunet._version import __version__
from lacunet.cli._demo import demo
from lacunet.cli._describe import describe
from lacunet.cli._embed import embed
from lacunet.cli._encode import encode
from lacunet.cli._impute import impute
from lacunet.cli._judge import judge
from lacunet.cli._pool import pool
from lacunet.cli._predict import predict
from lacunet.cli._synthesize import synthesize
from lacunet.cli.measures._commands import measure

app = typer.Typer(
    name="lacunet",
    help="Neural networks for survey data and text: imputation, prediction, scores, word embeddings.",
    epilog="Exit status: 0 done, 2 the input or the options are wrong, 1 a fault of ours, 130 stopped by you.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(impute)
app.command()(pool)
app.command()(predict)
app.command()(encode)
app.add_typer(embed, name="embed")
app.add_typer(measure, name="measure")
app.command()(synthesize)
app.command()(judge)
app.command()(describe)
app.command()(demo)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lacunet {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", help="Show the version.", callback=_show_version, is_eager=True),
) -> None:
    """Neural networks for survey data and text: imputation, prediction, scores, word embeddings."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit status.

    Parameters
    ----------
    arguments
        What was typed after ``lacunet``; taken from the shell where None.

    Raises
    ------
    SystemExit
        Always: 0 done, 2 the input or the options are wrong, 1 our fault, 130 stopped from the keyboard.
    """
    app(args=arguments, prog_name="lacunet")
