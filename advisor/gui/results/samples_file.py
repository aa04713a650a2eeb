"""A plot of samples on paper: its axes as the plotting library draws them, what lies between painted as shapes.

The library's own curves and marks have pens that don't scale, which many readers of SVG files take for pens that do.
"""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF, QTransform

from advisor.gui.charts_file import write_drawing
from advisor.gui.charts_text import font
from advisor.gui.results.samples_mark import CURVE_PEN, KEY, draw_mark
from advisor.gui.results.samples_plot import SamplesPlot
from advisor.gui.text import _
from advisor.gui.theme import Space


def save_plot(plot: SamplesPlot, path: Path) -> None:
    """Write what is seen of a plot, with its title and legend, as SVG or PNG, by the file name's ending.

    Raises
    ------
    AdvisorError
        If the file can't be written, or its ending is another.
    """
    sheet = Sheet(plot)
    write_drawing(path, sheet.size, sheet.draw, plot.accessibleName(), plot.accessibleDescription())


class Sheet:
    """A plot as it is seen, with its title above and its legend below."""

    def __init__(self, plot: SamplesPlot) -> None:
        self._plot = plot
        self._shown = plot.shown
        self._width = plot.width()
        self._title = plot.shown.title if plot.shown else ""
        metrics = QFontMetricsF(font(bold=True))
        wrapped = Qt.TextFlag.TextWordWrap
        self._head = metrics.boundingRect(QRectF(0, 0, self._width, 1000), wrapped, self._title)
        height = self._head.height() + plot.height() + self._legend(None)
        self.size = QSize(self._width + 2 * Space.L, round(height) + 2 * (Space.L + Space.M))

    def draw(self, painter: QPainter) -> None:
        """Draw everything."""
        theme = self._plot.theme
        painter.fillRect(QRectF(QPointF(), self.size.toSizeF()), QColor(theme.surface))
        painter.translate(Space.L, Space.L)
        painter.setFont(font(bold=True))
        painter.setPen(QColor(theme.text))
        painter.drawText(self._head.adjusted(0, 0, 1, 1), Qt.TextFlag.TextWordWrap, self._title)
        painter.translate(0, self._head.height() + Space.M)
        inside = self._plot.plotItem.vb
        inside.hide()
        try:
            seen = QRectF(self._plot.viewport().rect())
            self._plot.scene().render(painter, seen, seen)
        finally:
            inside.show()
        painter.save()
        painter.setClipRect(inside.sceneBoundingRect())
        self._draw_inside(painter, inside.childGroup.sceneTransform())
        painter.restore()
        painter.translate(0, self._plot.height() + Space.M)
        self._legend(painter)

    def _draw_inside(self, painter: QPainter, to_scene: QTransform) -> None:
        figure, plot = self._plot.figure, self._plot

        def mapped(xs: np.ndarray, ys: np.ndarray) -> list[QPointF]:
            return [to_scene.map(QPointF(x, y)) for x, y in zip(xs, ys, strict=True)]

        for curve in figure.curves:
            line = mapped(curve.xs, curve.ys)
            if curve.base is not None:
                ends = mapped(curve.xs[[-1, 0]], np.full(2, curve.base))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(plot.tint(curve.series))
                painter.drawPolygon(QPolygonF([*line, *ends]))
            if curve.outlined:
                style = Qt.PenStyle.DashLine if curve.series.hollow else Qt.PenStyle.SolidLine
                painter.setPen(QPen(plot.colour(curve.series), CURVE_PEN, style))
                painter.drawPolyline(QPolygonF(line))
        for cloud in figure.clouds:
            colour = plot.colour(cloud.series, pale=cloud.pale)
            for centre in mapped(cloud.xs, cloud.ys):
                draw_mark(painter, centre, cloud.series, colour)
        if figure.boundary is not None:
            box = plot.plotItem.vb.sceneBoundingRect()
            x = to_scene.map(QPointF(figure.boundary, 0.0)).x()
            painter.setPen(QPen(QColor(plot.theme.strong_border), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            painter.setPen(QColor(plot.theme.muted))
            painter.setFont(font())
            words = QRectF(x - 200, box.top() + Space.S, 200 - Space.XS, 40)
            painter.drawText(words, Qt.AlignmentFlag.AlignRight, _("warm-up"))

    def _legend(self, painter: QPainter | None) -> float:
        """Draw the legend's entries line by line, or only measure them; return their height."""
        metrics = QFontMetricsF(font())
        line, x, y = metrics.height() + Space.XS, 0.0, 0.0
        for each in self._shown.series if self._shown else ():
            needed = KEY + Space.XS + metrics.horizontalAdvance(each.name) + Space.L
            if x and x + needed > self._width:
                x, y = 0.0, y + line
            if painter is not None:
                middle = QPointF(x + KEY / 2, y + metrics.height() / 2)
                draw_mark(painter, middle, each, self._plot.colour(each))
                painter.setFont(font())
                painter.setPen(QColor(self._plot.theme.text))
                painter.drawText(QPointF(x + KEY + Space.XS, y + metrics.ascent()), each.name)
            x += needed
        return y + line
