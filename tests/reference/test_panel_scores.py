"""Scores of panels against closed forms, brute force, conText's printed digits, and the truth in simulations."""

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import polygamma, psi, stdtrit

from lacunet.embedding.space import Embeddings
from lacunet.measures.actors import panel_scores
from lacunet.measures.actors._noise import measure_noise
from lacunet.measures.actors._pooling import pull_means, pull_variances
from lacunet.measures.actors._score import score_cells
from lacunet.measures.actors._sums import Sums
from lacunet.measures.axes import Axis

EXACT = 1e-10
"""Other order of the same sums in float64."""
DIGITS = 1e-7
"""The digits that conText prints."""
FLOAT32 = 1e-6
"""Vectors of a space are kept in float32, the brute force has them in float64."""


def make_sums(rng: np.random.Generator, sizes: list[int], dim: int, offset: float = 2.0) -> Sums:
    """Cells of documents with 1 to 5 mentions each, two mentions of a document being alike."""
    cell = np.repeat(np.arange(len(sizes)), sizes)
    times = rng.integers(1, 6, len(cell)).astype(float)
    which = np.repeat(np.arange(len(cell)), times.astype(int))
    found = rng.normal(size=(len(cell), dim))[which] + rng.normal(size=(len(which), dim))
    found[:, 0] += offset
    total = np.zeros((len(cell), dim))
    np.add.at(total, which, found)
    squares = np.bincount(which, (found**2).sum(axis=1))
    return Sums(cell, np.arange(len(cell)), times, total, squares)


def test_one_cell_by_hand() -> None:
    """Two documents of one mention: m, V and the gradient written out."""
    one, two = np.array([3.0, 1.0, 0.5]), np.array([2.0, -1.0, 0.0])
    axis = np.array([0.6, 0.8, 0.0])
    ones = np.ones(2)
    sums = Sums(np.zeros(2, int), np.arange(2), ones, np.stack([one, two]), np.array([one @ one, two @ two]))
    # One cell has fewer than five degrees of freedom, and nothing else to borrow from.
    found = score_cells(sums, np.zeros(1, int), 1, axis)
    mean, half = (one + two) / 2, (one - two) / 2
    length = mean @ mean - half @ half  # the trace of V is |one - two|^2 / 4
    gradient = axis / np.sqrt(length) - (axis @ mean) * mean / length**1.5
    assert found.cosine[0] == pytest.approx(axis @ mean / np.linalg.norm(mean), abs=EXACT)
    assert found.score[0] == pytest.approx(axis @ mean / np.sqrt(length), abs=EXACT)
    assert found.std_error[0] == pytest.approx(abs(gradient @ half), abs=EXACT)
    assert found.dof[0] == pytest.approx(1.0)


def test_noise_of_cells_against_matrices() -> None:
    """Expected squares and degrees of freedom from G itself; the likeness of mentions from its moment equations."""
    rng = np.random.Generator(np.random.PCG64(1))
    sizes = [1, 2, 3, 7, 20]
    sums = make_sums(rng, sizes, 4)
    noise = measure_noise(sums, len(sizes))
    scatter = from_within = from_between = 0.0
    for c, size in enumerate(sizes):
        k = sums.times[sums.cell == c]
        centre = np.eye(size) - np.outer(k, np.ones(size)) / k.sum()
        w = np.diag((1 - noise.alike) * k + noise.alike * k**2)
        g = centre @ w @ centre.T
        assert noise.unit[c] == pytest.approx(np.trace(w) / k.sum() ** 2, rel=EXACT)
        if size > 1:
            assert noise.expected[c] == pytest.approx(np.trace(g), rel=EXACT)
            assert noise.dof[c] == pytest.approx(np.trace(g) ** 2 / np.trace(g @ g), rel=EXACT)
        residuals = centre @ sums.vectors[sums.cell == c]
        np.testing.assert_allclose(noise.residuals[sums.cell == c], residuals if size > 1 else 0.0, atol=EXACT)
        scatter += (residuals**2).sum()
        from_within += np.trace(centre @ np.diag(k) @ centre.T)
        from_between += np.trace(centre @ np.diag(k**2) @ centre.T)
    within = (sums.squares - (sums.vectors**2).sum(axis=1) / sums.times).sum() / (sums.times - 1).sum()
    between = (scatter - within * from_within) / from_between
    assert noise.alike == pytest.approx(between / (between + within), rel=EXACT)
    assert noise.expected[0] == noise.dof[0] == 0


