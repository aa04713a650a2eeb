"""The numbers behind each sentence: contributions to a gap, criterion by criterion, and what moves it."""

import numpy as np

from advisor.decision import sensitivity
from advisor.decision.criteria import CRITERIA, MEASURED, ROWS, Kept, RubricLevel, Skill, TargetLevels
from advisor.decision.evidence import LEVEL_POINTS
from advisor.decision.model import Contrast, Contribution, Criterion, Ground, JudgementStep, TornadoBar
from advisor.decision.random_streams import Floats

TORNADO_BARS = 12
"""Bars shown: the widest."""

DECISIVE_SHARE = 0.8
DECISIVE_MOST = 3
"""Decisive are the largest contributions for the winner, up to this share of all of them, and no more
than this many."""


def contrast(winner: str, loser: str, difference: Floats, weights: Floats) -> Contrast:
    """Return what each criterion adds to the winner's lead, in weighted points, largest first.

    Parameters
    ----------
    winner, loser : str
        Alternatives.
    difference : array, shape (criteria,)
        Winner's points less the loser's.
    weights : array, shape (criteria,)
        Weights that sum to 1. Criteria without weight are left out.
    """
    parts = weights * difference
    order = np.argsort(-np.abs(parts), kind="stable")
    return Contrast(
        winner,
        loser,
        tuple(Contribution(CRITERIA[place], float(parts[place])) for place in order if weights[place] > 0),
    )


def decisive(gap: Contrast) -> tuple[Criterion, ...]:
    """Return the criteria that make the winner's lead."""
    gains = [part for part in gap.contributions if part.points > 0]
    total = sum(part.points for part in gains)
    chosen: list[Criterion] = []
    reached = 0.0
    for part in gains[:DECISIVE_MOST]:
        if reached >= DECISIVE_SHARE * total:
            break
        chosen.append(part.criterion)
        reached += part.points
    return tuple(chosen)


def ground(criterion: Criterion) -> Ground:
    """Return what a criterion's values stand on."""
    if criterion in MEASURED:
        return Ground.MEASURED
    match ROWS[criterion].value:
        case RubricLevel() | TargetLevels():
            return Ground.JUDGED
        case Skill() | Kept():
            return Ground.STATED
        case _:
            return Ground.CITED


def grounds(weights: Floats) -> dict[Ground, float]:
    """Return the share of the weight that stands on each ground; what carries none is left out."""
    shares: dict[Ground, float] = {}
    for criterion, weight in zip(CRITERIA, weights.tolist(), strict=True):
        if weight > 0:
            shares[ground(criterion)] = shares.get(ground(criterion), 0.0) + weight
    return {each: shares[each] for each in Ground if each in shares}


def judgement_step(weights: Floats) -> JudgementStep | None:
    """Return what one level of the weightiest judged criterion moves a lead by; None where none carries weight."""
    judged = [
        (weight, criterion)
        for criterion, weight in zip(CRITERIA, weights.tolist(), strict=True)
        if weight > 0 and ground(criterion) is Ground.JUDGED
    ]
    if not judged:
        return None
    weight, criterion = max(judged, key=lambda each: each[0])
    return JudgementStep(criterion, LEVEL_POINTS * weight)


def tornado(
    names: tuple[str, str],
    points: Floats,
    low: Floats,
    high: Floats,
    weights: Floats,
    weight_range: tuple[Floats, Floats],
) -> tuple[TornadoBar, ...]:
    """Return how the gap between two alternatives moves with one input at a time, widest first.

    Parameters
    ----------
    names : tuple of str
        The first and the second alternative.
    points, low, high : array, shape (2, criteria)
        Their central values and believed bounds.
    weights : array, shape (criteria,)
        Central weights.
    weight_range : tuple of arrays, shape (criteria,)
        Believed bounds of each weight.
    """
    gap = float((points[0] - points[1]) @ weights)
    bars: list[TornadoBar] = []
    for place in np.flatnonzero(weights > 0):
        criterion, weight = CRITERIA[place], weights[place]
        down, up = weight * (low[0, place] - points[0, place]), weight * (high[0, place] - points[0, place])
        bars.append(TornadoBar(criterion, names[0], gap + float(down), gap + float(up)))
        down, up = weight * (points[1, place] - high[1, place]), weight * (points[1, place] - low[1, place])
        bars.append(TornadoBar(criterion, names[1], gap + float(down), gap + float(up)))
        ends = []
        for bound in weight_range:
            moved = sensitivity.weight_swing(points, weights, int(place), float(bound[place]))
            ends.append(float(moved[0] - moved[1]))
        bars.append(TornadoBar(criterion, None, min(ends), max(ends)))
    bars.sort(key=lambda bar: bar.gap_low - bar.gap_high)
    return tuple(bars[:TORNADO_BARS])
