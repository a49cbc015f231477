"""What is typed after ``lacunet measure ...``, as the library takes it: vectors, texts, lists of words, actors."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._embed_files import NATIVE
from lacunet.cli._options import read_names
from lacunet.errors import DataError, SpecError, list_some, suggest

FROM_FILE = "@"
IDENTITY = "identity"
WORDS = "commas between words, or @FILE, or @FILE:NAME of one of its lists"

Vectors = Annotated[
    str,
    typer.Argument(help=f"Vectors: {NATIVE}, .bin, .txt; several fits, other seeds, with commas between."),
]
Texts = Annotated[Path, typer.Argument(help="The texts: .jsonl, .csv, .parquet, .txt ..., also .gz, or a folder.")]
Text = Annotated[str | None, typer.Option("--text", help="Column, or key, that holds the text.")]
Encoding = Annotated[str | None, typer.Option("--encoding", help="Encoding of text files  [default: UTF-8].")]
KeepCase = Annotated[bool, typer.Option("--keep-case", help="Tell Turkey from turkey, as the vectors do.")]
Numbers = Annotated[
    list[str], typer.Option("--numbers", metavar="COLS", help="Columns of numbers that are written as text.")
]
Positive = Annotated[
    list[str], typer.Option("--positive", metavar="WORDS", help=f"One pole: {WORDS}. * and ? are wildcards.")
]
Negative = Annotated[list[str], typer.Option("--negative", metavar="WORDS", help="The other pole, likewise.")]
Pairs = Annotated[
    Path | None, typer.Option("--pairs", help="Pairs of opposites, one a line (rich,poor), in place of poles.")
]
Name = Annotated[str, typer.Option("--name", help="What the axis measures, for sentences and figures.")]
By = Annotated[
    list[str], typer.Option("--by", metavar="COLS", help="Columns whose values make groups; repeat or use commas.")
]
Cluster = Annotated[
    str | None, typer.Option("--cluster", help="Column of what is drawn together, such as the speaker.")
]
Window = Annotated[int, typer.Option("--window", help="Words to either side of a mention.")]
Transform = Annotated[
    str | None,
    typer.Option("--transform", metavar="FILE", help=f"Kept by 'measure alacarte --save', or the word {IDENTITY}."),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="Write all rows to a file: .csv, .parquet, .json ...")
]
Plot = Annotated[Path | None, typer.Option("--plot", help="Draw a figure: .png, .svg or .pdf.")]


def read_list(typed: Sequence[str], option: str, *, least: int = 1) -> list[str]:
    """Read ``rich,wealthy``, ``@words.txt`` and ``@lists.json:wealth``, in one option or several.

    Raises
    ------
    SpecError
        When fewer than ``least`` words are typed, or a file holds several lists and none is named.
    DataError
        When a file cannot be read, or has no such list.

    Examples
    --------
    >>> read_list(["rich,prime minister", "wealth*"], "--positive")
    ['rich', 'prime minister', 'wealth*']
    """
    words: list[str] = []
    for piece in read_names(typed):
        words += _from_file(piece[1:], option)[1] if piece.startswith(FROM_FILE) else [piece]
    if len(words) < least:
        raise SpecError(f"{option} names no word. One is needed at least: words with commas between, or @FILE.")
    return list(dict.fromkeys(words))


def read_set(typed: Sequence[str], option: str) -> Any:
    """Read a list of words, under its name where it is one list of a file."""
    pieces = read_names(typed)
    if len(pieces) == 1 and pieces[0].startswith(FROM_FILE):
        name, words = _from_file(pieces[0][1:], option)
        return {name: words}
    return read_list(typed, option)


def existing(path: Path) -> Path:
    """The path of a file that is there, or why not."""
    if not path.exists():
        raise DataError(f"There is no file '{path}'. Check the name and the folder.")
    return path


def _from_file(typed: str, option: str) -> tuple[str, list[str]]:
    """The one list of a file, or the one of ``FILE:NAME``."""
    from lacunet.measures.lists import read_words

    path, sign, name = (typed, "", "") if Path(typed).exists() else typed.rpartition(":")
    if not sign:
        path = typed
    lists = read_words(existing(Path(path)))
    if sign and name not in lists:
        hint = suggest(name, lists) or f"Choose one of: {list_some(lists)}."
        raise DataError(
            f"{option} got '@{typed}', and '{path}' has no list '{name}'. A name of a list is needed. {hint}"
        )
    if not sign and len(lists) > 1:
        raise SpecError(
            f"{option} got '@{typed}', which holds {len(lists)} lists: {list_some(lists)}. One is needed: say "
            f"@{path}:{next(iter(lists))}."
        )
    name = name or next(iter(lists))
    return name, list(lists[name])


def read_axis(positive: Sequence[str], negative: Sequence[str], pairs: Path | None, name: str, how: Any) -> Any:
    """Read the poles of an axis, or a file of pairs."""
    from lacunet.measures.axes import Axis

    if pairs is not None:
        if positive or negative:
            raise SpecError("--pairs was given together with --positive or --negative. Pairs hold both: leave out one.")
        return Axis.from_pairs(existing(pairs), name=name)
    if not positive:
        raise SpecError(
            "The axis has no pole. Words are needed: --positive rich,wealthy, or --positive @FILE; or --pairs FILE."
        )
    poles = [
        read_list(words, option, least=0) for words, option in ((positive, "--positive"), (negative, "--negative"))
    ]
    return Axis(*poles, name=name, how=how)


def read_actors(typed: Sequence[str]) -> dict[str, list[str]]:
    """Read ``EPA=environmental protection agency;epa``, ``congress,senate``, or a file of lists, one an actor.

    Examples
    --------
    >>> read_actors(["EPA=environmental protection agency;epa", "congress,senate"])
    {'EPA': ['environmental protection agency', 'epa'], 'congress': ['congress'], 'senate': ['senate']}
    """
    actors: dict[str, list[str]] = {}
    for words in typed:
        for name, spellings in _actors_of(words):
            if name in actors:
                raise SpecError(f"--actors names '{name}' twice. One is needed: list spellings as {name}=one;two.")
            actors[name] = spellings
    if not actors:
        raise SpecError("--actors names nobody. One is needed at least, such as --actors 'EPA=environment agency;epa'.")
    return actors


def _actors_of(typed: str) -> list[tuple[str, list[str]]]:
    is_file = typed.startswith(FROM_FILE) or Path(typed).is_file()
    if is_file:
        from lacunet.measures.lists import read_words

        return [
            (name, list(words)) for name, words in read_words(existing(Path(typed.removeprefix(FROM_FILE)))).items()
        ]
    if Path(typed).suffix in (".csv", ".json", ".tsv", ".txt"):
        existing(Path(typed))
    found = []
    for piece in read_names([typed]):
        name, sign, text = (part.strip() for part in piece.partition("="))
        spellings = [one.strip() for one in (text if sign else name).split(";") if one.strip()]
        if not (name and spellings):
            raise SpecError(f"--actors got '{piece}'. It needs NAME=spelling;spelling, or NAME alone.")
        found.append((name, spellings))
    return found


def read_breaks(typed: Sequence[str]) -> list[Any] | None:
    """Read the edges of slices: numbers where they are numbers.

    Examples
    --------
    >>> read_breaks(["1950,1970", "1990.5"]), read_breaks([])
    ([1950, 1970, 1990.5], None)
    """
    return [_as_number(text) for text in read_names(typed)] or None


def _as_number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
