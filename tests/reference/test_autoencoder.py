"""The autoencoder against closed forms, singular values, factor analysis, and counts of what noise touched."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy.linalg import subspace_angles
from scipy.special import expit, log_softmax
from scipy.stats import norm
from sklearn.decomposition import FactorAnalysis

from benchmarks.encode_measures import fit_irt, simulate
from lacunet._keys import stream
from lacunet._layout import MISSING, OBSERVED, Layout, Variable
from lacunet.encoding import Autoencoder
from lacunet.encoding._choice import _judge
from lacunet.encoding._code import Code
from lacunet.encoding._pose import Pose, principal, procrustes, towards
from lacunet.net._autoencoder import (
    AutoencoderNet,
    Head,
    Reconstructing,
    cell_losses,
    corrupt,
    decode,
    encode,
    mean_slopes,
    start_autoencoder,
)
from lacunet.net._level_losses import BinaryCrossEntropy, CategoricalCrossEntropy, OrdinalLoss
from lacunet.net._number_losses import NormalLoss, SquaredError

ANGLE = 1e-3
"""What the issue asks for; found: below 1e-6, since training ends with BFGS in double precision."""
SINGLE = 2e-5
"""Losses of order 1 in float32."""
DOUBLE = 1e-6
"""Derivatives in float64 against central differences of step 1e-5."""
FIVE_SIGMA = 5.0
HEADS = (
    Head(SquaredError(), 2),
    Head(BinaryCrossEntropy(), 1),
    Head(OrdinalLoss(4), 1, 2),
    Head(CategoricalCrossEntropy(3), 2),
)


@pytest.fixture(scope="module")
def factors():
    """Six numbers made by two factors, in units far from one another."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2)) @ rng.normal(size=(2, 6)) + 0.7 * rng.normal(size=(300, 6))
    return pd.DataFrame(x * [1, 10, 1e3, 1, 1e-3, 5] + 7, columns=list("abcdef"))


@pytest.fixture(scope="module", params=[False, True], ids=["untied", "tied"])
def linear(request, factors):
    return Autoencoder(latent=2, hidden=(), tied=request.param).fit(factors, seed=1)


def axes_of(frame):
    z = (frame - frame.mean()).to_numpy() / frame.std(ddof=0).to_numpy()
    return z, np.linalg.svd(z, full_matrices=False)[2][:2].T


def test_linear_scores_span_the_principal_components(linear, factors):
    z, axes = axes_of(factors)
    assert subspace_angles(z @ axes, linear.encode().to_numpy()).max() < ANGLE


def test_linear_decoder_spans_the_principal_axes(linear, factors):
    _, axes = axes_of(factors)
    weights = linear.main.network.params
    decoder = weights["w_0"] if linear.settings.tied else weights["v_0"].T
    assert subspace_angles(axes, decoder).max() < ANGLE


def test_linear_scores_are_the_components_themselves(linear, factors):
    z, axes = axes_of(factors)
    found = np.corrcoef(linear.encode().to_numpy().T, (z @ axes).T)[:2, 2:]
    np.testing.assert_allclose(np.abs(found), np.eye(2), atol=ANGLE)


def test_linear_error_is_what_the_components_leave(linear, factors):
    singular = np.linalg.svd(axes_of(factors)[0], compute_uv=False)
    left = (singular[2:] ** 2).sum() / factors.size
    assert linear.reconstruction_error().mean() == pytest.approx(left, rel=ANGLE)


def test_linear_loadings_are_slopes(linear):
    # For uncorrelated scores of variance 1, regressing an item on a score gives their correlation.
    table = linear.loadings()
    for name in linear.names:
        np.testing.assert_allclose(table[name], table[f"{name}_slope"], atol=ANGLE)


def test_tied_decoder_is_the_transpose():
    net = AutoencoderNet(heads=HEADS, hidden=(5,), latent=2, tied=True)
    params = start_autoencoder(net, rng=np.random.default_rng(1))
    assert not [name for name in params if name.startswith("v_")]
    z = np.random.default_rng(2).normal(size=(4, 2)).astype(np.float32)
    h = z @ params["w_1"].T
    by_hand = np.where(h > 0, h, np.expm1(h)) @ params["w_0"].T
    np.testing.assert_allclose(jax.jit(decode, static_argnums=0)(net, params, z), by_hand, atol=SINGLE)


