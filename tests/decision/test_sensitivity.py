"""Thresholds against brute force: every closed form is checked by trying it out."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from advisor.decision import sensitivity


@st.composite
def problems(draw, most=5):
    """Points (best first), and weights that sum to 1 with none at 0 or 1."""
    count, criteria = draw(st.integers(2, most)), draw(st.integers(2, 5))
    number = st.integers(0, 100).map(float)
    points = np.array(
        draw(st.lists(st.lists(number, min_size=criteria, max_size=criteria), min_size=count, max_size=count))
    )
    raw = np.array(draw(st.lists(st.integers(1, 20), min_size=criteria, max_size=criteria)), dtype=float)
    weights = raw / raw.sum()
    total = points @ weights
    order = np.argsort(-total)
    assume(total[order[0]] - total[order[1]] > 0.5)
    return points[order], weights


def winner(points, weights, criterion, weight):
    moved = weights * (1 - weight) / (1 - weights[criterion])
    moved[criterion] = weight
    total = points @ moved
    return int(np.argmax(total)), total


@given(problems())
def test_inside_the_stability_interval_the_best_stays_best_and_outside_it_does_not(problem):
    points, weights = problem
    for criterion, found in enumerate(sensitivity.stability(points, weights, 0)):
        low = 0.0 if found.low is None else found.low
        high = 1.0 if found.high is None else found.high
        assert low <= weights[criterion] <= high
        for weight in np.linspace(low, high, 25):
            _, total = winner(points, weights, criterion, weight)
            assert total[0] >= total.max() - 1e-6
        for bound, side, challenger in (
            (found.low, -1, found.challenger_low),
            (found.high, 1, found.challenger_high),
        ):
            if bound is None:
                assert challenger is None
                continue
            _, total = winner(points, weights, criterion, bound)
            assert total[challenger] == pytest.approx(total[0], abs=1e-6)
            beyond = bound + side * 1e-3
            if 0 <= beyond <= 1:
                _, total = winner(points, weights, criterion, beyond)
                assert total.max() > total[0]


@given(problems())
def test_the_least_change_is_that_of_a_linear_programme(problem):
    points, weights = problem
    criteria = len(weights)
    distances = []
    for rival in range(1, len(points)):
        # Variables: weights, then their absolute changes.
        difference = points[0] - points[rival]
        identity = np.eye(criteria)
        solved = optimize.linprog(
            np.concatenate((np.zeros(criteria), np.ones(criteria))),
            A_ub=np.block([[identity, -identity], [-identity, -identity]]),
            b_ub=np.concatenate((weights, -weights)),
            A_eq=np.block([[np.ones(criteria), np.zeros(criteria)], [difference, np.zeros(criteria)]]),
            b_eq=[1.0, 0.0],
        )
        if solved.status == 0:
            distances.append(solved.fun)
    found = sensitivity.least_change(points, weights, 0, np.ones(criteria))
    if not distances:
        assert found is None
        return
    assert found is not None
    assert np.abs(found - weights).sum() == pytest.approx(min(distances), abs=1e-6)
    assert found.sum() == pytest.approx(1)
    assert (found >= -1e-9).all()
    total = points @ found
    assert total[1:].max() == pytest.approx(total[0], abs=1e-6)


def test_weight_does_not_move_to_a_criterion_that_is_not_assessed():
    points = np.array([[80.0, 50.0, 0.0], [50.0, 60.0, 100.0]])
    weights = np.array([0.5, 0.5, 0.0])
    found = sensitivity.least_change(points, weights, 0, np.array([1.0, 1.0, 0.0]))
    assert found is not None
    assert found[2] == 0
    assert found == pytest.approx([0.25, 0.75, 0.0])


def test_a_best_that_is_better_on_everything_has_no_tie():
    points = np.array([[80.0, 70.0], [50.0, 60.0]])
    assert sensitivity.least_change(points, np.array([0.5, 0.5]), 0, np.ones(2)) is None
    assert sensitivity.stability(points, np.array([0.5, 0.5]), 0) == (sensitivity.Stability(),) * 2


@given(st.floats(0, 60), st.floats(0.05, 1))
def test_the_needed_speedup_closes_the_gap(gap, weight):
    factor = sensitivity.needed_speedup(gap, weight)
    assert factor is not None
    assert weight * 100 * math.log(factor) / math.log(8) == pytest.approx(gap, abs=1e-9)


def test_no_speedup_helps_where_speed_has_no_weight():
    assert sensitivity.needed_speedup(5.0, 0.0) is None


@given(problems(), st.integers(0, 4), st.floats(0, 1))
def test_a_swung_weight_gives_what_the_moved_weights_give(problem, criterion, weight):
    points, weights = problem
    criterion %= len(weights)
    _, total = winner(points, weights, criterion, weight)
    assert sensitivity.weight_swing(points, weights, criterion, weight) == pytest.approx(total)


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("lead", [-12.0, -3.0, 0.0, 5.0, 40.0])
def test_the_value_of_information_is_that_of_numerical_integration(lead, missing):
    weights = np.array([0.4, 0.6])
    points = np.array([[50.0, 50.0 + lead / 0.6], [50.0, 50.0]])
    low, high = points - 20.0, points + 20.0
    found = sensitivity.information_value(points, weights, low, high, [[missing, False], [False, False]])[
        0, 0
    ]
    total = points @ weights
    belief = stats.uniform(0, 100) if missing else stats.norm(50, 20 / 1.95996)
    bounds = (0, 100) if missing else (-50, 150)
    known, _ = integrate.quad(
        lambda x: max(total[0] + 0.4 * (x - 50), total[1]) * belief.pdf(x), *bounds, limit=200
    )
    assert found == pytest.approx(known - total.max(), abs=0.02)
