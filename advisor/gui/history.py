"""All assessments there are: to find, open, rename, delete and bring back, compare, import and export."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QStackedWidget,
    QWidget,
)

from advisor.assessment.model import Assessment, Status
from advisor.assessment.store import Entry, Store, Unreadable
from advisor.decision.model import VerdictKind
from advisor.gui.bridge import Jobs, explain
from advisor.gui.compare import ComparePage
from advisor.gui.export import choose_file
from advisor.gui.page import Page
from advisor.gui.tables import TableView
from advisor.gui.tables_data import Cell, Table, Tone, cell
from advisor.gui.text import N_, _, language, ngettext
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Banner, Button, EmptyState, Label, PageHeader, hbox, vbox
from advisor.report import format as fmt
from advisor.report.wording import names
from advisor.workloads.model import Task

Result = TypeVar("Result")

_TONES = {
    VerdictKind.CLEAR: Tone.GOOD,
    VerdictKind.LEANING: Tone.PLAIN,
    VerdictKind.TOO_CLOSE: Tone.WARNING,
    VerdictKind.TOO_LITTLE: Tone.MUTED,
    VerdictKind.NONE: Tone.BAD,
}


def history_table(entries: tuple[Entry, ...], alternatives: dict[str, str], language: str) -> Table:
    """Return the history as a table, newest first, each row under its assessment's id."""
    return Table(
        headers=(_("Date"), _("Title"), _("Verdict"), _("Recommended"), _("Tasks"), _("Machine")),
        rows=tuple(_line(entry, alternatives, language) for entry in entries),
        keys=tuple(entry.id for entry in entries),
        prose={1: 4.0, 3: 2.0, 4: 2.0, 5: 2.0},
    )


def _line(entry: Entry, alternatives: dict[str, str], language: str) -> tuple[Cell, ...]:
    tasks = [names.task(Task(each), language) for each in entry.tasks if each in set(Task)]
    recommended = [names.name_of(each, alternatives) for each in entry.recommended]
    # Year, month, day: the one order that sorts, and that nobody takes for another.
    return (
        Cell(entry.created_at[:10], entry.created_at, tip=entry.created_at),
        cell(entry.title or _("Untitled")),
        _verdict(entry, language),
        _or_dash(fmt.listing(recommended, language)),
        _or_dash(fmt.listing(tasks, language)),
        _or_dash(entry.machine or ""),
    )


def _verdict(entry: Entry, language: str) -> Cell:
    """Return how firm the answer is; of a run that did not end by itself, that too."""
    state = names.status(entry.status, language)
    if entry.verdict not in set(VerdictKind):
        return Cell(state, len(VerdictKind), tone=Tone.MUTED)
    kind = VerdictKind(entry.verdict)
    text = names.verdict_kind(kind, language)
    if entry.status is not Status.COMPLETE:
        text = f"{text} · {state}"
    return Cell(text, list(VerdictKind).index(kind), tone=_TONES[kind])


def _or_dash(text: str) -> Cell:
    return cell(text) if text else Cell(fmt.DASH, None, tone=Tone.MUTED)