def test_variational_linear_is_factor_analysis():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(800, 2)) @ rng.normal(size=(2, 8)) + rng.normal(size=(800, 8)) * rng.uniform(0.5, 1.5, 8)
    fitted = Autoencoder(latent=2, hidden=(), variational=True).fit(pd.DataFrame(x, columns=list("abcdefgh")), seed=1)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    theirs = FactorAnalysis(2, tol=1e-6, max_iter=5000).fit(z)
    weights = fitted.main.network.params
    # Latents are drawn in training, and steps tremble: found 0.9999, 0.02 and 0.03.
    assert np.cos(subspace_angles(theirs.transform(z), fitted.encode().to_numpy())).min() > 0.995
    np.testing.assert_allclose(np.exp(2 * weights["shared"]), theirs.noise_variance_, atol=0.1)
    explained = theirs.components_.T @ theirs.components_
    np.testing.assert_allclose(weights["v_0"].T @ weights["v_0"], explained, atol=0.1)


def test_variational_scores_are_those_of_item_response_theory():
    trait, answers = simulate(800, 12, missing=0.1, seed=3)
    expected, deviation = fit_irt(answers, rounds=12)
    # The comparison's own EM first: its scores find the trait as well as they say.
    assert np.sqrt(np.mean((expected - trait) ** 2)) == pytest.approx(np.sqrt(np.mean(deviation**2)), rel=0.06)
    frame = pd.DataFrame(answers, columns=[f"item_{j}" for j in range(12)])
    fitted = Autoencoder(latent=1, hidden=(), variational=True).fit(frame, seed=1, anchors={"item_0": 1})
    scores = fitted.encode(uncertainty=True)
    # Theirs is the exact posterior, ours a normal one whose mean is linear in the answers.
    assert np.corrcoef(scores["latent_1"], expected)[0, 1] > 0.98
    error = np.sqrt(np.mean((scores["latent_1"] - trait) ** 2))
    assert error < 1.06 * np.sqrt(np.mean((expected - trait) ** 2))
    assert np.sqrt(np.mean(scores["latent_1_sd"] ** 2)) == pytest.approx(error, rel=0.1)


@functools.partial(jax.jit, static_argnums=0)
def told(net, params, data, rows):
    return Reconstructing(net=net).loss(params, data, rows, key=stream(1, "latents"))


def rows_of(rng, n=2000):
    """Rows of every kind with holes, as the network reads them."""
    layout = Layout(
        variables=(
            Variable(name="nominal", kind="nominal", n_levels=3),
            Variable(name="number", kind="continuous"),
            Variable(name="ordinal", kind="ordinal", n_levels=4),
            Variable(name="other", kind="nominal", n_levels=3),
            Variable(name="count", kind="count"),
            Variable(name="binary", kind="binary", n_levels=2),
        )
    )
    values = np.column_stack([rng.integers(0, c, n) if c else rng.normal(3, 2, n) for c in (3, 0, 4, 3, 0, 2)])
    state = np.where(rng.random(values.shape) < 0.1, MISSING, OBSERVED).astype(np.int8)
    return layout, np.where(state == OBSERVED, values, np.nan), state


def test_columns_have_mean_0_and_variance_1():
    layout, values, state = rows_of(np.random.default_rng(0))
    code = Code.learn(layout, values, state, variational=False)
    assert code.heads == HEADS
    rows = code.encode(values, state)
    known = code.known_columns(state)
    for slot in range(len(layout)):
        own = np.flatnonzero(code.owner == slot)
        here = rows["x"][known[:, own[0]]][:, own]
        np.testing.assert_allclose(here.mean(axis=0), 0, atol=SINGLE)
        assert here.var(axis=0).sum() == pytest.approx(1, abs=SINGLE)
    assert not rows["x"][~known].any()
    np.testing.assert_array_equal(rows["flags"][:, : len(layout)], state[:, code.order] == MISSING)


def test_losses_of_mixed_columns_by_hand():
    rng = np.random.default_rng(1)
    net = AutoencoderNet(heads=(*HEADS, Head(NormalLoss(), 1, 1)), hidden=(), latent=1)
    out, shared = rng.normal(size=(6, 11)), rng.normal(size=3)
    y = np.column_stack([rng.normal(size=(6, 2)), *(rng.integers(0, c, 6) for c in (2, 4, 3, 3)), rng.normal(size=6)])
    found = jax.jit(cell_losses, static_argnums=0)(net, {"shared": shared}, out, y)
    cuts = np.cumsum([0.0, *np.log1p(np.exp(shared[:2]))])
    above = np.column_stack([np.ones(6), expit(out[:, [3]] - cuts), np.zeros(6)])
    level = y[:, 3].astype(int)
    at = np.arange(6)
    by_hand = [
        (out[:, 0] - y[:, 0]) ** 2,
        (out[:, 1] - y[:, 1]) ** 2,
        -np.log(np.where(y[:, 2] == 1, expit(out[:, 2]), expit(-out[:, 2]))),
        -np.log(above[at, level] - above[at, level + 1]),
        -log_softmax(out[:, 4:7], axis=1)[at, y[:, 4].astype(int)],
        -log_softmax(out[:, 7:10], axis=1)[at, y[:, 5].astype(int)],
        -norm.logpdf(y[:, 6], out[:, 10], np.exp(shared[2])),
    ]
    np.testing.assert_allclose(found, np.column_stack(by_hand), atol=SINGLE)


