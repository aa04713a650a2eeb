"""Exporting an assessment: in which format, where to, and the writing of it off the window's thread."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QDialog, QFileDialog, QWidget

from advisor.assessment.model import Assessment
from advisor.assessment.settings import Settings
from advisor.gui.bridge import Jobs, explain
from advisor.gui.inputs import ComboBox
from advisor.gui.text import N_, _, language
from advisor.gui.theme import Space
from advisor.gui.widgets import Button, Choice, Label, hbox, vbox
from advisor.i18n import LANGUAGES

if TYPE_CHECKING:
    from advisor.report.model import Document


def file_name(title: str, identity: str) -> str:
    """Return a file's name for an assessment: its title without what a file system forbids, or its id."""
    kept = "".join(" " if letter in FORBIDDEN or ord(letter) < 32 else letter for letter in title)
    return " ".join(kept.split())[:LONGEST_NAME].strip(" .") or identity


def choose_file(
    parent: QWidget, title: str, suggested: str, filters: list[str], then: Callable[[Path], object]
) -> QFileDialog:
    """Ask where to save; ``then`` gets the path once one is chosen. A missing ending is that of the filter."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(filters)
    dialog.selectFile(suggested)

    def ending(chosen: str) -> str:
        return chosen[chosen.rindex("*.") + 2 :].rstrip(")")

    dialog.setDefaultSuffix(ending(filters[0]))
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(ending(chosen)))
    dialog.fileSelected.connect(lambda name: then(Path(name)))
    dialog.open()
    return dialog


def choose_folder(parent: QWidget, title: str, then: Callable[[Path], object]) -> QFileDialog:
    """Ask for a folder; ``then`` gets its path once one is chosen."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda name: then(Path(name)))
    dialog.open()
    return dialog


FORBIDDEN = frozenset('<>:"/\\|?*')
LONGEST_NAME = 80


class Format(Struct, frozen=True):
    """One format: its name, what it is good for, its file's ending and filter ("": several files, a folder)."""

    name: str
    purpose: str
    ending: str = ""
    filter: str = ""


FORMATS = {
    "pdf": Format(
        N_("PDF report"), N_("To be read, printed and put before others."), "pdf", N_("PDF (*.pdf)")
    ),
    "html": Format(
        N_("HTML report"), N_("The same, in one file for the browser."), "html", N_("HTML (*.html)")
    ),
    "markdown": Format(
        N_("Markdown"), N_("The same as text, for a wiki or a repository."), "md", N_("Markdown (*.md)")
    ),
    "csv": Format(N_("CSV tables"), N_("Every table as a file of its own, in a new folder.")),
    "settings": Format(
        N_("Settings and scripts"),
        N_(
            "What the decision stands on, ready to use: settings.toml, train.py and serve.py in a new folder."
        ),
    ),
    "json": Format(
        N_("Assessment (JSON)"),
        N_("Everything, samples included; others can import it."),
        "advisor",
        N_("Assessments (*.json *.advisor)"),
    ),
}
"""Every format by its key."""


def write(
    assessment: Assessment,
    path: Path,
    key: str,
    settings: Settings,
    language: str,
    *,
    summary_only: bool = False,
) -> None:
    """Write an assessment in a format of ``FORMATS``.

    Raises
    ------
    AdvisorError
        If the file can't be written; an existing one is then as it was.
    """
    from advisor.assessment import document
    from advisor.files import write_atomically
    from advisor.report import handover, html, markdown, pdf, tables

    match key:
        case "pdf":
            pdf.write(
                assessment,
                path,
                language,
                paper=settings.paper,
                summary_only=summary_only,
                organisation=settings.organisation,
                logo=Path(settings.logo) if settings.logo else None,
            )
        case "html":
            html.write(
                assessment, path, language, summary_only=summary_only, organisation=settings.organisation
            )
        case "markdown":
            markdown.write(
                assessment, path, language, summary_only=summary_only, organisation=settings.organisation
            )
        case "csv":
            tables.write(assessment, path, language)
        case "settings":
            handover.write(assessment, path)
        case _:
            write_atomically(path, document.encode(assessment))


