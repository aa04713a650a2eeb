"""Tables of finished text with the figures behind it. No Qt here; ``tables.py`` shows them."""

from enum import Enum

from msgspec import Struct


class Tone(Enum):
    """What a cell's text is, beyond plain: each theme gives it a colour."""

    PLAIN = "plain"
    MUTED = "muted"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    LINK = "link"


class Cell(Struct, frozen=True):
    """One cell: what is shown, and what it sorts by.

    ``key`` is the figure behind ``text``; ``None`` marks a cell without one (a probe that failed, a fact
    that isn't known), which sorts last in either direction and is never taken for a zero.
    """

    text: str
    key: float | str | None = None
    tip: str = ""
    link: str = ""
    tone: Tone = Tone.PLAIN
    strong: bool = False


class Table(Struct, frozen=True):
    """A whole table: headers, which columns hold figures (aligned right), and rows of cells.

    ``keys`` gives each row its identity for the page (an assessment's id, say), where it has one. ``prose``
    are columns of sentences, with their shares of the width that the others leave.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figures: frozenset[int] = frozenset()
    keys: tuple[str, ...] = ()
    prose: dict[int, float] = {}


EMPTY = Table((), ())
SHORT = 10
"""Letters that a header may have without being broken into two lines."""


def cell(text: str) -> Cell:
    """Return a cell of plain text that sorts by it."""
    return Cell(text, text.casefold())


def stacked(title: str) -> str:
    """Return a header in two lines, broken where both are shortest: figures are narrower than what heads them."""
    halves = [(title[:at], title[at + 1 :]) for at, letter in enumerate(title) if letter == " "]
    if len(title) <= SHORT or not halves:
        return title
    return "\n".join(min(halves, key=lambda each: max(map(len, each))))


def tab_separated(table: Table, rows: list[int] | None = None) -> str:
    """Return the table as a spreadsheet takes it from the clipboard; text is flattened to one line."""
    chosen = range(len(table.rows)) if rows is None else rows
    lines = [table.headers, *([each.text for each in table.rows[row]] for row in chosen)]
    return "\n".join("\t".join(" ".join(text.split()) for text in line) for line in lines) + "\n"
