"""A survey to be made anew, with all that surveys have: codes, reasons, rules, ties, sums, and laws that are known."""

import numpy as np
import pandas as pd

N = 600
RARE = 98765.4321
"""A value that one person has and nobody else; no other number of the survey comes near."""


def survey(n=N, seed=7):
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    sex = np.where(rng.random(n) < pd.Series(group).map({"a": 0.3, "b": 0.5, "c": 0.8}), "m", "f")
    age = rng.integers(18, 81, n)
    income = np.round(0.8 * age + 10 * (sex == "m") + rng.normal(0, 5, n), 1)
    income[rng.random(n) < 0.05] = -8
    income[rng.random(n) < 0.1] = np.nan
    code = rng.integers(0, 12, n)
    before = np.round(rng.normal(70, 12, n), 1)
    after = np.where(rng.random(n) < 0.5, before, np.round(before + rng.normal(0, 4, n), 1))
    wage, other = rng.integers(10, 60, n), rng.integers(0, 15, n)
    return pd.DataFrame(
        {
            "id": np.arange(n) + 5000,
            "group": group,
            "sex": pd.Categorical(sex, ["f", "m"]),
            "age": age,
            "income": income,
            "code": [f"c{k:02d}" for k in code],
            "region": np.array(["north", "south", "west"])[code % 3],
            "before": before,
            "after": after,
            "wage": wage,
            "other": other,
            "total": wage + other,
        }
    )
