"""Disclosure: what a synthetic file gives away of the people in the real one, every number beside two others."""

from collections.abc import Sequence

import numpy as np

from lacunet.synthesis.judge._coded import Coded
from lacunet.synthesis.judge._disclosure_attribute import measure_attribution
from lacunet.synthesis.judge._disclosure_copying import measure_copies, measure_nearness
from lacunet.synthesis.judge._disclosure_keys import choose_keys, measure_identity
from lacunet.synthesis.judge._disclosure_linking import measure_inference, measure_linkability
from lacunet.synthesis.judge._disclosure_membership import measure_membership
from lacunet.synthesis.judge._disclosure_setting import arrange, read_rows
from lacunet.synthesis.judge._disclosure_singling import measure_singling_out
from lacunet.synthesis.judge._measure import Measure

N_SPLITS = 5
"""Splits of the real file over which shares of rows are averaged."""
MOST_ROWS = 30_000
"""Rows that are attacked, and rows of a release that they are attacked with; more take time and tell little more."""
MIN_ROWS = 20
"""Rows of either file below which no share of rows means anything."""


def measure_disclosure(
    real: Coded,
    synthetic: Coded,
    held_out: Coded | None,
    *,
    keys: Sequence[str] | None,
    target: str | None,
    rng: np.random.Generator,
) -> list[Measure]:
    """Measure copies, uniques, attribution, membership, singling out, linkability and inference.

    Every number has a floor, what real rows in place of synthetic ones give away, and what columns without relations
    give away; all three at one size: half of the real rows are attacked with as many rows of each release (or all of
    them, where at least half as many are held out).

    Parameters
    ----------
    real
        The rows that the generator learnt from.
    synthetic
        The rows to be released.
    held_out
        Rows of the same population that the generator never saw; without them membership cannot be measured, and
        attacks have no control but the floor.
    keys
        Names of the columns that an attacker may know, of which the target is none; None to choose up to four that
        make most people unique.
    target
        Name of the column that an attacker wants to learn; None for all others.
    rng
        Chance.

    Returns
    -------
    list of Measure
        Empty below twenty rows of either file.
    """
    if min(real.n, synthetic.n) < MIN_ROWS or not real.p:
        return []
    files = read_rows(real, synthetic, held_out if held_out is not None and held_out.n else None)
    settings = [arrange(files, rng) for _ in range(N_SPLITS)]
    attack = arrange(files, rng, MOST_ROWS)
    secret = None if target is None else real.place(target)
    named = [real.place(name) for name in dict.fromkeys(keys or ()) if name != target]
    known = np.array(named, dtype=np.intp) if named else choose_keys(files.real, secret)
    return [
        measure_copies(files, rng),
        *measure_identity(files, settings, known),
        *measure_attribution(files, settings, known, secret),
        measure_nearness(attack, rng),
        *measure_membership(files, rng),
        *measure_singling_out(attack, rng),
        *measure_linkability(attack, known if named else None, rng),
        *measure_inference(attack, secret, rng),
    ]
