"""Where everything of a chart goes for a given width. No drawing: what it finds is drawn, hit and tested."""

from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from advisor.gui.theme import Space, Type, pixels
from advisor.report.model import Chart, LegendEntry, Panel

BAND = 0.56
"""Share of a row's height that its bar takes."""
LABEL_SHARE = 0.34
"""Share of the width that row labels may take; longer ones end in an ellipsis and are whole in the tool tip."""
PANEL_WIDTH = 190
"""Panels stand side by side while each has this much, and below each other otherwise."""
SWATCH = 11


def font(*, bold: bool = False) -> QFont:
    """Return the font of all words in charts: sized in pixels, so that files look as the screen does."""
    made = QFont()
    made.setPixelSize(pixels(Type.CAPTION))
    made.setBold(bold)
    return made


class PlacedPanel(Struct):
    """One panel: its part of the chart, and where its bars, its figures and its labels go."""

    panel: Panel
    area: QRectF  # of the bars: from the axis' minimum to its maximum, all rows
    labels: QRectF | None  # at the left, of the first panel in a line
    figures: QRectF
    row_height: float

    def x(self, value: float) -> float:
        """Return where a value of the axis lies."""
        span = self.panel.maximum - self.panel.minimum
        return self.area.left() + (value - self.panel.minimum) / span * self.area.width()

    def band(self, row: int, start: float, end: float) -> QRectF:
        """Return the box of a bar's stretch in a row."""
        top = self.area.top() + (row + (1 - BAND) / 2) * self.row_height
        return QRectF(
            QPointF(self.x(start), top), QPointF(self.x(end), top + BAND * self.row_height)
        ).normalized()

    def row_at(self, y: float) -> int | None:
        """Return the row at a height, if any."""
        row = int((y - self.area.top()) // self.row_height)
        return row if 0 <= row < len(self.panel.bars) else None


class PlacedKey(Struct):
    """An entry of the legend: where its swatch and its words begin."""

    entry: LegendEntry
    corner: QPointF


class Placed(Struct):
    """A whole chart, placed."""

    panels: list[PlacedPanel]
    legend: list[PlacedKey]
    height: float


def place(chart: Chart, width: float, top: float = 0.0) -> Placed:
    """Return where everything goes.

    Parameters
    ----------
    chart : Chart
        What is shown.
    width : float
        Pixels there are.
    top : float
        Pixels to leave free above, for a title.
    """
    plain, strong = QFontMetricsF(font()), QFontMetricsF(font(bold=True))
    line = plain.height()
    row_height = line + Space.M
    labels = min(
        max((_label_width(label.text, label.detail, strong) for label in chart.labels), default=0.0),
        LABEL_SHARE * width,
    )
    figures = [_widest([bar.text for bar in panel.bars], plain) for panel in chart.panels]
    needed = max((PANEL_WIDTH + each for each in figures), default=PANEL_WIDTH)
    per_line = max(1, min(len(chart.panels), int((width - labels - Space.S) // needed)))
    placed: list[PlacedPanel] = []
    for first in range(0, len(chart.panels), per_line):
        panels = chart.panels[first : first + per_line]
        above = line + Space.XS if any(panel.marks for panel in panels) else Space.XS
        shares = (width - labels - Space.S) / len(panels)
        left = labels + Space.S
        for number, panel in enumerate(panels, first):
            room = figures[number] + Space.S if figures[number] else Space.M
            area = QRectF(left, top + above, max(shares - room - Space.M, 40.0), len(panel.bars) * row_height)
            placed.append(
                PlacedPanel(
                    panel,
                    area,
                    QRectF(0.0, area.top(), labels, area.height()) if number == first else None,
                    QRectF(area.right() + Space.S, area.top(), room, area.height()),
                    row_height,
                )
            )
            left += shares
        top = placed[-1].area.bottom() + 2 * line + Space.M
    keys, top = _place_legend(chart.legend, width, top + Space.XS, plain)
    return Placed(placed, keys, top)


def _place_legend(
    entries: Sequence[LegendEntry], width: float, top: float, metrics: QFontMetricsF
) -> tuple[list[PlacedKey], float]:
    left, keys = 0.0, []
    for entry in entries:
        needed = SWATCH + Space.S + metrics.horizontalAdvance(entry.text) + Space.L
        if left and left + needed > width:
            left, top = 0.0, top + metrics.height() + Space.XS
        keys.append(PlacedKey(entry, QPointF(left, top)))
        left += needed
    return keys, top + metrics.height() + Space.XS if keys else top


def _label_width(text: str, detail: str, metrics: QFontMetricsF) -> float:
    return _widest([f"{text}  {detail}" if detail else text], metrics)


def _widest(texts: Sequence[str], metrics: QFontMetricsF) -> float:
    # Measuring text costs more than anything else here, and most labels come again and again.
    return max(
        (metrics.size(Qt.TextFlag.TextSingleLine, text).width() for text in texts if text), default=0.0
    )