@pytest.mark.parametrize(("tied", "variational"), [(True, False), (False, True)])
def test_gradient_against_differences(tied, variational):
    rng = np.random.default_rng(3)
    layout, values, state = rows_of(rng, 12)
    code = Code.learn(layout, values, state, variational=variational)
    net = AutoencoderNet(
        heads=code.heads, hidden=(4, 3), latent=2, activation="tanh", tied=tied, variational=variational
    )
    params = {name: rng.normal(0, 0.3, array.shape) for name, array in start_autoencoder(net, rng=rng).items()}
    with jax.enable_x64(True):
        data = {name: jnp.asarray(array, dtype=float) for name, array in code.encode(values, state).items()}
        data["seen"] = data["seen"] > 0
        key = stream(1, "gradient")

        def loss(weights):
            return Reconstructing(net=net).loss(weights, data, jnp.arange(12), key=key)

        wide = {name: jnp.asarray(array) for name, array in params.items()}
        both = jax.jit(jax.value_and_grad(loss))
        slope = both(wide)[1]
        for name, array in params.items():
            place = tuple(rng.integers(0, size) for size in array.shape)
            step = np.zeros(array.shape)
            step[place] = 1e-5
            ahead, behind = (both(wide | {name: jnp.asarray(array + s)})[0] for s in (step, -step))
            assert float(slope[name][place]) == pytest.approx(float(ahead - behind) / 2e-5, abs=DOUBLE), name


def test_divergence_by_hand():
    net = AutoencoderNet(heads=(Head(NormalLoss(), 2, 1),), hidden=(), latent=1, variational=True)
    params = start_autoencoder(net, rng=np.random.default_rng(0))
    # The decoder is deaf and the numbers are 0, so that only the constant and the divergence are left.
    params |= {"v_0": jnp.zeros((1, 2)), "b_0": jnp.array([0.5]), "b_spread": jnp.array([np.log(0.3)])}
    data = {
        "x": jnp.zeros((4, 2)),
        "target": jnp.zeros((4, 2)),
        "flags": jnp.zeros((4, 4)),
        "seen": jnp.ones((4, 2)) > 0,
    }
    found = Reconstructing(net=net).loss(params, data, jnp.arange(4), key=stream(1, "divergence"))
    divergence = 0.5 * (0.5**2 + 0.3 - 1 - np.log(0.3))
    assert float(found) == pytest.approx(0.5 * np.log(2 * np.pi) + divergence / 2, abs=SINGLE)


@pytest.fixture(scope="module")
def noisy():
    layout, values, state = rows_of(np.random.default_rng(4))
    code = Code.learn(layout, values, state, variational=False)
    net = AutoencoderNet(heads=code.heads, hidden=(), latent=2)
    data = {name: jnp.asarray(array) for name, array in code.encode(values, state).items()}
    data |= {"pick": jnp.arange(len(values)), "n_pick": len(values)}

    def hit(kind, noise):
        touch = jax.jit(lambda rows: corrupt(net, noise, kind, data, rows, key=stream(1, "noise")))
        return [np.asarray(array) for array in touch(np.arange(len(values)))]

    return net, {name: np.asarray(array) for name, array in data.items()}, hit


def is_share(count, n, share):
    return abs(count - n * share) < FIVE_SIGMA * np.sqrt(n * share * (1 - share))


def test_masking_hides_its_share_of_observed_cells(noisy):
    net, data, hit = noisy
    x, flags = hit("masking", 0.3)
    p, seen = net.n_variables, data["seen"]
    hidden = flags[:, :p].astype(bool) & seen
    assert is_share(hidden.sum(), seen.sum(), 0.3)
    assert not x[hidden[:, net.owner]].any()
    np.testing.assert_array_equal(x[~hidden[:, net.owner]], data["x"][~hidden[:, net.owner]])
    np.testing.assert_array_equal(flags[:, :p][~seen], data["flags"][:, :p][~seen])


def test_gaussian_noise_has_its_spread_and_spares_missing_cells(noisy):
    net, data, hit = noisy
    x, flags = hit("gaussian", 0.5)
    known = data["seen"][:, net.owner]
    gap = (x - data["x"])[known]
    assert gap.std() == pytest.approx(0.5, abs=FIVE_SIGMA * 0.5 / np.sqrt(2 * gap.size))
    assert not x[~known].any()
    np.testing.assert_array_equal(flags, data["flags"])


