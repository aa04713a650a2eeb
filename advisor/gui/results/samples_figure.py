"""What a plot of samples is made of: curves, marks, and what is read out at each. No Qt: drawn elsewhere, twice.

On the screen the plotting library draws it, in files the painter does.
"""

from collections.abc import Callable, Sequence
from enum import Enum

import numpy as np
from msgspec import Struct

from advisor.gui.results import samples_data as data
from advisor.gui.results.samples_data import Measure, Point, Series, View
from advisor.gui.text import _
from advisor.report import format as fmt


class Shown(Struct, frozen=True):
    """What is asked for."""

    series: tuple[Series, ...]
    view: View
    measure: Measure
    logarithmic: bool
    unit: str  # of the rate
    title: str
    language: str

    @property
    def rounds(self) -> tuple[int, int]:
        """Return the first and the last round."""
        taken = [point.round for each in self.series for point in each.points if not point.warm_up]
        return (min(taken), max(taken)) if taken else (1, 1)

    @property
    def scale(self) -> tuple[float, str]:
        """Return what figures are multiplied with to be drawn, and the unit that they then have."""
        if self.view is View.ROUNDS and self.measure is Measure.RATE:
            return 1.0, self.unit
        times = [point.value(Measure.TIME) for each in self.series for point in each.points]
        middle = float(np.median(times)) if times else 1.0
        return (1e6, "µs") if middle < 1e-3 else (1e3, "ms") if middle < 1 else (1.0, "s")

    def place(self, values: Sequence[float] | np.ndarray) -> np.ndarray:
        """Return where figures lie on their axis: in its unit, and on its scale."""
        scaled = np.asarray(values, dtype=float) * self.scale[0]
        return np.log10(scaled) if self.logarithmic else scaled


class Curve(Struct, frozen=True):
    """A line in a series' colour; with a base the area down to it is tinted, and may be all there is."""

    series: Series
    xs: np.ndarray
    ys: np.ndarray
    base: float | None = None
    outlined: bool = True


class Cloud(Struct, frozen=True):
    """A series' marks; pale ones count for nothing."""

    series: Series
    xs: np.ndarray
    ys: np.ndarray
    pale: bool = False


class Target(Struct, frozen=True):
    """A place that can be pointed at, and what is read out there."""

    x: float
    y: float
    describe: Callable[[], str]


class Kind(Enum):
    """What is written along an axis."""

    FIGURES = "figures"
    LOGARITHMS = "logarithms"
    SHARES = "shares"
    ROUNDS = "rounds"


