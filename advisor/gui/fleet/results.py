"""What several machines came to: which framework for all, which for each, what a mixed choice would cost."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy

from advisor.assessment import fleet as fleets
from advisor.assessment.fleet import Fleet
from advisor.files import write_atomically
from advisor.gui.app_state import AppState
from advisor.gui.bridge import explain
from advisor.gui.export import ExportDialog, Other, choose_file, file_name
from advisor.gui.page import Page
from advisor.gui.results.tab import Tab
from advisor.gui.results.verdict_card import VerdictCard
from advisor.gui.saved import SavedBanner
from advisor.gui.text import N_, _, language
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Banner, Button, PageHeader, hbox, vbox
from advisor.report import fleet as report
from advisor.report.model import Document, Options, Section


class FleetResults(Page):
    """The report of a fleet as the window shows it; made in the background."""

    closed = Signal()
    continued = Signal(object)  # the fleet

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        self.fleet: Fleet | None = None
        column = vbox(self, 0)
        head = vbox(spacing=Space.S)
        head.setContentsMargins(Space.L, Space.L, Space.L, 0)
        self.header = PageHeader()
        self.back_button = Button(on_click=self.closed.emit)
        self.more_button = Button(on_click=self._on_more)
        self.copy_button = Button(on_click=self._ask_copy)
        self.export_button = Button(kind="primary", on_click=self.export)
        ways = hbox()
        for name, button, text, row in (
            ("export-fleet", self.export_button, N_("Export…"), self.header.buttons),
            ("back-to-fleets", self.back_button, N_("Back to the list"), self.header.buttons),
            ("continue-fleet", self.more_button, N_("Go on, or add machines…"), ways),
            ("copy-fleet", self.copy_button, N_("Save a copy…"), ways),
        ):
            button.setObjectName(name)
            self.bind_text(button.setText, text)
            row.addWidget(button)
        ways.addStretch(1)
        self.saved_banner, self.problem = SavedBanner(), Banner("bad")
        head.addWidget(self.header)
        head.addLayout(ways)
        for banner in (self.saved_banner, self.problem):
            banner.hide()
            head.addWidget(banner)
        column.addLayout(head)
        self.tab = Tab()
        self.verdict = VerdictCard(compact=True)
        self.verdict.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.tab.body.addWidget(self.verdict)
        self.tab.failed.connect(self._say)
        column.addWidget(self.tab, 1)

    def show_fleet(self, fleet: Fleet) -> None:
        """Show a fleet."""
        self.fleet = fleet
        self.saved_banner.hide()
        self.problem.hide()
        self.refresh()

    def refresh(self) -> None:
        """Make the report in the window's language, and show it."""
        fleet, spoken = self.fleet, language()
        if fleet is None:
            return
        self.header.title.setText(fleet.title or _("Several machines"))
        self._context.jobs.submit(
            lambda: report.build(fleet, spoken),
            lambda made: self._on_made(fleet, spoken, made),
            lambda error: self._say(explain(error)),
        )

    def _on_made(self, fleet: Fleet, spoken: str, made: Document) -> None:
        if fleet is not self.fleet or spoken != language():
            return
        self.header.subtitle.setText(
            " · ".join((made.date, *(f"{name}: {text}" for name, text in made.question)))
        )
        kind = fleet.decision.verdict.kind if fleet.decision else None
        self.verdict.show_words(kind, made.verdict.headline, made.verdict.sentence, spoken)
        self.tab.show_sections((Section("summary", "", made.summary), *made.sections))

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.theme = theme
        self.tab.apply_theme(theme)
        self.saved_banner.apply_theme(theme)
        self.problem.apply_theme(theme)
        self.more_button.set_icon("play", theme.text)
        self.copy_button.set_icon("copy", theme.text)
        self.export_button.set_icon("export", theme.on_accent)

    # What can be done

    def export(self) -> None:
        """Let the user choose a format and a place, and export the report."""
        fleet, settings = self.fleet, self._context.settings
        if fleet is None:
            return
        options = Options(organisation=settings.organisation)
        what = Other(
            fleet.title or _("Several machines"),
            lambda spoken: report.build(fleet, spoken, options),
            fleet,
        )
        dialog = ExportDialog(what, settings, self._context.jobs, self)
        dialog.saved.connect(self._on_saved)
        dialog.failed.connect(self._say)
        dialog.open()

    def save_copy(self, path: Path) -> None:
        """Save the fleet with all its assessments as a file that others can open."""
        fleet = self.fleet
        if fleet is not None:
            self._context.jobs.submit(
                lambda: write_atomically(path, fleets.encode(fleet)),
                lambda _nothing: self._on_saved(path),
                lambda error: self._say(explain(error)),
            )

    def _ask_copy(self) -> None:
        if self.fleet is not None:
            name = file_name(self.fleet.title, self.fleet.id)
            filters = [_("Comparisons of machines (*.json)")]
            choose_file(self, _("Save a copy"), f"{name}.json", filters, self.save_copy)

    def _on_more(self) -> None:
        if self.fleet is not None:
            self.continued.emit(self.fleet)

    def _on_saved(self, path: Any) -> None:
        self.problem.hide()
        self.saved_banner.show_saved(path)

    def _say(self, text: str) -> None:
        self.saved_banner.hide()
        self.problem.show_message(text, close_name=_("Dismiss"))
