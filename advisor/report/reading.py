"""What the parts of a chart stand for, in words: for its tables, its tips and whoever hears it."""

from collections.abc import Callable

from advisor.report import format as fmt
from advisor.report.model import Bar, Chart, Label, LegendEntry, Panel, Segment


def writer(panel: Panel) -> Callable[[float], str]:
    """Return how an axis writes its figures: those of shares have ticks in percent."""
    in_percent = any(tick.text.endswith("%") for tick in panel.ticks)
    return fmt.percent if in_percent else fmt.number


def stands_for(entry: LegendEntry, segment: Segment) -> bool:
    """Return whether a legend's entry explains a stretch of a bar."""
    return entry.colour == segment.colour and entry.pale == segment.pale


def spoken_segment(chart: Chart, panel: Panel, segment: Segment) -> str:
    """Return what one stretch of a bar stands for, and how long it is."""
    length = writer(panel)(segment.end - segment.start)
    names = [entry.text for entry in chart.legend if stands_for(entry, segment)]
    return f"{names[0]}: {length}" if names else length


def spoken_row(label: Label, about: str) -> str:
    """Return a row's name with what is said about it."""
    return " · ".join(filter(None, (label.text, label.detail, about)))


def spoken_bar(label: Label, bar: Bar) -> str:
    """Return a row's name with its figure, or why there is none."""
    return spoken_row(label, bar.text or bar.missing)
