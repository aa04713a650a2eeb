"""What a fleet's run looks like so far, folded from its events, for every door."""

import threading
from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from advisor.assessment.fleet import FleetEvent, HostEnded, HostHeard
from advisor.assessment.pipeline import Phase
from advisor.assessment.run_state import RunState
from advisor.assessment.sites.model import Ended, HostOutcome, Kept, Waiting
from advisor.probes.model import Quantity
from advisor.workloads.model import Workload


class HostStage(StrEnum):
    """Where a host stands."""

    REACHING = "reaching"
    WAITING = "waiting"  # for another benchmark on it
    RUNNING = "running"
    AGAIN = "again"  # lost, being tried again
    ENDED = "ended"


class HostState(Struct):
    """One host, as its events leave it."""

    name: str
    run: RunState
    stage: HostStage = HostStage.REACHING
    ended: Ended | None = None
    attempts: int = 1


class HostLine(Struct, frozen=True):
    """One host as it stands at a moment: what a door shows of it."""

    name: str
    stage: HostStage = HostStage.REACHING
    outcome: HostOutcome | None = None  # of the last attempt that ended
    reason: str = ""
    phase: Phase | None = None
    workload: Workload | None = None
    progress: float = 0.0
    fastest: str | None = None  # the alternative that trains fastest there so far
    step_s: float = 0.0  # and how long its step takes

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.stage is not HostStage.ENDED


class FleetState:
    """Every host's state, in the order of the fleet. Call :meth:`apply` with events in their order."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.hosts = {name: HostState(name, RunState()) for name in names}

    def apply(self, event: FleetEvent) -> None:
        """Take one event into account."""
        host = self.hosts[event.host]
        match event:
            case HostEnded(ended=ended, again=again):
                host.ended = ended
                host.stage = HostStage.AGAIN if again else HostStage.ENDED
                if again:
                    host.attempts += 1
                    host.run = RunState()
            case HostHeard(event=Waiting()):
                host.stage = HostStage.WAITING
            case HostHeard(event=heard):
                host.stage = HostStage.RUNNING
                if not isinstance(heard, Kept):
                    host.run.apply(heard)  # type: ignore[arg-type]  # the last one never comes here

    def line(self, name: str) -> HostLine:
        """Return one host as it stands now."""
        host = self.hosts[name]
        if host.stage is not HostStage.RUNNING:
            ended = host.ended
            return HostLine(name, host.stage, ended.outcome if ended else None, ended.reason if ended else "")
        fastest = host.run.fastest(Quantity.TRAIN)
        return HostLine(
            name,
            host.stage,
            phase=host.run.phase,
            workload=host.run.current,
            progress=host.run.progress,
            fastest=fastest.subject.alternative if fastest else None,
            step_s=fastest.figures[Quantity.TRAIN].median_s if fastest else 0.0,
        )

    @property
    def running(self) -> int:
        """How many have not ended."""
        return sum(each.stage is not HostStage.ENDED for each in self.hosts.values())


class SharedFleetState:
    """A fleet's state between the threads that hear of its hosts and one that shows them, however much is heard.

    Parameters
    ----------
    changed : callable
        Called in a thread that hears, once until what changed has been taken.
    """

    def __init__(self, names: tuple[str, ...], changed: Callable[[], None]) -> None:
        self._state = FleetState(names)
        self._lock = threading.Lock()
        self._announce = changed
        self._changed: dict[str, None] = {}

    def __call__(self, event: FleetEvent) -> None:
        """Take one event into account."""
        with self._lock:
            first = not self._changed
            self._changed[event.host] = None
            self._state.apply(event)
        if first:
            self._announce()

    def take(self) -> list[HostLine]:
        """Return the hosts that have changed since the last time, as they stand now."""
        with self._lock:
            changed, self._changed = self._changed, {}
            return [self._state.line(name) for name in changed]