class RenameDialog(QDialog):
    """Asks for another title."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Rename"))
        self.setMinimumWidth(380)
        column = vbox(self, Space.M, Space.L)
        label = Label(_("Title"))
        self.field = QLineEdit(title)
        self.field.setMaxLength(200)
        self.field.setAccessibleName(_("Title"))
        self.field.selectAll()
        label.setBuddy(self.field)
        buttons = QDialogButtonBox()
        self.rename_button = buttons.addButton(_("Rename"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(_("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.field.textChanged.connect(lambda text: self.rename_button.setEnabled(bool(text.strip())))
        for widget in (label, self.field, buttons):
            column.addWidget(widget)


class HistoryPage(Page):
    """The history, and two of its assessments side by side."""

    open_requested = Signal(str)
    changed = Signal()  # something was renamed, removed, brought back or imported

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self.entries: tuple[Entry, ...] = ()
        self._unreadable: tuple[Unreadable, ...] = ()
        self._alternatives: dict[str, str] = {}
        self._removed = ""
        self._loaded = False
        self._jobs = Jobs(self)
        self._stack = QStackedWidget()
        column = vbox(self, 0)
        column.addWidget(self._stack)
        self.list = self._build_list()
        self.compare = ComparePage()
        self.compare.closed.connect(lambda: self._stack.setCurrentWidget(self.list))
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.compare)
        self._add_shortcuts()
        self._say_all()
        self.refresh()

    # Building

    def _build_list(self) -> QWidget:
        page = QWidget()
        column = vbox(page, Space.M, Space.L)
        self.header = PageHeader()
        self.import_button = Button(on_click=self.ask_import)
        self.header.buttons.addWidget(self.import_button)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_search)
        self.undo_banner = Banner("accent", "trash")
        self.undo_banner.acted.connect(self.undo)
        self.problem, self.unreadable = Banner("bad"), Banner("warning")
        self.table = TableView()
        self.table.selectionModel().selectionChanged.connect(lambda *_ranges: self._show_actions())
        self.table.doubleClicked.connect(lambda _index: self.open())
        self.empty = EmptyState()
        self._middle = QStackedWidget()
        self._middle.addWidget(self.table)
        self._middle.addWidget(self.empty)
        self.open_button = Button(kind="primary", on_click=self.open)
        self.compare_button = Button(on_click=self.compare_selected)
        self.rename_button = Button(on_click=self.ask_rename)
        self.export_button = Button(on_click=self.ask_export)
        self.delete_button = Button(kind="danger", on_click=self.delete)
        self.count = Label(tone="muted", wrap=False)
        actions = hbox()
        for button in (self.open_button, self.compare_button, self.rename_button, self.export_button):
            actions.addWidget(button)
        actions.addStretch(1)
        actions.addWidget(self.count)
        actions.addWidget(self.delete_button)
        column.addWidget(self.header)
        column.addWidget(self.search)
        for banner in (self.undo_banner, self.problem, self.unreadable):
            banner.hide()
            column.addWidget(banner)
        column.addWidget(self._middle, 1)
        column.addLayout(actions)
        return page

    def _add_shortcuts(self) -> None:
        for keys, slot in (
            (QKeySequence.StandardKey.Find, self.search.setFocus),
            (QKeySequence(Qt.Key.Key_F2), self.ask_rename),
            (QKeySequence.StandardKey.Delete, self.delete),
            (QKeySequence.StandardKey.Undo, self.undo),
            (QKeySequence(Qt.Key.Key_Return), self.open),
        ):
            place = self.table if keys not in (QKeySequence.StandardKey.Find,) else self.list
            shortcut = QShortcut(keys, place)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def _say_all(self) -> None:
        self.bind_text(self.header.title.setText, N_("Assessments"))
        self.bind_text(
            self.header.subtitle.setText, N_("Everything that was measured and decided, newest first.")
        )
        self.bind_text(
            self.search.setPlaceholderText, N_("Search titles, tasks, frameworks, machines (Ctrl+F)")
        )
        self.bind_text(self.search.setAccessibleName, N_("Search"))
        self.bind_text(self.table.setAccessibleName, N_("Assessments"))
        self.bind_text(self.import_button.setText, N_("Import…"))
        self.bind_text(self.open_button.setText, N_("Open"))
        self.bind_text(self.compare_button.setText, N_("Compare two"))
        self.bind_text(
            self.compare_button.setToolTip, N_("Select two assessments with Ctrl and compare them")
        )
        self.bind_text(self.rename_button.setText, N_("Rename…"))
        self.bind_text(self.rename_button.setToolTip, N_("Rename (F2)"))
        self.bind_text(self.export_button.setText, N_("Save a copy…"))
        self.bind_text(
            self.export_button.setToolTip, N_("Save the assessment as a file that others can import")
        )
        self.bind_text(self.delete_button.setText, N_("Delete"))
        self.bind_text(self.delete_button.setToolTip, N_("Delete (Del); can be undone"))

    # What is shown

    def reload(self) -> None:
        """Read the history anew, in the background."""
        self._jobs.submit(self._read, self._on_read, self._on_failed)

    def _read(self) -> tuple[tuple[Entry, ...], tuple[Unreadable, ...], dict[str, str]]:
        from advisor.frameworks import catalogue

        found = self.store.entries(), self.store.unreadable()
        return (*found, names.alternative_names(catalogue.load()))

    def _on_read(self, found: tuple[tuple[Entry, ...], tuple[Unreadable, ...], dict[str, str]]) -> None:
        self.entries, self._unreadable, self._alternatives = found
        self._loaded = True
        self.refresh()

    def refresh(self) -> None:
        chosen = set(self.table.selected_keys())
        self.table.set_table(history_table(self.entries, self._alternatives, language()))
        self._select(chosen)
        self._on_search(self.search.text())
        self.unreadable.setVisible(bool(self._unreadable))
        if self._unreadable:
            lines = [
                _("{file} can’t be read: {reason}", file=f"{each.id}.json", reason=each.reason)
                for each in self._unreadable
            ]
            self.unreadable.show_message("\n".join(lines))
        self.compare.retranslate(language())

    def apply_theme(self, theme: Theme) -> None:
        self.table.apply_theme(theme)
        self.empty.apply_theme(theme)
        self.compare.apply_theme(theme)
        for banner in (self.undo_banner, self.problem, self.unreadable):
            banner.apply_theme(theme)
        self.import_button.set_icon("open", theme.text)
        self.compare_button.set_icon("compare", theme.text)
        self.delete_button.set_icon("trash", theme.bad)
        super().apply_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.reload()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._jobs.stop()
        if self._removed:
            self.store.empty_trash()  # nobody can undo any more
        super().closeEvent(event)

    def _select(self, keys: set[str]) -> None:
        self.table.clearSelection()
        for row, key in enumerate(self.table.source.table.keys):
            if key in keys:
                self.table.select_row(row)
        self._show_actions()

    def _on_search(self, text: str) -> None:
        words = text.casefold().split()
        self.table.filter.set_test(
            lambda row: all(any(word in each.text.casefold() for each in row) for word in words)
        )
        shown = self.table.filter.rowCount()
        self._middle.setCurrentWidget(self.table if shown else self.empty)
        if not self._loaded:
            self.empty.show_message(_("Looking for assessments…"))
        elif self.entries:
            self.empty.show_message(_("Nothing matches"), _("Search for another word."))
        else:
            self.empty.show_message(
                _("No assessments yet"), _("Make one with “New assessment”, or import a file.")
            )
        self.count.setText(ngettext("{n} assessment", "{n} assessments", shown))
        self._show_actions()

    def _show_actions(self) -> None:
        number = len(self.table.selected_rows())
        self.open_button.setEnabled(number == 1)
        self.rename_button.setEnabled(number == 1)
        self.export_button.setEnabled(number == 1)
        self.compare_button.setEnabled(number == 2)
        self.delete_button.setEnabled(number == 1)

    # What can be done

    def open(self) -> None:
        """Open the selected assessment."""
        if key := self._selected():
            self.open_requested.emit(key)

    def delete(self) -> None:
        """Put the selected assessment aside; :meth:`undo` brings it back."""
        if key := self._selected():
            self._change(lambda: self.store.remove(key), self._on_removed)

    def undo(self) -> None:
        """Bring back what was deleted last."""
        if key := self._removed:
            self._removed = ""
            self.undo_banner.hide()
            self._change(lambda: self.store.restore(key), lambda _nothing: None)

    def ask_rename(self) -> None:
        """Ask for another title of the selected assessment."""
        key = self._selected()
        if not key:
            return
        title = next(entry.title for entry in self.entries if entry.id == key)
        dialog = RenameDialog(title, self)
        dialog.accepted.connect(lambda: self.rename(key, dialog.field.text()))
        dialog.open()

    def rename(self, identity: str, title: str) -> None:
        """Give an assessment another title."""

        def work() -> None:
            with self.store.running(identity):
                assessment = self.store.load(identity)
                self.store.save(msgspec.structs.replace(assessment, title=title.strip()))

        self._change(work, lambda _nothing: None)

    def ask_import(self) -> None:
        """Let the user choose a file to import."""
        dialog = QFileDialog(self, _("Import an assessment"), "", _("Assessments (*.json *.advisor)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.import_file(Path(name)))
        dialog.open()

    def import_file(self, path: Path) -> None:
        """Add an assessment from a file."""
        self._change(lambda: self.store.add(path), lambda _assessment: None)

    def ask_export(self) -> None:
        """Ask where to save a copy of the selected assessment."""
        if key := self._selected():
            filters = [_("Assessments (*.json *.advisor)")]
            choose_file(
                self, _("Save a copy"), f"{key}.advisor", filters, lambda path: self.export(key, path)
            )

    def export(self, identity: str, path: Path) -> None:
        """Save a copy of an assessment as a file."""
        from advisor.assessment import document
        from advisor.files import write_atomically

        self._jobs.submit(
            lambda: write_atomically(path, document.encode(self.store.load(identity))),
            lambda _nothing: None,
            self._on_failed,
        )

    def compare_selected(self) -> None:
        """Show the two selected assessments side by side, the older one first."""
        keys = self.table.selected_keys()
        if len(keys) == 2:
            self._jobs.submit(
                lambda: tuple(self.store.load(key) for key in keys), self._on_pair_loaded, self._on_failed
            )

    def _selected(self) -> str:
        keys = self.table.selected_keys()
        return keys[0] if len(keys) == 1 else ""

    def _change(self, work: Callable[[], Result], done: Callable[[Result], object]) -> None:
        def finished(result: Result) -> None:
            self.problem.hide()
            done(result)
            self.changed.emit()
            self.reload()

        self._jobs.submit(work, finished, self._on_failed)

    def _on_removed(self, identity: str) -> None:
        self._removed = identity
        title = next((entry.title for entry in self.entries if entry.id == identity), identity)
        self.undo_banner.show_message(
            _("“{title}” was deleted.", title=title or identity), _("Undo"), _("Dismiss")
        )

    def _on_pair_loaded(self, pair: tuple[Assessment, Assessment]) -> None:
        before, after = sorted(pair, key=lambda assessment: assessment.created_at)
        self.compare.show_pair(before, after)
        self._stack.setCurrentWidget(self.compare)

    def _on_failed(self, error: BaseException) -> None:
        self.problem.show_message(explain(error), close_name=_("Dismiss"))
        self.reload()
