"""Bare mathematics of few, noisy, positive readings: an interval on their median, and their trend.

Everything works on logarithms: times are positive and skewed, and the interval of 1/x is then one over
the interval of x.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

CONFIDENCE = 0.95
"""The one level of every interval that is shown, measured or drawn."""

TAILS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
"""The shares between which it lies."""

NORMAL_TAIL = 1.95996
"""The same in standard deviations of a normal."""

_LARGEST_LOG = 700.0
"""Two readings that lie very far apart have an interval whose end is no floating-point number any more."""

_STUDENT = {1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764}
"""Student's t, two-sided 95 %, by degrees of freedom (W. S. Gosset 1908; any table)."""


class Interval(Struct, frozen=True):
    """A median and the interval that holds it with ``CONFIDENCE``, over ``n`` readings."""

    median: float
    low: float
    high: float
    n: int


def median_interval(values: Sequence[float]) -> Interval | None:
    """Return the median of positive values with its 95 % interval; None for fewer than two.

    From six values on: interpolated order statistics, distribution-free (Hettmansperger and Sheather 1986,
    Statistics & Probability Letters 4:75-79). Below six no pair of order statistics reaches 95 %: Student's
    interval on the logarithms, widened to hold the median.
    """
    n = len(values)
    if n < 2:
        return None
    logs = np.sort(np.log(np.asarray(values, dtype=float)))
    median = float(np.median(logs))
    if n < 6:
        mean, half = float(logs.mean()), _STUDENT[n - 1] * float(logs.std(ddof=1)) / math.sqrt(n)
        low, high = min(mean - half, median), max(mean + half, median)
    else:
        depth, share = _order_statistics(n)
        low = float((1 - share) * logs[depth - 1] + share * logs[depth])
        high = float((1 - share) * logs[n - depth] + share * logs[n - depth - 1])
    middle, low, high = (math.exp(min(each, _LARGEST_LOG)) for each in (median, low, high))
    return Interval(middle, low, high, n)


def _order_statistics(n: int) -> tuple[int, float]:
    """Depth of the order statistic whose interval just covers enough, and how far to go to the next one."""
    depth = 1
    while _coverage(n, depth + 1) >= CONFIDENCE:
        depth += 1
    outer, inner = _coverage(n, depth), _coverage(n, depth + 1)
    excess = (outer - CONFIDENCE) / (outer - inner)
    return depth, (n - depth) * excess / (depth + (n - 2 * depth) * excess)


def _coverage(n: int, depth: int) -> float:
    """How often the median lies between the order statistics at ``depth`` from either end."""
    below = sum(math.comb(n, k) for k in range(depth))
    return 1 - below / math.ldexp(1, n - 1)


class Trend(Struct, frozen=True):
    """A monotone drift: the factor over the whole series less 1, and how likely chance makes as much."""

    change: float
    p_value: float


def trend(values: Sequence[float]) -> Trend:
    """Return the drift of positive values in the order they were taken.

    The change is the median pairwise slope (Theil 1950, Sen 1968) times the length; the p-value is Kendall's
    exact two-sided one (Mann 1945; Kendall 1938), so ties count as neither way.
    """
    logs = np.log(np.asarray(values, dtype=float))
    n = len(logs)
    if n < 2:
        return Trend(0.0, 1.0)
    first, second = np.triu_indices(n, k=1)
    steps = logs[second] - logs[first]
    change = math.expm1(float(np.median(steps / (second - first))) * (n - 1))
    return Trend(change, _kendall_p(n, abs(int(np.sign(steps).sum()))))


def _kendall_p(n: int, score: int) -> float:
    """How many of the n! orders have at least this score, from the number of orders by inversions."""
    orders = np.ones(1)
    for size in range(2, n + 1):
        orders = np.convolve(orders, np.full(size, 1.0 / size))
    inversions = (len(orders) - 1 - score) // 2
    return min(1.0, 2.0 * float(orders[: inversions + 1].sum()))


def steady_from(values: Sequence[float], tolerance: float = 0.1) -> int | None:
    """Return the index from which a series of positive readings is steady; None while it isn't.

    The start is cut where the standard error of what remains is least (MSER; White 1997, Simulation
    69:323-334), which must leave at least three readings and no less than half of the series. What remains is
    steady if it drifts by no more than ``tolerance``, or by no more than chance would (5 %).
    """
    logs = np.log(np.asarray(values, dtype=float))
    n = len(logs)
    if n < 3:
        return None
    errors = [float(logs[cut:].var()) / (n - cut) for cut in range(n - 2)]
    cut = int(np.argmin(errors))
    if cut > n // 2:
        return None
    return None if drifts(values[cut:], tolerance) else cut


def drifts(values: Sequence[float], tolerance: float = 0.1) -> bool:
    """Whether a series drifts by more than the tolerance, and, where it can be told, by more than chance.

    Fewer than five readings can't show significance at 5 % in any order; then the size alone counts.
    """
    found = trend(values)
    return abs(found.change) > tolerance and (len(values) < 5 or found.p_value < 0.05)
