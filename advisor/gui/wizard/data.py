"""The user's own data in the wizard: a folder or a file, dropped or chosen, looked at before anything runs."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal

from advisor.errors import AdvisorError
from advisor.gui.app_state import AppState
from advisor.gui.bridge import explain
from advisor.gui.dialogs import choose_existing, choose_folder
from advisor.gui.inputs import ComboBox
from advisor.gui.text import _
from advisor.gui.theme import Space
from advisor.gui.widgets import Button, Card, Facts, Label, hbox
from advisor.report import format as fmt
from advisor.report.wording import data as words
from advisor.report.wording import names
from advisor.workloads import data_files, datasets
from advisor.workloads.datasets import DataSet, LabelWantedError, OwnData
from advisor.workloads.model import Workload


class DataCard(Card):
    """Takes a folder or a file, asks for the classes, and says what becomes of it.

    Its path lives as long as the window.
    """

    changed = Signal()

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self.setObjectName("own-data")
        self._context = context
        self._path: Path | None = None
        self._looking = False
        self._fault = ""
        self.wanted: DataSet | None = None  # what the answers ask for, whether its files are named or not
        self._workloads: tuple[Workload, ...] = ()
        self.data: OwnData | None = None
        self._sentence = Label(tone="muted")
        self.body.addWidget(self._sentence)
        buttons = hbox(spacing=Space.M)
        self._choose_folder = Button(on_click=self._on_choose_folder_clicked)
        self._choose_file = Button(on_click=self._on_choose_file_clicked)
        self._remove = Button(kind="quiet", on_click=self.forget)
        for button, name in (
            (self._choose_folder, "data-folder"),
            (self._choose_file, "data-file"),
            (self._remove, "data-remove"),
        ):
            button.setObjectName(name)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.body.addLayout(buttons)
        self._status = Label()
        self._status.setObjectName("data-status")
        self.body.addWidget(self._status)
        self._facts = Facts()
        self.body.addWidget(self._facts)
        line = hbox(spacing=Space.M)
        self._label_name = Label(wrap=False)
        self._label = ComboBox()
        self._label.setObjectName("data-label")
        self._label_name.setBuddy(self._label)
        self._label.activated.connect(self._on_label_chosen)
        line.addWidget(self._label_name)
        line.addWidget(self._label)
        line.addStretch(1)
        self.body.addLayout(line)
        self._offer(())

    def take(self, path: Path, label: str | None = None) -> None:
        """Take a folder or a file, and look at it in the background."""
        if path != self._path:
            self._offer(())
        self._path, self._looking, self._fault, self.data = path, True, "", None
        self._context.jobs.submit(
            lambda: datasets.look(path, label),
            lambda found: self._on_looked(path, found),
            lambda error: self._on_failed(path, error),
        )
        self._tell()

    def forget(self) -> None:
        """Read no data."""
        self._path, self._looking, self._fault, self.data, self.wanted = None, False, "", None, None
        self._offer(())
        self._tell()

    def show_wanted(self, wanted: DataSet | None, workloads: Sequence[Workload]) -> None:
        """Say which data the answers ask for, and which networks could be fed with it."""
        if self.data is not None and (wanted is None or not datasets.same(self.data.description, wanted)):
            self._path, self.data, self._fault = None, None, ""
            self._offer(())
        self.wanted, self._workloads = wanted, tuple(workloads)
        self.refresh()

    def problem(self) -> str:
        """Return what keeps the data from being read; "" where nothing does, or none is asked for."""
        if self._fault or self._looking:
            return self._fault or _("Your data is still being looked at.")
        if self.data is None and self.wanted is not None:
            return _("Your own data is to be read: name it again. See step 2.")
        return ""

    def refresh(self) -> None:
        """Show what is known by now."""
        self.set_title(_("Your own data"))
        self._sentence.setText(
            _(
                "Read by each framework’s own loader, to see whether training waits for it: a folder of images with "
                "one folder for each class, or a file ({endings}). Drop it on the window, or choose it.",
                endings=", ".join(data_files.ENDINGS),
            )
        )
        self._choose_folder.setText(_("Folder of images…"))
        self._choose_file.setText(_("Data file…"))
        self._remove.setText(_("Remove"))
        self._remove.setAccessibleName(_("Remove your own data"))
        self._remove.setVisible(self._path is not None or self.wanted is not None)
        self._label_name.setText(_("Classes from"))
        self._label.setAccessibleName(_("Classes from"))
        for widget in (self._label_name, self._label):
            widget.setVisible(self._label.count() > 0)
        language = self._context.language
        found = words.found(self.data, language) if self.data is not None else []
        self._facts.show_facts([(label, text, True) for label, text in found])
        self._facts.setVisible(bool(found))
        problem = self.problem()
        self._status.setText(problem or self._use())
        self._status.set_tone("warning" if problem else "")
        self._status.setVisible(bool(self._status.text()))

    def _use(self) -> str:
        if self.data is None:
            return ""
        fed = [each for each in self._workloads if datasets.feeds(self.data.description, each)]
        if not fed:
            return _(
                "No network that is measured takes such items: they are loaded, and nothing is trained on them."
            )
        language = self._context.language
        networks = fmt.listing([names.architecture(each, language) for each in fed], language)
        return _("It is fed to {networks}. Reports name numbers only.", networks=networks)

    def _on_looked(self, path: Path, found: OwnData) -> None:
        if path == self._path:
            self._looking, self.data, self.wanted = False, found, found.description
            self._tell()

    def _on_failed(self, path: Path, error: BaseException) -> None:
        if path != self._path:
            return  # another one was taken meanwhile
        self._looking = False
        if isinstance(error, LabelWantedError):
            self._offer(error.columns)
            self._fault = _("Say which column holds the classes.")
        else:
            self._fault = error.message if isinstance(error, AdvisorError) else explain(error)
        self._tell()

    def _offer(self, columns: Sequence[str]) -> None:
        """Let the user say which column holds the classes."""
        self._label.clear()
        if columns:
            self._label.addItem(_("no classes"), datasets.WITHOUT_LABEL)
            for number, column in enumerate(columns, 1):
                self._label.addItem(column[:60], str(number))
            self._label.setCurrentIndex(-1)

    def _on_label_chosen(self, _index: int) -> None:
        if self._path is not None:
            self.take(self._path, self._label.currentData())

    def _tell(self) -> None:
        self.refresh()
        self.changed.emit()

    def _on_choose_folder_clicked(self) -> None:
        choose_folder(self, _("Choose a folder of images"), self.take)

    def _on_choose_file_clicked(self) -> None:
        endings = " ".join(f"*{each}" for each in data_files.ENDINGS)
        choose_existing(self, _("Choose a file of data"), self.take, f"{_('Data')} ({endings})")
