"""Intervals on a median and trends, against scipy, tables and known properties."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from advisor.probes.intervals import (
    _STUDENT,
    drifts,
    median_interval,
    steady_from,
    trend,
)

times = st.lists(st.floats(1e-6, 1e3), min_size=2, max_size=40)


def test_students_quantiles_are_scipys():
    for degrees, quantile in _STUDENT.items():
        assert quantile == pytest.approx(scipy.stats.t.ppf(0.975, degrees), abs=1e-4)


def test_one_reading_has_no_interval():
    assert median_interval([1.0]) is None
    assert median_interval([]) is None


@given(times)
def test_the_interval_holds_the_median(values):
    interval = median_interval(values)
    assert interval.median == pytest.approx(math.exp(np.median(np.log(values))))
    assert interval.low <= interval.median * (1 + 1e-9)
    assert interval.high >= interval.median * (1 - 1e-9)


@given(times, st.floats(1e-3, 1e3))
def test_another_unit_scales_the_interval(values, factor):
    a, b = median_interval(values), median_interval([factor * each for each in values])
    assert b.low == pytest.approx(factor * a.low)
    assert b.high == pytest.approx(factor * a.high)


@given(times)
def test_the_inverse_has_the_inverse_interval(values):
    a, b = median_interval(values), median_interval([1 / each for each in values])
    assert (b.median, b.low, b.high) == pytest.approx((1 / a.median, 1 / a.high, 1 / a.low))


@given(times, st.randoms(use_true_random=False))
def test_order_does_not_matter(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    a, b = median_interval(values), median_interval(shuffled)
    assert (a.low, a.high) == pytest.approx((b.low, b.high))


@pytest.mark.parametrize("n", range(6, 40))
def test_the_interval_is_hettmanspergers_and_sheathers(n):
    """Depth and coverage from scipy's binomial distribution; readings are their own positions."""
    interval = median_interval([math.exp(position) for position in range(1, n + 1)])
    depth = int(scipy.stats.binom.ppf(0.025, n, 0.5))
    outer, inner = (1 - 2 * scipy.stats.binom.cdf(each - 1, n, 0.5) for each in (depth, depth + 1))
    assert outer >= 0.95 > inner
    excess = (outer - 0.95) / (outer - inner)
    share = (n - depth) * excess / (depth + (n - 2 * depth) * excess)
    assert math.log(interval.low) == pytest.approx(depth + share)
    assert math.log(interval.high) == pytest.approx(n + 1 - depth - share)


@pytest.mark.parametrize("n", [3, 5, 6, 9, 15])
@pytest.mark.parametrize("shape", ["normal", "skewed"])
def test_the_interval_covers_about_as_often_as_it_says(n, shape):
    random = np.random.default_rng(n)
    if shape == "normal":
        draws, truth = np.exp(0.1 * random.standard_normal((3000, n))), 1.0
    else:
        draws, truth = np.exp(0.1 * random.standard_exponential((3000, n))), math.exp(0.1 * math.log(2))
    found = [median_interval(row) for row in draws]
    assert 0.9 < np.mean([each.low <= truth <= each.high for each in found]) < 0.99


def test_the_interval_is_about_that_of_a_bootstrap():
    values = np.exp(0.1 * np.random.default_rng(3).standard_normal(60))
    oracle = scipy.stats.bootstrap((values,), np.median, rng=np.random.default_rng(0)).confidence_interval
    interval = median_interval(values)
    width = oracle.high - oracle.low
    assert interval.low == pytest.approx(oracle.low, abs=0.35 * width)
    assert interval.high == pytest.approx(oracle.high, abs=0.35 * width)


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=12, unique=True))
def test_the_trend_is_kendalls_and_theil_sens(values):
    found = trend(values)
    order = range(len(values))
    assert found.p_value == pytest.approx(scipy.stats.kendalltau(order, values, method="exact").pvalue)
    slope = scipy.stats.theilslopes(np.log(values), order).slope
    assert math.log1p(found.change) == pytest.approx(slope * (len(values) - 1), abs=1e-9)


def test_a_constant_series_has_no_trend():
    assert (trend([2.0] * 8).change, trend([2.0] * 8).p_value) == (0.0, 1.0)


@given(st.lists(st.floats(0.97, 1.03), min_size=6, max_size=20))
def test_a_level_series_does_not_drift(values):
    assert not drifts(values)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_creeping_series_drifts(direction):
    assert drifts([1.03 ** (direction * i) for i in range(10)])


def test_steady_state_begins_where_the_warm_up_ends():
    warm_up = [20.0, 5.0, 1.6]
    level = [1.0, 1.02, 0.99, 1.01, 1.0, 0.98, 1.01]
    assert steady_from(warm_up + level) == 3
    assert steady_from(level) is not None


@given(st.integers(3, 15), st.floats(1.2, 3.0))
def test_a_series_that_only_falls_is_never_steady(n, factor):
    assert steady_from([factor**-i for i in range(n)]) is None


def test_a_calm_end_shorter_than_what_went_before_is_no_steady_state():
    assert steady_from([1.0, 2.0, 1.2, 3.0, 1.1, 2.5, 5.0, 5.01, 5.0]) is None


def test_two_readings_are_no_steady_state():
    assert steady_from([1.0, 1.0]) is None


@given(times, st.floats(1e-3, 1e3))
def test_steadiness_has_no_unit(values, factor):
    assume(len(values) < 20)
    # A cut is chosen by the least of several floats: equal ones may fall either way after scaling.
    assume(len({round(math.log(v), 6) for v in values}) == len(values))
    assert (steady_from(values) is None) == (steady_from([factor * v for v in values]) is None)
