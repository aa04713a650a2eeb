"""Charts in the window: the report's own scenes, painted by Qt, so that screen and paper can't differ.

The window lays a scene out for its own font and width. Thousands of samples to zoom into need a plotting library:
those are pyqtgraph's.
"""

from pathlib import Path

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from advisor.files import write_atomically
from advisor.gui.charts_file import write_drawing
from advisor.gui.charts_text import font, lettering
from advisor.gui.theme import LIGHT, Space, Theme
from advisor.report import drawing, palette, svg
from advisor.report.model import Chart
from advisor.report.scene import Anchor, Box, Line, Scene, Words

FILE_WIDTH = 640
"""Pixels that a chart in a file is wide at least."""


def paint(painter: QPainter, scene: Scene, ground: palette.Theme) -> None:
    """Paint a scene on any device, in the colours for a ground."""
    measure = lettering().measure
    fonts = font(), font(bold=True)
    for shape in scene.shapes:
        match shape:
            case Box(x, y, width, height, colour):
                painter.fillRect(QRectF(x, y, width, height), QColor(colour.on(ground)))
            case Line(x1, y1, x2, y2, colour, width, dashed):
                style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
                painter.setPen(QPen(QColor(colour.on(ground)), width, style, Qt.PenCapStyle.FlatCap))
                painter.drawLine(QLineF(x1, y1, x2, y2))
            case Words(x, y, runs, anchor):
                widths = [measure(run.text, run.strong) for run in runs]
                x -= {Anchor.START: 0.0, Anchor.MIDDLE: sum(widths) / 2, Anchor.END: sum(widths)}[anchor]
                for run, width in zip(runs, widths, strict=True):
                    painter.setFont(fonts[run.strong])
                    painter.setPen(QColor(run.colour.on(ground)))
                    painter.drawText(QPointF(x, y), run.text)
                    x += width


class Plot(QWidget):
    """One chart, as high as its rows need at the width that it has."""

    height_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart: Chart | None = None
        self.scene = Scene(0.0, 0.0, ())
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(240)

    def show_chart(self, chart: Chart) -> None:
        """Draw a chart in place of the one before."""
        self.chart = chart
        self.setAccessibleName(chart.caption)
        self.setAccessibleDescription(chart.alt)
        self._lay_out()
        self.update()

    def apply_theme(self, theme: Theme) -> None:
        """Draw in another theme's colours."""
        self._theme = theme
        self._lay_out()
        self.update()

    def save(self, path: Path) -> None:
        """Write the chart with its caption as SVG or PNG, by the file name's ending.

        Raises
        ------
        AdvisorError
            If the file can't be written, or its ending is another.
        """
        if self.chart is None:
            return
        letters, margin = lettering(), Space.L
        width = max(self.width() - 2 * margin, FILE_WIDTH)
        scene = drawing.draw(self.chart, width, letters, captioned=True)
        if path.suffix.lower() == ".svg":
            drawn = svg.scene_svg(
                scene,
                letters.size,
                svg.painted(self._ground),
                alt=self.chart.alt,
                family=f"{font().family()}, {svg.FAMILY}",
                margin=margin,
            )
            write_atomically(path, drawn.encode())
            return
        size = QSize(width + 2 * margin, round(scene.height) + 2 * margin)

        def draw(painter: QPainter) -> None:
            painter.fillRect(QRectF(QPointF(), size.toSizeF()), QColor(palette.GROUND.on(self._ground)))
            painter.translate(margin, margin)
            paint(painter, scene, self._ground)

        write_drawing(path, size, draw, self.chart.caption, self.chart.alt)

    def sizeHint(self) -> QSize:
        return QSize(FILE_WIDTH, round(self.scene.height))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint(painter, self.scene, self._ground)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.scene.tip_at(event.pos().x(), event.pos().y()), self)
            return True
        return super().event(event)

    @property
    def _ground(self) -> palette.Theme:
        return palette.Theme.DARK if self._theme.dark else palette.Theme.LIGHT

    def _lay_out(self) -> None:
        if self.chart is None:
            return
        self.scene = drawing.draw(self.chart, self.width(), lettering())
        height = round(self.scene.height)
        if self.height() != height:
            self.setFixedHeight(height)
            self.height_changed.emit()
