"""Whether the intervals of drift hold the truth as often as they say, and whether its p-values are what they say.

``python -m benchmarks.measure_drift`` writes texts whose words have known vectors and known company, so that the mean
vector of a word in a slice, and with it the true distance, is known exactly. Each document has a topic, which all its
mentions share. For each design it prints a row: how often 95 % intervals hold the true distance, how often it
lies below and above them, how often the plain percentile bootstrap of the same means holds it, the mean of the estimate
and of the distance as it stands, and the share of p-values of .05 and less, which is the size of the test where nothing
changed.
"""

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import read_corpus
from lacunet.measures.change import Drift, drift
from lacunet.measures.uncertainty import draw_multiplicities

N_VOCABULARY, N_TOPICS, DIM, N_WORDS, SIDE = 300, 20, 50, 30, 4
N_BOOT, N_PERMUTATIONS = 300, 199
LEVEL, SIZE = 0.95, 0.05


@dataclass(frozen=True)
class Design:
    """Units in either slice (documents, or clusters of three), the share of mentions in new company, and clusters."""

    n: tuple[int, int]
    moved: float
    clusters: str = "none"


DESIGNS = tuple(
    Design(n, moved, clusters)
    for clusters, sizes in (
        ("none", ((25, 25), (50, 50), (200, 50), (400, 400))),
        ("nested", ((60, 60),)),
        ("crossing", ((60, 60),)),
    )
    for n in sizes
    for moved in (0.0, 0.4, 0.8)
)


@dataclass(frozen=True)
class World:
    """Words with vectors, topics with words."""

    space: Embeddings
    topics: np.ndarray

    @property
    def centres(self) -> np.ndarray:
        """Mean vector of the company in each topic."""
        return self.topics @ self.space.vectors[:N_VOCABULARY].astype(np.float64)


def make_world(rng: np.random.Generator) -> World:
    """Vectors with a part in common and a falling spectrum, as embeddings have; topics of few words each."""
    spectrum = 1 / np.sqrt(1 + np.arange(DIM))
    vectors = rng.normal(size=(N_VOCABULARY, DIM)) * spectrum + 0.15 * spectrum
    topics = rng.dirichlet(np.full(N_VOCABULARY, 0.03), N_TOPICS)
    words = [f"w{i}" for i in range(N_VOCABULARY)]
    return World(Embeddings(words, vectors), topics)


def write(world: World, design: Design, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, float]]:
    """Texts of both slices, and the true distance of each word."""
    rows, truth = [], {}
    for k in range(N_WORDS):
        old, new = rng.dirichlet(np.full(N_TOPICS, 0.5), 2)
        mixes = (old, (1 - design.moved) * old + design.moved * new)
        one, other = (mix @ world.centres for mix in mixes)
        truth[f"target{k}"] = float(1 - one @ other / np.sqrt((one @ one) * (other @ other)))
        for t, mix in enumerate(mixes):
            rows += _documents(world, design, f"target{k}", t, mix, rng)
    return pd.DataFrame(rows, columns=["text", "year", "speaker"]), truth


def _documents(
    world: World, design: Design, word: str, t: int, mix: np.ndarray, rng: np.random.Generator
) -> list[tuple[str, int, str]]:
    found = []
    for unit in range(design.n[t]):
        speaker = f"{word} {unit}" if design.clusters == "crossing" else f"{word} {t} {unit}"
        topic = rng.choice(N_TOPICS, p=mix)
        for _ in range(1 if design.clusters == "none" else 3):
            parts = []
            for _ in range(1 + rng.poisson(0.5)):
                near = [f"w{i}" for i in rng.choice(N_VOCABULARY, size=2 * SIDE, p=world.topics[topic])]
                parts += [*near[:SIDE], word, *near[SIDE:], *["pad"] * SIDE]
            found.append((" ".join(parts), 2000 + t, speaker))
    return found


def percentile(result: Drift, word: str) -> tuple[float, float]:
    """The interval that a plain bootstrap of the distance would give."""
    pieces = result.source.pieces(word)[0]
    drawn = draw_multiplicities(np.arange(int(pieces.units.max()) + 1), N_BOOT, result.seed, f"bootstrap of {word}")
    means = []
    for t in (0, 1):
        rows = pieces.slices == t
        weights = drawn[:, pieces.units[rows]].astype(np.float64)
        means.append(weights @ pieces.sums[rows] / (weights @ pieces.n[rows])[:, None])
    product = (means[0] * means[1]).sum(axis=1)
    distances = 1 - product / np.sqrt((means[0] ** 2).sum(axis=1) * (means[1] ** 2).sum(axis=1))
    low, high = np.nanquantile(distances, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def measure(design: Design, seed: int) -> list[dict[str, float]]:
    """One corpus: a row for each word."""
    rng = np.random.default_rng([seed, *design.n, int(100 * design.moved)])
    world = make_world(rng)
    frame, truth = write(world, design, rng)
    corpus = read_corpus(frame, text="text")
    result = drift(
        world.space,
        corpus,
        list(truth),
        transform="identity",
        window=SIDE,
        n_boot=N_BOOT,
        n_permutations=N_PERMUTATIONS,
        cluster=None if design.clusters == "none" else "speaker",
        seed=seed,
    )
    table = result.table(LEVEL)
    rows = []
    for row in table[table["reference"].notna()].to_dict("records"):
        low, high = percentile(result, row["word"])
        true = truth[row["word"]]
        rows.append(
            {
                "true": true,
                "as_is": row["drift"],
                "estimate": row["estimate"],
                "covered": row["conf_low"] <= true <= row["conf_high"],
                "below": true < row["conf_low"],
                "above": true > row["conf_high"],
                "percentile": low <= true <= high,
                "rejected": row["p_value"] <= SIZE,
                "usable": float(np.isfinite(row["estimate"])),
            }
        )
    return rows


def main(n_corpora: int) -> None:
    """Print a row a design."""
    for design in DESIGNS:
        found = pd.DataFrame([row for seed in range(n_corpora) for row in measure(design, seed)]).astype(float)
        means = " ".join(f"{name} {value:.4f}" for name, value in found.mean().items())
        print(f"{design.clusters:9} {design.n!s:12} moved {design.moved:.1f} n {len(found)} {means}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
