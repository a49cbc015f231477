"""A small survey with one column of each sort, as a table and its outline, and a stand-in for a fitted synthesizer."""

import numpy as np
import pandas as pd

from lacunet.synthesis.conditions import parse_given
from lacunet.table import outline_of, read_table

N = 240
REGIONS = ["North", "South", "East"]
GRADES = ["low", "middle", "high"]


def survey():
    rng = np.random.default_rng(11)
    frame = pd.DataFrame(
        {
            "id": [f"p{i:04d}" for i in range(N)],
            "age": rng.integers(18, 90, N),
            "sex": rng.choice(["female", "male"], N),
            "region": rng.choice(REGIONS, N),
            "grade": pd.Categorical(rng.choice(GRADES, N), GRADES, ordered=True),
            "kids": rng.integers(0, 4, N),
            "wage": rng.integers(0, 5_000, N).astype(float),
            "other": rng.integers(0, 900, N).astype(float),
            "start": np.datetime64("2019-01-01", "us") + rng.integers(0, 900, N).astype("m8[D]"),
            "hours per week": rng.normal(30, 5, N).round(1),
            "wave": 1,
        }
    )
    frame["total"] = frame["wage"] + frame["other"]
    frame["end"] = frame["start"] + rng.integers(0, 90, N).astype("m8[D]")
    frame.loc[rng.random(N) < 0.2, "wage"] = -8
    frame.loc[frame["wage"] == -8, "total"] = np.nan
    frame.loc[frame["kids"] == 3, "sex"] = "female"
    return frame


def table_of(frame=None):
    """The survey as a table, -8 of wage being a refusal."""
    return read_table(
        survey() if frame is None else frame, missing_codes={"wage": {-8: "refused"}}, kinds={"region": "nominal"}
    )


def outlined(frame=None):
    """The outline of the survey, its values and its reasons."""
    table = table_of(frame)
    outline, reason = outline_of(table)
    return outline, table.values, reason


class Resampler:
    """Draws rows of the survey that meet the conditions, as a perfect synthesizer would."""

    def __init__(self):
        self.outline, self.values, self.reason = outlined()
        self.asked = []

    def sample(self, n, *, given=None, seed=None):
        self.asked.append((n, seed))
        rows = np.flatnonzero(parse_given(given, self.outline).matches(self.values, self.reason))
        chosen = np.random.default_rng(seed).choice(rows, n)
        return self.outline.frame(self.values[chosen], self.reason[chosen])
