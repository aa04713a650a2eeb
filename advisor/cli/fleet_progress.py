"""How far a fleet is: a line for each host that redraws on events on a terminal, plain lines elsewhere."""

from collections.abc import Sequence

from rich.table import Table

from advisor.assessment.fleet import FleetEvent, HostEnded
from advisor.assessment.fleet_state import FleetState, HostLine, HostStage
from advisor.cli.console import CliContext
from advisor.cli.live import LiveDisplay
from advisor.frameworks.model import Framework
from advisor.report import format as fmt
from advisor.report.wording import fleet as words
from advisor.report.wording import names

LINES = 40
"""Hosts that a terminal shows at once: those that run before those that have ended."""


class FleetDisplay(LiveDisplay):
    """Shows a fleet's run. A context manager; call it with every event."""

    def __init__(self, door: CliContext, hosts: tuple[str, ...], catalogue: Sequence[Framework]) -> None:
        super().__init__(door)
        self._door = door
        self._names = names.alternative_names(catalogue)
        self._state = FleetState(hosts)
        self._told: dict[str, str] = {}

    def __call__(self, event: FleetEvent) -> None:
        """Take one event into account and show it, at most four times a second."""
        self._state.apply(event)
        if self.live is None:
            self._line(event)
        elif self.is_due or (isinstance(event, HostEnded) and self._state.running <= LINES):
            self.paint(self._table())

    def _line(self, event: FleetEvent) -> None:
        line = self._state.line(event.host)
        text = ": ".join(filter(None, self._said(line)))
        if self._told.get(line.name) != text:
            self._told[line.name] = text
            self._door.err.print(f"  {line.name}: {text}")

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        names = sorted(self._state.hosts, key=lambda name: self._state.hosts[name].stage is HostStage.ENDED)
        for line in map(self._state.line, names[:LINES]):
            share = fmt.percent(line.progress) if line.stage is HostStage.RUNNING else ""
            fastest = words.fastest(line, self._names, self._door.language)
            table.add_row(f"  {line.name}", ": ".join(filter(None, self._said(line))), share, fastest)
        hidden = len(names) - LINES
        if hidden > 0:
            more = self._door.ngettext("and {n} more", "and {n} more", hidden)
            table.add_row("", more.format(n=hidden))
        return table

    def _said(self, line: HostLine) -> tuple[str, str]:
        return words.standing(line, self._door.language), words.first_line(line.reason)
