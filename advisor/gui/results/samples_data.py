"""Every raw sample of one workload as series, one for each way that a framework ran. No Qt."""

from enum import StrEnum

import numpy as np
from msgspec import Struct

from advisor.gui.results.measured import subject_name
from advisor.gui.tables_data import Cell, Table, Tone, cell
from advisor.gui.text import _, ngettext
from advisor.probes import statistics
from advisor.probes.model import (
    ProbeResult,
    Quantity,
    Sample,
    WorkloadRun,
)
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.palette import Colour

SYMBOLS = ("o", "s", "t1", "d", "t", "star", "p", "h", "t2", "t3")
"""Shapes in the plotting library's names, one for each alternative in the catalogue's order."""
BINS = 40


class View(StrEnum):
    """How samples are looked at."""

    ROUNDS = "rounds"  # a point for each sample
    HISTOGRAM = "histogram"  # of single calls
    CUMULATIVE = "cumulative"  # share of single calls that were no slower


class Measure(StrEnum):
    """What a sample's figure is."""

    TIME = "time"  # seconds per iteration
    RATE = "rate"  # items per second


class Point(Struct, frozen=True):
    """One sample at its round; warm-up, which counts for nothing, lies before the run's first round."""

    round: int
    sample: Sample
    warm_up: bool = False

    def value(self, measure: Measure) -> float:
        """Return seconds per iteration, or items per second."""
        if measure is Measure.RATE:
            return self.sample.items / self.sample.elapsed_s
        return self.sample.elapsed_s / self.sample.iterations


class Series(Struct, frozen=True):
    """All samples of one subject and quantity, and how they are marked."""

    name: str
    colour: Colour
    symbol: str
    hollow: bool  # another configuration than the default
    points: tuple[Point, ...]
    summary: statistics.Summary | None

    @property
    def calls(self) -> tuple[float, ...]:
        """Seconds of every single call after the warm-up, where calls were timed by themselves."""
        return tuple(each for point in self.points if not point.warm_up for each in point.sample.durations_s)

    @property
    def percentiles(self) -> statistics.LatencyPercentiles | None:
        """What the report says of single calls; None where none was timed by itself."""
        return statistics.latency_percentiles(each.sample for each in self.points if not each.warm_up)

    def centre(self, measure: Measure) -> tuple[float, float, float] | None:
        """Return median, lower and upper end of the interval; None where the rounds don't give one."""
        if self.summary is None:
            return None
        if measure is Measure.RATE:
            held = self.summary
            return held.items_per_s, held.low_items_per_s, held.high_items_per_s
        return self.summary.median_s, self.summary.low_s, self.summary.high_s


def quantities(run: WorkloadRun) -> tuple[Quantity, ...]:
    """Return what was sampled in a run."""
    found = {
        sample.quantity for result in run.results for sample in (*result.samples, *result.warmup_samples)
    }
    return tuple(each for each in Quantity if each in found)


def series(context: ReportContext, run: WorkloadRun, quantity: Quantity) -> tuple[Series, ...]:
    """Return a series for every subject that has samples of a quantity, in the order of the ranking."""
    marks = {each: SYMBOLS[place % len(SYMBOLS)] for place, each in enumerate(context.frameworks)}
    first = min((each.round for result in run.results for each in result.samples), default=1)
    made = []
    for result in context.ordered(run):
        points = _points(result, quantity, first)
        if points:
            subject = result.subject
            made.append(
                Series(
                    name=subject_name(context, run, result),
                    colour=context.colour(subject.alternative),
                    symbol=marks.get(subject.alternative, "x"),
                    hollow=not subject.configuration.is_default,
                    points=points,
                    summary=statistics.summarise(result.samples, quantity)
                    if context.has_figures(result)
                    else None,
                )
            )
    return tuple(made)


def _points(result: ProbeResult, quantity: Quantity, first: int) -> tuple[Point, ...]:
    warm_up = statistics.of_quantity(result.warmup_samples, quantity)
    before = (Point(first - len(warm_up) + place, each, warm_up=True) for place, each in enumerate(warm_up))
    taken = (Point(each.round, each) for each in statistics.of_quantity(result.samples, quantity))
    return (*before, *taken)


