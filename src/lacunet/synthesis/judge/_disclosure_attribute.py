"""What the release tells of people whose keys are known: attribution of a target."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._typing import Integers
from lacunet.report import _words
from lacunet.synthesis.judge._disclosure_setting import Files, Rows, Setting, group
from lacunet.synthesis.judge._measure import Measure

MOST_TARGETS = 20
"""Targets looked at where none was named."""
EVERYBODY = 90.0
"""Share of people in one level of a target from which it is no secret: everybody can guess it."""
TITLES = {
    "disco": "Target given away by the keys (DiSCO)",
    "dcap": "Target guessed right from the keys (DCAP)",
    "tcap": "Right where the keys show one value (TCAP)",
}
ROLES = {"value": "synthetic", "floor": "real half", "independent": "independent columns"}


def attribute_risks(
    real: NDArray[np.int64],
    real_target: NDArray[np.int64],
    release: NDArray[np.int64],
    release_target: NDArray[np.int64],
) -> dict[str, float]:
    r"""Shares of people whose target value is given away by their keys.

    With :math:`d_{tq}` and :math:`s_{tq}` the real and released rows of target value t and keys q,
    :math:`pd_{tq} = d_{tq} / d_q` and :math:`ps_{tq} = s_{tq} / s_q`:

    .. math:: D_{orig} = \frac1{N_d} \sum_{q,t} d_{tq} [pd_{tq} = 1], \quad
              DiS = \frac1{N_d} \sum_{q,t} d_q [ps_{tq} = 1], \quad
              DiSCO = \frac1{N_d} \sum_{q,t} d_{tq} [ps_{tq} = 1]

    .. math:: CAP_{orig} = \frac1{N_d} \sum_{q,t} d_{tq} pd_{tq}, \quad
              DCAP = \frac1{N_d} \sum_{q,t} d_{tq} ps_{tq}, \quad TCAP = DiSCO / DiS

    Parameters
    ----------
    real, release
        Key combination of each row, numbered alike in both.
    real_target, release_target
        Target value of each row, numbered alike in both.

    Returns
    -------
    dict
        Dorig, DiS, DiSCO, CAPorig, DCAP, TCAP and commonest (the share of people with the commonest target value), in
        per cent. Keys that no released row has add 0 to DCAP. TCAP is NaN where no keys point to one value.

    References
    ----------
    Raab, G. M. 2024. Privacy risk from synthetic data: practical proposals. arXiv:2409.04257.
    Taub, J., M. Elliot, M. Pampaka, and D. Smith. 2018. Differential correct attribution probability for synthetic
    data: an exploration. Privacy in Statistical Databases: 122-137.
    Differs: TCAP counts real people, of whom those are taken whose keys have one target value in the release; no
    further condition is put on the real file.
    """
    n_groups = int(max(real.max(initial=-1), release.max(initial=-1))) + 1
    n_targets = int(max(real_target.max(initial=-1), release_target.max(initial=-1))) + 1
    d_q, s_q = np.bincount(real, minlength=n_groups), np.bincount(release, minlength=n_groups)
    (d_at, d), (s_at, s) = (
        np.unique(keys * n_targets + values, return_counts=True)
        for keys, values in ((real, real_target), (release, release_target))
    )
    share = _look_up(d_at, s_at, s) / np.maximum(s_q[d_at // n_targets], 1)  # ps of the real cells
    own = d / d_q[d_at // n_targets]
    points = np.zeros(n_groups, dtype=bool)
    points[s_at[s == s_q[s_at // n_targets]] // n_targets] = True
    n = max(len(real), 1)
    pointed, right = float(d_q[points].sum()), float(d[share == 1].sum())
    return {
        "Dorig": 100 * float(d[own == 1].sum()) / n,
        "DiS": 100 * pointed / n,
        "DiSCO": 100 * right / n,
        "CAPorig": 100 * float((d * own).sum()) / n,
        "DCAP": 100 * float((d * share).sum()) / n,
        "TCAP": 100 * right / pointed if pointed else float("nan"),
        "commonest": 100 * float(np.bincount(real_target).max(initial=0)) / n,
    }


def _look_up(wanted: NDArray[np.int64], at: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(at):
        return np.zeros(len(wanted), dtype=np.int64)
    places = np.minimum(np.searchsorted(at, wanted), len(at) - 1)
    return np.where(at[places] == wanted, counts[places], 0)


def measure_attribution(files: Files, settings: Sequence[Setting], keys: Integers, target: int | None) -> list[Measure]:
    """Measure how often the keys give away a target: DiSCO, DCAP and TCAP.

    Parameters
    ----------
    files
        The whole files.
    settings
        Several splits of them; the risks are averaged.
    keys
        Positions of the columns that an attacker knows.
    target
        Position of the column to be learnt; None for every other column, of which the mean is taken.

    Returns
    -------
    list of Measure
        Three; none where no column is left to be learnt.
    """
    others = [j for j in range(files.real.p) if j not in set(keys.tolist())]
    targets = [target] if target is not None else others[:MOST_TARGETS]
    if not targets:
        return []
    details = pd.concat([_one_target(files, settings, keys, j) for j in targets], ignore_index=True)
    known = details[details["release"] == ROLES["value"]]
    above = (
        known.set_index("target")["DiSCO"] - details[details["release"] == ROLES["floor"]].set_index("target")["DiSCO"]
    )
    worst = str(above.idxmax())
    return [_measure(name, column, details, worst) for name, column in zip(TITLES, ("DiSCO", "DCAP", "TCAP"))]


def _one_target(files: Files, settings: Sequence[Setting], keys: Integers, j: int) -> pd.DataFrame:
    rows = []
    for role, name in ROLES.items():
        found = [_of(one.members, one.releases[role], keys, j) for one in settings]
        rows.append({"release": name, **_mean_known(found)})
    rows.append({"release": "synthetic, whole files", **_of(files.real, files.synthetic, keys, j)})
    frame = pd.DataFrame(rows)
    frame.insert(0, "target", files.real.names[j])
    frame["people"] = [*[settings[0].members.n] * len(ROLES), files.real.n]
    frame["everybody knows"] = frame["commonest"] >= EVERYBODY
    return frame


def _of(real: Rows, release: Rows, keys: Integers, j: int) -> dict[str, float]:
    real_keys, release_keys = group([real.known[:, keys], release.known[:, keys]])
    real_target, release_target = group([real.known[:, [j]], release.known[:, [j]]])
    return attribute_risks(real_keys, real_target, release_keys, release_target)


def _mean_known(found: Sequence[dict[str, float]]) -> dict[str, float]:
    means = {}
    for name in found[0]:
        known = [one[name] for one in found if np.isfinite(one[name])]
        means[name] = float(np.mean(known)) if known else float("nan")
    return means


def _measure(name: str, column: str, details: pd.DataFrame, worst: str) -> Measure:
    means = details.groupby("release")[column].mean()  # a TCAP that could not be had is left out
    whole = details[(details["release"] == "synthetic, whole files")]
    is_one = whole["target"].nunique() == 1
    asked = f"Asked for {worst}" if is_one else f"On average over {_words.count(len(whole), 'target')} (worst: {worst})"
    own = whole["Dorig"].mean() if column == "DiSCO" else whole["CAPorig"].mean()
    said = {
        "DiSCO": f"{asked}, the synthetic rows give away {whole[column].mean():.1f} % of the real people: all rows "
        f"with their keys show one value, and it is theirs (on the whole files). The real file itself would give away "
        f"{own:.1f} %.",
        "DCAP": f"{asked}, who guesses from synthetic rows with the same keys is right with probability "
        f"{whole[column].mean() / 100:.2f} (on the whole files); from the real file with {own / 100:.2f}.",
        "TCAP": f"{asked}, where the synthetic rows with a person's keys all show one value, it is right for "
        f"{whole[column].mean():.1f} % (on the whole files).",
    }[column]
    plain = whole.loc[whole["everybody knows"], "target"].tolist()
    if plain:
        said += f" One value of {_words.join(plain[:4])} is nearly everybody's, so that guessing it is no disclosure."
    return Measure(
        area="disclosure",
        name=name,
        title=TITLES[name],
        value=float(means[ROLES["value"]]),
        floor=float(means[ROLES["floor"]]),
        independent=float(means[ROLES["independent"]]),
        better="low",
        unit="%",
        sentence=said,
        details=details,
    )
