"""Whether rows were copied: exact copies of whole rows, and rows nearer to real ones than chance puts them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._typing import Integers
from lacunet.report import _words
from lacunet.synthesis.judge._disclosure_distance import nearest
from lacunet.synthesis.judge._disclosure_rates import Rate, area_under_curve
from lacunet.synthesis.judge._disclosure_setting import Files, Rows, Setting, group
from lacunet.synthesis.judge._measure import Measure

N_COMPARED = 1000
"""Rows whose nearest row is looked for."""
ONLY_COPYING = (
    "This is a test of copying only: data sets that pass it have given away who was in the data (Yao et al. 2025)."
)
MIDDLE = 50.0
"""Share, in per cent, that rows which know nothing of single people have."""


def share_copied(real: NDArray[np.int32], release: NDArray[np.int32]) -> tuple[int, int]:
    """Count released rows that equal a real row in every cell, and those among them that equal exactly one.

    Parameters
    ----------
    real, release
        Cells, shapes (n, p) and (k, p).

    Returns
    -------
    tuple of int
        Copies; copies of a row that only one real person has.
    """
    ours, theirs = group([real, release])
    counts = np.bincount(ours, minlength=int(theirs.max(initial=0)) + 1)
    return int((counts[theirs] > 0).sum()), int((counts[theirs] == 1).sum())


def measure_copies(files: Files, rng: np.random.Generator) -> Measure:
    """Measure exact copies: released rows that equal a real row in every column.

    Parameters
    ----------
    files
        The whole files.
    rng
        Shuffles the columns.

    Returns
    -------
    Measure
        In per cent of the synthetic rows; the floor is the share of real rows that equal another real row.
    """
    real, k = files.real.cells, max(files.synthetic.n, 1)
    n_copies, n_single = share_copied(real, files.synthetic.cells)
    shuffled = share_copied(real, files.real.shuffle(k, rng).cells)
    (numbers,) = group([real])
    twins = np.bincount(numbers)[numbers]
    rows = [
        {"release": "synthetic", "copies": n_copies / k, "copies of one person": n_single / k},
        {"release": "other real rows", "copies": (twins > 1).mean(), "copies of one person": (twins == 2).mean()},
        {"release": "independent columns", "copies": shuffled[0] / k, "copies of one person": shuffled[1] / k},
    ]
    details = pd.DataFrame(rows)
    details[["copies", "copies of one person"]] *= 100
    return Measure(
        area="disclosure",
        name="exact_copies",
        title="Exact copies of real rows",
        value=float(details["copies"][0]),
        floor=float(details["copies"][1]),
        independent=float(details["copies"][2]),
        better="low",
        unit="%",
        sentence=f"{_words.count(n_copies, 'synthetic row')} of {files.synthetic.n:,} equal a real row in every "
        f"column; {n_single:,} of them a row that only one person has.",
        details=details,
    )


def nearer_to_members(release: Rows, members: Rows, outsiders: Rows) -> tuple[Rate, NDArray[np.float32]]:
    """Count released rows that lie nearer to members than to as many outsiders; of ties, half.

    Parameters
    ----------
    release, members, outsiders
        Rows; members and outsiders should be as many.

    Returns
    -------
    tuple
        The share, and the distances of the released rows to the nearest member.
    """
    columns = np.arange(release.p)
    to_members, _ = nearest(release, members, columns)
    to_outsiders, _ = nearest(release, outsiders, columns)
    n_nearer = int((to_members < to_outsiders).sum())
    n_ties = int((to_members == to_outsiders).sum())
    return Rate(n_hits=n_nearer + n_ties // 2, n=release.n), to_members


def measure_nearness(setting: Setting, rng: np.random.Generator) -> Measure:
    r"""Measure whether released rows lie nearer to the people in the data than chance would put them.

    With held-out rows: the share of released rows whose nearest row is a member rather than one of as many outsiders.
    Without: the chance that a released row lies nearer to a member than another real row does. Both are 50 % for rows
    that know nothing of single people, and 100 % for copies.

    .. math:: \Pr(d(s, members) < d(s, outsiders)) \quad\text{or}\quad \Pr(d(s, members) < d(x, members))

    Parameters
    ----------
    setting
        Who is compared with what.
    rng
        Chooses the rows compared.

    Returns
    -------
    Measure
        In per cent, with the 5th percentile of the distances in the details.

    References
    ----------
    Yao, Z., N. Krčo, G. Ganev, and Y.-A. de Montjoye. 2025. The DCR delusion: measuring the privacy risk of synthetic
    data. arXiv:2505.01524.
    """
    if setting.outsiders is None:
        return _against_fresh(setting, rng)
    size = min(setting.members.n, setting.outsiders.n)
    members, outsiders = setting.members.draw(size, rng), setting.outsiders.draw(size, rng)
    halves = np.array_split(np.arange(size), 2)
    compared = {
        "synthetic": (setting.release, members, outsiders),
        # held-out rows know of no member, so that neither half of the members can draw them
        "real half": (outsiders, members.take(halves[0]), members.take(halves[1])),
        "independent columns": (setting.independent, members, outsiders),
    }
    rows = []
    for name, (release, near, far) in compared.items():
        rate, distances = nearer_to_members(release.draw(N_COMPARED, rng), near, far)
        rows.append(_row(name, 100 * rate.share, 100 * rate.low, 100 * rate.high, distances))
    return _nearness(rows, "nearer to a row the generator saw than to one it did not see")


def _against_fresh(setting: Setting, rng: np.random.Generator) -> Measure:
    columns: Integers = np.arange(setting.members.p)
    half = setting.fresh.draw(setting.fresh.n, rng)
    other, mine = half.take(np.arange(0, half.n, 2)), half.take(np.arange(1, half.n, 2))
    reference, _ = nearest(other.draw(N_COMPARED, rng), setting.members, columns)
    rows = []
    for name, release in (
        ("synthetic", setting.release),
        ("real half", mine),
        ("independent columns", setting.independent),
    ):
        distances, _ = nearest(release.draw(N_COMPARED, rng), setting.members, columns)
        area = area_under_curve(-distances.astype(np.float64), -reference.astype(np.float64))
        rows.append(_row(name, 100 * area.auc, 100 * area.low, 100 * area.high, distances))
    return _nearness(rows, "nearer to the real rows than other real rows are")


def _row(name: str, share: float, low: float, high: float, distances: NDArray[np.float32]) -> dict[str, object]:
    return {
        "release": name,
        "share": share,
        "low": low,
        "high": high,
        "5th percentile of distance": float(np.quantile(distances, 0.05)),
        "median distance": float(np.median(distances)),
    }


def _nearness(rows: list[dict[str, object]], words: str) -> Measure:
    details = pd.DataFrame(rows)
    first = details.iloc[0]
    return Measure(
        area="disclosure",
        name="nearest_record",
        title="Nearest-record test of copying",
        value=float(first["share"]),
        floor=float(details["share"][1]),
        independent=float(details["share"][2]),
        better="low",
        unit="%",
        sentence=f"{first['share']:.1f} % (95 % interval {first['low']:.1f} to {first['high']:.1f}) of the synthetic "
        f"rows are {words}; {MIDDLE:.0f} % is what chance gives. {ONLY_COPYING}",
        details=details,
    )
