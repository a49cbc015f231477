"""A small table, and predictors of it that are known in closed form."""

import numpy as np
import pandas as pd


def make_frame(rng):
    """120 rows: two correlated numbers, a category and a number of 0 and 1."""
    n = 120
    x = rng.normal(size=n)
    return pd.DataFrame(
        {
            "x": x,
            "z": 0.6 * x + rng.normal(size=n),
            "g": pd.Categorical(rng.choice(["low", "mid", "high"], size=n), categories=["low", "mid", "high"]),
            "b": rng.integers(0, 2, size=n),
        }
    )


def column(name):
    """Predict a column itself."""
    return lambda rows: rows[name].to_numpy(dtype=float)


def product(rows):
    """x times z."""
    return rows["x"].to_numpy() * rows["z"].to_numpy()


def wavy(rows):
    """Not additive, not linear, all four columns used."""
    level = rows["g"].map({"low": 0.0, "mid": 1.5, "high": -1.0}).to_numpy(dtype=float)
    return np.sin(rows["x"].to_numpy()) * (1 + level) + rows["z"].to_numpy() ** 2 * rows["b"].to_numpy() + level
