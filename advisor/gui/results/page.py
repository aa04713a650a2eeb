"""The results page: an assessment's head, its tabs, and what can be done with it."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QWidget

from advisor.assessment import scenarios
from advisor.assessment.model import Assessment, Scenario, Status
from advisor.assessment.settings import Settings
from advisor.assessment.store import Store, new_id
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.gui.bridge import Jobs, explain
from advisor.gui.export import ExportDialog
from advisor.gui.inputs import TabBar
from advisor.gui.page import Page
from advisor.gui.results.tabs import AdviceTab, AnswerTab, EvidenceTab, MeasurementsTab, SensitivityTab
from advisor.gui.results.whatif import WhatIf
from advisor.gui.saved import SavedBanner
from advisor.gui.text import N_, _, language
from advisor.gui.theme import Space, Theme
from advisor.gui.ways import WAYS, Way, WaysMenu, resumable, ways
from advisor.gui.widgets import Banner, Button, EmptyState, PageHeader, Pill, vbox
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.wording import machine, names

if TYPE_CHECKING:
    from advisor.decision.engine import Model

TABS = {
    "answer": N_("Answer"),
    "what-if": N_("What if"),
    "measurements": N_("Measurements"),
    "sensitivity": N_("What would change it"),
    "advice": N_("Advice"),
    "evidence": N_("Evidence"),
}


class ResultsPage(Page):
    """One assessment. Tabs are filled when they are first looked at; the model behind the sliders is built
    in the background.

    Parameters
    ----------
    machine_model : callable
        Returns the processor that a run can be gone on with on; ``None`` while it isn't known.
    """

    saved = Signal(str)  # id of a copy with other answers
    way_chosen = Signal(str, object)  # a way, and the assessment that is shown

    def __init__(
        self,
        store: Store,
        settings: Settings,
        parent: QWidget | None = None,
        *,
        machine_model: Callable[[], str | None] = lambda: None,
    ) -> None:
        super().__init__(parent)
        self.store, self.settings = store, settings
        self._machine_model = machine_model
        self.assessment: Assessment | None = None
        self.model: Model | None = None
        self._context: ReportContext | None = None
        self._stale: set[str] = set()
        self._jobs = Jobs(self)
        self._unkept: Assessment | None = None  # with scenarios that are not written yet
        self._keeping = False
        self._lay_out()
        self.bind_text(self.resume_button.setText, WAYS[Way.RESUME][0])
        self.bind_text(self.resume_button.setToolTip, WAYS[Way.RESUME][1])
        self.bind_text(self.ways_button.setText, N_("More"))
        self.bind_text(self.export_button.setText, N_("Export…"))
        self.bind_text(self.export_button.setToolTip, N_("Export this assessment (Ctrl+E)"))
        self.refresh()

    def _lay_out(self) -> None:
        column = vbox(self, 0)
        head = vbox(spacing=Space.S)
        head.setContentsMargins(Space.L, Space.L, Space.L, 0)
        self.header = PageHeader()
        self.state = Pill()
        self.export_button = Button(kind="primary", on_click=self.export)
        self.resume_button = Button(on_click=lambda: self.way_chosen.emit(Way.RESUME, self.assessment))
        self.resume_button.setObjectName("resume")
        self.ways_button = Button()
        self.ways_button.setObjectName("ways")
        self.ways_menu = WaysMenu(self)
        self.ways_menu.chosen.connect(lambda way: self.way_chosen.emit(way, self.assessment))
        self.ways_button.setMenu(self.ways_menu)
        self.header.buttons.addWidget(self.state)
        self.header.buttons.addWidget(self.resume_button)
        self.header.buttons.addWidget(self.ways_button)
        self.header.buttons.addWidget(self.export_button)
        self.notice, self.problem = SavedBanner(), Banner("bad")
        head.addWidget(self.header)
        for banner in (self.notice, self.problem):
            banner.hide()
            head.addWidget(banner)
        column.addLayout(head)
        self.tabs = QTabWidget()
        self.tabs.setTabBar(TabBar())
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.answer, self.what_if, self.measurements = AnswerTab(), WhatIf(), MeasurementsTab()
        self.sensitivity, self.advice, self.evidence = SensitivityTab(), AdviceTab(), EvidenceTab()
        self._parts: dict[str, Any] = {
            "answer": self.answer,
            "what-if": self.what_if,
            "measurements": self.measurements,
            "sensitivity": self.sensitivity,
            "advice": self.advice,
            "evidence": self.evidence,
        }
        for part in self._parts.values():
            self.tabs.addTab(part, "")
            part.failed.connect(self._on_failed)
            part.announced.connect(self._on_announced)
        self.tabs.currentChanged.connect(lambda _index: self._fill_shown())
        self.what_if.copy_requested.connect(self._on_copy_requested)
        self.what_if.scenarios_changed.connect(self._on_scenarios_changed)
        self.what_if.exported.connect(self._on_exported)
        self.empty = EmptyState()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.tabs)
        column.addWidget(self._stack, 1)

    @property
    def shown_tab(self) -> str:
        """The key of the tab that is seen."""
        return list(self._parts)[self.tabs.currentIndex()]

    def show_assessment(self, assessment: Assessment) -> None:
        """Show an assessment, from its answer on."""
        self.assessment, self.model = assessment, None
        self.what_if.set_model(assessment, None)
        self.notice.hide()
        self.problem.hide()
        self.tabs.setCurrentIndex(0)
        self.refresh()
        if assessment.decision is not None:
            self._jobs.submit(
                lambda: _warm_model(assessment),
                lambda model: self._on_model_built(assessment, model),
                lambda error: self._on_failed(explain(error)),
            )

    def show_tab(self, key: str) -> None:
        """Go to a tab."""
        self.tabs.setCurrentIndex(list(self._parts).index(key))

    def export(self) -> None:
        """Let the user choose a format and a place, and export."""
        if self.assessment is None:
            return
        dialog = ExportDialog(self.assessment, self.settings, self._jobs, self)
        dialog.saved.connect(self._on_exported)
        dialog.failed.connect(self._on_failed)
        dialog.open()

    def apply_theme(self, theme: Theme) -> None:
        for part in self._parts.values():
            part.apply_theme(theme)
        self.empty.apply_theme(theme)
        self.notice.apply_theme(theme)
        self.problem.apply_theme(theme)
        self.export_button.set_icon("export", theme.on_accent)
        super().apply_theme(theme)

    def refresh(self) -> None:
        assessment = self.assessment
        self._stack.setCurrentWidget(self.empty if assessment is None else self.tabs)
        self.export_button.setVisible(assessment is not None)
        stopped = assessment is not None and assessment.status is not Status.COMPLETE
        self.state.setVisible(stopped)
        self.ways_button.setVisible(assessment is not None)
        for number, message in enumerate(TABS.values()):
            self.tabs.setTabText(number, _(message))
        self.empty.show_message(
            _("No assessment is open"), _("Open one from “Assessments”, or make a new one.")
        )
        self.what_if.retranslate()
        if assessment is None:
            self.resume_button.hide()
            self.header.title.setText(_("Results"))
            self.header.subtitle.setText("")
            return
        kept = self.store.path(assessment.id).exists()  # the example isn't, so there is nothing to copy
        here = resumable(assessment.status, assessment.machine.cpu.model, self._machine_model())
        self.resume_button.setVisible(here)
        offered = ways(assessment.status, here=here)
        self.what_if.set_kept(kept)
        self.what_if.side_by_side.settings = self.settings
        self.ways_menu.show_ways(each for each in offered if kept or each is not Way.DUPLICATE)
        self._context = ReportContext(assessment, language())
        tasks = [names.task(task, language()) for task in assessment.needs.tasks]
        self.header.title.setText(assessment.title or fmt.listing(tasks, language()))
        about = (fmt.day(assessment.created_at, language()), machine.summary(assessment.machine, language()))
        self.header.subtitle.setText(" · ".join(about))
        self.state.show_state(names.status(assessment.status, language()), "warning")
        self.tabs.setTabEnabled(list(self._parts).index("what-if"), assessment.decision is not None)
        self._stale = set(self._parts)
        self._fill_shown()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._jobs.stop()
        if self._unkept is not None:  # the window was quicker than the disk
            with suppress(AdvisorError):
                scenarios.keep(self.store, self._unkept.id, self._unkept.scenarios)
            self._unkept = None
        self.what_if.stop()
        self.measurements.explorer.stop()
        super().closeEvent(event)

    def _fill_shown(self) -> None:
        key = self.shown_tab
        if self._context is not None and key in self._stale:
            self._stale.discard(key)
            self._parts[key].show_context(self._context)

    def _on_model_built(self, assessment: Assessment, model: "Model") -> None:
        if assessment is self.assessment:
            self.model = model
            self.what_if.set_model(assessment, model)

    def _on_copy_requested(self, needs: Needs) -> None:
        assessment = self.assessment
        if assessment is None:
            return
        title = _("{title} (what if)", title=self.header.title.text())
        self._jobs.submit(
            lambda: _saved_copy(self.store, assessment, needs, title),
            self._on_copied,
            lambda error: self._on_failed(explain(error)),
        )

    def _on_scenarios_changed(self, changed: tuple[Scenario, ...]) -> None:
        if self.assessment is None:
            return
        self.assessment = msgspec.structs.replace(self.assessment, scenarios=changed)
        self._context = ReportContext(self.assessment, language())
        self._unkept = self.assessment
        self._keep_scenarios()

    def _keep_scenarios(self) -> None:
        """Write the newest scenarios, one time after another: two at once would hold each other up."""
        kept = self._unkept
        if kept is None or self._keeping:
            return
        self._keeping = True
        self._jobs.submit(
            lambda: scenarios.keep(self.store, kept.id, kept.scenarios),
            lambda _saved: self._on_scenarios_kept(kept),
            lambda error: self._on_scenarios_kept(kept, explain(error)),
        )

    def _on_scenarios_kept(self, kept: Assessment, problem: str = "") -> None:
        if problem:
            self._on_failed(problem)
        if self._unkept is kept:
            self._unkept = None
        self._keeping = False
        self._keep_scenarios()

    def _on_copied(self, copy: Assessment) -> None:
        self.saved.emit(copy.id)
        self.show_assessment(copy)
        self._on_announced(_("Saved as “{title}”.", title=copy.title))

    def _on_announced(self, text: str) -> None:
        self.problem.hide()
        self.notice.show_text(text)

    def _on_exported(self, path: Path) -> None:
        self.problem.hide()
        self.notice.show_saved(path)

    def _on_failed(self, text: str) -> None:
        self.notice.hide()
        self.problem.show_message(text, close_name=_("Dismiss"))


def _warm_model(assessment: Assessment) -> "Model":
    """Return a model that has decided once, so that nothing is left to import when a slider moves."""
    from advisor.assessment import redeciding

    model = redeciding.model(assessment)
    model.decide()
    return model


def _saved_copy(store: Store, assessment: Assessment, needs: Needs, title: str) -> Assessment:
    """Save an assessment under other answers, decided on as if they had been its own from the start."""
    from advisor.assessment.redeciding import under

    decided = under(assessment, msgspec.structs.replace(needs, title=title))
    copy = msgspec.structs.replace(decided, id=new_id(), title=title)
    store.save(copy)
    return copy