class Other(Struct, frozen=True):
    """What else can be exported: its name, what makes the document in a language, and what that is about."""

    name: str
    make: Callable[[str], "Document"]
    about: Any


def write_other(other: Other, path: Path, key: str, settings: Settings, language: str) -> None:
    """Write a document beside the report; see ``write``."""
    from advisor.report import writing

    logo = Path(settings.logo) if settings.logo else None
    writing.write(other.make(language), path, key, other.about, paper=settings.paper, logo=logo)


class ExportDialog(QDialog):
    """Asks for the format and its options, then for the place, then writes in the background."""

    saved = Signal(object)  # the path
    failed = Signal(str)

    def __init__(self, what: Assessment | Other, settings: Settings, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Export"))
        self.setMinimumWidth(460)
        self._what, self._settings, self._jobs = what, settings, jobs
        column = vbox(self, Space.M, Space.L)
        column.addWidget(Label(_("What do you want to keep?"), "title"))
        self._group = QButtonGroup(self)
        self.choices: dict[str, Choice] = {}
        for key, each in FORMATS.items():
            if key in ("json", "settings") and isinstance(what, Other):
                continue
            choice = Choice()
            choice.setObjectName(f"format-{key}")
            choice.show_choice(_(each.name), _(each.purpose))
            self._group.addButton(choice)
            self.choices[key] = choice
            column.addWidget(choice)
        options = hbox(spacing=Space.M)
        self._language_label = Label(_("Language"), wrap=False)
        self.language = ComboBox()
        for code, name in LANGUAGES.items():
            self.language.addItem(name, code)
        self.language.setCurrentIndex(self.language.findData(language()))
        self.language.setAccessibleName(_("Language"))
        self.summary_only = QCheckBox(_("Only the one-page summary"))
        self.summary_only.setVisible(not isinstance(what, Other))
        options.addWidget(self._language_label)
        options.addWidget(self.language)
        options.addSpacing(Space.M)
        options.addWidget(self.summary_only)
        options.addStretch(1)
        column.addLayout(options)
        buttons = hbox()
        self.save_button = Button(_("Choose where…"), "primary", self._on_choose)
        self.save_button.setDefault(True)
        cancel = Button(_("Cancel"), on_click=self.reject)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.save_button)
        column.addLayout(buttons)
        self._group.buttonClicked.connect(lambda _button: self._show_options())
        self.choose("pdf")

    @property
    def format(self) -> str:
        """The key of the chosen format."""
        return next(key for key, choice in self.choices.items() if choice.isChecked())

    def choose(self, key: str) -> None:
        """Choose a format."""
        self.choices[key].setChecked(True)
        self._show_options()

    def save_as(self, path: Path) -> None:
        """Write to a path in the background and close; ``saved`` or ``failed`` says how it went."""
        what, key, settings = self._what, self.format, self._settings
        chosen, summary_only = self.language.currentData(), self.summary_only.isChecked()
        self.setEnabled(False)
        self._jobs.submit(
            lambda: (
                write_other(what, path, key, settings, chosen)
                if isinstance(what, Other)
                else write(what, path, key, settings, chosen, summary_only=summary_only)
            ),
            lambda _nothing: self._on_written(path),
            self._on_failed,
        )

    def _show_options(self) -> None:
        self.summary_only.setEnabled(self.format in ("pdf", "html", "markdown"))
        self.language.setEnabled(self.format not in ("json", "settings"))

    def _on_choose(self) -> None:
        chosen, what = FORMATS[self.format], self._what
        name = file_name(what.name, "") if isinstance(what, Other) else file_name(what.title, what.id)
        if chosen.ending:
            filters = [_(chosen.filter)]
            choose_file(self, _("Export"), f"{name}.{chosen.ending}", filters, self.save_as)
        else:
            choose_folder(self, _("Export"), lambda folder: self.save_as(folder / name))

    def _on_written(self, path: Path) -> None:
        self.saved.emit(path)
        self.accept()

    def _on_failed(self, error: BaseException) -> None:
        self.failed.emit(explain(error))
        self.reject()
