"""Private synthetic data measured: noisy tables against a network, ``python -m benchmarks.privacy tables 1.0``.

NIST's excerpt of the ACS, ten demographic columns (``--wide``: all 24), everything public but the rows. The network is
a small adversarial one: its discriminator is trained by ``train._private_steps``, its generator sees the
discriminator only and begins at the noisy shares. Rows go to ``results/privacy.csv``.
"""

import argparse
import csv
import time
from itertools import pairwise
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas as pd

import lacunet as ln
from benchmarks.synth_problems import load_problem
from benchmarks.synth_quality import code_files, resample, shuffle_columns
from lacunet._layout import Layout, Variable
from lacunet.synthesis.judge._fidelity_margins import (
    choose_pairs,
    choose_triples,
    marginal_errors,
    shape_errors,
    trend_errors,
)
from lacunet.synthesis.judge._fidelity_propensity import detect, tree_propensity
from lacunet.synthesis.privacy import Ledger, Privacy, fit_private_tree, private_coding
from lacunet.train._private_steps import PrivatePlan, plan_chunk, private_gradient

RESULTS = Path(__file__).parent / "results" / "privacy.csv"
NARROW = ["PUMA", "AGEP", "SEX", "MSP", "HISP", "RAC1P", "OWN_RENT", "EDU", "PINCP_DECILE", "INDP_CAT"]
RANGES = {
    "AGEP": range(100), "NOC": range(20), "NPF": range(2, 21), "DENSITY": (0.0, 60_000.0),
    "PINCP": (-20_000, 1_500_000), "POVPIP": range(502), "PWGTP": range(2_000), "WGTP": range(2_000),
}  # fmt: skip
RATE, STEPS, CLIP, NOISE_WIDTH, HIDDEN, PENALTY = 0.01, 1_500, 1.0, 32, 64, 0.1


def load(is_wide):
    """Frame, its arrays, and what is public."""
    problem = load_problem("nist")
    real = problem.train if is_wide else problem.train[NARROW]
    numbers = tuple(name for name in problem.numbers if name in real)
    values = np.column_stack([real[c].to_numpy(float) if c in numbers else real[c].cat.codes for c in real])
    reason = np.isnan(values).astype(np.int8)
    kinds = [
        Variable(name=c, kind="count") if c in numbers else
        Variable(name=c, kind="nominal", n_levels=len(real[c].cat.categories)) for c in real
    ]  # fmt: skip
    domain = {c: RANGES[c] if c in numbers else list(real[c].cat.categories) for c in real}
    return real, numbers, values, reason, Layout(variables=tuple(kinds)), tuple(reason.max(axis=0)), domain


def frame_of(real, numbers, values):
    """Drawn values under the names and levels of the real frame."""
    return pd.DataFrame(
        {
            c: values[:, j]
            if c in numbers
            else pd.Categorical.from_codes(values[:, j].astype(int), real[c].cat.categories)
            for j, c in enumerate(real)
        }
    )


def by_tables(loaded, privacy, seed):
    """Synthetic values from noisy tables."""
    _, _, values, reason, layout, n_reasons, _ = loaded
    sampler = fit_private_tree(values, reason, layout, n_reasons, privacy, np.random.default_rng([seed, 1]))
    return sampler.draw(len(values), np.random.default_rng([seed, 2]))[0], sampler.sentences[0]


def by_door(loaded, privacy, seed):
    """Synthetic frame as a user gets it from ``ln.Sequential(privacy=...)``; its noise has no seed."""
    real, numbers, *_ = loaded
    fitted = ln.Sequential(privacy=privacy).fit(real, seed=seed)
    made = fitted.sample(len(real))
    columns = {}
    for c in real:
        known = {str(level): level for level in real[c].cat.categories} if c not in numbers else {}
        columns[c] = (
            pd.Categorical(made[c].astype(str).map(known), list(known.values())) if known else made[c].astype(float)
        )
    return pd.DataFrame(columns), fitted.notes[0]


def by_network(loaded, privacy, seed):
    """Synthetic values from an adversarial network with a private discriminator."""
    _, _, values, reason, layout, n_reasons, domain = loaded
    rng, ledger = np.random.default_rng([seed, 1]), Ledger(privacy)
    rho = ledger.rho * privacy.coding_share
    coding = private_coding(values, reason, layout, n_reasons, domain, rho, ledger, rng, n_levels=32)
    noise = ledger.noise_for(rate=RATE, steps=STEPS)
    ledger.steps("training", noise=noise, rate=RATE, steps=STEPS)
    plan = PrivatePlan(rate=RATE, noise=noise, clip=CLIP, chunk=plan_chunk(RATE, coding.n_rows))
    codes = duel(coding, coding.encode(values, reason), plan, jax.random.key(seed), len(values))
    return coding.decode(codes, rng)[0], ledger.sentences()[0]


def _layers(key, sizes):
    keys = jax.random.split(key, len(sizes) - 1)
    return [(jax.random.normal(k, (a, b)) * np.sqrt(2 / a), jnp.zeros(b)) for k, a, b in zip(keys, sizes, sizes[1:])]


