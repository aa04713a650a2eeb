"""Scenes as SVG: for the page in HTML, for the PDF and for files that hold one drawing."""

from collections.abc import Callable
from html import escape

import msgspec

from advisor.report import drawing
from advisor.report.lettering import text_width
from advisor.report.model import Chart
from advisor.report.palette import GROUND, Colour, Theme
from advisor.report.scene import Box, Lettering, Line, Run, Scene, Shape, Spot, Words

Paint = Callable[[str, Colour], str]
"""Returns the attributes that give an element's ``fill`` or ``stroke`` a colour."""

FAMILY = "Noto Sans, Noto Sans SC, sans-serif"


def chart_svg(chart: Chart, width: float, size: float, theme: Theme | None = None) -> str:
    """Return a chart as an SVG element in letters of the report's font.

    Parameters
    ----------
    chart : Chart
        What is drawn.
    width, size : float
        The drawing's width, and the size of its letters in the same unit.
    theme : Theme, optional
        Whose colours it has; without one they follow the page's theme (see ``report.css``).
    """

    def measure(text: str, strong: bool) -> float:
        return size * text_width(text, strong)

    scene = drawing.draw(chart, width, Lettering(size, measure))
    if theme is None:
        return scene_svg(scene, size, followed, alt=chart.alt)
    return scene_svg(msgspec.structs.replace(scene, spots=()), size, painted(theme), alt=chart.alt)


def scene_svg(
    scene: Scene, size: float, paint: Paint, *, alt: str, family: str = FAMILY, margin: float = 0.0
) -> str:
    """Return a scene as an SVG element; ``alt`` says it in words. With a margin it has a ground of its own."""
    width, height = scene.width + 2 * margin, scene.height + 2 * margin
    ground = [_shape(Box(-margin, -margin, width, height, GROUND), paint)] if margin else []
    parts = "".join([*ground, *(_shape(each, paint) for each in scene.shapes), *map(_spot, scene.spots)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{_n(-margin)} {_n(-margin)} {_n(width)} {_n(height)}" '
        f'role="img" aria-label="{escape(alt)}" font-family="{escape(family)}" font-size="{_n(size)}">{parts}</svg>'
    )


def painted(theme: Theme) -> Paint:
    """Return what colours a drawing for one theme."""
    return lambda kind, colour: f'{kind}="{colour.on(theme)}"'


def followed(kind: str, colour: Colour) -> str:
    """Return the attributes of an element whose colour follows the page's theme."""
    return f'class="{kind}" {tinted(colour)}'


def tinted(colour: Colour) -> str:
    """Return the attribute that gives an element its colour on a light and on a dark page."""
    return f'style="--light:{colour.light};--dark:{colour.dark}"'


def _shape(shape: Shape, paint: Paint) -> str:
    match shape:
        case Box(x, y, width, height, colour):
            place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'
            return f"<rect {paint('fill', colour)} {place}/>"
        case Line(x1, y1, x2, y2, colour, width, dashed):
            dashes = f' stroke-dasharray="{_n(4 * width)} {_n(3 * width)}"' if dashed else ""
            place = f'd="M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}" stroke-width="{_n(width)}"'
            return f"<path {paint('stroke', colour)} {place}{dashes}/>"
        case Words(x, y, runs, anchor):
            spans = "".join(_run(run, paint) for run in runs)
            return f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{spans}</text>'


def _run(run: Run, paint: Paint) -> str:
    weight = ' font-weight="700"' if run.strong else ""
    text = run.text.replace("  ", "\u00a0\u00a0")  # else they'd become one
    return f"<tspan {paint('fill', run.colour)}{weight}>{escape(text)}</tspan>"


def _spot(spot: Spot) -> str:
    place = f'x="{_n(spot.x)}" y="{_n(spot.y)}" width="{_n(spot.width)}" height="{_n(spot.height)}"'
    return f'<rect fill="none" pointer-events="all" {place}><title>{escape(spot.tip)}</title></rect>'


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
