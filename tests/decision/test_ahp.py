"""Comparisons in pairs: published examples, consistency, and what the needs' comparisons come to."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.decision import ahp, weights
from advisor.decision.criteria import GROUPS, ROWS
from advisor.decision.model import Criterion, Group, Needs, Priorities, PriorityMode


def test_pairwise_comparison_reproduces_saatys_drinks_of_2008():
    # Saaty 2008, Decision making with the analytic hierarchy process, Int. J. Services Sciences 1:83-98:
    # which drink is consumed more in the USA (coffee, wine, tea, beer, sodas, milk, water).
    upper = {
        (0, 1): 9, (0, 2): 5, (0, 3): 2, (0, 4): 1, (0, 5): 1, (0, 6): 1 / 2,
        (1, 2): 1 / 3, (1, 3): 1 / 9, (1, 4): 1 / 9, (1, 5): 1 / 9, (1, 6): 1 / 9,
        (2, 3): 1 / 3, (2, 4): 1 / 4, (2, 5): 1 / 3, (2, 6): 1 / 9,
        (3, 4): 1 / 2, (3, 5): 1, (3, 6): 1 / 3,
        (4, 5): 2, (4, 6): 1 / 2,
        (5, 6): 1 / 3,
    }  # fmt: skip
    matrix = np.ones((7, 7))
    for (row, column), value in upper.items():
        matrix[row, column], matrix[column, row] = value, 1 / value
    found = ahp.pairwise_comparison(matrix.tolist())
    assert found.weights == pytest.approx([0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327], abs=0.002)
    assert found.consistency_ratio == pytest.approx(0.022, abs=0.003)


@given(st.lists(st.floats(0.05, 1), min_size=1, max_size=7))
def test_consistent_comparisons_give_back_their_weights(raw):
    wanted = np.array(raw) / sum(raw)
    found = ahp.pairwise_comparison((wanted[:, None] / wanted[None, :]).tolist())
    assert found.weights == pytest.approx(wanted.tolist(), abs=1e-6)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("matrix", [[[1, 2], [2, 1]], [[1, -1], [-1, 1]], [[1, 2]], []])
def test_what_is_no_comparison_is_refused(matrix):
    with pytest.raises(ValueError, match="comparison matrix"):
        ahp.pairwise_comparison(matrix)


def levels(**comparisons):
    named = {name.replace("__", ":"): ratio for name, ratio in comparisons.items()}
    return weights.levels(Needs(priorities=Priorities(mode=PriorityMode.PAIRS, comparisons=named)))


def test_what_is_not_compared_is_as_the_preset_has_it():
    needs = Needs(priorities=Priorities(mode=PriorityMode.PAIRS))
    assert weights.swing_points(needs) == pytest.approx(weights.swing_points(Needs()))
    assert all(level.consistency_ratio == pytest.approx(0, abs=1e-9) for level in weights.levels(needs))
    assert all(level.worst is None for level in weights.levels(needs))


@given(st.lists(st.integers(1, 3), min_size=4, max_size=4))
def test_a_groups_criteria_share_what_the_groups_come_to(importance):
    stated = {
        ahp.name(*pair): a / b
        for pair, (a, b) in zip(
            itertools.combinations(Group, 2), itertools.combinations(importance, 2), strict=True
        )
    }
    points = weights.swing_points(Needs(priorities=Priorities(mode=PriorityMode.PAIRS, comparisons=stated)))
    points = {each: points[each] for each in points if not ROWS[each].beside}
    total = sum(points.values())
    for group, wanted in zip(Group, importance, strict=True):
        share = sum(points.get(each, 0.0) for each in GROUPS[group]) / total
        assert share == pytest.approx(wanted / sum(importance))


def test_a_pair_may_be_named_in_either_order():
    assert levels(community__ecosystem=4) == levels(ecosystem__community=1 / 4)


def test_a_contradiction_is_named_with_what_the_others_imply():
    # Performance 3 x people, people 3 x ecosystem, and yet ecosystem 3 x performance.
    (groups, *_) = levels(
        performance__people=3,
        people__ecosystem=3,
        performance__ecosystem=1 / 3,
        performance__delivery=3,
        people__delivery=1,
        ecosystem__delivery=1,
    )
    assert not groups.accepted
    assert groups.worst == ("performance", "ecosystem")
    assert groups.implied > 1 > groups.ratios[groups.worst]


def test_every_criterion_is_compared_within_its_group_alone():
    pairs = list(ahp.known_pairs())
    sizes = [len(GROUPS), *map(len, GROUPS.values())]
    assert len(pairs) == len(set(pairs)) == sum(size * (size - 1) for size in sizes)
    assert ("energy", "training_speed") in pairs
    assert not any({"training_speed", "community"} == set(pair) for pair in pairs)
    assert {each for members in ahp.MEMBERS[1:] for each in members} == set(Criterion)