def _run(layers, x):
    for weight, bias in layers[:-1]:
        x = jax.nn.leaky_relu(x @ weight + bias, 0.2)
    return x @ layers[-1][0] + layers[-1][1]


def duel(coding, codes, plan, key, n_out):
    """Train both players; codes of ``n_out`` rows of the generator, averaged over the last steps."""
    sizes = [column.n_codes for column in coding.columns]
    walls = np.cumsum([0, *sizes])
    start = [np.log(np.maximum(m.counts, 1.0) / np.maximum(m.counts, 1.0).sum()) for m in coding.marginals]
    start = jnp.asarray(np.concatenate(start))

    def fake(player, key):
        inner, gumbel = jax.random.split(key)
        logits = start + 0.1 * _run(player, jax.random.normal(inner, (NOISE_WIDTH,)))
        tilted = logits + jax.random.gumbel(gumbel, logits.shape)
        parts = [jax.nn.softmax(tilted[a:b] / 0.5) for a, b in pairwise(walls)]
        hard = [jax.nn.one_hot(part.argmax(), len(part)) for part in parts]
        return jnp.concatenate([part + jax.lax.stop_gradient(h - part) for part, h in zip(parts, hard)])

    def row_loss(judge, data, row, key):
        real = jnp.zeros(walls[-1]).at[data["codes"][row] + walls[:-1]].set(1.0)
        made = fake(data["maker"], key)
        score = lambda x: _run(judge, x)[0]  # noqa: E731
        slopes = (jax.grad(score)(real) ** 2).sum() + (jax.grad(score)(made) ** 2).sum()
        return jax.nn.softplus(score(made) - score(real)) + 0.5 * PENALTY * slopes

    def maker_loss(maker, judge, key):
        made = jax.vmap(lambda k: fake(maker, k))(jax.random.split(key, 256))
        return jax.nn.softplus(-_run(judge, made)[:, 0]).mean()

    first, second, key = jax.random.split(key, 3)
    judge, maker = _layers(first, (walls[-1], HIDDEN, HIDDEN, 1)), _layers(second, (NOISE_WIDTH, 128, 128, walls[-1]))
    rule = optax.adam(1e-3, b1=0.0, b2=0.99)

    @jax.jit
    def turn(state, rows, key):
        judge, maker, mean, judge_rule, maker_rule = state
        k1, k2 = jax.random.split(key)
        data, n = {"codes": rows, "maker": maker}, len(rows)
        slope = private_gradient(row_loss, judge, data, n, coding.n_rows, k1, plan=plan, n_padded=n)
        step, judge_rule = rule.update(slope, judge_rule)
        judge = optax.apply_updates(judge, step)
        step, maker_rule = rule.update(jax.grad(maker_loss)(maker, judge, k2), maker_rule)
        maker = optax.apply_updates(maker, step)
        mean = jax.tree.map(lambda a, b: 0.995 * a + 0.005 * b, mean, maker)
        return judge, maker, mean, judge_rule, maker_rule

    state = (judge, maker, maker, rule.init(judge), rule.init(maker))
    rows = jnp.asarray(codes)
    for number in range(STEPS):
        state = turn(state, rows, jax.random.fold_in(key, number))
    made = jax.jit(jax.vmap(lambda k: fake(state[2], k)))(jax.random.split(jax.random.fold_in(key, STEPS), n_out))
    return np.stack([np.asarray(made[:, a:b]).argmax(axis=1) for a, b in pairwise(walls)], axis=1)


def measure(real, made):
    """Distances of margins, pairs and triples, and what trees see."""
    rng = np.random.default_rng(3)
    first, second = code_files(load_problem("nist"), [real, made])
    pairs, triples = choose_pairs(first.p, 400, rng), choose_triples(first.p, 400, rng)
    return {
        "shape": 100 * float(shape_errors(first, second).mean()),
        "trend": 100 * float(trend_errors(first, second, pairs).mean()),
        "k_marginal": 1000 * (1 - float(marginal_errors(first, second, triples).mean())),
        "pmse": tree_propensity(first, second, rng).pmse,
        "auc": detect(first, second, rng).auc,
    }


def main():
    """Measure one way at one epsilon."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=("sequential", "tables", "network", "shuffled", "bootstrap"))
    parser.add_argument("epsilon", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wide", action="store_true")
    asked = parser.parse_args()
    loaded = load(asked.wide)
    real, numbers, *_, domain = loaded
    began, said = time.perf_counter(), "no privacy"
    if asked.way == "sequential":
        made, said = by_door(loaded, Privacy(epsilon=asked.epsilon, domain=domain), asked.seed)
    elif asked.way in ("tables", "network"):
        way = by_tables if asked.way == "tables" else by_network
        values, said = way(loaded, Privacy(epsilon=asked.epsilon, domain=domain), asked.seed)
        made = frame_of(real, numbers, values)
    else:
        made = (shuffle_columns if asked.way == "shuffled" else resample)(real, asked.seed)
    row = {"way": asked.way, "epsilon": asked.epsilon, "columns": real.shape[1], "seed": asked.seed}
    row |= {"seconds": time.perf_counter() - began, **measure(real, made), "said": said}
    is_new = not RESULTS.exists()
    with RESULTS.open("a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if is_new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
