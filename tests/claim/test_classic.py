"""What the published algorithm does to uncertainty, on data whose law is known."""

import numpy as np
import pandas as pd

from lacunet.imputation._classic import ClassicMidas
from lacunet.table import read_table


def test_imputed_numbers_vary_less_than_the_truth():
    """y = x1 + x2 + e, sd(e) = 1: what the imputations leave around the regression line is far below 1."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(2000, 2))
    y = x.sum(axis=1) + rng.normal(size=2000)
    hidden = rng.random(2000) < 0.5
    table = read_table(pd.DataFrame({"x1": x[:, 0], "x2": x[:, 1], "y": np.where(hidden, np.nan, y)}))
    spec = ClassicMidas(hidden=(64, 64), epochs=40, learning_rate=1e-3, weight_decay=0.0, scaling="standard")
    fitted = spec.fit_table(table, seed=1)
    draws, mean = fitted.impute(m=5).draws, fitted.engine.expect(table.values, table.state)
    line = x[hidden].sum(axis=1)
    # It learned the relation ...
    assert np.corrcoef(mean, line)[0, 1] > 0.95
    # ... but neither the variance of y (3) nor its residual standard deviation (1) is in the draws.
    assert draws.var(axis=1).mean() < 0.6 * y[hidden].var()
    residual = [(draw - np.polyval(np.polyfit(line, draw, 1), line)).std() for draw in draws]
    assert 0 < np.mean(residual) < 0.8
    assert 0 < draws.std(axis=0, ddof=1).mean() < 0.8
