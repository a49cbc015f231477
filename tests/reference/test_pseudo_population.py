"""Random row weights have the variance that survey statistics gives a stratified sample of clusters."""

import numpy as np
import pytest

from lacunet.errors import DataError, SpecError
from lacunet.solve import draw_row_weights

DRAWS = 6_000
NEAR = 0.10  # four Monte Carlo errors of a variance (2 %) and, for two units a stratum, the tenth that positivity costs
RNG_SEED = 5


def sample(sizes, *, rows=1):
    rng = np.random.default_rng(RNG_SEED)
    strata = np.repeat(np.arange(len(sizes)), sizes)
    stratum, unit = np.repeat(strata, rows), np.repeat(np.arange(len(strata)), rows)
    y = rng.normal(size=len(strata))[unit] + 0.5 * rng.normal(size=len(unit)) + stratum
    return y, rng.uniform(0.5, 2, size=len(unit)), stratum, unit


def textbook(y, w, stratum, unit):
    """Linearised variance of a weighted mean: units within strata, drawn with replacement."""
    scores = w * (y - w @ y / w.sum()) / w.sum()
    total = 0.0
    for one in np.unique(stratum):
        z = np.array([scores[(stratum == one) & (unit == u)].sum() for u in np.unique(unit[stratum == one])])
        total += len(z) / (len(z) - 1) * ((z - z.mean()) ** 2).sum()
    return total


@pytest.mark.parametrize("sizes", [[2, 2, 6, 10], [5, 12], [40]])
@pytest.mark.parametrize("rows", [1, 4])
def test_variance_of_a_weighted_mean(sizes, rows):
    y, w, stratum, unit = sample(sizes, rows=rows)
    rng = np.random.default_rng(1)
    drawn = [draw_row_weights(rng, w, stratum, unit) for _ in range(DRAWS)]
    means = np.array([new @ y / new.sum() for new in drawn])
    truth = textbook(y, w, stratum, unit)
    assert means.var() == pytest.approx(truth, rel=NEAR)
    assert means.mean() == pytest.approx(w @ y / w.sum(), abs=4 * truth**0.5 / DRAWS**0.5 + 0.1 * truth**0.5)


def test_spread_is_a_share_of_that_variance():
    y, w, stratum, unit = sample([30])
    rng = np.random.default_rng(2)
    means = [new @ y / new.sum() for new in (draw_row_weights(rng, w, stratum, unit, 0.25) for _ in range(DRAWS))]
    assert np.var(means) == pytest.approx(0.25 * textbook(y, w, stratum, unit), rel=NEAR)


def test_weights_are_positive_with_mean_one_and_alike_within_a_cluster():
    _, w, stratum, unit = sample([2, 3], rows=50)
    rng = np.random.default_rng(3)
    for _ in range(200):
        new = draw_row_weights(rng, w, stratum, unit)
        assert (new > 0).all()
        assert new.mean() == pytest.approx(1)
        np.testing.assert_allclose((new / w)[:50], (new / w)[0])


def test_strata_keep_their_share():
    # Units of one weight: a stratum stands for as many people in every draw.
    stratum = np.repeat([0, 1], [4, 6])
    new = draw_row_weights(np.random.default_rng(4), np.ones(10), stratum)
    assert new[:4].sum() == pytest.approx(4)


def test_lonely_units_are_joined():
    names = np.array(["a", "b", "c", "c", "c"])
    new = draw_row_weights(np.random.default_rng(5), np.ones(5), names)
    assert new[:2].sum() == pytest.approx(2)  # a and b make a stratum
    assert new[0] != pytest.approx(1)
    alone = draw_row_weights(np.random.default_rng(5), np.ones(4), ["a", "c", "c", "c"])
    assert alone[0] != pytest.approx(1)


def test_units_named_alike_in_two_strata_are_two():
    new = draw_row_weights(np.random.default_rng(6), np.ones(4), [0, 0, 1, 1], [1, 2, 1, 2])
    assert new[0] != pytest.approx(new[2])


@pytest.mark.parametrize(
    ("call", "kind", "found"),
    [
        (lambda rng: draw_row_weights(rng, [1.0, 0.0]), DataError, "weight above 0"),
        (lambda rng: draw_row_weights(rng, [1.0, np.nan]), DataError, "missing"),
        (lambda rng: draw_row_weights(rng, [1.0, 1.0], ["a"]), DataError, "strata has shape"),
        (lambda rng: draw_row_weights(rng, [1.0, 1.0], None, ["a", "a"]), DataError, "one cluster"),
        (lambda rng: draw_row_weights(rng, [1.0, 1.0], spread=0), SpecError, "spread=0"),
    ],
)
def test_what_is_refused(call, kind, found):
    with pytest.raises(kind, match=found):
        call(np.random.default_rng(7))
