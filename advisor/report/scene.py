"""A drawing as data: rectangles, lines and words with their places, for whatever paints them.

Painters (``svg``, the window's) know nothing of charts, and what lays charts out knows nothing of painters.
"""

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from advisor.report.palette import Colour

Measure = Callable[[str, bool], float]
"""Returns how wide a text is; the second argument says whether its letters are bold."""


class Lettering(Struct, frozen=True):
    """The letters that a drawing is set in: all its distances are multiples of their size."""

    size: float
    measure: Measure


class Anchor(StrEnum):
    """Which part of words stands at their place."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


class Box(Struct, frozen=True):
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    colour: Colour


class Line(Struct, frozen=True):
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: Colour
    width: float
    dashed: bool = False


class Run(Struct, frozen=True):
    """Letters of one look."""

    text: str
    colour: Colour
    strong: bool = False


class Words(Struct, frozen=True):
    """Runs that follow each other on one line; ``y`` is where the letters stand."""

    x: float
    y: float
    runs: tuple[Run, ...]
    anchor: Anchor = Anchor.START


class Spot(Struct, frozen=True):
    """A place that has more to tell to whoever points at it. Later ones lie on top."""

    x: float
    y: float
    width: float
    height: float
    tip: str

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point lies in it."""
        return self.x <= x <= self.x + self.width and self.y <= y < self.y + self.height


Shape = Box | Line | Words


class Scene(Struct, frozen=True):
    """A whole drawing, painted in the order of its shapes."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    spots: tuple[Spot, ...] = ()

    def tip_at(self, x: float, y: float) -> str:
        """Return what a point tells; nothing where nothing is."""
        return next((spot.tip for spot in reversed(self.spots) if spot.holds(x, y)), "")
