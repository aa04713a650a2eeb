"""How the window looks: colour tokens for light and dark, spacing and the type scale.

Nothing else names a colour or a size; ``style`` makes a style sheet of them. Framework colours are not here:
charts in the window and in the report share them, so they live in the report's palette.
"""

from enum import IntEnum
from functools import cache

from msgspec import Struct
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontInfo, QGuiApplication, QPalette


class Space(IntEnum):
    """Distances in device-independent pixels: only these are used between and inside widgets."""

    XS = 4
    S = 8
    M = 12
    L = 16
    XL = 24
    XXL = 40


class Type(IntEnum):
    """The type scale, in percent of the system's font, so that a user's larger font enlarges everything."""

    CAPTION = 88
    BODY = 100
    LEAD = 112
    TITLE = 122
    HEADING = 155
    DISPLAY = 205


RADIUS = 8
CONTENT_WIDTH = 980
"""Text wider than this is hard to read; pages centre their column at it."""


class Theme(Struct, frozen=True):
    """Colour tokens by role. Every text colour has a contrast of 4.5 or more on the grounds it is used on."""

    name: str  # "light", "dark"
    window: str  # the ground of everything
    surface: str  # cards and fields
    sunken: str  # tracks of bars, code, the navigation
    hover: str
    border: str
    strong_border: str  # of controls: 3:1 against the ground
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    focus: str
    good: str
    good_soft: str
    warning: str
    warning_soft: str
    bad: str
    bad_soft: str

    @property
    def dark(self) -> bool:
        """Whether light text stands on a dark ground."""
        return self.name == "dark"


LIGHT = Theme(
    name="light",
    window="#f4f6f6",
    surface="#ffffff",
    sunken="#e8edee",
    hover="#dfe7e8",
    border="#d5dddf",
    strong_border="#7d8c91",
    text="#152328",
    muted="#51636a",
    accent="#0b5d70",
    accent_hover="#084a5a",
    on_accent="#ffffff",
    accent_soft="#dcecef",
    focus="#0b7f9a",
    good="#17693a",
    good_soft="#dff1e5",
    warning="#7c4d00",
    warning_soft="#fbeed2",
    bad="#a32418",
    bad_soft="#fbe4e0",
)

DARK = Theme(
    name="dark",
    window="#12191c",
    surface="#1b2428",
    sunken="#0d1315",
    hover="#27343a",
    border="#2d3b41",
    strong_border="#74878f",
    text="#e6eef0",
    muted="#9fb1b8",
    accent="#63c5da",
    accent_hover="#8ad6e6",
    on_accent="#06222a",
    accent_soft="#17383f",
    focus="#8ad6e6",
    good="#74d39a",
    good_soft="#173523",
    warning="#f0c063",
    warning_soft="#3a2d12",
    bad="#ff9c8f",
    bad_soft="#43201c",
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def choose(setting: str) -> Theme:
    """Return the theme for a setting: "light", "dark", or "system" for what the desktop uses."""
    if setting in THEMES:
        return THEMES[setting]
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return DARK if dark else LIGHT


def palette(theme: Theme) -> QPalette:
    """Return the palette for what the style draws itself (check marks, menus, standard dialogs)."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.surface,
        QPalette.ColorRole.AlternateBase: theme.sunken,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.surface,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.BrightText: theme.bad,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.on_accent,
        QPalette.ColorRole.Accent: theme.accent,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.LinkVisited: theme.accent,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.ToolTipBase: theme.surface,
        QPalette.ColorRole.ToolTipText: theme.text,
    }
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.muted))
    return made


def pixels(size: Type) -> int:
    """Return a step of the type scale in device-independent pixels."""
    return max(round(_base_pixels() * size / 100), 9)


@cache
def _base_pixels() -> int:
    return max(QFontInfo(QGuiApplication.font()).pixelSize(), 13)
