"""A chart of the document as SVG: for the HTML report, and for whoever wants the figure alone."""

from collections.abc import Callable
from html import escape

from advisor.report.model import Bar, Chart, Label, Panel
from advisor.report.palette import Colour, text_on

WIDTH = 860.0
_ROW = 20.0
_BAR = 12.0
_GUTTER = 18.0
_CHARACTER = 7.4  # generous width of one at the size used; wide ones count twice


def chart_svg(chart: Chart) -> str:
    """Return a chart as an SVG element whose colours follow the page's theme.

    Colours come from the classes ``fill``, ``grid``, ``ink`` and ``muted`` of ``report.css``.
    """
    label_width = min(max(_text_width(_label_text(label)) for label in chart.labels) + 6, 0.36 * WIDTH)
    count = len(chart.panels)
    width = (WIDTH - label_width - _GUTTER * count) / count
    marked = any(panel.marks for panel in chart.panels)
    top = 34.0 if marked else 22.0
    height = top + len(chart.labels) * _ROW + 22
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(chart.alt)}">'
    ]
    parts += [_label(label, top + (row + 0.5) * _ROW) for row, label in enumerate(chart.labels)]
    for index, panel in enumerate(chart.panels):
        left = label_width + _GUTTER + index * (width + _GUTTER)
        parts.append(_panel(panel, left, top, width))
    parts.append("</svg>")
    return "".join(parts)


def tinted(colour: Colour) -> str:
    """Return the attribute that gives an element its colour on a light and on a dark page."""
    return f'style="--light:{colour.light};--dark:{colour.dark}"'


def _panel(panel: Panel, left: float, top: float, width: float) -> str:
    room = max([_text_width(bar.text) + 8 for bar in panel.bars if bar.text] + [10.0])
    plot = width - room
    span = panel.maximum - panel.minimum
    height = len(panel.bars) * _ROW

    def x(value: float) -> float:
        return left + (value - panel.minimum) / span * plot

    parts = [f'<text class="muted strong" x="{left:.1f}" y="12">{escape(panel.title)}</text>']
    for tick in panel.ticks:
        at = x(tick.value)
        kind = "axis" if tick.value == 0 else "grid"
        parts.append(f'<path class="{kind}" d="M{at:.1f} {top:.1f}v{height:.1f}"/>')
        parts.append(
            f'<text class="muted" text-anchor="middle" x="{at:.1f}" y="{top + height + 15:.1f}">'
            f"{escape(tick.text)}</text>"
        )
    for row, bar in enumerate(panel.bars):
        parts.append(_bar(bar, x, top + (row + 0.5) * _ROW, x(max(panel.minimum, 0.0))))
    for mark in panel.marks:
        at = x(mark.value)
        parts.append(f'<path class="mark-line" d="M{at:.1f} {top - 4:.1f}v{height + 4:.1f}"/>')
        parts.append(f'<text class="muted" x="{at + 4:.1f}" y="{top - 6:.1f}">{escape(mark.text)}</text>')
    return "".join(parts)


def _bar(bar: Bar, x: Callable[[float], float], middle: float, zero: float) -> str:
    if bar.missing:
        return f'<text class="muted" x="{zero + 5:.1f}" y="{middle + 4:.1f}">{escape(bar.missing)}</text>'
    parts, right = [], zero
    for segment in bar.segments:
        start, end = sorted((x(segment.start), x(segment.end)))
        right = max(right, end)
        parts.append(
            f'<rect class="fill{" pale" if segment.pale else ""}" {tinted(segment.colour)} x="{start:.1f}" '
            f'y="{middle - _BAR / 2:.1f}" width="{end - start:.1f}" height="{_BAR:.0f}"/>'
        )
        if segment.text and _text_width(segment.text) < end - start - 2:
            light, dark = text_on(segment.colour.light), text_on(segment.colour.dark)
            parts.append(
                f'<text class="inside" {tinted(Colour(light, dark))} text-anchor="middle" '
                f'x="{(start + end) / 2:.1f}" y="{middle + 3.5:.1f}">{escape(segment.text)}</text>'
            )
    if bar.low is not None and bar.high is not None:
        low, high = x(bar.low), x(bar.high)
        right = max(right, high)
        parts.append(
            f'<path class="interval" d="M{low:.1f} {middle:.1f}H{high:.1f}M{low:.1f} {middle - 3:.1f}v6'
            f'M{high:.1f} {middle - 3:.1f}v6"/>'
        )
    if bar.text:
        parts.append(f'<text class="ink" x="{right + 5:.1f}" y="{middle + 4:.1f}">{escape(bar.text)}</text>')
    return "".join(parts)


def _label(label: Label, middle: float) -> str:
    kind = "muted" if label.muted else "ink"
    strong = " strong" if label.strong else ""
    detail = f'<tspan class="muted" dx="5">{escape(label.detail)}</tspan>' if label.detail else ""
    return f'<text class="{kind}{strong}" x="0" y="{middle + 4:.1f}">{escape(label.text)}{detail}</text>'


def _label_text(label: Label) -> str:
    return f"{label.text}  {label.detail}" if label.detail else label.text


def _text_width(text: str) -> float:
    return _CHARACTER * sum(2 if ord(character) > 0x2E80 else 1 for character in text)
