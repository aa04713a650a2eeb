"""Colours that mean something: a framework keeps its own in every chart, on paper and on screen.

Chosen so that readers with protanopia, deuteranopia or tritanopia can tell any two apart (a test simulates
them), and so that each stands out from its background by at least 3 to 1 (WCAG 2.2, criterion 1.4.11).
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from advisor.decision.model import Group, VerdictKind
from advisor.frameworks.model import Framework


class Theme(StrEnum):
    """The background that a colour stands on."""

    LIGHT = "light"
    DARK = "dark"


class Colour(Struct, frozen=True):
    """One meaning's colour on either background, as ``#RRGGBB``."""

    light: str
    dark: str

    def on(self, theme: Theme) -> str:
        """Return the colour for a background."""
        return self.dark if theme is Theme.DARK else self.light


_SPARE = (
    Colour("#76908F", "#8F8A86"),
    Colour("#4B177E", "#8F62FF"),
    Colour("#9C78B4", "#C03000"),
    Colour("#240000", "#FCFC00"),
)

GROUPS = {
    Group.PERFORMANCE: Colour("#2F4B7C", "#8FB0E8"),
    Group.PEOPLE: Colour("#8A6FB0", "#C3AEE6"),
    Group.ECOSYSTEM: Colour("#5E9E8F", "#8FD3C3"),
    Group.DELIVERY: Colour("#A3A9B2", "#D5DAE1"),
}
"""Groups of criteria, darkest first: told apart by lightness as well as hue."""

VERDICTS = {
    VerdictKind.CLEAR: Colour("#00694B", "#4FE0A8"),
    VerdictKind.LEANING: Colour("#1F4FC8", "#8FB0E8"),
    VerdictKind.TOO_CLOSE: Colour("#8A6100", "#FFC74D"),
    VerdictKind.TOO_LITTLE: Colour("#586273", "#9FB1B8"),
    VerdictKind.NONE: Colour("#9C2A1F", "#FF8F80"),
}

PHASES = (Colour("#A3A9B2", "#D5DAE1"), Colour("#5F7FB5", "#8FB0E8"), Colour("#2F4B7C", "#5C7FC4"))
"""Import, build and first step, in the order in which they happen."""

FAVOURABLE = Colour("#1F4FC8", "#8FB0E8")
ADVERSE = Colour("#B5840A", "#FFC74D")
NEUTRAL = Colour("#76908F", "#8F8A86")

GROUND = Colour("#ffffff", "#1b2428")
"""What charts stand on: paper, and the dark theme's cards."""
INK = Colour("#14181f", "#e6eef0")
MUTED = Colour("#586273", "#9fb1b8")
AXIS = Colour("#586273", "#74878f")
GRID = Colour("#dfe3e9", "#2d3b41")
"""Words, lesser words, the line at zero and the lines at ticks."""

_PALER = 0.65
"""How much of the ground is in a pale colour."""

_FIRST_RANK = Colour("#173A6B", "#9CC3FF")
_LAST_RANK = Colour("#E4E8EE", "#39414D")


def framework_colours(frameworks: Iterable[Framework]) -> dict[str, Colour]:
    """Return a colour for each framework by id: the one that its catalogue file states.

    Others take spare ones in the order given, and start over when these run out.
    """
    result: dict[str, Colour] = {}
    spare = 0
    for framework in frameworks:
        if framework.colour is not None:
            result[framework.id] = Colour(framework.colour.light, framework.colour.dark)
        else:
            result[framework.id] = _SPARE[spare % len(_SPARE)]
            spare += 1
    return result


def rank_colours(ranks: int) -> tuple[Colour, ...]:
    """Return a scale from the strong colour of rank 1 to the pale one of the last."""
    steps = max(ranks - 1, 1)
    return tuple(mixed(_FIRST_RANK, _LAST_RANK, rank / steps) for rank in range(ranks))


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """Return a colour with a share of another in it."""
    return Colour(_blend(colour.light, other.light, share), _blend(colour.dark, other.dark, share))


def pale(colour: Colour) -> Colour:
    """Return a colour as it is where it stands for the lesser of two."""
    return mixed(colour, GROUND, _PALER)


def readable_on(colour: Colour) -> Colour:
    """Return what letters on a colour have."""
    return Colour(text_on(colour.light), text_on(colour.dark))


def text_on(colour: str) -> str:
    """Return black or white, whichever reads better on a colour (WCAG 2.2, relative luminance)."""
    return "#FFFFFF" if luminance(colour) < 0.179 else "#000000"


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#RRGGBB``, 0 to 1 (WCAG 2.2)."""
    channels = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    )
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


def _blend(start: str, end: str, share: float) -> str:
    mixed = (
        round(int(start[i : i + 2], 16) * (1 - share) + int(end[i : i + 2], 16) * share) for i in (1, 3, 5)
    )
    return "#" + "".join(f"{channel:02X}" for channel in mixed)
