"""Learning curves, and how long a target takes by them: values and arithmetic.

A curve that ended before the target was reached is censored: all that is known is that it takes longer. Medians are
therefore pairs of bounds, of which the upper one may be infinite. A median grows with each of its values, so the one
of lower bounds and the one of upper bounds hold it, whatever the censored values are.
"""

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from msgspec import Struct

from advisor.bounds import Count, Seconds
from advisor.probes.model import Conditions, Outcome, Subject
from advisor.workloads.targets import LearningTarget, Score


class CurvePoint(Struct, frozen=True):
    """How well a network does after so many steps, and how long training took so far. Evaluating isn't timed."""

    steps: Count
    elapsed_s: Seconds
    cpu_s: Seconds
    score: Score


class LearningCurve(Struct, frozen=True):
    """One network's way to the target: the seed decides its weights and the order of what it learns from."""

    seed: Count
    points: tuple[CurvePoint, ...] = ()  # before training, after the first step, and at every evaluation

    def reached(self, target: LearningTarget) -> CurvePoint | None:
        """Return the first evaluation at which the target was reached; None: censored."""
        return next((each for each in self.points if each.score >= target.score), None)


class Learner(Struct, frozen=True):
    """One subject's curves, with its default settings."""

    subject: Subject
    outcome: Outcome = Outcome.MEASURED
    reason: str | None = None
    curves: tuple[LearningCurve, ...] = ()


class TargetRun(Struct, frozen=True):
    """A target, learnt by everybody with the same seeds, in turns."""

    target: LearningTarget
    conditions: Conditions
    learners: tuple[Learner, ...] = ()
    seeds: Count = 0  # that were wanted
    complete: bool = False


class Bounds(NamedTuple):
    """Between which a value lies; ``high`` is infinite where curves are censored."""

    low: float
    high: float


class Reaching(NamedTuple):
    """How long the target takes over the seeds: the median's bounds, and the quickest and the slowest seed."""

    median: Bounds
    fastest: float
    slowest: Bounds


def seconds(curve: LearningCurve, target: LearningTarget) -> Bounds:
    """Return how long training took until the target was reached."""
    point = curve.reached(target)
    if point is None:
        return Bounds(curve.points[-1].elapsed_s, math.inf)
    return Bounds(point.elapsed_s, point.elapsed_s)


def steps(curve: LearningCurve, target: LearningTarget) -> Bounds:
    """Return how many steps training took until the target was reached."""
    point = curve.reached(target)
    if point is None:
        return Bounds(float(curve.points[-1].steps), math.inf)
    return Bounds(float(point.steps), float(point.steps))


def over_seeds(values: Sequence[Bounds]) -> Reaching | None:
    """Return what values of several seeds come to; None of none."""
    if not values:
        return None
    lows, highs = [each.low for each in values], [each.high for each in values]
    return Reaching(Bounds(median(lows), median(highs)), min(lows), Bounds(max(lows), max(highs)))


def first_step_s(learner: Learner) -> float | None:
    """Return how long the first step took, compiling included: the median over seeds."""
    taken = [curve.points[1].elapsed_s for curve in learner.curves if len(curve.points) > 1]
    return median(taken) if taken else None


def step_s(learner: Learner) -> float | None:
    """Return how long every further step took: the median over seeds."""
    taken = [
        (curve.points[-1].elapsed_s - curve.points[1].elapsed_s)
        / (curve.points[-1].steps - curve.points[1].steps)
        for curve in learner.curves
        if len(curve.points) > 2
    ]
    return median(taken) if taken else None


class Agreement(NamedTuple):
    """Whether curves of several frameworks are one: from equal weights, in equal order."""

    same_steps: (
        bool | None
    )  # everybody reached the target at the same step with each seed; None: censored too early
    gap: float  # the largest difference of two scores after the same number of steps
    learners: int


def agreement(run: TargetRun) -> Agreement | None:
    """Return how far curves of the same seed agree; None where fewer than two frameworks have one."""
    by_seed: dict[int, list[LearningCurve]] = {}
    for learner in run.learners:
        for curve in learner.curves:
            by_seed.setdefault(curve.seed, []).append(curve)
    shared = [curves for curves in by_seed.values() if len(curves) > 1]
    if not shared:
        return None
    gap = 0.0
    for curves in shared:
        scores: dict[int, list[float]] = {}
        for curve in curves:
            for point in curve.points:
                scores.setdefault(point.steps, []).append(point.score)
        gap = max(gap, *(max(each) - min(each) for each in scores.values()))
    found = [_same_steps(curves, run.target) for curves in shared]
    same = False if False in found else None if None in found else True
    return Agreement(same, gap, max(map(len, shared)))


def _same_steps(curves: Sequence[LearningCurve], target: LearningTarget) -> bool | None:
    """Whether all took the same number of steps; None where a curve that ended too early leaves that open."""
    taken = {steps(curve, target) for curve in curves}
    if len(taken) == 1:
        return True
    reached = {each.low for each in taken if math.isfinite(each.high)}
    censored = [each.low for each in taken if math.isinf(each.high)]
    apart = len(reached) > 1 or any(low >= step for low in censored for step in reached)
    return False if apart else None
