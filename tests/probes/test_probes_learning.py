"""Time to a target: the pass with doubles, and arithmetic over censored curves against brute force."""

import itertools
import math
import threading
from statistics import median

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.probes import learning
from advisor.probes.learning import Bounds, CurvePoint, Learner, LearningCurve, TargetRun
from advisor.probes.model import LearningProgress, Outcome, Subject
from advisor.probes.passes.learning import reach
from advisor.workloads.model import Task
from advisor.workloads.targets import TARGETS
from tests.probes.doubles import BUDGET, CONDITIONS, candidate

DIGITS = msgspec.structs.replace(TARGETS[Task.IMAGE_CLASSIFICATION], every=10, most_steps=40)


def curve(*scores, seed=0, step_s=0.1):
    """A curve evaluated before training, after one step, and after every ten."""
    steps = (0, 1, *range(10, 10 * (len(scores) - 1), 10))
    return LearningCurve(
        seed, tuple(CurvePoint(n, n * step_s, n * step_s, s) for n, s in zip(steps, scores, strict=True))
    )


def learner(name, *curves):
    return Learner(Subject("digits", name), curves=curves)


def test_a_curve_takes_until_its_first_evaluation_at_the_target():
    reached = curve(0.1, 0.1, 0.5, 0.93, 0.8)
    assert learning.steps(reached, DIGITS) == (20, 20)
    assert learning.seconds(reached, DIGITS) == (2.0, 2.0)
    assert learning.steps(curve(0.1, 0.1, 0.5), DIGITS) == (10, math.inf)


values = st.integers(1, 50).map(float)


@given(st.lists(st.tuples(values, st.booleans()), min_size=1, max_size=6))
def test_no_completion_of_censored_values_has_a_median_outside_the_bounds(taken):
    bounds = [Bounds(value, math.inf if censored else value) for value, censored in taken]
    found = learning.over_seeds(bounds)
    # Whatever a censored value really was: just beyond where it was lost sight of, or far beyond.
    completions = itertools.product(
        *((low, low + 7.5, 1e9) if high > low else (low,) for low, high in bounds)
    )
    medians = [median(each) for each in completions]
    assert min(medians) == found.median.low
    assert all(found.median.low <= each <= found.median.high for each in medians)
    assert math.isinf(found.median.high) is (max(medians) >= 1e8)


def test_times_of_steps_leave_the_first_one_out():
    slow_start = LearningCurve(
        0, (CurvePoint(0, 0.0, 0.0, 0.1), CurvePoint(1, 5.0, 5.0, 0.1), CurvePoint(11, 7.0, 6.0, 0.95))
    )
    one = learner("a", slow_start)
    assert learning.first_step_s(one) == 5.0
    assert learning.step_s(one) == pytest.approx(0.2)


def test_curves_agree_where_everybody_takes_the_same_steps_with_each_seed():
    def run(*learners):
        return TargetRun(DIGITS, CONDITIONS, learners)

    one = learner("a", curve(0.1, 0.1, 0.95), curve(0.1, 0.2, 0.4, 0.95, seed=10))
    same = learner("b", curve(0.1, 0.1, 0.95), curve(0.1, 0.2, 0.45, 0.97, seed=10))
    later = learner("c", curve(0.1, 0.1, 0.5, 0.95))
    found = learning.agreement(run(one, same))
    assert found.same_steps and found.gap == pytest.approx(0.05)
    assert not learning.agreement(run(one, later)).same_steps
    assert learning.agreement(run(one)) is None
    # Whoever ended before the others got there may have got there with them; whoever went on longer has not.
    early, late = learner("d", curve(0.1, 0.1)), learner("e", curve(0.1, 0.1, 0.4, 0.5))
    assert learning.agreement(run(one, early)).same_steps is None
    assert learning.agreement(run(one, late)).same_steps is False
    assert learning.agreement(run(early, late)).same_steps is None


@pytest.mark.parametrize("rng_seed", range(3))
def test_frameworks_take_turns_within_each_seed_and_failures_stay_their_own(rng_seed):
    heard = []
    run = reach(
        DIGITS,
        [
            candidate("serves", capabilities=["infer"]),
            candidate("quick", seconds={"train": 0.1}),
            candidate("never", scores=[0.1]),
            candidate("dead", fault="memory", at="learn", after=2),
        ],
        CONDITIONS,
        msgspec.structs.replace(BUDGET, learning_seeds=2, learning_s=1e6),
        heard.append,
        threading.Event(),
        rng_seed=rng_seed,
    )
    quick, never, dead = run.learners
    assert run.complete
    assert [each.seed for each in quick.curves] == [0, 10]
    assert learning.steps(quick.curves[0], DIGITS) == (20, 20)
    assert learning.seconds(quick.curves[0], DIGITS).low == pytest.approx(2.0)
    assert learning.steps(never.curves[1], DIGITS) == (40, math.inf)
    assert dead.outcome is Outcome.OUT_OF_MEMORY and not dead.curves
    assert {type(each) for each in heard} == {LearningProgress}
    turns = [seed for seed, _ in itertools.groupby(each.seed for each in heard)]
    assert turns == [1, 2]


def test_a_curve_ends_when_its_time_is_up():
    budget = msgspec.structs.replace(BUDGET, learning_seeds=1, learning_s=1.5)
    slow = candidate("slow", seconds={"train": 0.1}, scores=[0.1])
    run = reach(DIGITS, [slow], CONDITIONS, budget, lambda event: None, threading.Event())
    assert learning.steps(run.learners[0].curves[0], DIGITS) == (20, math.inf)


def test_cancelling_keeps_what_was_learnt():
    cancel = threading.Event()

    def stop(event):
        if event.seed == 2:
            cancel.set()

    budget = msgspec.structs.replace(BUDGET, learning_seeds=3)
    run = reach(DIGITS, [candidate("quick")], CONDITIONS, budget, stop, cancel)
    assert not run.complete
    assert len(run.learners[0].curves) == 1
