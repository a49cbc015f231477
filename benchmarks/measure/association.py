"""Association tests simulated: how often the tests of WEAT and SC-WEAT reject at 5 % where the words do not differ.

Vectors are drawn with a part in common and a falling spectrum, so that cosines are those of embeddings; none of the
sets has a pull of its own. Exact tests count all partitions, the others draw 999. With few words a set, p-values are
coarse: that of an exact test is a multiple of 1 over the number of partitions.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.measure.rows import Row, share_row
from lacunet.embedding.space import Embeddings
from lacunet.errors import DataWarning
from lacunet.measures.association import sc_weat, weat

DIM, N_PERMUTATIONS, SIZE = 50, 999, 0.05
SAMPLES = 10_000
TARGETS = 20
"""Words that one call of SC-WEAT tests, each by itself; their p-values go together."""


@dataclass(frozen=True)
class Design:
    """Words of X and Y, or of A and B of SC-WEAT, which test, and whether all partitions are counted."""

    test: str
    n: tuple[int, int]
    alternative: str
    exact: bool | None


DESIGNS = {
    **{
        f"WEAT, {a} and {b} words, {way}": Design("weat", (a, b), side, exact)
        for a, b in ((4, 4), (6, 6), (8, 8), (8, 5))
        for way, side, exact in (("exact", "greater", True), ("drawn", "greater", False))
    },
    "WEAT, 8 and 8 words, exact, two-sided": Design("weat", (8, 8), "two-sided", True),
    "WEAT, 8 and 5 words, exact, two-sided": Design("weat", (8, 5), "two-sided", True),
    "WEAT, 25 and 25 words, drawn": Design("weat", (25, 25), "greater", False),
    **{
        f"SC-WEAT, {a} and {a} words, {way}": Design("sc_weat", (a, a), "two-sided", exact)
        for a in (4, 8)
        for way, exact in (("exact", True), ("drawn", False))
    },
}


def rows_of(name: str, samples: int, seed: int) -> Iterator[Row]:
    """The row of one design."""
    design = DESIGNS[name]
    rng = np.random.default_rng([seed, *design.n, len(design.test), len(design.alternative), bool(design.exact)])
    spectrum = 1 / np.sqrt(1 + np.arange(DIM) / 5)
    one, other = design.n
    sets = {"X": one, "Y": other, "A": 8, "B": 8} if design.test == "weat" else {"T": TARGETS, "A": one, "B": other}
    words = {key: [f"{key.lower()}{i}" for i in range(size)] for key, size in sets.items()}
    flat = [word for some in words.values() for word in some]
    found = []
    options = {"n_permutations": N_PERMUTATIONS, "exact": design.exact, "alternative": design.alternative}
    for number in range(samples):
        vectors = (rng.normal(size=(len(flat), DIM)) + 0.5 * rng.normal(size=DIM)) * spectrum
        space = Embeddings(flat, vectors)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            if design.test == "weat":
                found.append([weat(space, *words.values(), **options, seed=number).p_value])
            else:
                found.append(sc_weat(space, *words.values(), **options, seed=number).words["p_value"].tolist())
    what = "exact test" if design.exact else f"test with {N_PERMUTATIONS} partitions drawn"
    yield share_row(name, what, "size", np.array(found) <= SIZE, seed=seed)
