"""The table behind a chart: whatever is drawn can also be read, sorted and copied. No Qt."""

from collections.abc import Callable

from advisor.gui.tables_data import Cell, Table, Tone, cell
from advisor.gui.text import _
from advisor.report import format as fmt
from advisor.report.model import Bar, Chart, LegendEntry, Panel, Segment


def chart_table(chart: Chart) -> Table:
    """Return a chart as a table: a row per label; per panel its figure, its parts and its interval."""
    headers = [_("Row")]
    columns: list[list[Cell]] = [
        [cell(" · ".join(filter(None, (label.text, label.detail)))) for label in chart.labels]
    ]
    for panel in chart.panels:
        for title, cells in _columns(chart, panel):
            headers.append(title)
            columns.append(cells)
    rows = tuple(zip(*columns, strict=True))
    return Table(tuple(headers), rows, figures=frozenset(range(1, len(headers))))


def spoken_segment(chart: Chart, panel: Panel, segment: Segment) -> str:
    """Return what one stretch of a bar stands for, and how long it is."""
    length = _writer(panel)(segment.end - segment.start)
    names = [entry.text for entry in chart.legend if _stands_for(entry, segment)]
    return f"{names[0]}: {length}" if names else length


def _columns(chart: Chart, panel: Panel) -> list[tuple[str, list[Cell]]]:
    write = _writer(panel)
    result = [(panel.title, [_figure(bar, write) for bar in panel.bars])]
    if any(len(bar.segments) > 1 for bar in panel.bars):
        for entry in chart.legend:
            parts = [
                [segment for segment in bar.segments if _stands_for(entry, segment)] for bar in panel.bars
            ]
            if any(parts):
                lengths = [sum(each.end - each.start for each in found) if found else None for found in parts]
                result.append((entry.text, [_written(length, write) for length in lengths]))
    if any(bar.low is not None for bar in panel.bars):
        result.append((_("from"), [_written(bar.low, write) for bar in panel.bars]))
        result.append((_("to"), [_written(bar.high, write) for bar in panel.bars]))
    return result


def _figure(bar: Bar, write: Callable[[float], str]) -> Cell:
    if bar.missing or not bar.segments:
        text = bar.missing or bar.text or fmt.DASH
        return Cell(text, None, tone=Tone.MUTED)
    ends = [end for segment in bar.segments for end in (segment.start, segment.end)]
    reached = max(ends, key=abs)
    return Cell(bar.text or write(reached), reached)


def _written(value: float | None, write: Callable[[float], str]) -> Cell:
    return Cell(fmt.DASH, None, tone=Tone.MUTED) if value is None else Cell(write(value), value)


def _writer(panel: Panel) -> Callable[[float], str]:
    """Return how an axis writes its figures: those of shares have ticks in percent."""
    in_percent = any(tick.text.endswith("%") for tick in panel.ticks)
    return fmt.percent if in_percent else fmt.number


def _stands_for(entry: LegendEntry, segment: Segment) -> bool:
    return entry.colour == segment.colour and entry.pale == segment.pale
