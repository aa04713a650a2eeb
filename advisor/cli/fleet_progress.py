"""How far a fleet is: a line for each host that redraws on events on a terminal, plain lines elsewhere."""

from collections.abc import Sequence

from rich.table import Table

from advisor.assessment.fleet import Fleet, FleetEvent, HostEnded
from advisor.assessment.fleet_state import FleetState, HostStage, HostState
from advisor.assessment.pipeline import Phase
from advisor.cli.console import CliContext
from advisor.cli.live import LiveDisplay
from advisor.frameworks.model import Framework
from advisor.probes.model import Quantity
from advisor.report import format as fmt
from advisor.report.wording import fleet as words
from advisor.report.wording import names
from advisor.report.wording import stages as stage_words

LINES = 40
"""Hosts that a terminal shows at once: those that run before those that have ended."""


class FleetDisplay(LiveDisplay):
    """Shows a fleet's run. A context manager; call it with every event."""

    def __init__(self, door: CliContext, fleet: Fleet, catalogue: Sequence[Framework]) -> None:
        super().__init__(door)
        self._door = door
        self._names = names.alternative_names(catalogue)
        self._state = FleetState(tuple(each.name for each in fleet.hosts if each.assessment is None))
        self._said: dict[str, str] = {}

    def __call__(self, event: FleetEvent) -> None:
        """Take one event into account and show it, at most four times a second."""
        self._state.apply(event)
        if self.live is None:
            self._line(event)
        elif self.is_due or isinstance(event, HostEnded):
            self.paint(self._table())

    def _line(self, event: FleetEvent) -> None:
        host = self._state.hosts[event.host]
        text = self._standing(host)
        if self._said.get(host.name) != text:
            self._said[host.name] = text
            self._door.err.print(f"  {host.name}: {text}")

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        hosts = sorted(self._state.hosts.values(), key=lambda each: each.stage is HostStage.ENDED)
        for host in hosts[:LINES]:
            share = fmt.percent(host.run.fraction) if host.stage is HostStage.RUNNING else ""
            table.add_row(f"  {host.name}", self._standing(host), share, self._best(host))
        hidden = len(hosts) - LINES
        if hidden > 0:
            more = self._door.ngettext("and {n} more", "and {n} more", hidden)
            table.add_row("", more.format(n=hidden))
        return table

    def _standing(self, host: HostState) -> str:
        language = self._door.language
        run = host.run
        if host.stage is HostStage.RUNNING and run.phase is not None:
            if run.phase is Phase.PROBE and run.current is not None:
                return names.task(run.current.task, language)
            return stage_words.phase(run.phase, language)
        if host.ended is not None and host.stage in (HostStage.ENDED, HostStage.AGAIN):
            text = words.outcome(host.ended.outcome, language)
            if host.ended.reason:
                text += f": {words.first_line(host.ended.reason)}"
            return f"{text} {words.stage(host.stage, language)}" if host.stage is HostStage.AGAIN else text
        return words.stage(host.stage, language)

    def _best(self, host: HostState) -> str:
        """Return who trains fastest there so far."""
        rows = host.run.fastest_first(Quantity.TRAIN) if host.stage is HostStage.RUNNING else []
        if not rows or host.run.current is None:
            return ""
        rate = host.run.current.batch / rows[0].figures[Quantity.TRAIN].median_s
        unit = names.rate_unit(host.run.current, Quantity.TRAIN, self._door.language)
        return f"{names.name_of(rows[0].subject.alternative, self._names)} {fmt.number(rate)} {unit}"
