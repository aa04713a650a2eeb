"""What samples say: times with intervals, paired ratios, and what follows from them. Pure functions.

The unit is the round: an interval is over rounds, a ratio is paired within them.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from advisor.hardware.model import Calibration
from advisor.probes.intervals import TAILS, Interval, median_interval
from advisor.probes.model import (
    Block,
    ProbeResult,
    Quantity,
    Sample,
    ScalingPoint,
    Subject,
    WorkloadRun,
)
from advisor.workloads.model import Workload

__all__ = [
    "BreakEven",
    "Interval",
    "LatencyPercentiles",
    "Ratio",
    "Summary",
    "block_of",
    "break_even_steps",
    "cores_of",
    "effective_cores",
    "latency_percentiles",
    "linked_ratio",
    "paired_ratio",
    "parallel_efficiency",
    "scaling_ends",
    "share_of_peak",
    "summarise",
]


LEAST_TAIL_CALLS = 300
"""Calls before anything is said of the 99th percentile: of 299 calls, the slowest exceeds it in 95 runs of 100."""

_RESAMPLES = 1000


class Summary(Struct, frozen=True):
    """One subject's times for one quantity, in seconds per iteration, over ``n`` rounds."""

    quantity: Quantity
    median_s: float
    low_s: float
    high_s: float
    n: int
    items_per_iteration: float
    effective_cores: float
    """CPU time of the worker over wall time."""

    @property
    def items_per_s(self) -> float:
        """Median throughput."""
        return self.items_per_iteration / self.median_s

    @property
    def low_items_per_s(self) -> float:
        """Throughput at the slow end of the interval."""
        return self.items_per_iteration / self.high_s

    @property
    def high_items_per_s(self) -> float:
        """Throughput at the fast end of the interval."""
        return self.items_per_iteration / self.low_s


class Ratio(Struct, frozen=True):
    """How much longer one subject takes than another: above 1, the first is slower. ``n`` shared rounds."""

    median: float
    low: float
    high: float
    n: int

    @property
    def tie(self) -> bool:
        """Whether the interval includes 1, so that the order is not known."""
        return self.low <= 1 <= self.high


class LatencyPercentiles(Struct, frozen=True):
    """Percentiles over every single call of every round, in seconds.

    The 99th has an interval of its own. Fewer than ``LEAST_TAIL_CALLS`` calls say nothing of it.
    """

    p50_s: float
    p90_s: float
    p99_s: float | None
    n: int
    p99_low_s: float | None = None
    p99_high_s: float | None = None


class BreakEven(Struct, frozen=True):
    """After how many training steps another configuration has paid for its longer start.

    ``steps`` is None where it never does, or where it isn't known to be faster; ``gain_s`` is what it saves
    per step, ``cost_s`` what its start takes longer.
    """

    steps: float | None
    gain_s: float
    cost_s: float


def of_quantity(samples: Iterable[Sample], quantity: Quantity) -> tuple[Sample, ...]:
    """Return the samples of one quantity, in their order; one that took no time or did nothing is none."""
    return tuple(
        sample
        for sample in samples
        if sample.quantity is quantity and sample.elapsed_s > 0 and sample.iterations > 0
    )


def seconds_per_iteration(samples: Iterable[Sample]) -> list[float]:
    """Return one time per sample."""
    return [sample.elapsed_s / sample.iterations for sample in samples]


def summarise(samples: Iterable[Sample], quantity: Quantity) -> Summary | None:
    """Return median and 95 % interval of a quantity's times, None for fewer than two rounds.

    For the interval's construction see ``intervals.median_interval``.
    """
    chosen = of_quantity(samples, quantity)
    interval = median_interval(seconds_per_iteration(chosen))
    if interval is None:
        return None
    return Summary(
        quantity=quantity,
        median_s=interval.median,
        low_s=interval.low,
        high_s=interval.high,
        n=interval.n,
        items_per_iteration=sum(s.items for s in chosen) / sum(s.iterations for s in chosen),
        effective_cores=effective_cores(chosen),
    )


def effective_cores(samples: Sequence[Sample]) -> float:
    """Return CPU time over wall time of some samples: how many cores were really at work."""
    return sum(s.cpu_s for s in samples) / sum(s.elapsed_s for s in samples)


def paired_ratio(a: Iterable[Sample], b: Iterable[Sample], quantity: Quantity) -> Ratio | None:
    """Return how much longer ``a`` takes than ``b``, paired in the rounds that both have.

    What slows a whole round down hits both and drops out. None for fewer than two shared rounds.
    """
    times_a, times_b = (_by_round(samples, quantity) for samples in (a, b))
    shared = sorted(times_a.keys() & times_b.keys())
    interval = median_interval([times_a[each] / times_b[each] for each in shared])
    return None if interval is None else Ratio(interval.median, interval.low, interval.high, interval.n)


def linked_ratio(run: WorkloadRun, a: ProbeResult, b: ProbeResult, quantity: Quantity) -> Ratio | None:
    """Return how much longer ``a`` takes than ``b`` in a run that may have been measured in blocks.

    In one block they are paired. Rounds of two blocks have nothing in common but the anchor, so each is paired
    with it, and the two ratios are divided: what slowed a block down drops out. None where nothing links them.
    """
    if not run.interleaved:
        return None
    blocks = (block_of(run, a.subject), block_of(run, b.subject))
    anchor = next((each for each in run.results if each.subject == run.anchor), None)
    if blocks[0] == blocks[1] or run.anchor in (a.subject, b.subject):
        return paired_ratio(a.samples, b.samples, quantity)
    if anchor is None:
        return None
    first, second = (paired_ratio(each.samples, anchor.samples, quantity) for each in (a, b))
    if first is None or second is None:
        return None
    # Of independent blocks: the half-widths of the logarithms add in squares.
    middle = math.log(first.median / second.median)
    below = math.hypot(math.log(first.median / first.low), math.log(second.high / second.median))
    above = math.hypot(math.log(first.high / first.median), math.log(second.median / second.low))
    median, low, high = (math.exp(each) for each in (middle, middle - below, middle + above))
    return Ratio(median, low, high, min(first.n, second.n))