def test_swapped_cells_are_other_rows_cells(noisy):
    net, data, hit = noisy
    x, flags = hit("swap", 0.3)
    seen, numbers = data["seen"], slice(0, 2)
    # No two numbers are alike, so a changed one was swapped, unless it was swapped with itself (1 in 2000).
    changed = (x != data["x"])[:, numbers]
    assert is_share(changed.sum(), seen[:, numbers].sum(), 0.3)
    assert not changed[~seen[:, numbers]].any()
    for j in range(2):
        assert np.isin(x[:, j], data["x"][:, j]).all()
    empty = (flags[:, : net.n_variables].astype(bool) & seen).sum()
    assert is_share(empty, seen.sum(), 0.3 * (1 - seen.mean()))


def test_missing_cells_are_not_in_the_loss(noisy):
    net, data, _ = noisy
    params = start_autoencoder(net, rng=np.random.default_rng(0))
    wild = data | {"target": np.where(data["seen"], data["target"], 1e6).astype(np.float32)}
    first, second = (told(net, params, own, np.arange(50)) for own in (data, wild))
    assert float(first) == float(second)


def test_slopes_against_differences(noisy):
    net, _, _ = noisy
    rng = np.random.default_rng(1)
    params = start_autoencoder(net, rng=rng)
    z, step = rng.normal(size=(20, 2)), 1e-2
    turn = rng.normal(size=(2, 2))

    def expected(at):
        out = at @ params["v_0"].astype(np.float64)
        cuts = np.array([0.0, np.log(2.0), 2 * np.log(2.0)])
        share = np.exp(log_softmax(out[:, 4:].reshape(-1, 2, 3), axis=2)).reshape(-1, 6)
        position = expit(out[:, [3]] - cuts).sum(axis=1)
        return np.column_stack([out[:, :2], expit(out[:, 2]), position, share])

    by_hand = [(expected(z + step * own) - expected(z - step * own)).mean(axis=0) / (2 * step) for own in turn]
    found = jax.jit(mean_slopes, static_argnums=0)(net, params, z.astype(np.float32), turn.astype(np.float32))
    # Central differences are off by some step².
    np.testing.assert_allclose(found, by_hand, atol=2e-3)


def test_encoder_reads_flags(noisy):
    net, data, _ = noisy
    params = start_autoencoder(net, rng=np.random.default_rng(0))
    params["flags"][:] = np.random.default_rng(1).normal(size=params["flags"].shape)
    mean, log_variance = jax.jit(encode, static_argnums=0)(net, params, data["x"], data["flags"])
    by_hand = data["x"] @ params["w_0"] + data["flags"] @ params["flags"]
    np.testing.assert_allclose(mean, by_hand, atol=SINGLE)
    assert not np.asarray(log_variance).any()


def test_white_pose_and_back():
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 3)) + [1, 2, 3]
    pose = Pose.white(latents)
    scores = pose.apply(latents)
    np.testing.assert_allclose(np.cov(scores.T, ddof=0), np.eye(3), atol=1e-9)
    np.testing.assert_allclose(pose.undo(scores), latents, atol=1e-9)


def test_procrustes_finds_the_rotation():
    rng = np.random.default_rng(0)
    scores, rotation = rng.normal(size=(100, 3)), np.linalg.qr(rng.normal(size=(3, 3)))[0]
    np.testing.assert_allclose(procrustes(scores, scores @ rotation), rotation, atol=1e-12)


def test_principal_rotation_orders_loadings():
    loadings = np.random.default_rng(0).normal(size=(8, 3)) * [1, 3, 2]
    turned = loadings @ principal(loadings, loadings)
    squares = turned.T @ turned
    np.testing.assert_allclose(squares, np.diag(np.linalg.svd(loadings, compute_uv=False) ** 2), atol=1e-9)
    assert (turned.sum(axis=0) >= 0).all()


def test_anchored_rotation_is_the_nearest():
    rng = np.random.default_rng(0)
    targets = rng.normal(size=(4, 2))
    rotation = towards(targets)
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(4), atol=1e-12)
    unit = targets / np.linalg.norm(targets, axis=0)
    left, _, right = np.linalg.svd(unit, full_matrices=False)
    np.testing.assert_allclose(rotation[:, :2], left @ right, atol=1e-12)
    assert towards(np.column_stack([targets[:, 0], 2 * targets[:, 0]])) is None


def test_choice_takes_the_fewest_within_one_standard_error():
    rng = np.random.default_rng(0)
    rows = rng.normal(10, 1, 400)
    sums = np.array([rows + 2 + rng.normal(0, 1, 400), rows + 0.2 + rng.normal(0, 3, 400), rows])
    table = _judge(sums, 4000)
    assert [row["chosen"] for row in table] == [False, True, False]
    excess = (sums[0] - sums[2]).std(ddof=1) * np.sqrt(400) / 4000
    assert table[0]["std_error_of_excess"] == pytest.approx(excess)
    assert table[1]["held_out_error"] == pytest.approx(sums[1].sum() / 4000)