def test_documents_of_one_size_have_the_usual_factor() -> None:
    """n / (n - 1) and n - 1 degrees of freedom."""
    rng = np.random.Generator(np.random.PCG64(2))
    sums = make_sums(rng, [6], 3)._replace(times=np.full(6, 2.0))
    noise = measure_noise(sums, 1)
    assert noise.dof[0] == pytest.approx(5.0)
    assert noise.unit[0] / noise.expected[0] * 12**2 == pytest.approx(6 / 5)


def test_pulled_means_by_hand() -> None:
    values, variances = np.array([1.0, 2.0, 6.0]), np.array([1.0, 0.5, 2.0])
    w = 1 / variances
    centre = (w * values).sum() / w.sum()
    tau = ((w * (values - centre) ** 2).sum() - 2) / (w.sum() - (w**2).sum() / w.sum())
    w = 1 / (variances + tau)
    mean = (w * values).sum() / w.sum()
    found = pull_means(values, variances)
    assert found.between == pytest.approx(tau) and found.mean == pytest.approx(mean)
    np.testing.assert_allclose(found.values, mean + tau / (tau + variances) * (values - mean), rtol=EXACT)
    alike = pull_means(np.array([1.0, 1.1]), np.array([1.0, 1.0]))
    assert alike.between == 0 and alike.values == pytest.approx([1.05, 1.05])


def test_pulled_variances_by_smyths_equations() -> None:
    """With equal degrees of freedom the weights are equal, and the prior is that of Smyth (2004, section 6.2)."""
    rng = np.random.Generator(np.random.PCG64(3))
    f = 6.0
    variances = 2.0 / rng.chisquare(5, 400) * 5 * rng.chisquare(f, 400) / f
    found, dof = pull_variances(variances, np.full(400, f))
    logs = np.log(variances) - psi(f / 2) + np.log(f / 2)
    excess = logs.var(ddof=1) - polygamma(1, f / 2)
    prior = 2 * brentq(lambda x: polygamma(1, x) - excess, 1e-3, 1e6, xtol=1e-12)
    centre = np.exp(logs.mean() + psi(prior / 2) - np.log(prior / 2))
    np.testing.assert_allclose(found, (prior * centre + f * variances) / (prior + f), rtol=1e-8)
    np.testing.assert_allclose(dof, prior + f, rtol=1e-8)


def test_variances_that_do_not_differ_are_averaged() -> None:
    found, dof = pull_variances(np.array([1.0, 1.1, 0.0]), np.array([10.0, 30.0, 0.0]))
    assert found == pytest.approx([1.075] * 3) and dof == pytest.approx([40.0] * 3)
    nothing, none = pull_variances(np.zeros(2), np.zeros(2))
    assert np.isnan(nothing).all() and (none == 0).all()


def test_the_order_of_documents_changes_nothing() -> None:
    rng = np.random.Generator(np.random.PCG64(4))
    frame = _texts(rng, 60)
    space, transform = _space(rng), rng.normal(size=(5, 5))
    axis = Axis(["good"], ["bad"])
    options = {"by": "side", "text": "text", "transform": transform, "window": 3}
    one = panel_scores(space, frame, ["epa", "dod"], axis, **options).frame()
    other = panel_scores(space, frame.sample(frac=1, random_state=1), ["epa", "dod"], axis, **options).frame()
    pd.testing.assert_frame_equal(one, other, rtol=EXACT, atol=EXACT)


