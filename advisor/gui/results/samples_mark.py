"""How a series' samples are marked: the same on the screen, in its legend and on paper."""

from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from advisor.gui.results.samples_data import Series

MARK = 9
"""Pixels that a mark measures."""
MARK_PEN = 1.6
CURVE_PEN = 1.5
KEY = 18
"""Pixels that a mark takes in a legend."""


def draw_mark(painter: QPainter, centre: QPointF, series: Series, colour: QColor) -> None:
    """Draw a series' mark; a hollow one is only outlined."""
    painter.setPen(QPen(colour, MARK_PEN))
    painter.setBrush(Qt.BrushStyle.NoBrush if series.hollow else colour)
    painter.drawPath(QTransform.fromScale(MARK, MARK).map(Symbols[series.symbol]).translated(centre))
