"""Mentions added up: one cell for each group in each document, and what each cell's vectors sum to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError, list_some, warn_user
from lacunet.measures.contexts import Contexts
from lacunet.measures.documents._documents import variable_of, write_value
from lacunet.report._words import count

FEW_MENTIONS, FEW_DOCUMENTS = 20, 5
"""Below these a group is named in a warning."""
TARGET = "target"


@dataclass(frozen=True, eq=False)
class Groups:
    """Which group each mention belongs to.

    Attributes
    ----------
    names
        Name of each group that has a mention (g,).
    table
        One row a group: target, and its value of every document variable asked for.
    member
        Group of each mention (N,); -1 where a document has no value.
    notes
        What was left out, as sentences.
    """

    names: tuple[str, ...]
    table: pd.DataFrame
    member: Integers
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Cells:
    """Sums of mentions' vectors by group and document.

    Attributes
    ----------
    group, document
        Group and document of each cell, sorted by both (c,).
    cluster
        What is drawn together: a number for each document, or for each cluster of documents (c,).
    n
        Mentions (c,).
    sums
        Of each space the sum of the mentions' vectors (c, d), float64.
    """

    group: Integers
    document: Integers
    cluster: Integers
    n: Integers
    sums: tuple[Floats, ...]


def group_mentions(found: Contexts, variables: pd.DataFrame | None, by: Sequence[str]) -> Groups:
    """Sort mentions into groups: every target with every combination of values that documents have.

    Raises
    ------
    DataError
        When no mention is left.

    Warns
    -----
    DataWarning
        When groups have no mention, or mentions no group.
    """
    values = pd.DataFrame({f"by {name}": variable_of(variables, name) for name in by})
    own = values.iloc[found.document].reset_index(drop=True) if by else pd.DataFrame(index=range(len(found)))
    targets = pd.Categorical.from_codes(found.term, categories=list(found.names), ordered=True)
    mentions = pd.concat([pd.DataFrame({TARGET: targets}), own], axis=1)
    keys = list(mentions.columns)
    member = mentions.groupby(keys, observed=True, sort=True, dropna=True).ngroup().fillna(-1).to_numpy(dtype=np.intp)
    if (member < 0).all():
        raise DataError(
            f"No mention of {list_some(found.names)} is in a document with a value of {list_some(by)}. One is needed. "
            "Fill in the variable, or group by another."
        )
    firsts = pd.Series(np.arange(len(member)))[member >= 0].groupby(member[member >= 0]).first()
    table = mentions.iloc[firsts.to_numpy()].reset_index(drop=True)
    table[TARGET] = table[TARGET].astype(str)
    shows_target = len(found.names) > 1 or not by
    names = tuple(_name(row, shows_target) for row in table.itertuples(index=False))
    notes = [*_note_absent(found, values, table, shows_target), *_note_ungrouped(member)]
    for note in notes:
        warn_user(note)
    table.columns = [TARGET, *(f"{name}_variable" if name == TARGET else name for name in by)]
    return Groups(names, table, member, (*found.notes, *notes))


def add_up(
    spaces: Sequence[Embeddings],
    transforms: Sequence[Floats],
    found: Sequence[Contexts],
    groups: Groups,
    codes: Integers,
) -> Cells:
    """Add up, by group and document, the vectors A u of all mentions.

    Parameters
    ----------
    spaces, transforms, found
        Of each fit its embeddings, its transform, and the contexts as its vocabulary has them.
    groups
        Groups of the mentions of each fit, which are the same.
    codes
        Cluster of every document of the corpus.
    """
    kept = np.flatnonzero(groups.member >= 0)
    pairs = np.column_stack([groups.member[kept], found[0].document[kept]])
    cells, place = np.unique(pairs, axis=0, return_inverse=True)
    place = place.reshape(-1)
    sums = tuple(
        _sum_vectors(space, transform, some, kept, place, len(cells))
        for space, transform, some in zip(spaces, transforms, found, strict=True)
    )
    n = np.bincount(place, minlength=len(cells))
    return Cells(cells[:, 0], cells[:, 1], codes[cells[:, 1]], n, sums)


def warn_of_small(groups: Groups, cells: Cells) -> tuple[str, ...]:
    """Warn of groups with few mentions or documents; the sentence, if there is one."""
    n_groups = len(groups.names)
    mentions = np.bincount(cells.group, weights=cells.n, minlength=n_groups).astype(int)
    documents = np.bincount(cells.group, minlength=n_groups)
    small = np.flatnonzero((mentions < FEW_MENTIONS) | (documents < FEW_DOCUMENTS))
    if not len(small):
        return ()
    shown = list_some([f"{groups.names[g]!r} ({mentions[g]} in {documents[g]})" for g in small])
    note = (
        f"{len(small)} of {count(n_groups, 'group')} have fewer than {FEW_MENTIONS} mentions or {FEW_DOCUMENTS} "
        f"documents: {shown}. Their vectors are mostly noise, and their intervals rough. Join groups, or widen "
        "the target."
    )
    warn_user(note)
    return (note,)


def mention_vectors(space: Embeddings, transform: Floats, found: Contexts) -> Floats:
    """Vector A u of each mention (N, d), float64."""
    used = np.unique(found.counts.indices)
    some = found.counts[:, used] if len(used) else found.counts
    sums = some.astype(np.float64) @ space.vectors[used].astype(np.float64)
    means = sums / np.asarray(some.sum(axis=1), dtype=np.float64)[:, None]
    with threadpool_limits(limits=1):
        return np.asarray(means @ transform.T)


def _sum_vectors(
    space: Embeddings, transform: Floats, found: Contexts, kept: Integers, place: Integers, n_cells: int
) -> Floats:
    shares = 1.0 / np.asarray(found.counts.sum(axis=1), dtype=np.float64)[kept]
    adder = csr_array((shares, (place, kept)), shape=(n_cells, len(found)))
    words = (adder @ found.counts.astype(np.float64)).tocsr()
    used = np.unique(words.indices)
    with threadpool_limits(limits=1):
        return np.asarray((words[:, used] @ space.vectors[used].astype(np.float64)) @ transform.T)


def _name(row: Any, shows_target: bool) -> str:
    return ", ".join(map(write_value, row if shows_target else row[1:]))


def _note_absent(found: Contexts, values: pd.DataFrame, table: pd.DataFrame, shows_target: bool) -> list[str]:
    there = values.dropna().drop_duplicates()
    own = list(values.columns)
    if own:
        there = there.sort_values(own, kind="stable")
    has = {tuple(row) for row in table.itertuples(index=False)}
    rows = [tuple(row) for row in there.itertuples(index=False)] if own else [()]
    absent = [(name, *row) for name in found.names for row in rows if (name, *row) not in has]
    if not absent:
        return []
    shown = list_some([_name(one, shows_target) for one in absent])
    have, are = ("has", "is") if len(absent) == 1 else ("have", "are")
    return [
        f"{count(len(absent), 'group')} {have} no mention with a known word around it, and {are} left out: {shown}."
    ]


def _note_ungrouped(member: Integers) -> list[str]:
    n = int((member < 0).sum())
    return [f"{n:,} of {len(member):,} mentions are in documents without a value of by, and are left out."] if n else []