def spoken(name: str, point: Point, unit: str, language: str) -> str:
    """Return one sample in words: whose, when, how long, how fast, on how many cores."""
    sample = point.sample
    when = _("warm-up") if point.warm_up else _("round {round}", round=point.round)
    parts = (
        fmt.duration(point.value(Measure.TIME), language),
        f"{fmt.number(point.value(Measure.RATE))}{fmt.NBSP}{unit}",
        _("{cores} cores", cores=fmt.fixed(sample.cpu_s / sample.elapsed_s)),
        ngettext(
            "{n} iteration in {time}",
            "{n} iterations in {time}",
            sample.iterations,
            time=fmt.duration(sample.elapsed_s, language),
        ),
    )
    return _("{name}, {when}: {figures}", name=name, when=when, figures=" · ".join(parts))


def samples_table(shown: tuple[Series, ...], unit: str, language: str) -> Table:
    """Return every sample as a row."""
    headers = (
        _("Framework"),
        _("Round"),
        _("Time per iteration"),
        _("Rate ({unit})", unit=unit),
        _("Iterations"),
        _("Sample length"),
        _("Cores"),
    )
    rows = []
    for each in shown:
        for point in each.points:
            sample, tone = point.sample, Tone.MUTED if point.warm_up else Tone.PLAIN
            time, rate = point.value(Measure.TIME), point.value(Measure.RATE)
            cores = sample.cpu_s / sample.elapsed_s
            rows.append(
                (
                    cell(each.name),
                    Cell(_("warm-up") if point.warm_up else str(point.round), point.round, tone=tone),
                    Cell(fmt.duration(time, language), time, tone=tone),
                    Cell(fmt.number(rate), rate, tone=tone),
                    Cell(fmt.whole(sample.iterations), sample.iterations, tone=tone),
                    Cell(fmt.duration(sample.elapsed_s, language), sample.elapsed_s, tone=tone),
                    Cell(fmt.fixed(cores), cores, tone=tone),
                )
            )
    return Table(headers, tuple(rows), figures=frozenset(range(1, len(headers))))


def calls_table(shown: tuple[Series, ...], language: str) -> Table:
    """Return how long single calls took: their number, extremes and percentiles."""
    headers = (_("Framework"), _("Calls"), _("fastest"), "p50", "p90", "p99", _("slowest"))
    rows = []
    for each in shown:
        found = each.percentiles
        if found is not None:
            rows.append(
                (
                    cell(each.name),
                    Cell(fmt.whole(found.n), found.n),
                    *(_time(figure, language) for figure in (min(each.calls), found.p50_s, found.p90_s)),
                    _time(found.p99_s, language),
                    _time(max(each.calls), language),
                )
            )
    return Table(headers, tuple(rows), figures=frozenset(range(1, len(headers))))


def _time(figure: float | None, language: str) -> Cell:
    if figure is None:
        return Cell(_("too few calls"), None, tone=Tone.MUTED)
    return Cell(fmt.duration(figure, language), figure)


def bin_edges(calls: list[tuple[float, ...]], *, logarithmic: bool) -> np.ndarray:
    """Return edges of bins that hold every call of every series, alike on the axis as it is drawn."""
    low = min(min(each) for each in calls)
    high = max(max(each) for each in calls)
    if high - low < 1e-6 * high:  # no room for bins between them
        low, high = 0.9 * low, 1.1 * high
    return np.geomspace(low, high, BINS + 1) if logarithmic else np.linspace(low, high, BINS + 1)


def shares(calls: tuple[float, ...], edges: np.ndarray) -> np.ndarray:
    """Return the share of calls in each bin."""
    # The outermost edges may miss the extremes by rounding, on a geometric scale.
    return np.histogram(np.clip(calls, edges[0], edges[-1]), edges)[0] / len(calls)


def cumulative(calls: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return times in order, and the share of calls that took no longer than each."""
    return np.sort(calls), np.arange(1, len(calls) + 1) / len(calls)
