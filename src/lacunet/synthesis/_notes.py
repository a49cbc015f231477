"""What a user of synthetic data should know of how the columns are treated, in sentences."""

import warnings
from collections.abc import Iterator, Sequence

from lacunet.errors import DataWarning, list_some
from lacunet.synthesis.coding._coding import Coding
from lacunet.table import Outline, Schema
from lacunet.table._missing import NOT_APPLICABLE
from lacunet.table._notes import Remarks

_TOPICS = {
    "odd code": ("Numbers except for a word: {listed}. The word is made too, as a reason for having no value.", False),
    "suspect code": (
        "Looks like a code among amounts: {listed}. It is made as an ordinary number, and counts as one in every "
        "average. If it stands for missing, say missing_codes={{{name}: [{code}]}}: it is then a reason of its own.",
        True,
    ),
    "suspect words": ("Made as answers, not as reasons for having none: {listed}.", False),
    "absent code": (
        "Codes named in missing_codes or not_applicable that the column does not hold: {listed}. Check their spelling.",
        True,
    ),
}
"""What reading remarked -> the sentence, and whether it is a warning."""


def say_remarks(remarks: Remarks) -> tuple[str, ...]:
    """One sentence for each topic that reading remarked on; warns where a decision may be wrong and matters."""
    notes = []
    for topic, (text, is_warning) in _TOPICS.items():
        if topic not in remarks:
            continue
        pairs = remarks[topic]
        listed = list_some([f"{name} {words}" for name, words in pairs])
        code = pairs[0][1].split(" (")[0].split(", ")[0]
        notes.append(text.format(listed=listed, name=pairs[0][0], code=code))
        if is_warning:
            warnings.warn(notes[-1], DataWarning, stacklevel=4)
    return tuple(notes)


def say_columns(outline: Outline) -> tuple[str, ...]:
    """What is left empty or made anew, and that reasons for having no value are made as well."""
    return (*outline.notes, *_say_reasons(outline.schema))


def _say_reasons(schema: Schema) -> Iterator[str]:
    told = []
    for column in schema.modelled:
        counts = dict(column.missing_by_reason)
        if column.n_inapplicable:
            counts[NOT_APPLICABLE] = column.n_inapplicable
        if counts:
            told.append(f"{column.name!r} ({', '.join(f'{why} {n:,}' for why, n in counts.items())})")
    if told:
        yield f"Cells without a value are made as often as they occur, each for its reason: {list_some(told)}."


def say_bonds(coding: Coding) -> tuple[str, ...]:
    """Columns that others decide, and numbers that often equal another."""
    columns = coding.columns
    names = [column.variable.name for column in columns]
    decided = [
        f"{name!r} from {names[column.lookup.source]!r}"
        for name, column in zip(names, columns, strict=True)
        if column.lookup is not None
    ]
    tied = [
        f"{name!r} to {names[column.tied]!r}" for name, column in zip(names, columns, strict=True) if column.tied >= 0
    ]
    said = []
    if decided:
        said.append(f"Follows from another column in every row, and so in every row made: {list_some(decided)}.")
    if tied:
        said.append(f"Often exactly equal, and made equal as often: {list_some(tied)}.")
    return tuple(said)


def say_design(named: Sequence[str]) -> tuple[str, ...]:
    """What a survey's design means for the rows made."""
    if not named:
        return ()
    return (
        f"Rows were weighted by the survey's design ({', '.join(named)}): synthetic rows stand for the population as a "
        "simple random sample does, so analyse them without weights; these columns are empty in them.",
    )
