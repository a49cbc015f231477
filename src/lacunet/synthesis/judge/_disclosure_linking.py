"""Linkability and inference: what a release tells of a person of whom a part is known."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Integers
from lacunet.synthesis.judge._disclosure_attacks import attack_measure
from lacunet.synthesis.judge._disclosure_distance import nearest
from lacunet.synthesis.judge._disclosure_rates import Rate
from lacunet.synthesis.judge._disclosure_setting import Rows, Setting
from lacunet.synthesis.judge._measure import Measure

N_ATTACKED = 1000
"""People attacked."""
MOST_SECRETS = 10
"""Columns guessed where no target was named; each for its share of the people."""
TOLERANCE = 0.05
"""Relative error up to which a guessed number counts as right."""


def link(people: Rows, release: Rows, sides: tuple[Integers, Integers], rng: np.random.Generator) -> Rate:
    """Count people whose two halves, known apart, have the same nearest released row.

    Parameters
    ----------
    people
        Attacked.
    release
        Released rows.
    sides
        Columns known to one and to the other attacker.
    rng
        Decides between equally near rows, for each side by itself, so that ties link nobody.

    Returns
    -------
    Rate
        Links found.
    """
    found = []
    for columns in sides:
        order = rng.permutation(release.n)
        _, at = nearest(people, release.take(order), columns)
        found.append(order[at])
    return Rate(n_hits=int((found[0] == found[1]).sum()), n=people.n)


def measure_linkability(setting: Setting, keys: Integers | None, rng: np.random.Generator) -> list[Measure]:
    """Measure how often a release links two sets of columns that belong to one person.

    Parameters
    ----------
    setting
        Who is attacked with what.
    keys
        Columns that one attacker knows, the other knowing the rest; None for two halves by chance.
    rng
        Chance.

    Returns
    -------
    list of Measure
        One, in per cent of the people attacked; none where there are not two columns.

    References
    ----------
    Giomi, M., F. Boenisch, C. Wehmeyer, and B. Tasnádi. 2023. A unified framework for quantifying privacy risk in
    synthetic data. Proceedings on Privacy Enhancing Technologies 2023(2): 312-328.
    Differs: equally near rows are chosen between by chance and not by their order in the file.
    """
    p = setting.members.p
    if p < 2:
        return []
    order = rng.permutation(p)
    one = order[: p // 2] if keys is None or not 0 < len(keys) < p else keys
    sides = np.sort(one), np.setdiff1d(order, one)
    people = setting.members.draw(N_ATTACKED, rng)
    rates = {role: link(people, release, sides, rng) for role, release in setting.releases.items()}
    if setting.outsiders is not None:
        rates["control"] = link(setting.outsiders.draw(N_ATTACKED, rng), setting.release, sides, rng)
    guesses = rng.integers(setting.release.n, size=(2, people.n))
    rates["blind"] = Rate(n_hits=int((guesses[0] == guesses[1]).sum()), n=people.n)
    success = "people have one synthetic row nearest to both halves of what is known of them"
    return [attack_measure("linkability", "Linkability", success, rates)]


def is_right(guessed: Rows, truth: Rows, j: int) -> NDArray[np.bool_]:
    """Whether guessed cells of a column are right: equal, or a number within 5 % of the true one."""
    same = guessed.cells[:, j] == truth.cells[:, j]
    if not truth.is_number[j]:
        return np.asarray(same)
    gap = np.abs(guessed.values[:, j] - truth.values[:, j])
    return np.asarray(same | (gap <= TOLERANCE * np.abs(truth.values[:, j])))


def infer(people: Rows, release: Rows, secret: int, known: Integers) -> int:
    """Count people whose secret equals that of the released row nearest to what is known of them."""
    _, at = nearest(people, release, known)
    return int(is_right(release.take(at), people, secret).sum())


def measure_inference(setting: Setting, target: int | None, rng: np.random.Generator) -> list[Measure]:
    """Measure how often the released row nearest to a person on all other columns has that person's secret.

    The attacker knows everything but the secret, which is the worst case. What the secret has to do with the other
    columns lets anybody guess; only success beyond the control is owed to having been in the data.

    Parameters
    ----------
    setting
        Who is attacked with what.
    target
        The secret; None for up to ten columns, each for its share of the people.
    rng
        Chance.

    Returns
    -------
    list of Measure
        One, in per cent of the people attacked; none where there are not two columns.

    References
    ----------
    Giomi, M., F. Boenisch, C. Wehmeyer, and B. Tasnádi. 2023. A unified framework for quantifying privacy risk in
    synthetic data. Proceedings on Privacy Enhancing Technologies 2023(2): 312-328.
    """
    p = setting.members.p
    if p < 2:
        return []
    secrets = np.array([target]) if target is not None else rng.permutation(p)[:MOST_SECRETS]
    people = setting.members.draw(N_ATTACKED, rng)
    rates = {role: _infer_each(people, release, secrets) for role, release in setting.releases.items()}
    if setting.outsiders is not None:
        rates["control"] = _infer_each(setting.outsiders.draw(N_ATTACKED, rng), setting.release, secrets)
    rates["blind"] = _infer_blindly(people, setting.release, secrets, rng)
    success = "secrets are told right by the synthetic row nearest on all other columns"
    return [attack_measure("inference", "Inference of a secret", success, rates)]


def _infer_each(people: Rows, release: Rows, secrets: Integers) -> Rate:
    hits = 0
    for part, secret in _parts(people, secrets):
        hits += infer(part, release, secret, np.setdiff1d(np.arange(release.p), [secret]))
    return Rate(n_hits=hits, n=people.n)


def _infer_blindly(people: Rows, release: Rows, secrets: Integers, rng: np.random.Generator) -> Rate:
    hits = 0
    for part, secret in _parts(people, secrets):
        hits += int(is_right(release.take(rng.integers(release.n, size=part.n)), part, secret).sum())
    return Rate(n_hits=hits, n=people.n)


def _parts(people: Rows, secrets: Integers) -> Sequence[tuple[Rows, int]]:
    parts = np.array_split(np.arange(people.n), len(secrets))
    return [(people.take(part), int(secret)) for part, secret in zip(parts, secrets, strict=True) if len(part)]
