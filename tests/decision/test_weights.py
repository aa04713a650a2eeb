import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.decision import weights
from advisor.decision.criteria import CRITERIA, GROUPS, ROWS
from advisor.decision.model import (
    Criterion,
    Group,
    Needs,
    Priorities,
    PriorityMode,
    ProjectStage,
    Team,
)
from advisor.decision.random_streams import RandomStreams
from advisor.decision.weights import WeightDraws

EVERYTHING = np.ones(len(CRITERIA))
DRAWS = 20_000


def needs(**priorities):
    return Needs(priorities=Priorities(**priorities))


def drawn(asked, assessed=EVERYTHING, stated=True):
    used = [criterion for criterion, use in zip(CRITERIA, assessed, strict=True) if use]
    points = weights.swing_points(asked, used)
    central = weights.normalised(np.array([points[each] for each in CRITERIA]), assessed)
    draws = WeightDraws(asked, assessed, RandomStreams(0, DRAWS))
    return central, draws.draw(central, stated=stated), draws.interval(central, stated=stated)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (2, [0.75, 0.25]),
        (3, [0.6111, 0.2778, 0.1111]),
        (4, [0.5208, 0.2708, 0.1458, 0.0625]),
        (5, [0.4567, 0.2567, 0.1567, 0.0900, 0.0400]),
    ],
)
def test_rank_order_centroids_are_those_of_barron_and_barrett_1996(count, expected):
    assert weights.rank_order_centroid(count) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("stage", ProjectStage)
def test_a_preset_weighs_every_criterion_once_and_keeps_its_groups_shares(stage):
    points = weights.preset(stage)
    assert set(points) == set(Criterion)
    assert max(points.values()) == pytest.approx(100)
    own = {each: points[each] for each in points if not ROWS[each].beside}
    total = sum(own.values())
    shares = {group: sum(own.get(each, 0.0) for each in members) / total for group, members in GROUPS.items()}
    # However many criteria a group holds, its say is that of its place in the order.
    expected = weights.tiered_centroid(weights.GROUP_ORDER[stage])
    assert shares == pytest.approx({Group(group): share for group, share in expected.items()})


def test_swing_points_of_the_user_stand_beside_the_presets():
    points = weights.swing_points(needs(weights={Criterion.MEMORY: 7}))
    assert points[Criterion.MEMORY] == 7
    preset = weights.preset(ProjectStage.RESEARCH)
    assert points[Criterion.TRAINING_SPEED] == preset[Criterion.TRAINING_SPEED]


def test_the_skill_of_a_larger_team_weighs_more_up_to_twice():
    def skill(size):
        points = weights.swing_points(Needs(team=Team(size=size)))
        return points[Criterion.TEAM_SKILL] / points[Criterion.MEMORY]

    assert skill(1) < skill(4) < skill(10)
    assert skill(10) == pytest.approx(2 * skill(1))
    assert skill(1000) == pytest.approx(skill(10))


@given(
    st.lists(st.floats(0, 100), min_size=len(CRITERIA), max_size=len(CRITERIA)),
    st.lists(st.booleans(), min_size=len(CRITERIA), max_size=len(CRITERIA)).filter(any),
)
def test_weights_sum_to_one_and_what_is_not_assessed_has_none(points, assessed):
    found = weights.normalised(np.array(points), np.array(assessed, dtype=float))
    assert found.sum() == pytest.approx(1)
    assert (found[~np.array(assessed)] == 0).all()


@pytest.mark.parametrize("mode", PriorityMode)
def test_draws_sum_to_one_and_leave_out_what_is_not_assessed(mode):
    assessed = EVERYTHING.copy()
    assessed[CRITERIA.index(Criterion.ENERGY)] = 0
    order = (Criterion.ENERGY, Criterion.MEMORY)
    central, draws, (low, high) = drawn(needs(mode=mode, order=order), assessed)
    assert draws.sum(axis=0) == pytest.approx(np.ones(DRAWS), abs=1e-5)
    assert not draws[CRITERIA.index(Criterion.ENERGY)].any()
    assert (low <= central + 1e-9).all()
    assert (central <= high + 1e-9).all()


def test_the_surer_the_user_the_closer_the_draws_and_certainty_has_none():
    spread = {}
    for sureness in (0.0, 0.5, 1.0):
        central, draws, _ = drawn(needs(sureness=sureness))
        spread[sureness] = float(np.abs(draws - central[:, None]).sum(axis=0).mean())
    assert spread[1.0] == pytest.approx(0, abs=1e-5)
    assert 0 < spread[0.5] < spread[0.0]


def test_an_order_is_kept_in_every_draw_and_its_mean_is_the_centroid():
    order = (Criterion.COMMUNITY, Criterion.MEMORY, Criterion.DEPLOYMENT)
    central, draws, _ = drawn(needs(mode=PriorityMode.ORDER, order=order))
    rows = [CRITERIA.index(criterion) for criterion in order]
    assert (np.diff(draws[rows], axis=0) <= 0).all()
    rest = [place for place in range(len(CRITERIA)) if place not in rows]
    assert (draws[rest].max(axis=0) <= draws[rows[-1]] + 1e-7).all()
    assert draws.mean(axis=1) == pytest.approx(central, abs=0.005)
    assert central[rows] == pytest.approx(weights.rank_order_centroid(len(CRITERIA))[:3])


def test_without_preference_groups_count_alike_whatever_they_hold():
    central, draws, _ = drawn(needs(mode=PriorityMode.NONE))
    for members in GROUPS.values():
        rows = [CRITERIA.index(criterion) for criterion in members]
        assert central[rows].sum() == pytest.approx(1 / len(GROUPS))
        assert draws[rows].sum(axis=0).mean() == pytest.approx(1 / len(GROUPS), abs=0.01)


def test_weights_tried_out_are_drawn_around_themselves_also_without_preference():
    asked = needs(mode=PriorityMode.NONE)
    draws = WeightDraws(asked, EVERYTHING, RandomStreams(0, DRAWS))
    central = np.zeros(len(CRITERIA))
    central[CRITERIA.index(Criterion.MEMORY)] = 1
    tried = draws.draw(central, stated=False)
    assert (tried[CRITERIA.index(Criterion.MEMORY)] == 1).all()
