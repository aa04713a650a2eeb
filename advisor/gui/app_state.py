"""What all pages share: data folder, settings, history, this machine's inventory, background threads."""

from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject, Signal

from advisor.assessment import settings as settings_file
from advisor.assessment.model import Status
from advisor.assessment.settings import Settings
from advisor.assessment.store import Entry, Store
from advisor.errors import AdvisorError
from advisor.gui.bridge import Engine, Jobs, explain
from advisor.gui.drafts import Drafts
from advisor.gui.installing import Installer
from advisor.gui.text import language

if TYPE_CHECKING:
    from advisor.assessment.inventory import Inventory
    from advisor.frameworks.model import Framework, InstallPlan
    from advisor.hardware.model import Calibration


class AppState(QObject):
    """The window's state outside its pages. Heavy rooms are imported by the threads that need them."""

    inventory_taken = Signal()  # the inventory arrived, changed, failed, or began anew
    settings_changed = Signal()
    history_changed = Signal()  # assessments or drafts came, went or changed

    def __init__(self, folder: Path, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.settings = settings
        self.store = Store(folder)
        self.drafts = Drafts(folder)
        self.entries: tuple[Entry, ...] = ()
        self.history_known = False
        self.running: frozenset[str] = frozenset()  # ids of the assessments that somebody is running now
        self.engine = Engine(self)
        self.jobs = Jobs(self)
        self.installer = Installer(folder, self.engine, self)
        self.installer.installed.connect(self.look)
        self.inventory: Inventory | None = None
        self.inventory_error: str | None = None
        self.taking_inventory = False
        self.plans: dict[str, InstallPlan | str] = {}  # per framework; a text says why there is none
        self.calibration: Calibration | None = None

    @property
    def language(self) -> str:
        """The window's language."""
        return language()

    @cached_property
    def catalogue(self) -> "tuple[Framework, ...]":
        """The catalogue of frameworks, read when a page first needs it."""
        from advisor.frameworks.catalogue import load

        return load()

    @property
    def machine_model(self) -> str | None:
        """The processor's name, as the history holds it; ``None`` until it is known."""
        return self.inventory.machine.cpu.model if self.inventory else None

    def look(self, *, again: bool = False) -> None:
        """Inventory the machine in the background; ``again`` detects the hardware anew, too."""
        if self.taking_inventory:
            return
        self.taking_inventory = True
        known = None if again or self.inventory is None else self.inventory.machine
        folder, settings = self.folder, self.settings

        def work() -> "Inventory":
            from advisor.assessment.inventory import take_inventory

            return take_inventory(folder, settings, known)

        self.jobs.submit(work, self._on_inventory_taken, self._on_inventory_failed)
        self.inventory_taken.emit()

    def refresh_history(self) -> None:
        """Read the history in the background. Runs that were killed are brought to where cancelled ones
        stand, unless that would take time from a measurement."""
        store, quiet = self.store, not self.engine.busy
        self.jobs.submit(lambda: _history(store, settle=quiet), self._on_history_read, lambda error: None)

    def change_settings(self, **changes: Any) -> None:
        """Keep changed settings, in memory and on disk."""
        self.settings = msgspec.structs.replace(self.settings, **changes)
        settings_file.save(self.folder, self.settings)
        self.settings_changed.emit()

    def stop(self) -> None:
        """End both threads; nothing of the context may be used afterwards."""
        self.engine.stop()
        self.jobs.stop()

    def _on_history_read(self, found: "tuple[tuple[Entry, ...], frozenset[str]]") -> None:
        self.entries, self.running = found
        self.history_known = True
        self.history_changed.emit()

    def _on_inventory_taken(self, inventory: "Inventory") -> None:
        self.inventory, self.inventory_error, self.taking_inventory = inventory, None, False
        self.inventory_taken.emit()
        self.jobs.submit(partial(_plan, self.folder, inventory), self._on_planned, lambda error: None)

    def _on_planned(self, plans: "dict[str, InstallPlan | str]") -> None:
        self.plans = plans
        self.inventory_taken.emit()

    def _on_inventory_failed(self, error: BaseException) -> None:
        self.inventory_error, self.taking_inventory = explain(error), False
        self.inventory_taken.emit()


def _history(store: Store, *, settle: bool) -> tuple[tuple[Entry, ...], frozenset[str]]:
    """Return the history, and which of it is being run."""
    entries = store.entries()
    killed = store.interrupted()
    if killed and settle:
        from advisor.assessment.pipeline import settle as settle_run

        for entry in killed:
            with suppress(AdvisorError):  # somebody has just taken it up, or the disk is full
                settle_run(store, entry.id)
        entries = store.entries()
    left = {entry.id for entry in killed}
    marked = (entry.id for entry in entries if entry.status is Status.RUNNING)
    return entries, frozenset(each for each in marked if each not in left)


def _plan(folder: Path, inventory: "Inventory") -> "dict[str, InstallPlan | str]":
    """Say for every framework what setting it up would take, or why it can't be. Loads what a run needs, too,
    so that the first click on anything finds it loaded."""
    import advisor.assessment.pipeline
    import advisor.gui.wizard.page  # noqa: F401
    from advisor.frameworks.environments import Environments

    environments = Environments(folder)
    plans: dict[str, InstallPlan | str] = {}
    for framework in inventory.catalogue:
        try:
            plans[framework.id] = environments.plan(framework, inventory.machine)
        except AdvisorError as error:
            plans[framework.id] = str(error)
    return plans
