"""What pyfixest says of a simulated panel.

Made with Python 3.11, pyfixest 0.60.0. Run in this folder: python fixed_effects.py

fixed_effects_data.csv     the panel: 240 rows, 12 states in 4 regions, 5 years, unbalanced, with weights
fixed_effects_results.csv  one row a term: estimates, standard errors and the degrees of freedom of their t distribution

Corrections for small samples are pyfixest's own; effects are absorbed to 1e-13, far beyond what is compared.
"""

import numpy as np
import pandas as pd
import pyfixest

EFFECTS = ("state", "state + year")
COVARIANCES = {"classical": "iid", "HC1": "HC1", "state": {"CRV1": "state"}, "region": {"CRV1": "region"}}


def make_panel() -> pd.DataFrame:
    """Outcome and two predictors that differ between states and years."""
    rng, n = np.random.default_rng(20261123), 240
    state, year = rng.choice(12, n, p=np.arange(1, 13) / 78), rng.integers(0, 5, n)
    of_state, of_year = rng.normal(size=12)[state], rng.normal(size=5)[year]
    x1 = of_state + rng.normal(size=n)
    x2 = 0.4 * x1 - of_year + rng.normal(size=n)
    y = 0.7 * x1 - 0.3 * x2 + of_state + of_year + rng.normal(size=12)[state] * x1 * 0.3 + rng.normal(size=n)
    weight = np.round(rng.uniform(0.5, 3, n), 3)
    columns = {"y": y, "x1": x1, "x2": x2, "state": state, "region": state // 3, "year": year, "weight": weight}
    return pd.DataFrame(columns)


def fit_all(frame: pd.DataFrame) -> pd.DataFrame:
    """Every pair of effects and covariance, without weights and with them."""
    parts = []
    for effects in EFFECTS:
        for name, vcov in COVARIANCES.items():
            for weights in (None, "weight"):
                fit = pyfixest.feols(
                    f"y ~ x1 + x2 | {effects}",
                    frame,
                    vcov=vcov,
                    weights=weights,
                    fixef_rm="none",
                    demeaner=pyfixest.MapDemeaner(fixef_tol=1e-13),
                )
                case = {"effects": effects, "cov": name, "weights": weights or "", "term": ["x1", "x2"]}
                numbers = {"estimate": fit.coef().to_numpy(), "std_error": fit.se().to_numpy(), "df": float(fit._df_t)}
                parts.append(pd.DataFrame(case | numbers))
    return pd.concat(parts)


if __name__ == "__main__":
    panel = make_panel()
    panel.to_csv("fixed_effects_data.csv", index=False)
    fit_all(panel).to_csv("fixed_effects_results.csv", index=False)