def test_cosines_against_windows_by_hand() -> None:
    """Loops over words: mean of the known words within three places, transform, mean over mentions, cosine."""
    rng = np.random.Generator(np.random.PCG64(5))
    frame, space, transform = _texts(rng, 60), _space(rng), rng.normal(size=(5, 5))
    axis = Axis(["good", "fine"], ["bad"])
    panel = panel_scores(space, frame, ["epa", "dod"], axis, by="side", text="text", transform=transform, window=3)
    units = space.units(np.arange(len(space)))
    places = {word: row for row, word in enumerate(space.words)}
    direction = units[[places["good"], places["fine"]]].mean(axis=0) - units[places["bad"]]
    for row in panel.frame().itertuples():
        found = []
        for text, side in zip(frame["text"], frame["side"], strict=True):
            words = text.split()
            for at in [k for k, word in enumerate(words) if word == row.actor and side == row.side]:
                around = [places[w] for w in words[max(0, at - 3) : at] + words[at + 1 : at + 4] if w in places]
                if around:
                    found.append(transform @ space.vectors[around].astype(np.float64).mean(axis=0))
        mean = np.mean(found, axis=0)
        expected = direction @ mean / np.linalg.norm(direction) / np.linalg.norm(mean)
        assert row.cosine == pytest.approx(expected, abs=FLOAT32)
        assert row.n_mentions == len(found)
        assert row.difference == pytest.approx(row.score * np.linalg.norm(direction), abs=FLOAT32)


