"""The machines of a run as a table that is told of changes in batches, and formats only what is looked at."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex

from advisor.assessment.fleet_state import HostLine, HostStage
from advisor.assessment.sites.model import HostOutcome
from advisor.gui.tables import TableModel
from advisor.gui.tables_data import Cell, Table, Tone
from advisor.gui.text import _, language
from advisor.report import format as fmt
from advisor.report.wording import fleet as words

SHARES = (1.8, 2.7, 1.4, 2.8, 3.2)
"""Of the table's width, by column."""

PROGRESS = 2

_OUTCOME_TONES = {HostOutcome.DONE: Tone.GOOD, HostOutcome.CANCELLED: Tone.MUTED}


class Shown:
    """Which machines are shown."""

    ALL, RUNNING, FAILED, DONE = "all", "running", "failed", "done"


def _failed(line: HostLine) -> bool:
    return not line.running and line.outcome not in _OUTCOME_TONES


TESTS: dict[str, Callable[[HostLine], bool]] = {
    Shown.ALL: lambda line: True,
    Shown.RUNNING: lambda line: line.running,
    Shown.FAILED: _failed,
    Shown.DONE: lambda line: line.outcome is HostOutcome.DONE and not line.running,
}


class HostsModel(TableModel):
    """A row for each machine, in the order of the fleet."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: dict[str, HostLine] = {}
        self._rows: list[str] = []  # the names that are shown
        self._cells: dict[str, tuple[Cell, ...]] = {}
        self._alternatives: dict[str, str] = {}
        self._shown = Shown.ALL

    def begin(self, names: Sequence[str], alternatives: dict[str, str]) -> None:
        """Show other machines, of which nothing is known yet."""
        self._lines = {name: HostLine(name) for name in names}
        self._alternatives = alternatives
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the window's language."""
        self.beginResetModel()
        self._cells.clear()
        headers = (_("Machine"), _("State"), _("Progress"), _("Fastest so far"), _("What it said"))
        self.table = Table(headers, (), frozenset({PROGRESS}))
        self._rows = self._matching()
        self.endResetModel()

    def show_only(self, which: str) -> None:
        """Show all machines, or only some."""
        self.beginResetModel()
        self._shown = which
        self._rows = self._matching()
        self.endResetModel()

    def take(self, lines: Sequence[HostLine]) -> None:
        """Take over machines as they stand now."""
        for line in lines:
            self._lines[line.name] = line
            self._cells.pop(line.name, None)
        rows = self._matching()
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        changed = {line.name for line in lines}
        touched = [row for row, name in enumerate(rows) if name in changed]
        if touched:
            last = self.columnCount() - 1
            self.dataChanged.emit(self.index(touched[0], 0), self.index(touched[-1], last))

    def count(self, which: str) -> int:
        """Return how many machines there are of a kind."""
        return sum(map(TESTS[which], self._lines.values()))

    @property
    def progress(self) -> float:
        """How far all machines are together."""
        done = sum(line.progress if line.running else 1.0 for line in self._lines.values())
        return done / len(self._lines) if self._lines else 0.0

    def lines(self) -> tuple[HostLine, ...]:
        """Return every machine, shown or not."""
        return tuple(self._lines.values())

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def cell(self, row: int, column: int) -> Cell:
        name = self._rows[row]
        cells = self._cells.get(name)
        if cells is None:
            cells = self._cells[name] = self._formatted(self._lines[name])
        return cells[column]

    def _formatted(self, line: HostLine) -> tuple[Cell, ...]:
        spoken = language()
        running = line.stage is HostStage.RUNNING
        tone = Tone.PLAIN
        if line.stage is HostStage.AGAIN:
            tone = Tone.WARNING
        elif not line.running and line.outcome is not None:
            tone = _OUTCOME_TONES.get(line.outcome, Tone.BAD)
        elif not running:
            tone = Tone.MUTED
        said = words.first_line(line.reason)
        return (
            Cell(line.name, strong=True),
            Cell(words.standing(line, spoken), tone=tone),
            Cell(fmt.percent(line.progress) if running else ""),
            Cell(words.fastest(line, self._alternatives, spoken)),
            Cell(said, tip=line.reason, tone=tone if tone is Tone.BAD else Tone.MUTED),
        )

    def _matching(self) -> list[str]:
        test = TESTS[self._shown]
        return [name for name, line in self._lines.items() if test(line)]
