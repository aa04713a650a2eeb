"""Charts in the window, drawn from the report's own chart data, so that screen and paper can't differ.

Drawn with Qt's painter: bars over a few rows need no plotting library, and the same drawing goes to the screen,
to PNG and to SVG. Thousands of samples to zoom into do need one: those are pyqtgraph's.
"""

from pathlib import Path

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from advisor.gui.charts_file import write_drawing
from advisor.gui.charts_layout import SWATCH, Placed, PlacedPanel, font, place
from advisor.gui.charts_table import spoken_segment
from advisor.gui.theme import LIGHT, Space, Theme
from advisor.report.model import Bar, Chart, Segment
from advisor.report.palette import Colour, text_on
from advisor.report.palette import Theme as Ground

PALE = 0.55
"""How much of the ground is mixed into a pale colour."""


class Drawing:
    """Draws a placed chart on any paint device, in a theme's colours."""

    def __init__(self, painter: QPainter, chart: Chart, placed: Placed, theme: Theme) -> None:
        self.painter, self.chart, self.placed, self.theme = painter, chart, placed, theme
        self._ground = Ground.DARK if theme.dark else Ground.LIGHT
        self._plain, self._strong = font(), font(bold=True)
        self._metrics = QFontMetricsF(self._plain)

    def draw(self) -> None:
        """Draw everything."""
        self.painter.setFont(self._plain)
        for panel in self.placed.panels:
            if panel.labels is not None:
                self._labels(panel.labels, panel.row_height)
            self._axis(panel)
            for row, bar in enumerate(panel.panel.bars):
                self._bar(panel, row, bar)
            self._marks(panel)
        self._legend()

    def colour(self, colour: Colour, *, pale: bool = False) -> QColor:
        """Return a colour as it is drawn on the theme's ground."""
        made = QColor(colour.on(self._ground))
        if not pale:
            return made
        ground = QColor(self.theme.surface)
        mixed = (PALE * g + (1 - PALE) * c for c, g in zip(made.getRgbF(), ground.getRgbF(), strict=True))
        return QColor.fromRgbF(*mixed)

    def _pen(self, colour: str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:
        self.painter.setPen(QPen(QColor(colour), width, style, Qt.PenCapStyle.FlatCap))

    def _labels(self, area: QRectF, row_height: float) -> None:
        middle = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row, label in enumerate(self.chart.labels):
            box = QRectF(area.left(), area.top() + row * row_height, area.width(), row_height)
            if label.detail:
                self.painter.setFont(self._plain)
                self._pen(self.theme.muted)
                shown = self._metrics.elidedText(
                    label.detail, Qt.TextElideMode.ElideRight, 0.62 * area.width()
                )
                self.painter.drawText(box, middle, shown)
                box.setRight(box.right() - self._metrics.horizontalAdvance(shown) - Space.S)
            chosen = self._strong if label.strong else self._plain
            self.painter.setFont(chosen)
            self._pen(self.theme.muted if label.muted else self.theme.text)
            self.painter.drawText(
                box,
                middle,
                QFontMetricsF(chosen).elidedText(label.text, Qt.TextElideMode.ElideRight, box.width()),
            )
        self.painter.setFont(self._plain)

    def _axis(self, panel: PlacedPanel) -> None:
        area, line = panel.area, self._metrics.height()
        for tick in panel.panel.ticks:
            x = panel.x(tick.value)
            self._pen(self.theme.strong_border if tick.value == 0 else self.theme.border)
            self.painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            self._pen(self.theme.muted)
            box = QRectF(x - 60, area.bottom() + 2, 120, line)
            box.moveRight(
                min(box.right(), panel.figures.right() + 60 - self._metrics.horizontalAdvance(tick.text) / 2)
            )
            self.painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, tick.text)
        title = QRectF(
            area.left() - Space.XL, area.bottom() + line + 4, area.width() + 2 * Space.XL, line + 2
        )
        shown = self._metrics.elidedText(panel.panel.title, Qt.TextElideMode.ElideRight, title.width())
        self.painter.drawText(title, Qt.AlignmentFlag.AlignHCenter, shown)

    def _bar(self, panel: PlacedPanel, row: int, bar: Bar) -> None:
        for segment in bar.segments:
            self._segment(panel, row, segment, parted=len(bar.segments) > 1)
        middle = panel.area.top() + (row + 0.5) * panel.row_height
        if bar.low is not None and bar.high is not None:
            self._interval(panel, middle, bar.low, bar.high)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if bar.missing:
            self._pen(self.theme.muted)
            box = QRectF(panel.area.left() + Space.XS, middle - panel.row_height / 2, 0, panel.row_height)
            box.setRight(panel.figures.right())
            shown = self._metrics.elidedText(bar.missing, Qt.TextElideMode.ElideRight, box.width())
            self.painter.drawText(box, left, shown)
        elif bar.text:
            self._pen(self.theme.text)
            box = QRectF(panel.figures.left(), middle - panel.row_height / 2, 400, panel.row_height)
            self.painter.drawText(box, left, bar.text)

    def _segment(self, panel: PlacedPanel, row: int, segment: Segment, *, parted: bool) -> None:
        box = panel.band(row, segment.start, segment.end)
        colour = self.colour(segment.colour, pale=segment.pale)
        if parted:
            self._pen(self.theme.surface)
        else:
            self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(colour)
        self.painter.drawRect(box)
        if segment.text and self._metrics.horizontalAdvance(segment.text) + Space.S < box.width():
            self._pen(text_on(colour.name()))
            self.painter.drawText(box, Qt.AlignmentFlag.AlignCenter, segment.text)

    def _interval(self, panel: PlacedPanel, middle: float, low: float, high: float) -> None:
        start, end = panel.x(low), panel.x(high)
        if low == high:  # a mark, not an interval
            for width, colour in ((6.0, self.theme.surface), (3.0, self.theme.text)):
                self._pen(colour, width)
                self.painter.drawLine(QLineF(start, middle - 9, start, middle + 9))
            return
        for width, colour in ((3.6, self.theme.surface), (1.5, self.theme.text)):  # a halo: seen on any bar
            self._pen(colour, width)
            self.painter.drawLine(QLineF(start, middle, end, middle))
            for x in (start, end):
                self.painter.drawLine(QLineF(x, middle - 4, x, middle + 4))

    def _marks(self, panel: PlacedPanel) -> None:
        area, line = panel.area, self._metrics.height()
        for mark in panel.panel.marks:
            x = panel.x(mark.value)
            self._pen(self.theme.bad, 1.5, Qt.PenStyle.DashLine)
            self.painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            needed = self._metrics.horizontalAdvance(mark.text)
            left = min(max(x - needed / 2, area.left()), max(area.right() - needed, area.left()))
            self.painter.drawText(QPointF(left, area.top() - line + self._metrics.ascent() - 1), mark.text)

    def _legend(self) -> None:
        for key in self.placed.legend:
            middle = key.corner.y() + self._metrics.height() / 2
            self.painter.setPen(Qt.PenStyle.NoPen)
            self.painter.setBrush(self.colour(key.entry.colour, pale=key.entry.pale))
            self.painter.drawRect(QRectF(key.corner.x(), middle - SWATCH / 2, SWATCH, SWATCH))
            self._pen(self.theme.text)
            words = QPointF(key.corner.x() + SWATCH + Space.XS + 2, key.corner.y() + self._metrics.ascent())
            self.painter.drawText(words, key.entry.text)


