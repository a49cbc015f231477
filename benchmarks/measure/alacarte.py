"""Group embeddings simulated: cosines with words, differences and ratios of two groups, and tests by permutation.

Every mention is the mean of the vectors of eight words, drawn from what its document speaks about, which lies around
what the group speaks about; documents have 1 to 6 mentions, speakers 1 to 5 documents. The true vector of a group is
that of its expected words. Designs differ in numbers of documents (or speakers), and in whether a speaker is in one
group or in both. Planted: the two groups speak of different things; null: of the same. Asked about are the six words
nearest to what both groups have in common, as those whose cosines can have a ratio.
"""

import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.measure.rows import Row, covers, share_row
from lacunet.embedding.space import Embeddings
from lacunet.errors import DataWarning
from lacunet.measures.alacarte._cells import Cells
from lacunet.measures.alacarte._compare import Question, compare_groups, compare_with_words

N_WORDS, DIM, AROUND, N_ASKED = 200, 30, 8, 6
N_BOOT, N_PERMUTATIONS, SIZE = 200, 199, 0.05
COMMON = 0.6
"""Share of a group's words that both groups have in common, where they differ."""
SAMPLES = 1000


@dataclass(frozen=True)
class Design:
    """Documents (or speakers) of either group, and whether speakers are none, "nested" or "crossing"."""

    n: tuple[int, int]
    speakers: str = "none"


DESIGNS = {
    **{f"{n} and {m} documents": Design((n, m)) for n, m in ((10, 10), (30, 30), (100, 100), (100, 20))},
    "15 and 15 speakers": Design((15, 15), "nested"),
    "40 and 40 speakers": Design((40, 40), "nested"),
    "30 speakers in both groups": Design((30, 30), "crossing"),
}


@dataclass(frozen=True)
class World:
    """Words with vectors, what each group speaks about, and the words asked about."""

    space: Embeddings
    base: np.ndarray
    voices: np.ndarray
    asked: tuple[str, ...]
    truth: np.ndarray


def make_world(seed: int, planted: bool) -> World:
    """Vectors with a part in common, as embeddings have."""
    rng = np.random.default_rng([seed, 5])
    spectrum = 1 / np.sqrt(1 + np.arange(DIM) / 5)
    vectors = (rng.normal(size=(N_WORDS, DIM)) + 0.3 * rng.normal(size=DIM)) * spectrum
    base, own = rng.dirichlet(np.full(N_WORDS, 0.1)), rng.dirichlet(np.full(N_WORDS, 0.1), 2)
    voices = COMMON * base + (1 - COMMON) * own if planted else np.stack([base, base])
    space = Embeddings([f"w{i}" for i in range(N_WORDS)], vectors)
    units = space.units(np.arange(N_WORDS))
    means = voices @ space.vectors.astype(np.float64)
    cosines = (means / np.linalg.norm(means, axis=1)[:, None]) @ units.T
    chosen = np.argsort(-cosines.min(axis=0))[:N_ASKED]
    return World(space, base, voices, tuple(space.words[i] for i in chosen), cosines[:, chosen])


def draw_cells(world: World, design: Design, rng: np.random.Generator) -> Cells:
    """Sums of mentions by group and document, of one corpus."""
    group, cluster, voices = [], [], []
    # what a speaker adds to the words that both groups share, in either group
    shared = COMMON * (around(np.broadcast_to(world.base, (design.n[0], N_WORDS)), 20, rng) - world.base)
    for g, n in enumerate(design.n):
        sizes = np.ones(n, dtype=int) if design.speakers == "none" else rng.integers(1, 6, n)
        own = np.broadcast_to(world.voices[g], (n, N_WORDS))
        if design.speakers == "nested":
            own = around(own, 20, rng)
        if design.speakers == "crossing":
            own = own + shared
        group.append(np.full(sizes.sum(), g))
        cluster.append(np.repeat(np.arange(n), sizes) + (0 if design.speakers == "crossing" else 1000 * g))
        voices.append(around(np.repeat(own, sizes, axis=0), 15, rng))
    mentions = rng.integers(1, 7, sum(map(len, group)))
    words = rng.multinomial(AROUND * mentions, np.vstack(voices))
    sums = words @ world.space.vectors.astype(np.float64) / AROUND
    codes = pd.factorize(np.concatenate(cluster))[0]
    return Cells(np.concatenate(group), np.arange(len(mentions)), codes, mentions, (sums,))


def around(centres: np.ndarray, likeness: float, rng: np.random.Generator) -> np.ndarray:
    """Distributions whose expectations are those given (n, v)."""
    drawn = rng.gamma(np.maximum(likeness * centres, 1e-9)) + 1e-300
    return drawn / drawn.sum(axis=1, keepdims=True)


def measure(design: Design, planted: bool, samples: int, seed: int) -> dict[str, np.ndarray]:
    """Hits of every number, one row a sample."""
    rng = np.random.default_rng([seed, *design.n, len(design.speakers), planted])
    world = make_world(seed, planted)
    one, other = world.truth
    truths = {"contrast": one - other, "ratio": one / other}
    hits: dict[str, list[np.ndarray]] = defaultdict(list)
    for number in range(samples):
        ask = Question(
            spaces=(world.space,),
            names=("one", "other"),
            targets=("target", "target"),
            cells=draw_cells(world, design, rng),
            corrected=True,
            n_boot=N_BOOT,
            n_permutations=0 if planted else N_PERMUTATIONS,
            seed=number,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            table = compare_with_words(ask, "similarity", [(0, world.asked), (1, world.asked)]).table()
            hits["cosines"].append(covers(table["conf_low"], table["conf_high"], world.truth.ravel()))
            for kind in ("contrast", "ratio"):
                table = compare_groups(ask, kind, (0, 1), world.asked).table()
                hits[kind].append(covers(table["conf_low"], table["conf_high"], truths[kind]))
                if not planted:
                    hits[f"p {kind}"].append(table["p_value"].to_numpy() <= SIZE)
    return {what: np.array(rows, dtype=np.float64) for what, rows in hits.items()}


NAMES = {"cosines": "cosines", "contrast": "differences of cosines", "ratio": "ratios of cosines"}


def rows_of(name: str, samples: int, seed: int) -> Iterator[Row]:
    """All rows of one design, planted and null."""
    for planted in (True, False):
        for what, hits in measure(DESIGNS[name], planted, samples, seed).items():
            tested = what.startswith("p ")
            number = NAMES[what.removeprefix("p ")]
            said = f"permutation test of {number}" if tested else f"{number}, {'planted' if planted else 'null'}"
            yield share_row(name, said, "size" if tested else "coverage", hits, seed=seed)
