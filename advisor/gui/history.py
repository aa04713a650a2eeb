"""All assessments there are: to find, open, rename, delete and bring back, compare, import and export."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeVar

import msgspec
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QStackedWidget,
    QWidget,
)

from advisor.assessment import tags
from advisor.assessment.comparison import older_first
from advisor.assessment.model import Assessment, Status
from advisor.assessment.store import Entry, Store, Unreadable
from advisor.gui.bridge import Jobs, explain
from advisor.gui.compare import ComparePage
from advisor.gui.dialogs import NameDialog
from advisor.gui.dragging import DraggedCopies
from advisor.gui.export import choose_file, file_name
from advisor.gui.history_filter import HistoryFilter
from advisor.gui.history_table import MACHINE, TAGS, history_table
from advisor.gui.history_trash import Trash
from advisor.gui.page import Page
from advisor.gui.saved import SavedBanner
from advisor.gui.tables import TableView
from advisor.gui.text import N_, _, language, ngettext
from advisor.gui.theme import Space, Theme
from advisor.gui.ways import Way, WaysMenu, resumable, ways
from advisor.gui.widgets import Banner, Button, EmptyState, Label, PageHeader, hbox, vbox
from advisor.report.wording import names

Result = TypeVar("Result")


class HistoryPage(Page):
    """The history, and two of its assessments side by side.

    Parameters
    ----------
    machine_model : callable
        Returns the processor that a run can be gone on with on; ``None`` while it isn't known.
    """

    open_requested = Signal(str)
    way_chosen = Signal(str, str)  # a way, and the assessment's id
    changed = Signal()  # something was renamed, removed, brought back or imported

    def __init__(
        self,
        store: Store,
        parent: QWidget | None = None,
        *,
        machine_model: Callable[[], str | None] = lambda: None,
    ) -> None:
        super().__init__(parent)
        self.store = store
        self._machine_model = machine_model
        self.entries: tuple[Entry, ...] = ()
        self._unreadable: tuple[Unreadable, ...] = ()
        self._alternatives: dict[str, str] = {}
        self._running: frozenset[str] = frozenset()
        self._loaded = False
        self._jobs = Jobs(self)
        self.trash = Trash(store, self._change, self)
        self._dragged = DraggedCopies(store)
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
        self.filter = HistoryFilter()
        self.filter.changed.connect(self._on_search)
        self.search = self.filter.words
        self.problem, self.unreadable = Banner("bad"), Banner("warning")
        self.saved_banner = SavedBanner()
        self.table = TableView()
        self.table.drag_files(lambda keys: self._dragged.of(self._titles(keys)))
        self.table.selectionModel().selectionChanged.connect(lambda *_ranges: self._show_actions())
        self.table.doubleClicked.connect(lambda _index: self.open())
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.empty = EmptyState()
        self._middle = QStackedWidget()
        self._middle.addWidget(self.table)
        self._middle.addWidget(self.empty)
        self.open_button = Button(kind="primary", on_click=self.open)
        self.compare_button = Button(on_click=self.compare_selected)
        self.compare_button.setObjectName("compare-selected")
        self.rename_button = Button(on_click=self.ask_rename)
        self.tags_button = Button(on_click=self.ask_tags)
        self.tags_button.setObjectName("tags")
        self.export_button = Button(on_click=self.ask_export)
        self.ways_button = Button()
        self.ways_button.setObjectName("ways")
        self.ways_menu = WaysMenu(self)
        self.ways_menu.chosen.connect(self._take)
        self.ways_button.setMenu(self.ways_menu)
        self.delete_button = Button(kind="danger", on_click=self.delete)
        self.count = Label(tone="muted", wrap=False)
        actions = hbox()
        for button in (
            self.open_button,
            self.ways_button,
            self.compare_button,
            self.rename_button,
            self.tags_button,
            self.export_button,
        ):
            actions.addWidget(button)
        actions.addStretch(1)
        actions.addWidget(self.delete_button)
        column.addWidget(self.header)
        found = hbox(spacing=Space.M)
        found.addWidget(self.filter, 1)
        found.addWidget(self.count)
        column.addLayout(found)
        for banner in (self.trash.banner, self.saved_banner, self.problem, self.unreadable):
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
            (QKeySequence.StandardKey.Undo, self.trash.undo),
            (QKeySequence.StandardKey.Redo, self.trash.redo),
            (QKeySequence(Qt.Key.Key_Return), self.open),
        ):
            anywhere = (
                QKeySequence.StandardKey.Find,
                QKeySequence.StandardKey.Undo,
                QKeySequence.StandardKey.Redo,
            )
            place = self.list if keys in anywhere else self.table
            shortcut = QShortcut(keys, place)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def _say_all(self) -> None:
        self.bind_text(self.header.title.setText, N_("Assessments"))
        self.bind_text(
            self.header.subtitle.setText, N_("Everything that was measured and decided, newest first.")
        )
        self.bind_text(
            self.search.setPlaceholderText, N_("Search titles, tasks, frameworks, machines, tags (Ctrl+F)")
        )
        self.bind_text(self.search.setAccessibleName, N_("Search"))
        self.bind_text(self.table.setAccessibleName, N_("Assessments"))
        self.bind_text(self.import_button.setText, N_("Import…"))
        self.bind_text(self.open_button.setText, N_("Open"))
        self.bind_text(self.ways_button.setText, N_("More"))
        self.bind_text(self.compare_button.setText, N_("Compare two"))
        self.bind_text(
            self.compare_button.setToolTip, N_("Select two assessments with Ctrl and compare them")
        )
        self.bind_text(self.rename_button.setText, N_("Rename…"))
        self.bind_text(self.rename_button.setToolTip, N_("Rename (F2)"))
        self.bind_text(self.tags_button.setText, N_("Tags…"))
        self.bind_text(self.tags_button.setToolTip, N_("Words of your own to find assessments by"))
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

    def _read(self) -> tuple[tuple[Entry, ...], tuple[Unreadable, ...], dict[str, str], frozenset[str]]:
        from advisor.frameworks import catalogue

        entries, unreadable = self.store.entries(), self.store.unreadable()
        marked = (entry.id for entry in entries if entry.status is Status.RUNNING)
        running = frozenset(each for each in marked if self.store.held(each))
        return entries, unreadable, names.alternative_names(catalogue.load()), running

    def _on_read(
        self, found: tuple[tuple[Entry, ...], tuple[Unreadable, ...], dict[str, str], frozenset[str]]
    ) -> None:
        self.entries, self._unreadable, self._alternatives, self._running = found
        self._loaded = True
        self.refresh()

    def refresh(self) -> None:
        chosen = set(self.table.selected_keys())
        self.table.set_table(history_table(self.entries, self._alternatives, language(), self._running))
        self.table.setColumnHidden(MACHINE, len({entry.machine for entry in self.entries}) < 2)
        self.table.setColumnHidden(TAGS, not any(entry.tags for entry in self.entries))
        self.filter.show_tags(tag for entry in self.entries for tag in entry.tags)
        self._select(chosen)
        self._on_search()
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
        for banner in (self.trash.banner, self.saved_banner, self.problem, self.unreadable):
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
        self._dragged.clear()
        self.compare.stop()
        self.trash.empty()
        super().closeEvent(event)

    def _select(self, keys: set[str]) -> None:
        self.table.clearSelection()
        for row, key in enumerate(self.table.source.table.keys):
            if key in keys:
                self.table.select_row(row)
        self._show_actions()

    def _on_search(self) -> None:
        self.table.filter.set_test(self.filter.accepts)
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
        chosen = self.table.selected_keys()
        idle = not self._running.intersection(chosen)
        self.open_button.setEnabled(len(chosen) == 1)
        self.ways_button.setEnabled(len(chosen) == 1)
        self.rename_button.setEnabled(len(chosen) == 1 and idle)
        self.export_button.setEnabled(len(chosen) == 1)
        self.tags_button.setEnabled(bool(chosen) and idle)
        self.compare_button.setEnabled(len(chosen) == 2)
        self.delete_button.setEnabled(bool(chosen) and idle)
        if key := self._selected():
            self.ways_menu.show_ways(self._ways(key))

    def _ways(self, key: str) -> tuple[Way, ...]:
        entry = next(each for each in self.entries if each.id == key)
        here = resumable(entry.status, entry.machine, self._machine_model())
        return ways(entry.status, running=key in self._running, here=here)

    def _show_menu(self, place: QPoint) -> None:
        menu = self.context_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(place))

    def context_menu(self) -> WaysMenu:
        """Return the menu of the rows that are selected: what the buttons below do, and the ways back."""
        menu = WaysMenu(self)
        menu.setObjectName("history-menu")
        if key := self._selected():
            menu.show_ways((Way.OPEN, *self._ways(key)))
            menu.chosen.connect(self._take)
            menu.addSeparator()
        for button in (
            self.compare_button,
            self.rename_button,
            self.tags_button,
            self.export_button,
            self.delete_button,
        ):
            if button.isEnabled():
                action = menu.addAction(button.text())
                action.triggered.connect(button.click)
        return menu

    # What can be done

    def open(self) -> None:
        """Open the selected assessment."""
        if key := self._selected():
            self.open_requested.emit(key)

    def _take(self, way: str) -> None:
        if key := self._selected():
            if way == Way.OPEN:
                self.open_requested.emit(key)
            else:
                self.way_chosen.emit(way, key)

    def delete(self) -> None:
        """Put the selected assessments aside; Ctrl+Z brings them back."""
        if self.delete_button.isEnabled():
            self.trash.remove(self._titles(self.table.selected_keys()))

    def _titles(self, keys: Collection[str]) -> dict[str, str]:
        return {entry.id: entry.title or entry.id for entry in self.entries if entry.id in keys}

    def ask_rename(self) -> None:
        """Ask for another title of the selected assessment."""
        key = self._selected()
        if not key:
            return
        title = next(entry.title for entry in self.entries if entry.id == key)
        dialog = NameDialog(_("Rename"), _("Title"), title, self)
        dialog.accepted.connect(lambda: self.rename(key, dialog.field.text()))
        dialog.open()

    def rename(self, identity: str, title: str) -> None:
        """Give an assessment another title."""

        def work() -> None:
            with self.store.running(identity):
                assessment = self.store.load(identity)
                self.store.save(msgspec.structs.replace(assessment, title=title.strip()))

        self._change(work, lambda _nothing: None)

    def ask_tags(self) -> None:
        """Ask for the tags that the selected assessments have in common."""
        keys = self.table.selected_keys()
        chosen = [set(entry.tags) for entry in self.entries if entry.id in keys]
        if not chosen:
            return
        before = sorted(set.intersection(*chosen))
        dialog = NameDialog(
            _("Set tags"), _("Tags, with commas between them"), ", ".join(before), self, empty=True
        )
        dialog.accepted.connect(lambda: self.tag(keys, before, tags.parse(dialog.field.text())))
        dialog.open()

    def tag(self, keys: list[str], before: Collection[str], after: Collection[str]) -> None:
        """Give assessments tags; those that they had in common and are no longer named are taken from them."""
        removed = set(before) - set(after)

        def work() -> None:
            for key in keys:
                tags.change(self.store, key, after, removed)

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
            title = next(entry.title for entry in self.entries if entry.id == key)
            choose_file(
                self,
                _("Save a copy"),
                f"{file_name(title, key)}.advisor",
                filters,
                lambda path: self.export(key, path),
            )

    def export(self, identity: str, path: Path) -> None:
        """Save a copy of an assessment as a file."""
        from advisor.assessment import document
        from advisor.files import write_atomically

        self._jobs.submit(
            lambda: write_atomically(path, document.encode(self.store.load(identity))),
            lambda _nothing: self.saved_banner.show_saved(path),
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

    def _on_pair_loaded(self, pair: tuple[Assessment, Assessment]) -> None:
        self.compare.show_pair(*older_first(pair))
        self._stack.setCurrentWidget(self.compare)

    def _on_failed(self, error: BaseException) -> None:
        self.problem.show_message(explain(error), close_name=_("Dismiss"))
        self.reload()