class Plot(QWidget):
    """One chart, as high as its rows need at the width that it has."""

    height_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart: Chart | None = None
        self._theme = LIGHT
        self._placed = Placed([], [], 0.0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(240)

    def show_chart(self, chart: Chart) -> None:
        """Draw a chart in place of the one before."""
        self.chart = chart
        self.setAccessibleName(chart.caption)
        self.setAccessibleDescription(chart.alt)
        self._place()
        self.update()

    def apply_theme(self, theme: Theme) -> None:
        """Draw in another theme's colours."""
        self._theme = theme
        self._place()
        self.update()

    def save(self, path: Path) -> None:
        """Write the chart with its caption as SVG or PNG, by the file name's ending.

        Raises
        ------
        AdvisorError
            If the file can't be written, or its ending is another.
        """
        placed, size = self._for_file()
        write_drawing(
            path,
            size,
            lambda painter: self._draw_file(painter, placed, size),
            self.accessibleName(),
            self.accessibleDescription(),
        )

    def tip_at(self, point: QPointF) -> str:
        """Return what hovering over a point says."""
        for panel in self._placed.panels:
            row = panel.row_at(point.y())
            right = panel.figures.right()
            left = panel.labels.left() if panel.labels is not None else panel.area.left()
            if self.chart is None or row is None or not left <= point.x() <= right:
                continue
            label, bar = self.chart.labels[row], panel.panel.bars[row]
            hit = [each for each in bar.segments if panel.x(each.start) <= point.x() <= panel.x(each.end)]
            about = spoken_segment(self.chart, panel.panel, hit[0]) if hit and len(bar.segments) > 1 else ""
            return " · ".join(filter(None, (label.text, label.detail, about or bar.text or bar.missing)))
        return ""

    def sizeHint(self) -> QSize:
        return QSize(640, round(self._placed.height))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.chart is not None:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            Drawing(painter, self.chart, self._placed, self._theme).draw()
            painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _place(self) -> None:
        if self.chart is None:
            return
        self._placed = place(self.chart, self.width())
        if self.height() != round(self._placed.height):
            self.setFixedHeight(round(self._placed.height))
            self.height_changed.emit()

    def _for_file(self) -> tuple[Placed, QSize]:
        width = max(self.width() - 2 * Space.L, 640)
        height = self._caption_box(width).height()
        placed = place(self.chart, width, top=height + Space.M)
        return placed, QSize(width + 2 * Space.L, round(placed.height) + 2 * Space.L)

    def _caption_box(self, width: float) -> QRectF:
        wrapped = Qt.TextFlag.TextWordWrap
        return QFontMetricsF(font(bold=True)).boundingRect(
            QRectF(0, 0, width, 1000), wrapped, self.chart.caption
        )

    def _draw_file(self, painter: QPainter, placed: Placed, size: QSize) -> None:
        painter.fillRect(QRectF(QPointF(), size.toSizeF()), QColor(self._theme.surface))
        painter.translate(Space.L, Space.L)
        painter.setFont(font(bold=True))
        painter.setPen(QColor(self._theme.text))
        box = self._caption_box(size.width() - 2 * Space.L)
        painter.drawText(box.adjusted(0, 0, 1, 1), Qt.TextFlag.TextWordWrap, self.chart.caption)
        Drawing(painter, self.chart, placed, self._theme).draw()
