"""The program's own icons: line drawings in ``resources/icons``, tinted with a theme's colour."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from advisor.resources import resource


@lru_cache(maxsize=256)
def icon(name: str, colour: str, size: int = 20) -> QIcon:
    """Return an icon drawn in one colour, sharp at up to three times its size."""
    made = QIcon()
    for scale in (1, 2, 3):
        made.addPixmap(pixmap(name, colour, size, scale))
    return made


def pixmap(name: str, colour: str, size: int = 20, scale: float = 1.0) -> QPixmap:
    """Return one drawing at a size in device-independent pixels and a screen's scale."""
    drawing = resource("icons", f"{name}.svg").read_bytes().replace(b"currentColor", colour.encode())
    image = QPixmap(QSize(size, size) * scale)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image
