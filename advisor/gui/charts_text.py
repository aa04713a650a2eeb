"""The letters of all words in charts and plots, and how wide they are."""

from functools import lru_cache

from PySide6.QtGui import QFont, QFontMetricsF, QGuiApplication

from advisor.gui.theme import Type, pixels
from advisor.report.scene import Lettering


def font(*, bold: bool = False) -> QFont:
    """Return the font of all words in charts: sized in pixels, so that files look as the screen does."""
    made = QFont()
    made.setPixelSize(pixels(Type.CAPTION))
    made.setBold(bold)
    return made


def lettering() -> Lettering:
    """Return what a scene for the window is laid out with."""
    key = QGuiApplication.font().key()
    return Lettering(font().pixelSize(), lambda text, strong: text_width(text, strong, key))


@lru_cache(maxsize=4096)
def text_width(text: str, strong: bool, font_key: str) -> float:
    """Return a text's width; measuring costs more than all else in a drawing, and most words come again."""
    return QFontMetricsF(font(bold=strong)).horizontalAdvance(text)
