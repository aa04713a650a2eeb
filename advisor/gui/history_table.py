"""The history as a table: what stands in each line."""

from datetime import datetime

from msgspec.structs import replace

from advisor.assessment.model import Status
from advisor.assessment.store import Entry
from advisor.decision.model import VerdictKind
from advisor.gui.tables_data import Cell, Table, Tone, cell
from advisor.gui.text import _
from advisor.report import format as fmt
from advisor.report.wording import names
from advisor.workloads.model import Task

MACHINE, TAGS = 5, 6
"""Columns that tell nothing where there is one machine only, or no tag."""

_TONES = {
    VerdictKind.CLEAR: Tone.GOOD,
    VerdictKind.LEANING: Tone.PLAIN,
    VerdictKind.TOO_CLOSE: Tone.WARNING,
    VerdictKind.TOO_LITTLE: Tone.MUTED,
    VerdictKind.NONE: Tone.BAD,
}


def history_table(
    entries: tuple[Entry, ...],
    alternatives: dict[str, str],
    language: str,
    running: frozenset[str] = frozenset(),
) -> Table:
    """Return the history as a table, newest first, each row under its assessment's id.

    Parameters
    ----------
    running : frozenset of str
        The ids of those that somebody is running now.
    """
    return Table(
        headers=(_("Date"), _("Title"), _("Verdict"), _("Recommended"), _("Tasks"), _("Machine"), _("Tags")),
        rows=tuple(_line(entry, alternatives, language, running) for entry in entries),
        keys=tuple(entry.id for entry in entries),
        prose={1: 4.0, 3: 2.0, 4: 2.0, 5: 2.0, 6: 2.0},
    )


def _line(
    entry: Entry, alternatives: dict[str, str], language: str, running: frozenset[str]
) -> tuple[Cell, ...]:
    tasks = [names.task(Task(each), language) for each in entry.tasks if each in set(Task)]
    complete = entry.status is Status.COMPLETE
    recommended = [names.name_of(each, alternatives) for each in entry.recommended if complete]
    # Year, month, day: the one order that sorts, and that nobody takes for another.
    return (
        Cell(_when(entry.created_at), entry.created_at, tip=entry.created_at),
        cell(entry.title or _("Untitled")),
        Cell(_("running"), len(VerdictKind), tone=Tone.PLAIN)
        if entry.id in running
        else _verdict(entry, language),
        _or_dash(fmt.listing(recommended, language)),
        _or_dash(fmt.listing(tasks, language)),
        _or_dash(entry.machine or ""),
        _tags(entry.tags),
    )


def _when(stamp: str) -> str:
    try:
        return f"{datetime.fromisoformat(stamp).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return stamp


def _verdict(entry: Entry, language: str) -> Cell:
    """Return how firm the answer is; of a run that did not end by itself only that, for it has no answer yet."""
    if entry.status is not Status.COMPLETE or entry.verdict not in set(VerdictKind):
        return Cell(names.status(entry.status, language), len(VerdictKind), tone=Tone.MUTED)
    kind = VerdictKind(entry.verdict)
    return Cell(names.verdict_kind(kind, language), list(VerdictKind).index(kind), tone=_TONES[kind])


def _tags(tags: tuple[str, ...]) -> Cell:
    """Return the tags, which the tip has one a line."""
    return replace(_or_dash(_(", ").join(tags)), tip="\n".join(tags))


def _or_dash(text: str) -> Cell:
    return cell(text) if text else Cell(fmt.DASH, None, tone=Tone.MUTED)
