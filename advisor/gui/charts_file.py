"""Drawings as files: whatever can be painted becomes an SVG drawing or a PNG picture."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QPointF, QRectF, QSize
from PySide6.QtGui import QImage, QImageWriter, QPainter, QPicture
from PySide6.QtSvg import QSvgGenerator

from advisor.errors import AdvisorError
from advisor.files import write_atomically

PNG_SCALE = 2


def write_drawing(
    path: Path, size: QSize, draw: Callable[[QPainter], None], title: str, description: str
) -> None:
    """Write what ``draw`` paints on ``size`` pixels as SVG or PNG, by the file name's ending.

    Raises
    ------
    AdvisorError
        If the file can't be written, or its ending is another.
    """
    match path.suffix.lower():
        case ".svg":
            drawn = _svg(size, draw, title, description)
        case ".png":
            drawn = _png(size, draw)
        case _:
            raise AdvisorError(
                f"{path.name} is neither an SVG nor a PNG file.", "Choose a name that ends in .svg or .png."
            )
    write_atomically(path, drawn)


def _svg(size: QSize, draw: Callable[[QPainter], None], title: str, description: str) -> bytes:
    buffer, generator = QBuffer(), QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRectF(QPointF(), size.toSizeF()))
    generator.setResolution(_resolution())
    generator.setTitle(title)
    generator.setDescription(description)
    _paint(QPainter(generator), draw)
    return bytes(buffer.data().data())


def _png(size: QSize, draw: Callable[[QPainter], None]) -> bytes:
    image = QImage(size * PNG_SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(PNG_SCALE)
    image.setDotsPerMeterX(round(_resolution() / 0.0254))
    image.setDotsPerMeterY(round(_resolution() / 0.0254))
    _paint(QPainter(image), draw)
    buffer = QBuffer()
    QImageWriter(buffer, b"PNG").write(image)
    return bytes(buffer.data().data())


def _paint(painter: QPainter, draw: Callable[[QPainter], None]) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw(painter)
    painter.end()


def _resolution() -> int:
    """Return the dots per inch of recorded pictures (axes are): they are enlarged where the paper has others."""
    return QPicture().logicalDpiX()
