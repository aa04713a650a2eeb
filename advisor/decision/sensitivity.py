"""What would change the answer: exact thresholds of an additive model, in closed form.

Everything here works on central values ``points`` (alternatives x criteria) and weights that sum to 1.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from advisor.decision.random_streams import Floats
from advisor.decision.values import RANGE
from advisor.probes.intervals import NORMAL_TAIL

MOST_SPEEDUP = 1e12
"""A larger speed-up isn't worth naming."""

SMALLEST = 1e-12
"""Slopes and gaps below this are rounding."""


class Stability(Struct, frozen=True):
    """Between which weights of one criterion the best alternative stays best.

    ``None``: no weight on that side changes it. Challengers are places of alternatives.
    """

    low: float | None = None
    high: float | None = None
    challenger_low: int | None = None
    challenger_high: int | None = None


def stability(points: Floats, weights: Floats, best: int) -> tuple[Stability, ...]:
    """Return each criterion's weight stability interval, the other weights keeping their proportions.

    With weight ``t`` on criterion ``c``, a value is ``t·v_c + (1 - t)·r``, where ``r`` is the value
    under the other weights alone: a straight line in ``t``, so the best alternative changes where two lines
    cross.
    """
    total = points @ weights
    results = []
    for criterion, weight in enumerate(weights):
        rest_weight = 1.0 - weight
        if rest_weight < SMALLEST:
            results.append(Stability())
            continue
        rest = (total - weight * points[:, criterion]) / rest_weight
        lead_rest = rest[best] - rest
        slope = points[best, criterion] - points[:, criterion] - lead_rest
        low = high = challenger_low = challenger_high = None
        for other in range(len(points)):
            if other == best or abs(slope[other]) < SMALLEST:
                continue
            crossing = -lead_rest[other] / slope[other]
            # A rising lead was lost below the crossing, a falling one is lost above it.
            if slope[other] > 0 and 0.0 <= crossing <= weight and (low is None or crossing > low):
                low, challenger_low = float(crossing), other
            elif slope[other] < 0 and weight <= crossing <= 1.0 and (high is None or crossing < high):
                high, challenger_high = float(crossing), other
        results.append(Stability(low, high, challenger_low, challenger_high))
    return tuple(results)


def least_change(points: Floats, weights: Floats, best: int, assessed: Floats) -> Floats | None:
    """Return the nearest weights (sum of absolute changes) under which another alternative draws level.

    Against one rival with differences ``d``, a unit of weight moved from criterion ``c`` to ``k`` lowers the
    lead by ``d_c - d_k``; moving from the largest ``d`` first to the smallest of all is therefore the least.
    None where no weighting brings a tie, the best being better on every criterion.
    """
    nearest: tuple[float, Floats] | None = None
    usable = np.flatnonzero(assessed)
    for other in range(len(points)):
        if other == best:
            continue
        difference = points[best] - points[other]
        lead = float(difference @ weights)
        target = int(usable[np.argmin(difference[usable])])
        if difference[target] > 0:
            continue
        moved = weights.copy()
        for criterion in usable[np.argsort(-difference[usable])]:
            drop = difference[criterion] - difference[target]
            if lead <= SMALLEST or drop < SMALLEST:
                break
            amount = min(weights[criterion], lead / drop)
            moved[criterion] -= amount
            moved[target] += amount
            lead -= amount * drop
        distance = float(np.abs(moved - weights).sum())
        if nearest is None or distance < nearest[0]:
            nearest = (distance, moved)
    return nearest[1] if nearest else None


def needed_speedup(gap: float, weight: float) -> float | None:
    """Return the factor by which the runner-up's training and inference must speed up to draw level.

    Parameters
    ----------
    gap : float
        Weighted points that it is behind.
    weight : float
        Weight of the criteria that a speed-up improves. None is returned where it is 0, or so small that no
        speed-up would do.
    """
    if weight <= SMALLEST:
        return None
    log = gap * RANGE / (100.0 * weight)
    return math.exp(log) if log <= math.log(MOST_SPEEDUP) else None


def weight_swing(points: Floats, weights: Floats, criterion: int, weight: float) -> Floats:
    """Return every alternative's value when one criterion gets a weight, the others in proportion."""
    rest = 1.0 - weights[criterion]
    if rest < SMALLEST:
        return np.asarray(points @ weights)
    total = points @ weights
    own = points[:, criterion]
    return np.asarray(weight * own + (1.0 - weight) * (total - weights[criterion] * own) / rest)


def information_value(
    points: Floats, weights: Floats, low: Floats, high: Floats, missing: Sequence[Sequence[bool]]
) -> Floats:
    """Return the expected points gained by knowing one value, for each, shape (alternatives, criteria).

    The expected value of partial perfect information: knowing moves one alternative's value by
    ``w·(x - mean)``; it pays where that passes the best of the others. ``x`` is taken as normal with the
    believed interval's width, or as uniform over the scale where it is missing.
    """
    if len(points) < 2:
        return np.zeros_like(points)
    total = points @ weights
    others = np.array([np.delete(total, place).max() for place in range(len(total))])
    lead = (total - others)[:, None]
    is_missing = np.asarray(missing, dtype=bool)
    half = 50.0 * weights[None, :]
    # Uniform on lead ± half: E[max(x, 0)] - max(lead, 0) = (half - |lead|)² / (4·half).
    uniform = np.where(
        half > SMALLEST, np.maximum(half - np.abs(lead), 0.0) ** 2 / np.maximum(4.0 * half, SMALLEST), 0.0
    )
    sd = weights[None, :] * (high - low) / (2.0 * NORMAL_TAIL)
    # Normal: sd·(φ(z) - z·Φ(-z)) with z = |lead| / sd, the unit normal loss.
    z = np.abs(lead) / np.maximum(sd, SMALLEST)
    density = np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
    tail = 0.5 * _erfc(z / math.sqrt(2.0))
    normal = np.maximum(sd * (density - z * tail), 0.0)
    return np.where(is_missing, uniform, normal)


_erfc = np.vectorize(math.erfc, otypes=[float])
