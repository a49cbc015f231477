"""Scores along an axis simulated: means of groups and their contrasts, of documents and of clusters, and of many fits.

Documents are counts of words, drawn from a distribution of their own around that of their group; a speaker's documents
share one around the group's. Groups' distributions are tilted along the axis by as much as is planted, in the null
corpus by nothing. Scores are those of `score_rows`, means and contrasts those of `Scores.by`. What is to be covered is
the mean score of endlessly many documents of the group (of as many speakers), known from 60,000 of them.

Designs of fits: the vectors of each of S fits are the true ones with noise, and what is to be covered is the mean over
endlessly many fits as well. Documents apart: the score of one document, whose words are drawn anew.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from benchmarks.measure.rows import Row, covers, share_row
from lacunet.errors import DataWarning
from lacunet.measures.axes import Scores
from lacunet.measures.axes._kernel import score_rows

N_WORDS, DIM, N_BOOT, N_TRUTH, SIZE = 200, 30, 300, 60_000, 0.05
SAMPLES = 1000
"""Half as many of designs with several fits."""
GROUPS = ("a", "b")
LIKENESS, GAP_LIKENESS = 40, 15
"""How like speakers are (larger: more), and what a speaker says in one group to what is to be expected."""
SHIFT = 1.0
"""Planted: how far group b is tilted along the axis."""
FITS_FOR_TRUTH, DOCUMENTS_FOR_TRUTH = 1000, 400


@dataclass(frozen=True)
class Design:
    """Units (documents, or speakers) of either group, and what they are.

    Attributes
    ----------
    n
        Units of group a and of group b; of crossing speakers one number, for they speak in both groups.
    speakers
        "none", "nested" (each in one group) or "crossing"; they have from 1 to 8 documents in a group.
    fits
        Fits of the embedding.
    noise
        Standard deviation of the noise in their vectors, in units of that of the vectors.
    gaps
        Whether speakers of both groups differ between them in ways of their own.
    """

    n: tuple[int, int]
    speakers: str = "none"
    fits: int = 1
    noise: float = 0.0
    gaps: bool = False


DESIGNS = {
    **{f"{n} speakers in both groups": Design((n, n), "crossing") for n in (6, 12, 40)},
    **{f"{n} speakers in both groups, gaps of their own": Design((n, n), "crossing", gaps=True) for n in (6, 12)},
    **{f"{n} and {m} speakers": Design((n, m), "nested") for n, m in ((5, 5), (10, 10), (10, 40), (40, 40))},
    **{
        f"{n} and {m} documents": Design((n, m)) for n, m in ((5, 5), (10, 10), (10, 40), (25, 25), (50, 50), (200, 50))
    },
    **{f"100 and 100 documents, {s} noisy fits": Design((100, 100), "none", s, 1.0) for s in (3, 10)},
    "20 and 20 speakers, 5 fits": Design((20, 20), "nested", 5, 0.3),
    "single documents": Design((1, 1)),
}
LENGTHS = (20, 50, 200)


class World:
    """Words with vectors, an axis, and what groups, speakers and documents say."""

    def __init__(self, seed: int, planted: bool) -> None:
        rng = np.random.default_rng([seed, 17])
        spectrum = 1 / np.sqrt(1 + np.arange(DIM) / 3)
        self.vectors = (rng.normal(size=(N_WORDS, DIM)) + 0.5 * rng.normal(size=DIM)) * spectrum
        self.axis = np.zeros((1, DIM))
        self.axis[0, 1] = 1.0
        base = rng.dirichlet(np.full(N_WORDS, 0.3))
        tilt = np.exp(0.4 * SHIFT * self.vectors[:, 1]) if planted else np.ones(N_WORDS)
        self.words = {"a": base, "b": base * tilt / (base * tilt).sum()}
        self.spread = float(self.vectors.std())

    def draw(
        self, group: str, sizes: np.ndarray, likeness: float, rng: np.random.Generator, own: np.ndarray | None = None
    ) -> np.ndarray:
        """Counts (n, v) of documents of ``sizes`` speakers' documents (ones where there are no speakers)."""
        voices = np.broadcast_to(self.words[group], (len(sizes), N_WORDS)) if own is None else own
        said = around(np.repeat(voices, sizes, axis=0), likeness, rng)
        return rng.multinomial(lengths(len(said), rng), said)

    def score(self, counts: np.ndarray, vectors: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Scores of documents with their errors."""
        return score_rows(
            csr_array(counts.astype(np.float32)), self.vectors if vectors is None else vectors, None, self.axis
        )

    @cached_property
    def documents(self) -> dict[str, np.ndarray]:
        """Documents of either group that the truth with noisy fits is known from."""
        rng = np.random.default_rng(1)
        return {g: self.draw(g, np.ones(DOCUMENTS_FOR_TRUTH, dtype=int), 30, rng) for g in GROUPS}


def around(centres: np.ndarray, likeness: float, rng: np.random.Generator) -> np.ndarray:
    """Distributions whose expectations are those given (n, v)."""
    drawn = rng.gamma(np.maximum(likeness * centres, 1e-9)) + 1e-300
    return drawn / drawn.sum(axis=1, keepdims=True)


def lengths(n: int, rng: np.random.Generator) -> np.ndarray:
    """Words of n documents: some are ten times as long as others."""
    return np.maximum(rng.lognormal(4.0, 0.7, n).astype(int), 5)


def draw_drifts(world: World, n: int, rng: np.random.Generator) -> np.ndarray:
    """By how much more speakers use each word than others do (n, v), whatever the group."""
    usual = np.maximum(LIKENESS * world.words["a"], 1e-9)
    return rng.gamma(usual, size=(n, N_WORDS)) / usual


def find_voices(
    world: World, design: Design, group: str, n: int, drifts: np.ndarray, rng: np.random.Generator
) -> np.ndarray | None:
    """What each speaker says in a group (n, v); None where there are no speakers."""
    if design.speakers == "none":
        return None
    usual = world.words[group]
    if design.speakers == "nested":
        return around(np.broadcast_to(usual, (n, N_WORDS)), LIKENESS, rng)
    own = usual * drifts + 1e-300
    own /= own.sum(axis=1, keepdims=True)
    return around(own, GAP_LIKENESS, rng) if design.gaps else own


def draw_sample(world: World, design: Design, rng: np.random.Generator) -> tuple[np.ndarray, pd.DataFrame]:
    """Counts of a corpus, and the group and speaker of each document."""
    counts, rows = [], []
    drifts = draw_drifts(world, design.n[0], rng)
    for group, n in zip(GROUPS, design.n, strict=True):
        sizes = np.ones(n, dtype=int) if design.speakers == "none" else rng.integers(1, 9, n)
        own = find_voices(world, design, group, n, drifts, rng)
        counts.append(world.draw(group, sizes, 30, rng, own))
        names = np.repeat(np.arange(n), sizes)
        speaker = [f"{i}" if design.speakers == "crossing" else f"{group}{i}" for i in names]
        rows.append(pd.DataFrame({"group": group, "speaker": speaker}))
    return np.vstack(counts), pd.concat(rows, ignore_index=True)


def make_scores(world: World, counts: np.ndarray, frame: pd.DataFrame, fits: list[np.ndarray]) -> Scores:
    """Scores of counted documents in each fit."""
    found = [world.score(counts, vectors) for vectors in fits]
    n_words = counts.sum(axis=1).astype(np.int64)
    return Scores(
        name="score",
        method="cosine",
        values=np.stack([values for values, _ in found]),
        errors=np.stack([errors for _, errors in found]),
        n_words=n_words,
        n_known=n_words,
        variables=frame,
        notes=(),
        works=(),
    )


def find_truth(world: World, design: Design, rng: np.random.Generator) -> dict[str, float]:
    """Mean score of each group over documents (and fits) without end."""
    if design.noise:
        found = np.zeros(len(GROUPS))
        for _ in range(FITS_FOR_TRUTH):
            vectors = make_fit(world, design, rng)
            found += [world.score(world.documents[g], vectors)[0].mean() for g in GROUPS]
        # what these documents differ by from documents without end, in the true vectors
        gap = [mean_score(world, g, design, rng) - world.score(world.documents[g])[0].mean() for g in GROUPS]
        return dict(zip(GROUPS, found / FITS_FOR_TRUTH + gap, strict=True))
    return {g: mean_score(world, g, design, rng) for g in GROUPS}


def mean_score(world: World, group: str, design: Design, rng: np.random.Generator) -> float:
    """Mean score of very many documents of a group: of one each of as many speakers."""
    step, total = 6000, 0.0
    for _ in range(N_TRUTH // step):
        drifts = draw_drifts(world, step if design.speakers == "crossing" else 0, rng)
        own = find_voices(world, design, group, step, drifts, rng)
        total += world.score(world.draw(group, np.ones(step, dtype=int), 30, rng, own))[0].sum()
    return total / N_TRUTH


def make_fit(world: World, design: Design, rng: np.random.Generator) -> np.ndarray:
    """Vectors of one fit."""
    return world.vectors + design.noise * world.spread * rng.normal(size=world.vectors.shape)


def measure(design: Design, planted: bool, samples: int, seed: int) -> pd.DataFrame:
    """Whether each interval holds the truth, and whether the test of the contrast rejects."""
    rng = np.random.default_rng([seed, *design.n, design.fits, len(design.speakers), planted, *[1] * design.gaps])
    world = World(seed, planted)
    truth = find_truth(world, design, rng)
    rows = []
    for number in range(samples):
        counts, frame = draw_sample(world, design, rng)
        fits = [make_fit(world, design, rng) for _ in range(design.fits)]
        cluster = None if design.speakers == "none" else "speaker"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            means = make_scores(world, counts, frame, fits).by("group", cluster=cluster, n_boot=N_BOOT, seed=number)
        table, gap = means.table(), means.contrast("b", "a")
        hits = covers(table["conf_low"], table["conf_high"], [truth[g] for g in GROUPS])
        between = covers(gap["conf_low"], gap["conf_high"], truth["b"] - truth["a"])
        rows.append(
            {
                "a": hits[0],
                "b": hits[1],
                "contrast": between[0],
                "rejects": float(gap["p_value"].iloc[0] <= SIZE),
                "estimate": gap["estimate"].iloc[0],
                "error": gap["std_error"].iloc[0],
                "seeds": gap["sd_seeds"].iloc[0] / np.sqrt(design.fits) / gap["std_error"].iloc[0],
            }
        )
    return pd.DataFrame(rows)


def measure_single(samples: int, seed: int) -> Iterator[Row]:
    """Intervals of single documents: of their expected score at their length, and of the score without chance."""
    world, rng = World(seed, True), np.random.default_rng([seed, 3])
    frame = pd.DataFrame({"group": np.zeros(samples)})
    for length in LENGTHS:
        hits = []
        for words in around(np.broadcast_to(world.words["b"], (20, N_WORDS)), 30, rng):
            expected = world.score(rng.multinomial(length, words, size=20_000))[0].mean()
            endless = (words @ world.vectors)[1] / np.linalg.norm(words @ world.vectors)
            n = samples // 5
            found = make_scores(world, rng.multinomial(length, words, size=n), frame[:n], [world.vectors]).table()
            hits.append([covers(found["conf_low"], found["conf_high"], truth) for truth in (expected, endless)])
        for i, what in enumerate(("expected score", "score of the document without chance")):
            yield share_row(
                "single documents", f"{what}, {length} words", "coverage", [row[i] for row in hits], seed=seed
            )


def rows_of(name: str, samples: int, seed: int) -> Iterator[Row]:
    """All rows of one design, planted and null."""
    design = DESIGNS[name]
    if name == "single documents":
        yield from measure_single(samples, seed)
        return
    for planted in (True, False):
        found = measure(design, planted, samples if design.fits == 1 else samples // 2, seed)
        world = "planted" if planted else "null"
        ratio = {"error_over_sd": float(np.sqrt((found["error"] ** 2).mean()) / found["estimate"].std())}
        ratio |= {"share_seeds": float((found["seeds"] ** 2).mean())} if design.fits > 1 else {}
        yield share_row(name, f"means, {world}", "coverage", found[["a", "b"]].to_numpy(), seed=seed)
        yield share_row(name, f"contrast, {world}", "coverage", found["contrast"].to_numpy(), seed=seed, **ratio)
        if not planted:
            yield share_row(name, "p-value of the contrast", "size", found["rejects"].to_numpy(), seed=seed)
