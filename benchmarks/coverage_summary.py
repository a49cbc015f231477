"""From the estimates of every sample to bias, coverage and width, each with its Monte Carlo error."""

import numpy as np
import pandas as pd


def summarise(samples: pd.DataFrame) -> pd.DataFrame:
    r"""Per estimand, over the samples that did not fail.

    With errors :math:`e_r`, half-widths :math:`h_r` and R samples: ``bias`` is the mean of e, ``coverage`` the share
    with :math:`|e_r| \le h_r`, ``width`` the mean of 2h; ``*_mc`` are their Monte Carlo errors, :math:`s_e / \sqrt R`,
    :math:`\sqrt{c (1 - c) / R}` and :math:`s_{2h} / \sqrt R`. ``width_over_rmse`` is the mean half-width over 1.96
    times the rmse of the estimate (1 is right); ``width_median`` is the median of 2h.
    """
    good = samples[samples["failed"] == ""]
    errors = good["estimate"] - good["truth"]
    grouped = good.assign(error=errors, covered=errors.abs() <= good["half"], width=2 * good["half"]).groupby(
        "estimand", sort=False
    )
    found = pd.DataFrame({"repeats": grouped["repeat"].nunique(), "truth": grouped["truth"].first()})
    root = np.sqrt(found["repeats"])
    found["coverage"] = grouped["covered"].mean()
    found["coverage_mc"] = np.sqrt(found["coverage"] * (1 - found["coverage"])) / root
    found["bias"] = grouped["error"].mean()
    found["bias_mc"] = grouped["error"].std() / root
    size = found["truth"].abs().where(found["truth"] != 0)
    found["bias_percent"] = 100 * found["bias"] / size
    found["bias_percent_mc"] = 100 * found["bias_mc"] / size
    found["width"] = grouped["width"].mean()
    found["width_mc"] = grouped["width"].std() / root
    found["width_median"] = grouped["width"].median()
    found["rmse"] = np.sqrt((errors**2).groupby(good["estimand"], sort=False).mean())
    found["width_over_rmse"] = found["width"] / 2 / 1.96 / found["rmse"]
    return found.reset_index()


def report_rows(design: str, method: str, samples: pd.DataFrame) -> list[dict[str, object]]:
    """Rows for the results: every estimand, then averages over means, shares, coefficients, and all (the last row)."""
    failed = samples["failed"] != ""
    per_sample = samples[~failed].drop_duplicates("repeat")
    facts: dict[str, object] = {
        "failures": int(failed.sum()),
        "failed_how": samples.loc[failed, "failed"].iloc[0] if failed.any() else "",
        "seconds": float(per_sample["seconds"].median()),
        "rival_version": " ".join(sorted({str(version) for version in per_sample["version"]} - {""})),
        "drawn_by": " ".join(sorted({str(name) for name in samples["commit"]})),
    }
    if failed.all():
        empty = {"estimand": "average all", "kind": "average", "repeats": 0, "coverage": np.nan, "mc_error": np.nan}
        return [{"design": design, "rival": method, **empty, "worst": np.nan, **facts}]
    found = summarise(samples)
    found["kind"] = found["estimand"].str.split().str[0]
    rows = [{"design": design, "rival": method, **row, **facts} for row in found.to_dict("records")]
    groups = [*found.groupby("kind"), ("all", found)] if len(found) > 2 else [("all", found)]
    for kind, part in groups:
        shares = covered_shares(samples[~failed], None if kind == "all" else str(kind))
        averages = {
            "estimand": f"average {kind}",
            "kind": "average",
            "repeats": len(shares),
            "coverage": float(part["coverage"].mean()),
            "width_over_rmse": float(part["width_over_rmse"].mean()),
            "worst": float(part["coverage"].min()),
            "mc_error": float(shares.std() / len(shares) ** 0.5),
        }
        rows.append({"design": design, "rival": method, **averages, **facts})
    return rows


def covered_shares(samples: pd.DataFrame, kind: str | None = None) -> pd.Series:
    """Per sample, the share of the estimands (of one kind) whose interval holds the truth.

    Their spread gives the Monte Carlo error of an average over estimands, which are not independent of each other.
    """
    part = samples if kind is None else samples[samples["estimand"].str.split().str[0] == kind]
    covered = (part["estimate"] - part["truth"]).abs() <= part["half"]
    return covered.groupby(part["repeat"]).mean()
