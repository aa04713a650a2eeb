"""The other methods against pymcdm's, an independent implementation of the same papers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymcdm.methods import PROMETHEE_II, SPOTIS, TOPSIS

from advisor.decision import methods


@st.composite
def problems(draw):
    """Points as they occur, outside the scale too and with equal ones among them, and weights that sum to 1."""
    count, criteria = draw(st.integers(2, 6)), draw(st.integers(2, 5))
    number = st.one_of(st.integers(-4, 14).map(lambda each: 10.0 * each), st.floats(-40, 140))
    row = st.lists(number, min_size=criteria, max_size=criteria)
    points = np.array(draw(st.lists(row, min_size=count, max_size=count)))
    weights = np.array(draw(st.lists(st.floats(0.01, 1), min_size=criteria, max_size=criteria)))
    return points, weights / weights.sum()


def theirs(method, points, weights):
    with np.errstate(invalid="ignore"):  # where all are equal, pymcdm's TOPSIS divides 0 by 0
        return np.nan_to_num(method(points, weights, np.ones(len(weights)), validation=False))


@given(problems())
def test_topsis_is_pymcdms_without_its_normalisation(problem):
    points, weights = problem
    expected = theirs(TOPSIS(lambda column, cost: column), points, weights)
    assert methods.topsis(points, weights) == pytest.approx(expected)


@given(problems())
def test_promethee_ii_is_pymcdms_with_the_same_thresholds(problem):
    points, weights = problem
    thresholds = {"q": [methods.INDIFFERENCE] * len(weights), "p": [methods.PREFERENCE] * len(weights)}
    expected = theirs(PROMETHEE_II("vshape_2", **thresholds), points, weights)
    assert methods.promethee_ii(points, weights) == pytest.approx(expected)


@given(problems())
def test_spotis_is_one_of_pymcdms_on_the_scale_that_holds_every_value(problem):
    points, weights = problem
    bounds = np.column_stack((np.minimum(points.min(axis=0), 0), np.maximum(points.max(axis=0), 100)))
    assert methods.spotis(points, weights) == pytest.approx(-theirs(SPOTIS(bounds), points, weights))


def test_agreement_is_1_for_the_same_order_and_minus_1_for_its_reverse():
    points, weights = np.array([[90.0, 90.0], [50.0, 60.0], [10.0, 20.0]]), np.array([0.5, 0.5])
    for names, reverse, tau in ((("a", "b", "c"), 1, 1.0), (("c", "b", "a"), -1, -1.0)):
        for each in methods.rankings(names, points[::reverse], weights):
            assert (each.order, each.kendall_tau) == (("a", "b", "c"), tau)


def test_one_alone_is_not_compared():
    assert methods.rankings(("a",), np.ones((1, 2)), np.array([0.5, 0.5])) == ()
