"""Raw samples as a plot that can be zoomed, moved and hovered over.

Importing this module loads pyqtgraph, which takes half a second: import it off the window's thread, and only once
somebody looks.
"""

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QWheelEvent,
)

from advisor.gui.charts_text import font
from advisor.gui.results.samples_data import Series
from advisor.gui.results.samples_figure import Cloud, Curve, Kind, PlotFigure, Shown, figure
from advisor.gui.results.samples_mark import CURVE_PEN, KEY, MARK, MARK_PEN, draw_mark
from advisor.gui.text import _
from advisor.gui.theme import LIGHT, Theme
from advisor.report import format as fmt
from advisor.report.axes import tick_step
from advisor.report.palette import Theme as Ground

HEIGHT = 380
REACH = 14
"""Pixels around a mark in which the mouse is on it."""
PALE, TINT = 80, 34
"""Opacity, of 255, of warm-up marks and of areas."""
ZOOM = 0.7
"""Share of what was seen that is left after a step."""
NARROW = 1.3
"""Decades on a logarithmic axis within which powers of ten would be too few marks."""
ENDLESS = 1e307
"""What the plotting library takes for no limit; it stumbles over ``None`` on logarithmic axes."""
STEP = 0.1
"""Share of what is seen that an arrow key moves."""
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class Axis(pg.AxisItem):
    """An axis in the window's font, that writes what its kind asks for."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.kind = Kind.FIGURES
        self.first_round = 1
        self.enableAutoSIPrefix(False)
        self.setStyle(tickFont=font(), hideOverlappingLabels=True)

    def show_axis(self, kind: Kind, title: str, theme: Theme) -> None:
        """Write another kind of figures under another title."""
        self.kind = kind
        logarithmic = kind is Kind.LOGARITHMS
        self.setLogMode(x=logarithmic, y=logarithmic)
        self.setTextPen(QColor(theme.muted))
        self.setPen(QColor(theme.strong_border))
        self.setLabel(title, **{"font-size": f"{font().pixelSize()}px", "color": theme.text})

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        if self.kind is not Kind.LOGARITHMS or maxVal - minVal > NARROW or size <= 0:
            levels: list[tuple[float, list[float]]] = super().tickValues(minVal, maxVal, size)
            return levels
        low, high = 10.0**minVal, 10.0**maxVal
        step = tick_step(high - low, 6)
        numbers = range(max(math.ceil(low / step), 1), int(high / step) + 1)
        return [(step, [math.log10(step * number) for number in numbers])]

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        levels: list[tuple[float, float]] = super().tickSpacing(minVal, maxVal, size)
        if self.kind is not Kind.ROUNDS:
            return levels
        return [(each, 0.0) for each, _offset in levels if each >= 1 and each % 1 == 0] or [(1.0, 0.0)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        match self.kind:
            case Kind.LOGARITHMS:
                return [f"{10.0**value:,.4g}" for value in values]
            case Kind.ROUNDS:
                return ["" if value < self.first_round else fmt.whole(value) for value in values]
            case Kind.SHARES:
                return [fmt.percent(value, max(0, math.ceil(-math.log10(spacing) - 2))) for value in values]
            case _:
                return [fmt.fixed(value, max(0, math.ceil(-math.log10(spacing)))) for value in values]


class SamplesPlot(pg.PlotWidget):
    """The plot. Ctrl and the wheel zoom, so that the page below it scrolls without; keys do all that the mouse does."""

    described = Signal(str)  # what is under the mouse or was stepped to; "" for nothing

    def __init__(self) -> None:
        super().__init__(
            enableMenu=False, axisItems={"left": Axis("left"), "bottom": Axis("bottom")}, background=None
        )
        self.shown: Shown | None = None
        self.figure = PlotFigure("", Kind.FIGURES, "", Kind.FIGURES, 1)
        self.current: int | None = None
        self.theme = LIGHT
        self._ring = pg.ScatterPlotItem()
        self.hideButtons()
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(320)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)

    # What is shown

    def show_samples(self, shown: Shown) -> None:
        """Show samples; the view goes back to all of them."""
        self.shown = shown
        self.plotItem.vb.setLimits(xMin=-ENDLESS, xMax=ENDLESS, yMin=-ENDLESS, yMax=ENDLESS)
        self._draw()
        self.reset()
        (x0, x1), (y0, y1) = self.plotItem.vb.viewRange()
        x, y = x1 - x0, y1 - y0  # nobody gets lost where nothing is
        self.plotItem.vb.setLimits(xMin=x0 - x / 2, xMax=x1 + x / 2, yMin=y0 - y / 2, yMax=y1 + y / 2)

    def describe(self, name: str, description: str) -> None:
        """Say to screen readers what is plotted."""
        for widget in (self, self.viewport()):  # the viewport stands in the order of focus, too
            widget.setAccessibleName(name)
            widget.setAccessibleDescription(description)

    def apply_theme(self, theme: Theme) -> None:
        """Draw in another theme's colours."""
        self.theme = theme
        self.setBackground(theme.surface)
        self._draw()

    def reset(self) -> None:
        """See everything."""
        if self.figure.bounds is not None:
            across, up = self.figure.bounds
            self.plotItem.vb.setRange(xRange=across, yRange=up, padding=0.05)

    def zoom(self, by: int) -> None:
        """See a part of it larger by steps, smaller by negative ones, or everything by 0."""
        if by == 0:
            self.reset()
        else:
            self.plotItem.vb.scaleBy((ZOOM**by, ZOOM**by))

    def step(self, by: int) -> None:
        """Go to the next or previous point and read it out."""
        if self.figure.targets:
            start = -1 if self.current is None and by > 0 else self.current or 0
            self._point_at((start + by) % len(self.figure.targets))

    def colour(self, series: Series, *, pale: bool = False) -> QColor:
        """Return a series' colour on the theme's ground."""
        made = QColor(series.colour.on(Ground.DARK if self.theme.dark else Ground.LIGHT))
        if pale:
            made.setAlpha(PALE)
        return made

    def tint(self, series: Series) -> QColor:
        """Return the colour of a series' areas."""
        made = self.colour(series)
        made.setAlpha(TINT)
        return made

    def icon(self, series: Series) -> QIcon:
        """Return a series' mark, as a legend shows it."""
        ratio = self.devicePixelRatioF()
        drawn = QPixmap(QSize(KEY, KEY) * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_mark(painter, QPointF(KEY / 2, KEY / 2), series, self.colour(series))
        painter.end()
        return QIcon(drawn)

    def _draw(self) -> None:
        if self.shown is None:
            return
        self.clear()
        self.current = None
        self.described.emit("")
        self.figure = made = figure(self.shown)
        left, bottom = self.getAxis("left"), self.getAxis("bottom")
        bottom.first_round = made.first_round
        left.show_axis(made.left_kind, made.left, self.theme)
        bottom.show_axis(made.bottom_kind, made.bottom, self.theme)
        for curve in made.curves:
            self._add_curve(curve)
        for cloud in made.clouds:
            self._add_cloud(cloud)
        if made.boundary is not None:
            self._add_boundary(made.boundary)
        self._ring = pg.ScatterPlotItem(
            size=2 * MARK, brush=None, pen=pg.mkPen(QColor(self.theme.text), width=2), antialias=True
        )
        self._ring.setZValue(10)
        self.plotItem.addItem(self._ring, ignoreBounds=True)

    def _add_curve(self, curve: Curve) -> None:
        style = Qt.PenStyle.DashLine if curve.series.hollow else Qt.PenStyle.SolidLine
        pen = pg.mkPen(self.colour(curve.series), width=CURVE_PEN, style=style) if curve.outlined else None
        brush = None if curve.base is None else self.tint(curve.series)
        self.plotItem.addItem(
            pg.PlotCurveItem(curve.xs, curve.ys, pen=pen, fillLevel=curve.base, brush=brush, antialias=True)
        )

    def _add_cloud(self, cloud: Cloud) -> None:
        colour = self.colour(cloud.series, pale=cloud.pale)
        self.plotItem.addItem(
            pg.ScatterPlotItem(
                cloud.xs,
                cloud.ys,
                symbol=cloud.series.symbol,
                size=MARK,
                pen=pg.mkPen(colour, width=MARK_PEN),
                brush=None if cloud.series.hollow else colour,
                antialias=True,
            )
        )

    def _add_boundary(self, x: float) -> None:
        pen = pg.mkPen(QColor(self.theme.strong_border), width=1, style=Qt.PenStyle.DashLine)
        options = {"position": 0.97, "color": QColor(self.theme.muted), "anchors": [(1, 0), (1, 0)]}
        line = pg.InfiniteLine(x, angle=90, pen=pen, label=_("warm-up"), labelOpts=options)
        line.label.setFont(font())
        self.plotItem.addItem(line, ignoreBounds=True)

    # Mouse and keyboard

    def _on_mouse_moved(self, place: QPointF) -> None:
        self._point_at(self.nearest(place))

    def nearest(self, place: QPointF) -> int | None:
        """Return the number of the target under a place of the scene, if any is within reach."""
        view = self.plotItem.vb
        if not self.figure.targets or not view.sceneBoundingRect().contains(place):
            return None
        corner, far = (view.mapViewToScene(QPointF(*ends)) for ends in zip(*view.viewRange(), strict=True))
        (x0, x1), (y0, y1) = view.viewRange()
        xs = np.array([each.x for each in self.figure.targets])
        ys = np.array([each.y for each in self.figure.targets])
        across = corner.x() + (xs - x0) / (x1 - x0) * (far.x() - corner.x()) - place.x()
        down = corner.y() + (ys - y0) / (y1 - y0) * (far.y() - corner.y()) - place.y()
        distance = np.hypot(across, down)
        best = int(np.argmin(distance))
        return best if distance[best] <= REACH else None

    def _point_at(self, number: int | None) -> None:
        if number == self.current:
            return
        self.current = number
        if number is None:
            self._ring.setData([], [])
            self.described.emit("")
        else:
            target = self.figure.targets[number]
            self._ring.setData([target.x], [target.y])
            self.described.emit(target.describe())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()  # the page scrolls

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in _ARROWS:
            (x0, x1), (y0, y1) = self.plotItem.vb.viewRange()
            x, y = _ARROWS[key]
            self.plotItem.vb.translateBy((STEP * x * (x1 - x0), STEP * y * (y1 - y0)))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1)
        elif key == Qt.Key.Key_Minus:
            self.zoom(-1)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Home):
            self.reset()
        elif key in (Qt.Key.Key_N, Qt.Key.Key_P):
            self.step(1 if key == Qt.Key.Key_N else -1)
        else:
            event.ignore()
            return
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        if self.hasFocus():
            painter.resetTransform()
            painter.setPen(QPen(QColor(self.theme.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1))
