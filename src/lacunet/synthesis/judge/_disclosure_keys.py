"""Who is unique on what an attacker may know, and found again in the release."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._typing import Integers
from lacunet.report import _words
from lacunet.synthesis.judge._disclosure_setting import MAX_EXACT, Files, Rows, Setting, group
from lacunet.synthesis.judge._measure import Measure

N_KEYS = 4
"""Columns that an attacker is taken to know where no keys were named."""
MOST_TRIED = 40
"""Columns tried for a place among them."""
SMALL_GROUP = 5
"""People who share their keys with fewer than so many, themselves counted, are taken to be at risk: the least cell
count that many agencies publish."""
TITLES = {
    "replicated_uniques": "Unique people with a unique twin (repU)",
    "uniques_found": "Unique people found in the release (UiOiS)",
    "small_groups": f"Rows that fit fewer than {SMALL_GROUP} people",
}


def choose_keys(real: Rows, target: int | None) -> Integers:
    """Choose what an attacker knows so that it makes most people unique: one column after the other.

    Parameters
    ----------
    real
        The real rows.
    target
        Position of the column that the attacker wants to learn; None for none.

    Returns
    -------
    array
        Positions of at most four columns, categories and numbers with few values.
    """
    fit = [
        j
        for j in range(real.p)
        if j != target and len(np.unique(real.known[:, j])) > 1 and len(np.unique(real.cells[:, j])) <= MAX_EXACT
    ]
    fit = (fit or [j for j in range(real.p) if j != target])[:MOST_TRIED]
    most = min(N_KEYS, max(real.p - 1, 1))
    chosen: list[int] = []
    numbers = np.zeros(real.n, dtype=np.int64)
    while fit and len(chosen) < most:
        tried = [group([np.column_stack([numbers, real.known[:, j]]).astype(np.int32)])[0] for j in fit]
        best = max(range(len(fit)), key=lambda i: (_n_unique(tried[i]), int(tried[i].max(initial=0))))
        numbers = tried[best]
        chosen.append(fit.pop(best))
    return np.array(chosen, dtype=np.intp)


def _n_unique(numbers: NDArray[np.int64]) -> int:
    return int((np.bincount(numbers) == 1).sum()) if len(numbers) else 0


def identity_risks(real: NDArray[np.int64], release: NDArray[np.int64]) -> dict[str, float]:
    r"""Shares of people who can be told apart by their keys, in the real file and in a release.

    With :math:`d_q` and :math:`s_q` the real and released rows of key combination q:

    .. math:: UiO = \frac{\sum_q [d_q = 1]}{N_d}, \quad UiS = \frac{\sum_q [s_q = 1]}{N_s}, \quad
              UiOiS = \frac{\sum_q [d_q = 1, s_q > 0]}{N_d}, \quad repU = \frac{\sum_q [d_q = 1, s_q = 1]}{N_d}

    Parameters
    ----------
    real, release
        The key combination of each row, numbered alike in both (see `group`).

    Returns
    -------
    dict
        UiO, UiS, UiOiS, repU, and small (released rows whose keys belong to at least one and fewer than five real
        rows), each in per cent; k (rows of the smallest real group).

    References
    ----------
    Raab, G. M. 2024. Privacy risk from synthetic data: practical proposals. arXiv:2409.04257.
    Sweeney, L. 2002. k-anonymity: a model for protecting privacy. International Journal of Uncertainty, Fuzziness and
    Knowledge-Based Systems 10(5): 557-570.
    """
    n_groups = int(max(real.max(initial=-1), release.max(initial=-1))) + 1
    d, s = np.bincount(real, minlength=n_groups), np.bincount(release, minlength=n_groups)
    is_unique = d == 1
    small = s[(d > 0) & (d < SMALL_GROUP)].sum()
    return {
        "UiO": 100 * float(is_unique.sum()) / max(len(real), 1),
        "UiS": 100 * float((s == 1).sum()) / max(len(release), 1),
        "UiOiS": 100 * float((is_unique & (s > 0)).sum()) / max(len(real), 1),
        "repU": 100 * float((is_unique & (s == 1)).sum()) / max(len(real), 1),
        "small": 100 * float(small) / max(len(release), 1),
        "k": float(d[d > 0].min()) if len(real) else float("nan"),
    }


def measure_identity(files: Files, settings: Sequence[Setting], keys: Integers) -> list[Measure]:
    """Measure who is unique on the keys and found again: repU, UiOiS, and rows that point to few people.

    Parameters
    ----------
    files
        The whole files.
    settings
        Several splits of them; the risks are averaged.
    keys
        Positions of the columns that an attacker knows.

    Returns
    -------
    list of Measure
        Three.
    """
    risks = {role: _mean([_of(one, role, keys) for one in settings]) for role in ("value", "floor", "independent")}
    risks["whole files"] = identity_risks(*group([files.real.known[:, keys], files.synthetic.known[:, keys]]))
    details = pd.DataFrame(
        [{"release": _NAMES[role], **{name: risk[name] for name in _SHOWN}} for role, risk in risks.items()]
    )
    details["people"] = [*[settings[0].members.n] * (len(risks) - 1), files.real.n]
    whole = risks["whole files"]
    names = _words.join([files.real.names[j] for j in keys])
    about = (
        f"Of the real people, {whole['UiO']:.1f} % are the only one with their values of {names}; the smallest group "
        f"has {_words.count(int(whole['k']), 'person', 'people')}."
    )
    said = {
        "replicated_uniques": f"{about} {whole['repU']:.1f} % are also the keys of exactly one synthetic row (on the "
        "whole files). Most are coincidence where a fresh sample shows as many.",
        "uniques_found": f"{whole['UiOiS']:.1f} % of the real people are unique on the keys and have them found in the "
        "synthetic rows (on the whole files).",
        "small_groups": f"{whole['small']:.1f} % of the synthetic rows carry keys that fewer than {SMALL_GROUP} real "
        "people have (on the whole files).",
    }
    at = {"replicated_uniques": "repU", "uniques_found": "UiOiS", "small_groups": "small"}
    return [
        Measure(
            area="disclosure",
            name=name,
            title=title,
            value=risks["value"][at[name]],
            floor=risks["floor"][at[name]],
            independent=risks["independent"][at[name]],
            better="low",
            unit="%",
            sentence=said[name],
            details=details,
        )
        for name, title in TITLES.items()
    ]


_NAMES = {
    "value": "synthetic",
    "floor": "real half",
    "independent": "independent columns",
    "whole files": "synthetic, whole files",
}
_SHOWN = ("UiO", "UiS", "UiOiS", "repU", "small")


def _of(setting: Setting, role: str, keys: Integers) -> dict[str, float]:
    return identity_risks(*group([setting.members.known[:, keys], setting.releases[role].known[:, keys]]))


def _mean(risks: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([one[name] for one in risks])) for name in risks[0]}
