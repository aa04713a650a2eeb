"""Scaling over processes is a criterion where it was measured, and changes nothing where it was not."""

import itertools

import pytest
from msgspec.structs import replace

from advisor.decision import ahp, weights
from advisor.decision.criteria import GROUPS
from advisor.decision.engine import Model
from advisor.decision.model import Criterion, Group, Needs, Priorities, PriorityMode, ValueSource
from advisor.probes.model import ParallelPoint, Quantity, Sample
from tests.decision.builders import framework, machine, result, run

SCALING = Criterion.PROCESS_SCALING
CATALOGUE = (framework("alpha"), framework("beta"))
ALONE_S, BATCH = 0.1, 10


def grouped(name, efficiency, *, equal=True):
    """Measured on two processes, each with a batch of its own, too."""

    def samples(step_s, items):
        return tuple(
            Sample(Quantity.TRAIN, number, 10, 10 * step_s, 0.0, 10 * items) for number in range(1, 6)
        )

    point = ParallelPoint(
        2,
        1,
        False,
        samples(ALONE_S / efficiency, 2 * BATCH),
        samples(ALONE_S, BATCH),
        equal_weights=equal,
    )
    return replace(result(name), parallel=(point,))


def decided(*results, **priorities):
    needs = Needs(priorities=Priorities(**priorities))
    return Model(needs, CATALOGUE, machine(), (run(*results),), draws=500).decide()


def weight(decision):
    return next(each for each in decision.weights if each.criterion is SCALING)


def test_share_of_what_processes_could_gain_is_what_counts():
    decision = decided(grouped("alpha", 0.9), grouped("beta", 0.5))
    points = {each.alternative: each.points for each in decision.values if each.criterion is SCALING}
    assert points == pytest.approx({"alpha": 90, "beta": 50})
    assert weight(decision).weight > 0
    assert decision.ranking[0].alternative == "alpha"


@pytest.mark.parametrize("mode", PriorityMode)
@pytest.mark.parametrize("other", [result("beta"), grouped("beta", 0.9, equal=False)])
def test_where_somebody_was_not_measured_it_is_as_if_nobody_was(mode, other):
    settings = {"mode": mode, "order": (Criterion.MEMORY,)}
    some = decided(grouped("alpha", 0.9), other, **settings)
    none = decided(result("alpha"), result("beta"), **settings)
    assert not weight(some).assessed
    assert weight(some).swing_points == 0
    assert some.ranking == none.ranking
    assert some.verdict == none.verdict
    assert all(SCALING not in concern.about for concern in some.verdict.concerns)


@pytest.mark.parametrize(
    "stated",
    [
        {"weights": {SCALING: 50}},
        {"mode": PriorityMode.ORDER, "order": (SCALING,)},
        {"mode": PriorityMode.PAIRS, "comparisons": {f"{SCALING}:{Criterion.MEMORY}": 3}},
    ],
)
def test_who_weighs_it_hears_of_what_was_not_measured(stated):
    decision = decided(grouped("alpha", 0.9), result("beta"), **stated)
    assert weight(decision).weight > 0
    sources = {each.alternative: each.source for each in decision.values if each.criterion is SCALING}
    assert sources == {"alpha": ValueSource.MEASURED, "beta": ValueSource.MISSING}
    assert any(SCALING in concern.about for concern in decision.verdict.concerns)


def test_contradicting_comparisons_come_to_what_they_came_to_without_it():
    others = [each for each in GROUPS[Group.PERFORMANCE] if each is not SCALING]
    stated = {
        ahp.name(*pair): ratio
        for pair, ratio in zip(
            itertools.combinations(others, 2), itertools.cycle((3.0, 1 / 5, 2.0, 7.0)), strict=False
        )
    }
    needs = Needs(priorities=Priorities(mode=PriorityMode.PAIRS, comparisons=stated))
    matrix = [
        [stated.get(ahp.name(a, b)) or 1 / stated.get(ahp.name(b, a), 1.0) for b in others] for a in others
    ]
    expected = ahp.pairwise_comparison(matrix)
    level = weights.levels(needs)[1]
    assert level.consistency_ratio == pytest.approx(expected.consistency_ratio)
    own = sum(level.weights[each] for each in others)
    assert [level.weights[each] / own for each in others] == pytest.approx(expected.weights)
    assert sum(level.weights.values()) == pytest.approx(1)