def block_of(run: WorkloadRun, subject: Subject) -> Block | None:
    """Return the first block that a subject was measured in; None where a run has no blocks."""
    return next((block for block in run.blocks if subject in block.subjects), None)


def _by_round(samples: Iterable[Sample], quantity: Quantity) -> dict[int, float]:
    return {s.round: s.elapsed_s / s.iterations for s in samples if s.quantity is quantity}


def latency_percentiles(samples: Iterable[Sample]) -> LatencyPercentiles | None:
    """Return percentiles of single calls at batch 1; None where no call was timed by itself.

    The interval of the 99th is a bootstrap over rounds (Efron 1979, Annals of Statistics 7:1-26): calls of one
    round are alike, so rounds are drawn, each with all of its calls.
    """
    rounds: dict[int, list[float]] = {}
    for sample in of_quantity(samples, Quantity.LATENCY):
        if sample.durations_s:
            rounds.setdefault(sample.round, []).extend(sample.durations_s)
    calls = np.array([each for calls in rounds.values() for each in calls])
    if not len(calls):
        return None
    p50, p90, p99 = (float(each) for each in np.percentile(calls, [50, 90, 99]))
    if len(calls) < LEAST_TAIL_CALLS or len(rounds) < 2:
        return LatencyPercentiles(p50, p90, None, len(calls))
    owner = np.repeat(np.arange(len(rounds)), [len(each) for each in rounds.values()])
    order = np.argsort(calls, kind="stable")
    chosen = np.random.default_rng(0).multinomial(
        len(rounds), np.full(len(rounds), 1 / len(rounds)), size=_RESAMPLES
    )
    tails = []
    for times in chosen:
        below = np.cumsum(times[owner[order]])
        tails.append(calls[order[np.searchsorted(below, 0.99 * below[-1])]])
    low, high = np.quantile(tails, TAILS)
    return LatencyPercentiles(p50, p90, p99, len(calls), min(float(low), p99), max(float(high), p99))


def scaling_ends(result: ProbeResult) -> tuple[ScalingPoint, ScalingPoint] | None:
    """Return the scaling points of fewest and of most cores; None where there are no two to compare."""
    points = sorted(result.scaling, key=cores_of)
    if len(points) < 2 or cores_of(points[0]) == cores_of(points[-1]):
        return None
    return points[0], points[-1]


def cores_of(point: ScalingPoint) -> int:
    """Return on how many cores a scaling point computes."""
    return point.processes * point.threads


def parallel_efficiency(result: ProbeResult) -> Interval | None:
    """Return the speed-up from fewest to most cores over how many times as many these are: 1 is perfect scaling.

    Paired in the rounds that the scaling points share (strong scaling: the same step on more cores).
    """
    ends = scaling_ends(result)
    if ends is None:
        return None
    few, many = ends
    ratio = paired_ratio(few.samples, many.samples, Quantity.TRAIN)
    if ratio is None:
        return None
    more = cores_of(many) / cores_of(few)
    return Interval(ratio.median / more, ratio.low / more, ratio.high / more, ratio.n)


def share_of_peak(
    workload: Workload, result: ProbeResult, calibration: Calibration, quantity: Quantity
) -> float | None:
    """Return achieved operations per second as a share of the machine's measured FP32 matrix-multiply peak.

    The peak is the best repetition. Operations are the textbook count, so an algorithm that needs fewer
    (Winograd's convolution) can exceed 1. None without samples or peak, and where operations are not known: of
    own work, and of the environment's loop.
    """
    peak = calibration.peak_fp32(result.subject.device)
    summary = summarise(result.samples, quantity)
    if not peak or summary is None or quantity is Quantity.LOOP:
        return None
    flops = workload.training_flops if quantity is Quantity.TRAIN else workload.forward_flops
    return None if flops is None else flops * summary.items_per_s / peak


def break_even_steps(default: ProbeResult, other: ProbeResult) -> BreakEven | None:
    """Return after how many training steps another configuration is ahead; None where times are missing.

    Start-up is building and the first training step; the import is the same for both.

    Raises
    ------
    ValueError
        Not a default and another configuration of one alternative.
    """
    same = default.subject.alternative == other.subject.alternative
    if not same or not default.subject.configuration.is_default or other.subject.configuration.is_default:
        raise ValueError("break-even compares a default with another configuration of the same alternative")
    ratio = paired_ratio(other.samples, default.samples, Quantity.TRAIN)
    summary = summarise(default.samples, Quantity.TRAIN)
    starts = [_start_s(each) for each in (default, other)]
    if ratio is None or summary is None or starts[0] is None or starts[1] is None:
        return None
    gain_s = summary.median_s * (1 - ratio.median)
    cost_s = starts[1] - starts[0]
    steps = None if ratio.high >= 1 else max(0.0, cost_s / gain_s)
    return BreakEven(steps, gain_s, cost_s)


def _start_s(result: ProbeResult) -> float | None:
    startup = result.startup
    if startup.build_s is None or startup.first_train_s is None:
        return None
    return startup.build_s + startup.first_train_s
