"""Colours that can be read, whatever the theme."""

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontDatabase, QImage, QPainter

from advisor.gui import theme as themes
from advisor.gui.theme import THEMES, Theme
from advisor.report.palette import luminance
from advisor.resources import resource

TEXTS = ("text", "muted")
GROUNDS = ("window", "surface", "sunken", "hover", "accent_soft")
PAIRS = [
    *itertools.product(TEXTS, GROUNDS),
    ("accent", "window"),
    ("accent", "surface"),
    ("accent", "accent_soft"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    *(
        (tone, ground)
        for tone in ("good", "warning", "bad")
        for ground in ("window", "surface", f"{tone}_soft")
    ),
    *(("text", f"{tone}_soft") for tone in ("good", "warning", "bad")),
]


def contrast(theme: Theme, one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two tokens."""
    high, low = sorted((luminance(getattr(theme, each)) for each in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_has_a_contrast_of_4_5(theme: Theme, text: str, ground: str) -> None:
    assert contrast(theme, text, ground) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("line", ["strong_border", "focus", "accent"])
@pytest.mark.parametrize("ground", ["window", "surface"])
def test_lines_of_controls_have_a_contrast_of_3(theme: Theme, line: str, ground: str) -> None:
    assert contrast(theme, line, ground) >= 3.0


def test_the_system_decides_unless_the_user_did(qapp, monkeypatch) -> None:
    hints = qapp.styleHints()
    monkeypatch.setattr(type(hints), "colorScheme", lambda self: Qt.ColorScheme.Dark)
    assert themes.choose("system") is themes.DARK
    assert themes.choose("light") is themes.LIGHT
    monkeypatch.setattr(type(hints), "colorScheme", lambda self: Qt.ColorScheme.Light)
    assert themes.choose("system") is themes.LIGHT


def test_small_chinese_letters_of_our_own_have_two_weights(qapp):
    """Qt thickens outlines that aren't TrueType, until small letters of both weights look alike."""

    def ink(name: str) -> int:
        number = QFontDatabase.addApplicationFont(str(resource("fonts", name)))
        font = QFont(QFontDatabase.applicationFontFamilies(number))
        font.setPixelSize(13)
        font.setBold("Bold" in name)
        picture = QImage(200, 30, QImage.Format.Format_Grayscale8)
        picture.fill(0)
        painter = QPainter(picture)
        painter.setFont(font)
        painter.setPen(Qt.GlobalColor.white)
        painter.drawText(5, 20, "测量结论领先多少")
        painter.end()
        QFontDatabase.removeApplicationFont(number)
        return sum(picture.constBits())

    assert ink("NotoSansSC-Regular.ttf") < 0.85 * ink("NotoSansSC-Bold.ttf")