class PlotFigure(Struct):
    """A whole plot. ``boundary`` parts warm-up from the first round."""

    left: str
    left_kind: Kind
    bottom: str
    bottom_kind: Kind
    first_round: int
    curves: list[Curve] = []
    clouds: list[Cloud] = []
    targets: list[Target] = []
    boundary: float | None = None

    @property
    def bounds(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Return from where to where everything lies, across and up; None where there is nothing."""
        parts = [*self.curves, *self.clouds]
        if not parts:
            return None
        xs, ys = (np.concatenate([getattr(part, axis) for part in parts]) for axis in ("xs", "ys"))
        bases = [curve.base for curve in self.curves if curve.base is not None]
        return (float(xs.min()), float(xs.max())), (min([float(ys.min()), *bases]), float(ys.max()))


def figure(shown: Shown) -> PlotFigure:
    """Return what a plot of samples is made of."""
    if shown.view is View.ROUNDS:
        return _rounds(shown)
    return _histogram(shown) if shown.view is View.HISTOGRAM else _cumulative(shown)


def _rounds(shown: Shown) -> PlotFigure:
    unit, measure = shown.scale[1], shown.measure
    first, last = shown.rounds
    made = PlotFigure(
        left=_("Rate ({unit})", unit=unit)
        if measure is Measure.RATE
        else _("Time per iteration ({unit})", unit=unit),
        left_kind=_figures(shown),
        bottom=_("Round"),
        bottom_kind=Kind.ROUNDS,
        first_round=first,
    )
    ends = np.array([first - 0.5, last + 0.5])
    for number, each in enumerate(shown.series):
        if (centre := each.centre(measure)) is not None:
            middle, low, high = shown.place(centre)
            made.curves.append(Curve(each, ends, np.full(2, high), float(low), outlined=False))
            made.curves.append(Curve(each, ends, np.full(2, middle)))
        # Samples of one round stand beside each other, not on top.
        aside = 0.6 * ((number + 0.5) / len(shown.series) - 0.5)
        xs = np.array([point.round + aside for point in each.points])
        ys = shown.place([point.value(measure) for point in each.points])
        pale = np.array([point.warm_up for point in each.points])
        made.clouds += [
            Cloud(each, xs[chosen], ys[chosen], kind)
            for kind, chosen in ((True, pale), (False, ~pale))
            if chosen.any()
        ]
        made.targets += [
            Target(float(x), float(y), _say_point(shown, each, point))
            for x, y, point in zip(xs, ys, each.points, strict=True)
        ]
        if pale.any():
            made.boundary = first - 0.5
    return made


def _histogram(shown: Shown) -> PlotFigure:
    made = _of_calls(shown, _("Share of calls"))
    timed = [each for each in shown.series if each.calls]
    if not timed:
        return made
    edges = data.bin_edges([each.calls for each in timed], logarithmic=shown.logarithmic)
    places = shown.place(edges)
    for each in timed:
        found = data.shares(each.calls, edges)
        # Steps: up at a bin's first edge, level to its second.
        xs, ys = np.repeat(places, 2), np.concatenate([[0.0], np.repeat(found, 2), [0.0]])
        made.curves.append(Curve(each, xs, ys, base=0.0))
        made.targets += [
            Target(
                float(places[number] + places[number + 1]) / 2,
                float(found[number]),
                _say_bin(shown, each, float(found[number]), float(edges[number]), float(edges[number + 1])),
            )
            for number in np.flatnonzero(found)
        ]
    return made


def _cumulative(shown: Shown) -> PlotFigure:
    made = _of_calls(shown, _("Calls that took no longer"))
    for each in shown.series:
        found = each.percentiles
        if found is None:
            continue
        times, reached = data.cumulative(each.calls)
        made.curves.append(Curve(each, shown.place(times), reached))
        told = [(50, found.p50_s), (90, found.p90_s)]
        if found.p99_s is not None:
            told.append((99, found.p99_s))
        xs, ys = (
            shown.place([time for _share, time in told]),
            np.array([share for share, _time in told]) / 100,
        )
        made.clouds.append(Cloud(each, xs, ys))
        made.targets += [
            Target(float(x), float(y), _say_percentile(shown, each, share, time))
            for x, y, (share, time) in zip(xs, ys, told, strict=True)
        ]
    return made


def _of_calls(shown: Shown, left: str) -> PlotFigure:
    bottom = _("Time of a single call ({unit})", unit=shown.scale[1])
    return PlotFigure(left, Kind.SHARES, bottom, _figures(shown), first_round=1)


def _figures(shown: Shown) -> Kind:
    return Kind.LOGARITHMS if shown.logarithmic else Kind.FIGURES


def _say_point(shown: Shown, series: Series, point: Point) -> Callable[[], str]:
    return lambda: data.spoken(series.name, point, shown.unit, shown.language)


def _say_bin(shown: Shown, series: Series, share: float, low: float, high: float) -> Callable[[], str]:
    return lambda: _(
        "{name}: {share} of calls took {span}",
        name=series.name,
        share=fmt.fine_percent(share),
        span=fmt.duration_interval(low, high, shown.language),
    )


def _say_percentile(shown: Shown, series: Series, share: int, time: float) -> Callable[[], str]:
    return lambda: _(
        "{name}: {share}% of calls took no longer than {time}",
        name=series.name,
        share=share,
        time=fmt.duration(time, shown.language),
    )
