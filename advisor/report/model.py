"""A report as data: everything that is printed, and nothing of how. Writers lay it out, none computes.

Every figure is already text here, beside its raw value where tables are read by programs. Positions in charts
are in the unit of their axis.
"""

from enum import StrEnum

from msgspec import Struct

from advisor.report.palette import Colour


class Paragraph(Struct, frozen=True, tag="paragraph"):
    """Running text; a note is set smaller."""

    text: str
    note: bool = False


class Heading(Struct, frozen=True, tag="heading"):
    """A heading inside a section."""

    text: str


class Bullets(Struct, frozen=True, tag="bullets"):
    """Sentences that stand beside each other; as a note they are set smaller."""

    items: tuple[str, ...]
    note: bool = False


class Code(Struct, frozen=True, tag="code"):
    """Something to be copied, letter by letter."""

    text: str


class Facts(Struct, frozen=True, tag="facts"):
    """Labels with their texts."""

    rows: tuple[tuple[str, str], ...]


class Column(Struct, frozen=True):
    """A column's title, the unit of its raw values, and how it is set.

    ``width`` is a share of what is left over; ``None``: as wide as its content.
    """

    title: str
    unit: str | None = None
    numeric: bool = False
    width: float | None = None


class Cell(Struct, frozen=True):
    """What a cell shows, and the raw value behind it.

    An empty text with a value stands for "as above".
    """

    text: str
    value: float | str | None = None
    low: float | None = None  # raw bounds, where the text is an interval
    high: float | None = None
    detail: str = ""  # more, on a line of its own
    strong: bool = False
    muted: bool = False  # stands for a figure that there is not
    colour: Colour | None = None  # a framework's mark before the text
    link: str | None = None
    unit: str | None = None  # of the row's raw values, where rows differ in it
    source: int | None = None  # the number of the source that the text names
    span: int = 1  # columns that it takes; the cells that it covers are left out


class Table(Struct, frozen=True, tag="table"):
    """A table. ``id`` names its file in an export."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


class Label(Struct, frozen=True):
    """What a chart's row is about."""

    text: str
    detail: str = ""
    strong: bool = False
    muted: bool = False


class Segment(Struct, frozen=True):
    """A stretch of a bar, in the axis' unit; pale means the framework's colour, lightened."""

    start: float
    end: float
    colour: Colour
    text: str = ""
    pale: bool = False


class Bar(Struct, frozen=True):
    """A row's part in one panel: segments, an interval, a figure; or why there is none.

    ``low`` and ``high`` are where a line is drawn, ``interval`` is what it stands for, as tables write it.
    """

    segments: tuple[Segment, ...] = ()
    low: float | None = None
    high: float | None = None
    text: str = ""
    interval: str = ""
    missing: str = ""


class Tick(Struct, frozen=True):
    """A labelled place on an axis."""

    value: float
    text: str


class Figures(StrEnum):
    """How an axis' figures are written."""

    AS_TICKS = "as ticks"  # in percent where these are, plain numbers otherwise
    POINTS = "points"
    DRAWS = "draws"  # shares of draws, of which none is certain


class Panel(Struct, frozen=True):
    """One axis with a bar for each of the chart's labels. ``marks`` are labelled reference lines."""

    title: str
    minimum: float
    maximum: float
    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    marks: tuple[Tick, ...] = ()
    figures: Figures = Figures.AS_TICKS


class LegendEntry(Struct, frozen=True):
    """What a colour means in a chart."""

    text: str
    colour: Colour
    pale: bool = False


class Chart(Struct, frozen=True, tag="chart"):
    """Horizontal bars: labels once at the left, panels side by side. ``alt`` says it in words."""

    id: str
    caption: str
    alt: str
    labels: tuple[Label, ...]
    panels: tuple[Panel, ...]
    legend: tuple[LegendEntry, ...] = ()


Block = Paragraph | Heading | Bullets | Code | Facts | Table | Chart


class Section(Struct, frozen=True):
    """A part with a heading of its own; ``id`` is the target of links."""

    id: str
    title: str
    blocks: tuple[Block, ...]


class Verdict(Struct, frozen=True):
    """The answer as the first page shows it."""

    kind: str
    headline: str
    sentence: str
    colour: Colour
    facts: tuple[tuple[str, str], ...] = ()
    command: str | None = None
    command_label: str = ""


class Labels(Struct, frozen=True):
    """The few words that only a writer sets."""

    summary: str
    contents: str
    page: str  # "Page {page} of {pages}"
    table: str
    figure: str
    attachment: str
    logo: str


class Document(Struct, frozen=True):
    """A whole report. ``sections`` is empty where only the summary is wanted."""

    language: str
    title: str
    subtitle: str
    organisation: str | None
    date: str
    question: tuple[tuple[str, str], ...]
    verdict: Verdict
    summary: tuple[Block, ...]
    sections: tuple[Section, ...]
    labels: Labels
    colophon: str
    keywords: tuple[str, ...]

    def tables(self) -> tuple[Table, ...]:
        """Return every table, in order."""
        blocks = [*self.summary, *(block for section in self.sections for block in section.blocks)]
        return tuple(block for block in blocks if isinstance(block, Table))


class Options(Struct, frozen=True):
    """What the reader of a report may choose."""

    summary_only: bool = False
    organisation: str | None = None
