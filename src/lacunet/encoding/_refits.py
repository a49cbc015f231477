"""The same autoencoder again: from another start, or on rows drawn anew."""

from collections.abc import Sequence

from lacunet._rng import generator
from lacunet.encoding._member import Member, place_like
from lacunet.encoding._training import Matrix, Settings, fit_network
from lacunet.table import Table
from lacunet.train._stopping import Progress


def matrix_of(table: Table) -> Matrix:
    """A table as the array world has it."""
    return Matrix(values=table.values, state=table.state, layout=table.layout)


def train_refits(
    matrix: Matrix,
    settings: Settings,
    main: Member,
    which: Sequence[int],
    *,
    seed: int,
    say: Progress,
    resample: bool = True,
) -> tuple[Member, ...]:
    """Networks with starts and batches of their own, on rows drawn anew or on the same; scores turned to the fit's."""
    target, n, found = main.scores(matrix), len(matrix), []
    for done, i in enumerate(which):
        say("refits", done, len(which))
        rows = generator(seed, "resample", i).integers(0, n, n) if resample else None
        network = fit_network(matrix, settings, seed=seed, say=quiet, member=i + 1, rows=rows)
        found.append(place_like(network, matrix, target))
    return tuple(found)


def quiet(stage: str, done: int, most: int) -> None:
    """Say nothing."""
