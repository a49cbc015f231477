"""``lacunet measure axis vectors.lacunet speeches.csv ...``: from vectors to variables with standard errors."""

import typer

from lacunet.cli.measures._axis import axis, emotionality, expand, words
from lacunet.cli.measures._groups import alacarte, regression
from lacunet.cli.measures._mentions import drift, kwic, panel
from lacunet.cli.measures._sets import agreement, sheet, weat

measure = typer.Typer(
    help="Measure texts and words with word embeddings.\n\nVECTORS is what 'lacunet embed' wrote; several files, fits "
    "with other seeds, have commas between. A list of words has commas as well, or is @FILE, or @FILE:NAME.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for command in (axis, emotionality, words, expand, panel, kwic, alacarte, regression, drift, weat, sheet, agreement):
    measure.command()(command)
