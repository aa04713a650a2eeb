"""What a fleet's run looks like so far, folded from its events, for every door."""

from enum import StrEnum

from msgspec import Struct

from advisor.assessment.fleet import FleetEvent, HostEnded, HostHeard
from advisor.assessment.run_state import RunState
from advisor.assessment.sites.model import Ended, Kept, Waiting


class HostStage(StrEnum):
    """Where a host stands."""

    REACHING = "reaching"
    WAITING = "waiting"  # for another benchmark on it
    RUNNING = "running"
    AGAIN = "again"  # lost, being tried again
    ENDED = "ended"


class HostState(Struct):
    """One host's line."""

    name: str
    run: RunState
    stage: HostStage = HostStage.REACHING
    ended: Ended | None = None
    attempts: int = 1


class FleetState:
    """Every host's line, in the order of the fleet. Call :meth:`apply` with events in their order."""

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

    @property
    def running(self) -> int:
        """How many have not ended."""
        return sum(each.stage is not HostStage.ENDED for each in self.hosts.values())
