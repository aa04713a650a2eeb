"""What all pages share: data folder, settings, history, this machine's survey, background threads."""

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject, Signal

from advisor.assessment import settings as settings_file
from advisor.assessment.settings import Settings
from advisor.assessment.store import Entry, Store
from advisor.errors import AdvisorError
from advisor.gui.bridge import Engine, Jobs, explain
from advisor.gui.drafts import Drafts
from advisor.gui.installing import Installer
from advisor.gui.text import language

if TYPE_CHECKING:
    from advisor.assessment.survey import Survey
    from advisor.frameworks.model import Framework, InstallPlan
    from advisor.hardware.model import Calibration


class Context(QObject):
    """The window's state outside its pages. Heavy rooms are imported by the threads that need them."""

    surveyed = Signal()  # the survey arrived, changed, failed, or began anew
    settings_changed = Signal()
    history_changed = Signal()  # assessments or drafts came, went or changed

    def __init__(self, folder: Path, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.settings = settings
        self.store = Store(folder)
        self.drafts = Drafts(folder)
        self.entries: tuple[Entry, ...] = ()
        self.interrupted: tuple[Entry, ...] = ()
        self.engine = Engine(self)
        self.jobs = Jobs(self)
        self.installer = Installer(folder, self.engine, self)
        self.installer.installed.connect(self.look)
        self.survey: Survey | None = None
        self.survey_error: str | None = None
        self.surveying = False
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

    def look(self, *, again: bool = False) -> None:
        """Survey the machine in the background; ``again`` detects the hardware anew, too."""
        if self.surveying:
            return
        self.surveying = True
        known = None if again or self.survey is None else self.survey.machine
        folder, settings = self.folder, self.settings

        def work() -> "Survey":
            from advisor.assessment.survey import survey

            return survey(folder, settings, known)

        self.jobs.submit(work, self._on_surveyed, self._on_survey_failed)
        self.surveyed.emit()

    def refresh_history(self) -> None:
        """Read the history in the background."""
        store = self.store
        self.jobs.submit(
            lambda: (store.entries(), store.interrupted()), self._on_history_read, lambda error: None
        )

    def change_settings(self, **changes: Any) -> None:
        """Keep changed settings, in memory and on disk."""
        self.settings = msgspec.structs.replace(self.settings, **changes)
        settings_file.save(self.folder, self.settings)
        self.settings_changed.emit()

    def stop(self) -> None:
        """End both threads; nothing of the context may be used afterwards."""
        self.engine.stop()
        self.jobs.stop()

    def _on_history_read(self, found: tuple[tuple[Entry, ...], tuple[Entry, ...]]) -> None:
        self.entries, self.interrupted = found
        self.history_changed.emit()

    def _on_surveyed(self, survey: "Survey") -> None:
        self.survey, self.survey_error, self.surveying = survey, None, False
        self.surveyed.emit()
        self.jobs.submit(partial(_plan, self.folder, survey), self._on_planned, lambda error: None)

    def _on_planned(self, plans: "dict[str, InstallPlan | str]") -> None:
        self.plans = plans
        self.surveyed.emit()

    def _on_survey_failed(self, error: BaseException) -> None:
        self.survey_error, self.surveying = explain(error), False
        self.surveyed.emit()


def _plan(folder: Path, survey: "Survey") -> "dict[str, InstallPlan | str]":
    """Say for every framework what setting it up would take, or why it can't be. Loads what a run needs, too,
    so that the first click on anything finds it loaded."""
    import advisor.assessment.pipeline  # noqa: F401
    from advisor.frameworks.environments import Environments

    environments = Environments(folder)
    plans: dict[str, InstallPlan | str] = {}
    for framework in survey.catalogue:
        try:
            plans[framework.id] = environments.plan(framework, survey.machine)
        except AdvisorError as error:
            plans[framework.id] = str(error)
    return plans
