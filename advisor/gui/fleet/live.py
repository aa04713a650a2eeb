"""How far the machines are, while they are measured."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QProgressBar

from advisor.assessment.fleet_state import HostLine
from advisor.gui.app_state import AppState
from advisor.gui.fleet.live_data import SHARES, HostsModel, Shown
from advisor.gui.page import Page
from advisor.gui.tables import PlainTable
from advisor.gui.text import N_, _
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Button, Label, PageHeader, hbox, vbox
from advisor.report import format as fmt
from advisor.report.wording import names


class HostsView(PlainTable):
    """The machines' table; its columns share the width alike at any time, so that nothing jumps."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.viewport().width()
        for column, share in enumerate(SHARES):
            self.setColumnWidth(column, int(room * share / sum(SHARES)))


class FleetLive(Page):
    """A line for each machine, and how far all are. Figures are the hosts'; nothing is computed here."""

    cancelled = Signal()

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        column = vbox(self, Space.M, Space.L)
        self.header = PageHeader()
        self.cancel_button = Button(kind="danger", on_click=self.cancelled.emit)
        self.cancel_button.setObjectName("cancel-fleet")
        self.header.buttons.addWidget(self.cancel_button)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bind_text(self.bar.setAccessibleName, N_("Progress of all machines"))
        self.model = HostsModel(self)
        self.table = HostsView()
        self.table.setModel(self.model)
        self.bind_text(self.table.setAccessibleName, N_("Machines that are measured"))
        kinds = hbox(spacing=Space.XS)
        self._group = QButtonGroup(self)
        self.kinds: dict[str, Button] = {}
        for kind in (Shown.ALL, Shown.RUNNING, Shown.DONE, Shown.FAILED):
            button = Button(kind="segment", on_click=partial(self._on_kind, kind))
            button.setCheckable(True)
            button.setObjectName(f"show-{kind}")
            self._group.addButton(button)
            self.kinds[kind] = button
            kinds.addWidget(button)
        kinds.addStretch(1)
        self.kinds[Shown.ALL].setChecked(True)
        note = Label(tone="muted", role="caption")
        self.bind_text(
            note.setText,
            N_(
                "A machine that is lost in the middle is tried again, and goes on where it was. What machines have "
                "measured is kept there as well."
            ),
        )
        column.addWidget(self.header)
        column.addWidget(self.bar)
        column.addLayout(kinds)
        column.addWidget(self.table, 1)
        column.addWidget(note)

    def begin(self, title: str, hosts: Sequence[str]) -> None:
        """Show machines of which nothing is known yet."""
        self._title = title
        self.kinds[Shown.ALL].setChecked(True)
        self.model.show_only(Shown.ALL)
        self.model.begin(hosts, names.alternative_names(self._context.catalogue))
        self._show_progress()
        self.cancel_button.setFocus()

    def take(self, lines: Sequence[HostLine]) -> None:
        """Take over machines as they stand now; called at most four times a second."""
        self.model.take(lines)
        self._show_progress()

    def progress_text(self) -> str:
        """Return how far all machines are, in percent."""
        return fmt.percent(self.model.progress)

    def refresh(self) -> None:
        """Say everything in the window's language."""
        self.model.retranslate()
        self._show_progress()

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.model.apply_theme(theme)
        self.cancel_button.set_icon("stop", theme.bad)
        super().apply_theme(theme)

    _title = ""

    def _show_progress(self) -> None:
        counts = {kind: self.model.count(kind) for kind in self.kinds}
        cancelling = self._context.engine.cancelling
        self.header.title.setText(self._title or _("Measuring several machines"))
        self.header.subtitle.setText(
            _("Stopping; what was measured is kept")
            if cancelling
            else _(
                "{ended} of {total} have ended", ended=counts["all"] - counts["running"], total=counts["all"]
            )
        )
        self.bar.setValue(round(1000 * self.model.progress))
        texts = {
            Shown.ALL: _("All"),
            Shown.RUNNING: _("Under way"),
            Shown.DONE: _("Measured"),
            Shown.FAILED: _("Not measured"),
        }
        for kind, button in self.kinds.items():
            button.setText(f"{texts[kind]} ({counts[kind]})")
        self.cancel_button.setText(_("Stopping…") if cancelling else _("Cancel"))
        self.cancel_button.setEnabled(not cancelling)

    def _on_kind(self, kind: str) -> None:
        self.model.show_only(kind)
