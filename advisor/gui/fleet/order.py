"""What is to be measured where: made by the page, carried out by the engine's thread."""

import threading
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from advisor.assessment import fleet as fleets
from advisor.assessment import fleet_hosts
from advisor.assessment.fleet import Fleet, FleetEvent, FleetHost, FleetStore
from advisor.assessment.model import RunOptions
from advisor.assessment.store import Store
from advisor.decision.model import Needs
from advisor.errors import AdvisorError


class Order(Struct, frozen=True):
    """Hosts, and what is asked of them: ``needs``, or of ``like`` an assessment; of a fleet ``before`` its own."""

    hosts: tuple[FleetHost, ...]
    needs: Needs = Needs()
    options: RunOptions = RunOptions()
    like: str = ""
    program: str = fleet_hosts.PROGRAM
    install: bool = False
    before: Fleet | None = None

    @property
    def waiting(self) -> tuple[str, ...]:
        """The hosts that will be measured."""
        return tuple(each.name for each in self.hosts if each.way is not None and not each.done)

    def fleet(self, store: Store) -> Fleet:
        """Return the fleet before anything is measured."""
        if self.before is not None:
            return replace(self.before, hosts=self.hosts)
        needs = self.needs
        if self.like:
            asked = store.load(self.like)
            if asked.options.own or asked.options.data is not None:
                raise AdvisorError(
                    "Work and data of your own lie on this machine, so others can’t measure them.",
                    "Choose answers that ask for published networks.",
                )
            needs = replace(asked.needs, title=needs.title or asked.title)
        return fleets.begin(needs, self.options, self.hosts)

    def carry_out(
        self, store: Store, folder: Path, emit: Callable[[FleetEvent], None], cancel: threading.Event
    ) -> Fleet:
        """Measure on all hosts that are not done, and decide; what has ended is kept meanwhile.

        Parameters
        ----------
        store : Store
            Has the assessment that ``like`` names.
        folder : Path
            The user's data folder.
        """
        kept = FleetStore(folder)
        fleet = self.fleet(store)
        sites = fleet_hosts.sites(fleet.hosts, folder, self.program)
        kept.save(fleet)
        return fleets.run(fleet, sites, emit, cancel, install=self.install, keep=kept.save)
