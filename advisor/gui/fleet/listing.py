"""The fleets there are: to open, begin, import and delete."""

from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QMessageBox, QStackedWidget

from advisor.assessment.fleet import FleetEntry, FleetStore
from advisor.gui.app_state import AppState
from advisor.gui.bridge import explain
from advisor.gui.dialogs import choose_existing
from advisor.gui.page import Page
from advisor.gui.tables import TableView
from advisor.gui.tables_data import Cell, Table, Tone, cell
from advisor.gui.text import N_, _, language
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Banner, Button, EmptyState, PageHeader, hbox, vbox
from advisor.report import format as fmt
from advisor.report.wording import names


def fleets_table(entries: tuple[FleetEntry, ...], alternatives: dict[str, str], spoken: str) -> Table:
    """Return the fleets as a table, each row under its fleet's id."""
    rows = []
    for each in entries:
        recommended = fmt.listing([names.name_of(name, alternatives) for name in each.recommended], spoken)
        machines = _("{done} of {total} measured", done=each.done, total=len(each.hosts))
        rows.append(
            (
                Cell(_when(each.created_at), each.created_at),
                cell(each.title or _("Untitled")),
                Cell(machines, len(each.hosts), tip=fmt.listing(list(each.hosts), spoken)),
                cell(names.verdict_kind(each.verdict, spoken)) if each.verdict else _dash(),
                cell(recommended) if recommended else _dash(),
            )
        )
    headers = (_("Date"), _("Title"), _("Machines"), _("Verdict"), _("Recommended for all"))
    return Table(headers, tuple(rows), keys=tuple(each.id for each in entries), prose={1: 3.0, 4: 2.0})


def _dash() -> Cell:
    return Cell(fmt.DASH, None, tone=Tone.MUTED)


def _when(stamp: str) -> str:
    try:
        return f"{datetime.fromisoformat(stamp).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return stamp


class FleetList(Page):
    """All fleets, newest first."""

    new_requested = Signal()
    opened = Signal(object)  # a fleet

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        self.entries: tuple[FleetEntry, ...] = ()
        column = vbox(self, Space.M, Space.L)
        header = PageHeader()
        self.bind_text(header.title.setText, N_("Several machines"))
        self.bind_text(
            header.subtitle.setText,
            N_(
                "One assessment on each of your machines: which framework for all, which for each, and what a "
                "mixed choice would cost."
            ),
        )
        self.import_button = Button(on_click=self._ask_import)
        self.new_button = Button(kind="primary", on_click=self.new_requested.emit)
        self.new_button.setObjectName("new-fleet")
        self.bind_text(self.import_button.setText, N_("Open a file…"))
        self.bind_text(self.new_button.setText, N_("Assess machines…"))
        header.buttons.addWidget(self.import_button)
        header.buttons.addWidget(self.new_button)
        self.problem = Banner("bad")
        self.problem.hide()
        self.table = TableView()
        self.bind_text(self.table.setAccessibleName, N_("Several machines"))
        self.table.selectionModel().selectionChanged.connect(lambda *_ranges: self._show_actions())
        self.table.doubleClicked.connect(lambda _index: self.open())
        self.empty = EmptyState("fleet")
        self.empty.action.clicked.connect(self.new_requested)
        self._middle = QStackedWidget()
        self._middle.addWidget(self.table)
        self._middle.addWidget(self.empty)
        self.open_button = Button(kind="primary", on_click=self.open)
        self.delete_button = Button(kind="danger", on_click=self.ask_delete)
        self.bind_text(self.open_button.setText, N_("Open"))
        self.bind_text(self.delete_button.setText, N_("Delete"))
        actions = hbox()
        actions.addWidget(self.open_button)
        actions.addStretch(1)
        actions.addWidget(self.delete_button)
        column.addWidget(header)
        column.addWidget(self.problem)
        column.addWidget(self._middle, 1)
        column.addLayout(actions)
        for keys, slot in ((Qt.Key.Key_Return, self.open), (Qt.Key.Key_Delete, self.ask_delete)):
            shortcut = QShortcut(QKeySequence(keys), self.table)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def reload(self) -> None:
        """Read the fleets anew, in the background."""
        folder = self._context.folder
        self._context.jobs.submit(lambda: FleetStore(folder).entries(), self._on_read, self._on_failed)

    def refresh(self) -> None:
        """Show what is known by now."""
        alternatives = names.alternative_names(self._context.catalogue)
        self.table.set_table(fleets_table(self.entries, alternatives, language()))
        self._middle.setCurrentWidget(self.table if self.entries else self.empty)
        self.empty.show_message(
            _("No machines have been compared yet"),
            _(
                "Name machines that SSH reaches, this one, or take in assessments that were made elsewhere. "
                "Passwords are never asked for or kept: keys are SSH’s own business."
            ),
            _("Assess machines…"),
        )
        self._show_actions()

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.table.apply_theme(theme)
        self.problem.apply_theme(theme)
        self.empty.apply_theme(theme)
        self.import_button.set_icon("open", theme.text)
        self.new_button.set_icon("plus", theme.on_accent)
        self.delete_button.set_icon("trash", theme.bad)
        super().apply_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.reload()

    def open(self) -> None:
        """Open the fleet that is selected."""
        if key := self._selected():
            folder = self._context.folder
            self._context.jobs.submit(lambda: FleetStore(folder).load(key), self.opened.emit, self._on_failed)

    def import_file(self, path: Path) -> None:
        """Keep a fleet of a file and open it."""
        folder = self._context.folder
        self._context.jobs.submit(lambda: FleetStore(folder).add(path), self.opened.emit, self._on_failed)

    def ask_delete(self) -> None:
        """Ask whether the fleet that is selected shall go."""
        key = self._selected()
        if not key:
            return
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Framework Advisor")
        box.setText(_("Delete this comparison of machines?"))
        box.setInformativeText(_("The assessments stay on the machines that they were made on."))
        remove = box.addButton(_("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        remove.clicked.connect(lambda: self._delete(key))
        box.open()

    def _delete(self, key: str) -> None:
        folder = self._context.folder
        self._context.jobs.submit(
            lambda: FleetStore(folder).remove(key), lambda _id: self.reload(), self._on_failed
        )

    def _ask_import(self) -> None:
        choose_existing(
            self, _("Open a comparison of machines"), self.import_file, _("Comparisons of machines (*.json)")
        )

    def _on_read(self, found: Any) -> None:
        self.entries, unreadable = found
        if unreadable:
            lines = [
                _("{file} can’t be read: {reason}", file=f"{each.id}.json", reason=each.reason)
                for each in unreadable
            ]
            self.problem.show_message("\n".join(lines), close_name=_("Dismiss"))
        self.refresh()

    def _on_failed(self, error: BaseException) -> None:
        self.problem.show_message(explain(error), close_name=_("Dismiss"))

    def _selected(self) -> str:
        keys = self.table.selected_keys()
        return keys[0] if len(keys) == 1 else ""

    def _show_actions(self) -> None:
        self.open_button.setEnabled(bool(self._selected()))
        self.delete_button.setEnabled(bool(self._selected()))
