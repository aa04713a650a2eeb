"""How a chart looks: the only place that decides it, for paper, page and window alike.

A chart becomes a scene of rectangles, lines and words at a given width. Every distance is a multiple of the size
of its letters, so that a drawing is the same on each medium.
"""

import math

from msgspec import Struct

from advisor.report import palette
from advisor.report.model import Bar, Chart, Label, LegendEntry, Panel, Segment
from advisor.report.palette import AXIS, GRID, GROUND, INK, MUTED, Colour
from advisor.report.reading import spoken_bar, spoken_row, spoken_segment
from advisor.report.scene import Anchor, Box, Lettering, Line, Run, Scene, Shape, Spot, Words

# All in multiples of the letters' size.
LINE = 1.4
ROW = 1.75
BAR = 1.05
CHARACTER_MIDDLE = 0.36
"""How far below the middle of a row its letters stand."""
GUTTER = 1.4
GAP = 0.5
PANEL = 13.0
"""Panels stand side by side while each has this much for its bars, and below each other otherwise."""
LABEL_SHARE = 0.36
"""Share of the width that labels may take; longer ones put their detail below, and are shortened at last."""
SWATCH = 0.85
AXIS_ROW = 1.7
"""Height of the ticks' words with what is free below them."""
CAPTION_LINES = 5
ELLIPSIS = "…"
SPACES = "\u00a0\u00a0"
"""Between a name and its detail: spaces that no medium takes away."""


def draw(chart: Chart, width: float, lettering: Lettering, *, captioned: bool = False) -> Scene:
    """Return a chart as a scene of a given width, as high as it needs, with its caption or without."""
    return _Sheet(chart, width, lettering).scene(captioned)


class _Frame(Struct):
    """Where one panel goes: its bars between ``left`` and ``right``, its figures up to ``edge``."""

    panel: Panel
    left: float
    right: float
    edge: float
    top: float
    row: float

    def x(self, value: float) -> float:
        """Return where a value of the axis lies."""
        span = self.panel.maximum - self.panel.minimum
        return self.left + (value - self.panel.minimum) / span * (self.right - self.left)

    @property
    def bottom(self) -> float:
        """Where the bars end."""
        return self.top + self.row * len(self.panel.bars)

    def middle(self, row: int) -> float:
        """Return the height at which a row's bar lies."""
        return self.top + (row + 0.5) * self.row


