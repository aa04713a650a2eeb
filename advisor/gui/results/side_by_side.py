"""All scenarios of an assessment beside the answer as saved."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from advisor.assessment.model import Assessment
from advisor.assessment.settings import Settings
from advisor.gui.bridge import Jobs, explain
from advisor.gui.export import ExportDialog, Other
from advisor.gui.results.tab import Tab
from advisor.gui.text import _, language
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Button, Label, hbox, vbox
from advisor.report import scenarios as report
from advisor.report.model import Section


class SideBySide(QWidget):
    """Table and charts of the scenarios, and what each changes; decided on in the background."""

    closed = Signal()
    failed = Signal(str)
    announced = Signal(str)
    exported = Signal(object)  # the path

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings()
        self._assessment: Assessment | None = None
        self._decided: list[report.Decided] = []
        self._jobs = Jobs(self)
        column = vbox(self, 0)
        head = hbox(spacing=Space.M)
        head.setContentsMargins(Space.L, Space.M, Space.L, 0)
        self._title = Label(role="title")
        self.export_button = Button(on_click=self.export)
        self.export_button.setObjectName("export-scenarios")
        self.back_button = Button(on_click=self.closed.emit)
        self.back_button.setObjectName("back-to-what-if")
        head.addWidget(self._title, 1)
        head.addWidget(self.export_button)
        head.addWidget(self.back_button)
        column.addLayout(head)
        self.tab = Tab()
        self.tab.setObjectName("scenario-table")
        self.tab.failed.connect(self.failed)
        self.tab.announced.connect(self.announced)
        column.addWidget(self.tab, 1)

    def show_assessment(self, assessment: Assessment) -> None:
        """Decide on an assessment's scenarios, and show them."""
        self._assessment, self._decided = assessment, []
        self._say_all()
        spoken = language()
        self._jobs.submit(
            lambda: report.decide_all(assessment, spoken),
            lambda decided: self._on_decided(assessment, decided),
            lambda error: self.failed.emit(explain(error)),
        )

    def export(self) -> None:
        """Let the user choose a format and a place, and export what is shown."""
        assessment = self._assessment
        if assessment is None:
            return
        organisation = self.settings.organisation
        other = Other(
            _("Scenarios of {title}", title=assessment.title or assessment.id),
            lambda spoken: report.build(assessment, spoken, organisation),
            assessment,
        )
        dialog = ExportDialog(other, self.settings, self._jobs, self)
        dialog.saved.connect(self._on_exported)
        dialog.failed.connect(self.failed)
        dialog.open()

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.tab.apply_theme(theme)
        self.export_button.set_icon("export", theme.text)

    def retranslate(self) -> None:
        """Say everything in the window's language."""
        self._say_all()
        if self._assessment is not None and self._decided:
            self.show_assessment(self._assessment)

    def stop(self) -> None:
        """Wait for what is being decided or written."""
        self._jobs.stop()

    def _say_all(self) -> None:
        self._title.setText(_("Scenarios side by side"))
        self.export_button.setText(_("Export…"))
        self.back_button.setText(_("Back to the answers"))

    def _on_exported(self, path: Path) -> None:
        self.exported.emit(path)

    def _on_decided(self, assessment: Assessment, decided: list[report.Decided]) -> None:
        if assessment is not self._assessment:
            return
        self._decided = decided
        spoken = language()
        overview = Section(
            "scenarios",
            "",
            (report.table(decided, spoken), *report.charts(decided, spoken)),
        )
        parts = [overview, *report.sections(decided, spoken)]
        self.tab.show_sections(parts)
