"""SMAA-2 against closed forms: weights uniform on the simplex, values known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pymcdm.methods import SPOTIS

from advisor.decision import smaa
from advisor.decision.random_streams import RandomStreams

DRAWS = 20_000


def simplex(criteria):
    return np.random.default_rng(1).dirichlet(np.ones(criteria), DRAWS).T.astype(np.float32)


def certain(points):
    """Values without doubt: points are (alternatives, criteria)."""
    array = np.asarray(points, dtype=np.float32).T
    return np.ascontiguousarray(np.broadcast_to(array[:, :, None], (*array.shape, DRAWS)))


def analyse(points, weights=None, contenders=None, candidates=None):
    count = len(points)
    weights = simplex(len(points[0])) if weights is None else weights
    places = np.arange(count) if candidates is None else np.asarray(candidates)
    return smaa.analyse(certain(points), weights, count if contenders is None else contenders, places)


def test_two_criteria_split_the_weights_where_the_lines_cross():
    # Lahdelma, Hokkanen and Salminen 1998: with two criteria an acceptability is the length of the interval
    # of weights that favour an alternative. (100, 0), (70, 70) and (0, 100) change over at 0.7 and 0.3.
    found = analyse([(100, 0), (70, 70), (0, 100)])
    assert found.ranks[:, 0] == pytest.approx([0.3, 0.4, 0.3], abs=0.012)
    # Central weights are the middles of those intervals.
    assert found.central_weights[:, 0] == pytest.approx([0.85, 0.5, 0.15], abs=0.01)
    # Certain values leave no doubt once the weights are the central ones.
    assert found.confidence == pytest.approx([1, 1, 1])
    # The first beats the third where w > 0.5, and the second where w > 0.7.
    assert found.pairwise[0, 2] == pytest.approx(0.5, abs=0.012)
    assert found.pairwise[0, 1] == pytest.approx(0.3, abs=0.012)
    # Regret of the second: ∫ max(100w - 70, 0) + max(30 - 100w, 0) dw = 2 · 0.3 · 30 / 2 = 9.
    assert found.regret[1] == pytest.approx(9.0, abs=0.3)


def test_three_criteria_split_the_simplex_into_equal_thirds_by_symmetry():
    found = analyse([(1, 0, 0), (0, 1, 0), (0, 0, 1)])
    assert found.ranks == pytest.approx(np.full((3, 3), 1 / 3), abs=0.015)
    # The centroid of a third of the triangle: the largest of three uniform shares is 11/18 on average.
    assert np.diag(found.central_weights) == pytest.approx([11 / 18] * 3, abs=0.01)


def test_normal_values_win_as_often_as_the_normal_distribution_says():
    # One criterion, values N(60, 10) and N(50, 10): P(first > second) = Φ(10 / (10·√2)) = 0.7602.
    draws = np.random.default_rng(2).normal([[[60]], [[50]]], 10, (2, 1, DRAWS)).astype(np.float32)
    values = np.ascontiguousarray(draws.transpose(1, 0, 2))
    found = smaa.analyse(values, np.ones((1, DRAWS), np.float32), 2, np.arange(2))
    assert found.pairwise[0, 1] == pytest.approx(0.7602, abs=0.012)
    assert found.confidence == pytest.approx([0.7602, 0.2398], abs=0.012)
    assert found.high[0] - found.low[0] == pytest.approx(2 * 19.5996, rel=0.03)


def test_who_does_not_compete_ranks_behind_whatever_the_points():
    found = analyse([(50, 50), (40, 40), (100, 100)], contenders=2, candidates=[0])
    assert found.ranks[2] == pytest.approx([0, 0, 1])
    assert found.ranks[0] == pytest.approx([1, 0, 0])
    assert found.confidence[2] == 0
    assert found.pairwise[2, 0] == 1  # points are compared all the same
    assert found.regret[0] == 0


def test_equal_alternatives_share_the_first_rank_evenly():
    streams = RandomStreams(0, DRAWS)
    breaks = smaa.tie_breaks(["a", "b"], streams)
    found = smaa.analyse(certain([(50, 50), (50, 50)]), simplex(2), 2, np.arange(2), breaks)
    assert found.ranks == pytest.approx(np.full((2, 2), 0.5), abs=0.015)


POINTS = arrays.arrays(
    float, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=st.floats(0, 100, width=32)
)


@given(POINTS)
def test_acceptabilities_sum_to_one_by_alternative_and_by_rank(points):
    names = [str(place) for place in range(len(points))]
    draws = 200
    weights = np.random.default_rng(3).dirichlet(np.ones(points.shape[1]), draws).T.astype(np.float32)
    values = np.repeat(points.T.astype(np.float32)[:, :, None], draws, axis=2)
    found = smaa.analyse(
        values, weights, len(points), np.arange(len(points)), smaa.tie_breaks(names, RandomStreams(0, draws))
    )
    assert found.ranks.sum(axis=0) == pytest.approx(np.ones(len(points)))
    assert found.ranks.sum(axis=1) == pytest.approx(np.ones(len(points)))
    both = found.pairwise + found.pairwise.T + np.eye(len(points))
    assert both == pytest.approx(np.ones_like(both))
    used = found.central_weights[~np.isnan(found.central_weights[:, 0])]
    assert used.sum(axis=1) == pytest.approx(np.ones(len(used)), abs=1e-4)
    assert (found.regret >= 0).all()


@given(POINTS)
def test_scores_are_one_minus_spotis_on_values_between_0_and_1(points):
    # Dezert et al. 2020: with bounds 0 and 1, SPOTIS is the weighted distance from 1.
    values = points / 100
    weights = np.full(points.shape[1], 1 / points.shape[1])
    bounds = np.column_stack((np.zeros(points.shape[1]), np.ones(points.shape[1])))
    theirs = SPOTIS(bounds)(values, weights, np.ones(points.shape[1]), validation=False)
    ours = smaa.scores(values.T[:, :, None].astype(np.float32), weights[:, None].astype(np.float32))[:, 0]
    assert ours == pytest.approx(1 - theirs, abs=1e-5)