class _Sheet:
    """One drawing while it is made."""

    def __init__(self, chart: Chart, width: float, lettering: Lettering) -> None:
        self._chart, self._width, self._em = chart, width, lettering.size
        self._measure = lettering.measure
        self._shapes: list[Shape] = []
        self._spots: list[Spot] = []

    def scene(self, captioned: bool) -> Scene:
        """Lay everything out."""
        chart, em = self._chart, self._em
        limit = LABEL_SHARE * self._width
        names = [self._measure(label.text, label.strong) for label in chart.labels]
        details = [
            self._measure(SPACES + label.detail, False) if label.detail else 0.0 for label in chart.labels
        ]
        whole = [name + detail for name, detail in zip(names, details, strict=True)]
        stacked = any(details) and max(whole) > limit
        labels = min(max([*names, *details] if stacked else whole, default=0.0), limit)
        row = (ROW + 1.0 if stacked else ROW) * em
        figures = max(
            (self._measure(bar.text, False) for panel in chart.panels for bar in panel.bars), default=0.0
        )
        room = figures + GAP * em if figures else GAP * em
        left = labels + (GUTTER if labels else 0) * em
        columns = self._columns(left, room)
        share = (self._width - left + GUTTER * em) / columns
        y = self._caption() if captioned else 0.0
        for first in range(0, len(chart.panels), columns):
            panels = chart.panels[first : first + columns]
            titles = [self._wrapped(panel.title, share - GUTTER * em, 2) for panel in panels]
            over = LINE * em * max(map(len, titles), default=0)
            marked = max((len(panel.marks) for panel in panels), default=0)
            top = y + over + marked * LINE * em + 0.3 * em
            self._labels(labels, top, row, stacked)
            for number, panel in enumerate(panels):
                start = left + number * share
                edge = start + share - GUTTER * em
                frame = _Frame(panel, start, max(edge - room, start + em), edge, top, row)
                for index, line in enumerate(titles[number]):
                    self._words(start, y + (index + 0.5) * LINE * em, Run(line, MUTED, strong=True))
                self._panel(frame)
            y = top + row * len(chart.labels) + AXIS_ROW * em
        return Scene(self._width, self._legend(y), tuple(self._shapes), tuple(self._spots))

    def _caption(self) -> float:
        em, lines = self._em, self._wrapped(self._chart.caption, self._width, CAPTION_LINES)
        for number, line in enumerate(lines):
            self._words(0, (number + 0.5) * LINE * em, Run(line, INK, strong=True))
        return (len(lines) * LINE + GAP) * em

    def _columns(self, left: float, room: float) -> int:
        """Return how many panels stand side by side; lines of panels are equally long where they can be."""
        count = max(len(self._chart.panels), 1)
        needed = PANEL * self._em + room
        fitting = int((self._width - left + GUTTER * self._em) // (needed + GUTTER * self._em))
        return math.ceil(count / math.ceil(count / min(max(fitting, 1), count)))

    # Words

    def _words(self, x: float, middle: float, *runs: Run, anchor: Anchor = Anchor.START) -> None:
        shown = tuple(run for run in runs if run.text)
        self._shapes.append(Words(x, middle + CHARACTER_MIDDLE * self._em, shown, anchor))

    def _fitted(self, text: str, width: float, *, strong: bool = False) -> str:
        """Return a text, shortened in its middle where it is too wide: ends are what tells names apart."""
        if self._measure(text, strong) <= width + 0.01 * self._em:  # widths that were added and taken away
            return text
        for kept in range(len(text) - 1, 1, -1):
            head = math.ceil(kept / 2)
            shown = text[:head].rstrip() + ELLIPSIS + text[len(text) - (kept - head) :].lstrip()
            if self._measure(shown, strong) <= width:
                return shown
        return ELLIPSIS

    def _wrapped(self, text: str, width: float, lines: int) -> list[str]:
        """Return bold words in as many lines as they need, and no more than there may be."""
        found: list[str] = []
        while text and self._measure(text, True) > width and len(found) < lines - 1:
            breaks = [at for at, letter in enumerate(text) if at and (letter == " " or ord(letter) > 0x2E80)]
            at = max((at for at in breaks if self._measure(text[:at], True) <= width), default=0)
            if not at:
                break
            found.append(text[:at])
            text = text[at:].lstrip()
        return [*found, self._fitted(text, width, strong=True)] if text else found

    def _labels(self, width: float, top: float, row: float, stacked: bool) -> None:
        em = self._em
        for number, label in enumerate(self._chart.labels):
            middle = top + (number + 0.5) * row
            beside = label.detail if not stacked else ""
            detail = Run(beside and SPACES + beside, MUTED)
            room = width - self._measure(detail.text, False)
            shown = self._fitted(label.text, room, strong=label.strong)
            name = Run(shown, MUTED if label.muted else INK, label.strong)
            if label.detail and stacked:
                self._words(0, middle - 0.6 * em, name)
                self._words(0, middle + 0.6 * em, Run(self._fitted(label.detail, width), MUTED))
            else:
                self._words(0, middle, name, detail)
            self._spots.append(Spot(0, top + number * row, width, row, spoken_row(label, "")))

    # Panels

    def _panel(self, frame: _Frame) -> None:
        self._axis(frame)
        for row, (label, bar) in enumerate(zip(self._chart.labels, frame.panel.bars, strict=True)):
            top = frame.top + row * frame.row
            self._spots.append(
                Spot(frame.left, top, frame.edge - frame.left, frame.row, spoken_bar(label, bar))
            )
            self._bar(frame, row, label, bar)
        self._marks(frame)

    def _axis(self, frame: _Frame) -> None:
        em, taken = self._em, -math.inf
        for tick in frame.panel.ticks:
            x = frame.x(tick.value)
            zero = tick.value == 0
            self._line(x, frame.top, x, frame.bottom, AXIS if zero else GRID, 0.09 if zero else 0.06)
            half = self._measure(tick.text, False) / 2
            x = min(x, frame.edge - half)
            if x - half > taken + 0.3 * em:
                self._words(x, frame.bottom + 0.8 * em, Run(tick.text, MUTED), anchor=Anchor.MIDDLE)
                taken = x + half

    def _bar(self, frame: _Frame, row: int, label: Label, bar: Bar) -> None:
        em, middle = self._em, frame.middle(row)
        parted = len(bar.segments) > 1
        for segment in bar.segments:
            x, width = self._segment(frame, middle, segment, parted)
            if parted:
                tip = spoken_row(label, spoken_segment(self._chart, frame.panel, segment))
                self._spots.append(Spot(x, middle - frame.row / 2, width, frame.row, tip))
        if bar.low is not None and bar.high is not None:
            self._interval(frame.x(bar.low), frame.x(bar.high), middle)
        if bar.missing:
            x = frame.x(max(frame.panel.minimum, 0.0)) + GAP * em
            self._words(x, middle, Run(self._fitted(bar.missing, frame.edge - x), MUTED))
        elif bar.text:
            self._words(frame.right + GAP * em, middle, Run(bar.text, INK))

    def _segment(self, frame: _Frame, middle: float, segment: Segment, parted: bool) -> tuple[float, float]:
        x, end = sorted((frame.x(segment.start), frame.x(segment.end)))
        width, height, top = end - x, BAR * self._em, middle - BAR * self._em / 2
        seam = min(0.08 * self._em, width / 4) if parted else 0.0
        shown = self._swatch(x, top, width - seam, height, segment.colour, pale=segment.pale)
        if segment.text and self._measure(segment.text, False) + GAP * self._em < width:
            run = Run(segment.text, palette.readable_on(shown))
            self._words(x + width / 2, middle, run, anchor=Anchor.MIDDLE)
        return x, width

    def _swatch(
        self, x: float, y: float, width: float, height: float, colour: Colour, *, pale: bool
    ) -> Colour:
        """Add a box in a colour or, in its own outline, in the pale one; return what fills it."""
        self._shapes.append(Box(x, y, width, height, colour))
        if not pale:
            return colour
        edge, inner = 0.08 * self._em, palette.pale(colour)
        if width > 2 * edge:
            self._shapes.append(Box(x + edge, y + edge, width - 2 * edge, height - 2 * edge, inner))
        return inner

    def _interval(self, low: float, high: float, middle: float) -> None:
        em = self._em
        # A halo in the ground's colour makes it seen on any bar.
        if low == high:  # a mark, not an interval
            for colour, width in ((GROUND, 0.5), (INK, 0.25)):
                self._line(low, middle - 0.75 * em, low, middle + 0.75 * em, colour, width)
            return
        for colour, width in ((GROUND, 0.26), (INK, 0.12)):
            self._line(low, middle, high, middle, colour, width)
            for x in (low, high):
                self._line(x, middle - 0.3 * em, x, middle + 0.3 * em, colour, width)

    # Marks and legend

    def _marks(self, frame: _Frame) -> None:
        em = self._em
        for number, mark in enumerate(frame.panel.marks):
            x, over = frame.x(mark.value), (number + 0.5) * LINE * em + 0.3 * em
            self._line(x, frame.top - 0.3 * em, x, frame.bottom, INK, 0.1, dashed=True)
            half = self._measure(mark.text, False) / 2
            centre = min(max(x, frame.left + half), max(frame.edge - half, frame.left + half))
            self._words(centre, frame.top - over, Run(mark.text, INK), anchor=Anchor.MIDDLE)

    def _legend(self, top: float) -> float:
        """Add the legend below everything; return where the drawing ends."""
        em, x = self._em, 0.0
        for entry in self._chart.legend:
            words = self._measure(entry.text, False)
            needed = (SWATCH + GAP) * em + words
            if x and x + needed > self._width:
                x, top = 0.0, top + LINE * em
            self._key(entry, x, top + LINE * em / 2)
            x += needed + GUTTER * em
        return top + LINE * em if self._chart.legend else top

    def _key(self, entry: LegendEntry, x: float, middle: float) -> None:
        side = SWATCH * self._em
        self._swatch(x, middle - side / 2, side, side, entry.colour, pale=entry.pale)
        self._words(x + side + GAP * self._em, middle, Run(entry.text, MUTED))

    def _line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        colour: Colour,
        width: float,
        *,
        dashed: bool = False,
    ) -> None:
        self._shapes.append(Line(x1, y1, x2, y2, colour, width * self._em, dashed))