def test_cosines_of_context() -> None:
    """The vignette of conText 3.0.1: cosines of "immigr*" by party with two features."""
    folder = Path(os.environ.get("LACUNET_DATA", "no folder")) / "text"
    if not folder.exists():
        pytest.skip("LACUNET_DATA names no folder with the data of conText")
    golden = np.load(folder / "conText_golden_glove_transform.npz")
    space = Embeddings(golden["vocab"].tolist(), golden["glove"])
    with gzip.open(folder / "conText_cr_sample_corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        frame = pd.DataFrame([json.loads(line) for line in file])
    printed = {"reform": [0.5949757, 0.4270958], "enforcement": [0.6059709, 0.5968879]}
    for feature, cosines in printed.items():
        options = {"by": "party", "text": "text", "transform": golden["transform"]}
        table = panel_scores(space, frame, {"immigration": ["immigr*"]}, Axis([feature]), **options).table()
        assert table["party"].tolist() == ["D", "R"]
        np.testing.assert_allclose(table["cosine"], cosines, atol=DIGITS)


def test_intervals_cover_and_scores_do_not_shrink() -> None:
    """Planted cosines in cells of 1 to 50 documents; benchmarks/measure/panels.py has the larger study."""
    rng = np.random.Generator(np.random.PCG64(6))
    sizes, n_panels, dim = [1, 2, 5, 50] * 5, 60, 30
    lists: dict[str, list] = {"truth": [], "score": [], "cosine": [], "half": [], "size": []}
    for _ in range(n_panels):
        truth = np.clip(rng.normal(0.3, 0.15, len(sizes)), -0.9, 0.9)
        sums = make_sums(rng, sizes, dim, 0.0)
        # A mention's noise has about eight times the squared length of the signal, as under conText's own transform.
        side = np.sqrt(1 - truth**2)
        centre = np.zeros((len(sizes), dim))
        centre[:, 0], centre[:, 1] = truth, side
        centre *= np.sqrt(2 * dim / 8)
        shift = centre[sums.cell]
        squares = sums.squares + 2 * (sums.vectors * shift).sum(axis=1) + sums.times * (shift**2).sum(axis=1)
        vectors = sums.vectors + sums.times[:, None] * shift
        moved = sums._replace(vectors=vectors, squares=squares)
        found = score_cells(moved, np.zeros(len(sizes), int), 1, np.eye(dim)[0])
        for name, values in {
            "truth": truth,
            "score": found.score,
            "cosine": found.cosine,
            "half": stdtrit(found.dof, 0.975) * found.std_error,
            "size": np.array(sizes),
        }.items():
            lists[name].append(values)
    study = pd.DataFrame({name: np.concatenate(values) for name, values in lists.items()})
    study["covered"] = (study["score"] - study["truth"]).abs() <= study["half"]
    # 1,200 cells: the standard error of a coverage of 95 % is .6 points.
    assert 0.93 <= study["covered"].mean() <= 0.97
    for size, cells in study.groupby("size"):
        slope = {name: cells["truth"] @ cells[name] / (cells["truth"] @ cells["truth"]) for name in ("score", "cosine")}
        assert 0.9 < slope["score"] < 1.1, size
        assert 0.9 < cells["covered"].mean() < 0.99, size
        assert slope["cosine"] < (0.7 if size <= 5 else 0.99), size


def test_the_error_of_a_contrast_counts_what_is_shared() -> None:
    """The same words around two actors in the same documents: no difference, and no doubt about it."""
    rng = np.random.Generator(np.random.PCG64(7))
    texts = []
    for _ in range(12):
        left, right = (" ".join(rng.choice(["a", "b", "c", "d"], 3)) for _ in range(2))
        texts.append(f"{left} epa {right} x y z {left} dod {right}")
    frame = pd.DataFrame({"text": texts, "side": ["l", "r"] * 6})
    space = _space(rng)
    panel = panel_scores(
        space, frame, ["epa", "dod"], Axis(["good"], ["bad"]), text="text", transform="identity", window=3
    )
    between = panel.contrast("actor", "epa", "dod").iloc[0]
    assert between["estimate"] == pytest.approx(0, abs=EXACT)
    assert between["std_error"] < 1e-6 < panel.table()["std_error"].min()
    panel = panel_scores(space, frame, ["epa"], Axis(["good"], ["bad"]), by="side", text="text", transform="identity")
    apart, cells = panel.contrast("side", "l", "r").iloc[0], panel.table()
    assert apart["estimate"] == pytest.approx(cells["score"][0] - cells["score"][1], abs=EXACT)
    assert apart["std_error"] == pytest.approx(np.sqrt((cells["std_error"] ** 2).sum()), abs=EXACT)


def test_few_clusters_that_are_shared_leave_few_degrees_of_freedom() -> None:
    rng = np.random.Generator(np.random.PCG64(8))
    texts = [
        f"{' '.join(rng.choice(list('abcd'), 3))} {who} {' '.join(rng.choice(list('abcd'), 3))}"
        for who in ["epa", "dod"] * 60
    ]
    frame = pd.DataFrame({"text": texts, "year": np.repeat([1, 2, 3, 4], 30), "speaker": np.arange(120) // 10})
    panel = panel_scores(
        _space(rng),
        frame,
        ["epa", "dod"],
        Axis(["good"], ["bad"]),
        by="year",
        text="text",
        transform="identity",
        cluster="speaker",
    )
    assert panel.contrast("actor", "epa", "dod")["df"].tolist() == [2.0] * 4  # three speakers a year
    assert 2 < panel.contrast("actor", "epa", "dod", over="year")["df"].iloc[0] <= 11
    assert panel.contrast("year", 1, 2)["df"].min() > 2  # no speaker in both


def _space(rng: np.random.Generator) -> Embeddings:
    words = ["good", "fine", "bad", "a", "b", "c", "d"]
    return Embeddings(words, rng.normal(size=(len(words), 5)))


def _texts(rng: np.random.Generator, n: int) -> pd.DataFrame:
    words = ["a", "b", "c", "d", "unknown", "epa", "dod"]
    texts = [" ".join(rng.choice(words, rng.integers(5, 25))) for _ in range(n)]
    return pd.DataFrame({"text": texts, "side": rng.choice(["left", "right"], n)})
