"""Drift between two slices simulated: do intervals hold the true distance, and does the test keep its size?

Words of a made-up vocabulary have known vectors and topics known words, so that the mean vector of a target in a slice,
and with it the true distance, is known exactly. Every document has a topic, which all its mentions share; a mention is
the mean of the vectors of eight words of the topic. Where speakers are in both slices, half of their documents in
either have one topic in common. In designs with heavy tails one document in thirty has more than 20 mentions.

Beside the share of 95 % intervals that hold the true distance stand how often the truth lies below and above them, how
often the percentile bootstrap of the plain distance holds it, the means of truth, estimate and plain distance, and the
share of p-values of .05 and less: the size of the test where nothing changed, its power elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.measure.rows import Row, covers, share_row
from lacunet.measures.change._pieces import Pieces
from lacunet.measures.change._trajectory import Trajectory, follow
from lacunet.measures.uncertainty import draw_multiplicities

N_VOCABULARY, N_TOPICS, DIM, N_WORDS, AROUND = 300, 20, 50, 25, 8
N_BOOT, N_PERMUTATIONS = 300, 199
LEVEL, SIZE = 0.95, 0.05
SAMPLES = 1000
"""Words, each of its own; 25 share a vocabulary."""
MOVED = (0.0, 0.4, 0.8)
"""Shares of mentions in new company."""


@dataclass(frozen=True)
class Design:
    """Documents (or speakers of three) in either slice, and whether speakers and very long documents are there."""

    n: tuple[int, int]
    speakers: str = "none"
    heavy: bool = False


DESIGNS = {
    **{f"{a} and {b} documents": Design((a, b)) for a, b in ((25, 25), (50, 50), (200, 50), (400, 400))},
    "60 and 60 speakers": Design((60, 60), "nested"),
    "60 speakers in both slices": Design((60, 60), "crossing"),
    "100 and 100 documents, heavy tails": Design((100, 100), heavy=True),
}


@dataclass(frozen=True)
class World:
    """Vectors (v, d) of words, and words of topics (k, v)."""

    vectors: np.ndarray
    topics: np.ndarray

    @property
    def centres(self) -> np.ndarray:
        """Mean vector of the company in each topic."""
        return self.topics @ self.vectors


def make_world(rng: np.random.Generator) -> World:
    """Vectors with a part in common and a falling spectrum, as embeddings have; topics of few words each."""
    spectrum = 1 / np.sqrt(1 + np.arange(DIM))
    vectors = rng.normal(size=(N_VOCABULARY, DIM)) * spectrum + 0.15 * spectrum
    return World(vectors, rng.dirichlet(np.full(N_VOCABULARY, 0.03), N_TOPICS))


def draw_pieces(world: World, design: Design, mixes: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> Pieces:
    """Mentions of one word, summed by slice and unit."""
    sums, n, units = [], [], []
    common = rng.random(design.n[0])  # the same place in the topics of either slice
    per = 1 if design.speakers == "none" else 3
    for t, mix in enumerate(mixes):
        size = design.n[t]
        cumulative = np.cumsum(mix) / mix.sum()
        own = rng.random(size)
        mentions = np.zeros(size)
        total = np.zeros((size, DIM))
        for _ in range(per):
            place = own
            if design.speakers == "crossing":
                place = np.where(rng.random(size) < 0.5, common, rng.random(size))
            topic = np.minimum(np.searchsorted(cumulative, place), N_TOPICS - 1)
            times = _count_mentions(size, design.heavy, rng)
            total += rng.multinomial(AROUND * times, world.topics[topic]) @ world.vectors / AROUND
            mentions += times
        sums.append(total)
        n.append(mentions)
        units.append(np.arange(size) + (0 if design.speakers == "crossing" else t * design.n[0]))
    slices = np.repeat(np.arange(2), design.n)
    return Pieces(sums=np.vstack(sums), n=np.concatenate(n), slices=slices, units=np.concatenate(units), n_slices=2)


def _count_mentions(size: int, heavy: bool, rng: np.random.Generator) -> np.ndarray:
    if heavy:
        return np.minimum(np.ceil(rng.lognormal(0.5, 1.4, size)), 200).astype(int)
    return 1 + rng.poisson(0.5, size)


def percentile(pieces: Pieces, seed: int) -> tuple[float, float]:
    """The interval that a plain bootstrap of the distance would give."""
    drawn = draw_multiplicities(np.arange(int(pieces.units.max()) + 1), N_BOOT, seed, "bootstrap of word")
    means = []
    for t in (0, 1):
        rows = pieces.slices == t
        weights = drawn[:, pieces.units[rows]].astype(np.float64)
        means.append(weights @ pieces.sums[rows] / (weights @ pieces.n[rows])[:, None])
    product = (means[0] * means[1]).sum(axis=1)
    distances = 1 - product / np.sqrt((means[0] ** 2).sum(axis=1) * (means[1] ** 2).sum(axis=1))
    low, high = np.nanquantile(distances, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def measure(design: Design, moved: float, samples: int, seed: int) -> pd.DataFrame:
    """A row for each word."""
    rng = np.random.default_rng([seed, *design.n, int(100 * moved), len(design.speakers), design.heavy])
    rows = []
    for number in range(samples):
        if number % N_WORDS == 0:
            world = make_world(rng)
        old, new = rng.dirichlet(np.full(N_TOPICS, 0.5), 2)
        mixes = (old, (1 - moved) * old + moved * new)
        one, other = (mix @ world.centres for mix in mixes)
        pieces = draw_pieces(world, design, mixes, rng)
        options = {"n_boot": N_BOOT, "n_permutations": N_PERMUTATIONS, "seed": number}
        found = follow("word", [pieces], np.array(design.n), "first", **options)
        truth = float(1 - one @ other / np.sqrt((one @ one) * (other @ other)))
        rows.append({"true": truth, **_compare(found, pieces, truth, number)})
    return pd.DataFrame(rows)


def _compare(found: Trajectory, pieces: Pieces, truth: float, seed: int) -> dict[str, float]:
    low, high = found.errors(LEVEL)[2:, 1]
    return {
        "covered": float(covers(low, high, truth)),
        "below": float(truth < low),
        "above": float(truth > high),
        "percentile": float(covers(*percentile(pieces, seed), truth)),
        "estimate": float(found.estimate[1]),
        "plain": float(found.plain[1]),
        "rejects": float(found.p_values[1] <= SIZE),
    }


def rows_of(name: str, samples: int, seed: int) -> Iterator[Row]:
    """All rows of one design, by how much moved."""
    for moved in MOVED:
        found = measure(DESIGNS[name], moved, samples, seed)
        more = {column: float(found[column].mean()) for column in found.columns.drop("covered")}
        what = f"distance, {100 * moved:g} % in new company"
        yield share_row(name, what, "coverage", found["covered"].to_numpy(), seed=seed, **more)
        if not moved:
            yield share_row(name, "permutation test", "size", found["rejects"].to_numpy(), seed=seed)
