"""Cosines of fitted vectors of the embedding regression simulated: with words, their differences and ratios.

Texts with mentions of one target by two groups, whose company is drawn as in `alacarte`: of a document from
what it speaks about, around what its group speaks about. The regression has the group and a number that does nothing;
clusters are documents, or speakers where there are any.
Cosines are not corrected for the noise in the fitted vector, which pulls them to 0; ``mean_estimate`` beside
``mean_truth`` says by how much.
"""

import warnings
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.measure.alacarte import COMMON, N_WORDS, Design, World, make_world
from benchmarks.measure.alacarte import around as draw_around
from benchmarks.measure.rows import Row, covers, share_row
from lacunet.errors import DataWarning
from lacunet.measures.regression import EmbeddingRegression, embedding_regression

SIDE, DIM = 4, 30
SAMPLES = 300
GROUPS = ("a", "b")
DESIGNS = {
    "50 and 50 documents": Design((50, 50)),
    "300 and 300 documents": Design((300, 300)),
    "40 and 40 speakers": Design((40, 40), "nested"),
    "60 speakers in both groups": Design((60, 60), "crossing"),
}


def write(world: World, design: Design, rng: np.random.Generator) -> pd.DataFrame:
    """Texts of both groups."""
    shared = COMMON * (draw_around(np.broadcast_to(world.base, (design.n[0], N_WORDS)), 20, rng) - world.base)
    rows = []
    for g, n in enumerate(design.n):
        own = np.broadcast_to(world.voices[g], (n, N_WORDS))
        if design.speakers == "nested":
            own = draw_around(own, 20, rng)
        if design.speakers == "crossing":
            own = own + shared
        sizes = np.ones(n, dtype=int) if design.speakers == "none" else rng.integers(1, 6, n)
        for unit, said in zip(
            np.repeat(np.arange(n), sizes), draw_around(np.repeat(own, sizes, axis=0), 15, rng), strict=True
        ):
            parts = []
            for _ in range(rng.integers(1, 5)):
                near = [f"w{i}" for i in rng.choice(N_WORDS, 2 * SIDE, p=said)]
                parts += [*near[:SIDE], "target", *near[SIDE:], *["pad"] * SIDE]
            speaker = f"{unit}" if design.speakers == "crossing" else f"{g} {unit}"
            rows.append((" ".join(parts), GROUPS[g], rng.normal(), speaker))
    return pd.DataFrame(rows, columns=["text", "group", "number", "speaker"])


def fit(world: World, frame: pd.DataFrame, seed: int) -> EmbeddingRegression:
    """The regression, without permutations, which `regression` looks at."""
    options = {"text": "text", "transform": np.eye(DIM), "window": SIDE, "n_permutations": 0, "seed": seed}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return embedding_regression(world.space, frame, "target ~ group + number", cluster="speaker", **options)


def rows_of(name: str, samples: int, seed: int) -> Iterator[Row]:
    """Rows of one design, planted and null."""
    design = DESIGNS[name]
    for planted in (True, False):
        rng = np.random.default_rng([seed, *design.n, len(design.speakers), planted])
        world = make_world(seed, planted)
        found = defaultdict(list)
        for number in range(samples):
            result = fit(world, write(world, design, rng), number)
            for what, table, truth in _ask(result, world):
                columns = [covers(table["conf_low"], table["conf_high"], truth), table["estimate"], truth]
                found[what].append(np.array(columns, dtype=np.float64))
        for what, parts in found.items():
            hits, estimates, truth = np.stack(parts, axis=1)
            more = {"mean_estimate": float(np.abs(estimates).mean()), "mean_truth": float(np.abs(truth).mean())}
            yield share_row(name, f"{what}, {'planted' if planted else 'null'}", "coverage", hits, seed=seed, **more)


def _ask(result: EmbeddingRegression, world: World) -> Iterator[tuple[str, pd.DataFrame, np.ndarray]]:
    one, other = ({"group": group} for group in GROUPS)
    words = list(world.asked)
    yield "cosines", result.similarity({"group": list(GROUPS)}, words), world.truth.ravel()
    yield "differences of cosines", result.contrast(one, other, words), world.truth[0] - world.truth[1]
    # ratios are of the words nearest to either vector: those asked about that are among them
    table = result.ratio(one, other, n=2 * len(words)).set_index("word").reindex(words)
    yield "ratios of cosines", table, world.truth[0] / world.truth[1]
