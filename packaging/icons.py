"""The program's icon as every system wants it, drawn from ``resources/icons/advisor.svg``."""

from pathlib import Path

from metadata import ICON
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgRenderer

PNG_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
ICNS_TYPES = {16: b"icp4", 32: b"icp5", 64: b"icp6", 128: b"ic07", 256: b"ic08", 512: b"ic09", 1024: b"ic10"}


def png(size: int) -> bytes:
    """Return the icon as a PNG of a size in pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(ICON)).render(painter)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(content.data())


def write_ico(path: Path) -> None:
    """Write a Windows icon: a directory of 16-byte entries, then the PNGs that it lists."""
    pictures = [png(size) for size in ICO_SIZES]
    offset = 6 + 16 * len(pictures)
    content = (0).to_bytes(2, "little") + (1).to_bytes(2, "little") + len(pictures).to_bytes(2, "little")
    for size, picture in zip(ICO_SIZES, pictures, strict=True):
        side = size % 256  # 0 stands for 256
        content += bytes((side, side, 0, 0)) + b"\x01\x00\x20\x00"
        content += len(picture).to_bytes(4, "little") + offset.to_bytes(4, "little")
        offset += len(picture)
    path.write_bytes(content + b"".join(pictures))


def write_icns(path: Path) -> None:
    """Write a macOS icon: typed chunks, each a PNG."""
    chunks = b""
    for size, kind in ICNS_TYPES.items():
        picture = png(size)
        chunks += kind + (len(picture) + 8).to_bytes(4, "big") + picture
    path.write_bytes(b"icns" + (len(chunks) + 8).to_bytes(4, "big") + chunks)


def write_hicolor(folder: Path, name: str) -> None:
    """Write the SVG and every PNG size into an icon theme's folder."""
    scalable = folder / "scalable" / "apps" / f"{name}.svg"
    scalable.parent.mkdir(parents=True)
    scalable.write_bytes(ICON.read_bytes())
    for size in PNG_SIZES:
        path = folder / f"{size}x{size}" / "apps" / f"{name}.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(png(size))
