"""What the parts of a chart stand for, in words: for its tables, its tips and whoever hears it."""

from collections.abc import Callable

from advisor.report import format as fmt
from advisor.report.model import Bar, Chart, Figures, Label, LegendEntry, Panel, Segment


def writer(panel: Panel) -> Callable[[float], str]:
    """Return how an axis writes its figures."""
    match panel.figures:
        case Figures.POINTS:
            return fmt.points
        case Figures.DRAWS:
            return fmt.probability
        case Figures.AS_TICKS:
            in_percent = any(tick.text.endswith("%") for tick in panel.ticks)
            return fmt.percent if in_percent else fmt.number


def stands_for(entry: LegendEntry, segment: Segment) -> bool:
    """Return whether a legend's entry explains a stretch of a bar."""
    return entry.colour == segment.colour and entry.pale == segment.pale


def parts(chart: Chart, panel: Panel) -> list[tuple[str, list[float | None]]]:
    """Return what the bars of a panel are made of: per entry of the legend, its length in each row.

    Empty where every bar is one stretch. None: a row doesn't hold the entry.
    """
    if all(len(bar.segments) < 2 for bar in panel.bars):
        return []
    found = []
    for entry in chart.legend:
        held = [[each for each in bar.segments if stands_for(entry, each)] for bar in panel.bars]
        if any(held):
            lengths = [sum(each.end - each.start for each in every) if every else None for every in held]
            found.append((entry.text, lengths))
    return found


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
