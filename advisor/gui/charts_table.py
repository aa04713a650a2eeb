"""The table behind a chart: whatever is drawn can also be read, sorted and copied. No Qt."""

from collections.abc import Callable

from advisor.gui.tables_data import Cell, Table, Tone, cell
from advisor.gui.text import _
from advisor.report import format as fmt
from advisor.report.model import Bar, Chart, Panel
from advisor.report.reading import parts, writer


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


def _columns(chart: Chart, panel: Panel) -> list[tuple[str, list[Cell]]]:
    write = writer(panel)
    result = [(panel.title, [_figure(bar, write) for bar in panel.bars])]
    for title, lengths in parts(chart, panel):
        result.append((title, [_written(length, write) for length in lengths]))
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
