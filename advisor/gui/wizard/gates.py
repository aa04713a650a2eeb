"""The panel that says, while the user answers, who is still in the running and who is ruled out, and why."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from advisor.decision.gates import preview
from advisor.decision.model import GateStatus, Needs
from advisor.escapes import tooltip
from advisor.gui.app_state import AppState
from advisor.gui.icons import pixmap
from advisor.gui.page import Page
from advisor.gui.text import N_, _
from advisor.gui.theme import Space
from advisor.gui.widgets import Label, clear, hbox, vbox
from advisor.report.wording import gates as wording
from advisor.report.wording.names import alternative_names, name_of


class GatesPanel(Page):
    """Live gates, from the catalogue's facts alone: nothing has been measured yet."""

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        self._needs = Needs()
        column = vbox(self, Space.S)
        title = Label(role="strong")
        self.bind_text(title.setText, N_("Still in the running"))
        column.addWidget(title)
        self._rows = vbox(spacing=Space.XS)
        column.addLayout(self._rows)
        self._shown: tuple[object, ...] = ()

    def show_needs(self, needs: Needs) -> None:
        """Show who passes under these answers."""
        self._needs = needs
        self.refresh()

    def refresh(self) -> None:
        """Work the gates out anew."""
        inventory = self._context.inventory
        if inventory is None:
            clear(self._rows)
            self._shown = ()
            return
        language = self._context.language
        names = alternative_names(inventory.catalogue)
        found = preview(self._needs, inventory.catalogue, inventory.machine)
        rows = []
        for alternative in dict.fromkeys(gate.alternative for gate in found):
            blocking = wording.blocking(found, alternative)
            status = GateStatus.PASS
            if blocking:
                failed = any(gate.status is GateStatus.FAIL for gate in blocking)
                status = GateStatus.FAIL if failed else GateStatus.UNKNOWN
            reasons = tuple(wording.gate_reason(gate, language) for gate in blocking)
            rows.append((name_of(alternative, names), status, reasons))
        # Frameworks' names are the same in every language, so compare what would be drawn.
        drawn = (*rows, self.theme.name, language)
        if drawn != self._shown:
            self._shown = drawn
            clear(self._rows)
            for row in rows:
                self._rows.addWidget(self._row(*row))

    def _row(self, name: str, status: GateStatus, reasons: tuple[str, ...]) -> QWidget:
        row = QWidget()
        line = hbox(row, Space.S)
        icon, colour, word = {
            GateStatus.PASS: ("check", self.theme.good, _("in the running")),
            GateStatus.UNKNOWN: ("help", self.theme.warning, _("open")),
            GateStatus.FAIL: ("close", self.theme.bad, _("ruled out")),
        }[status]
        picture = QLabel()
        picture.setPixmap(pixmap(icon, colour, 16, self.devicePixelRatioF()))
        line.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        words = vbox(spacing=0)
        words.addWidget(Label(name, tone="muted" if status is GateStatus.FAIL else ""))
        if reasons:
            said = reasons[0] if len(reasons) == 1 else f"{reasons[0]} (+{len(reasons) - 1})"
            reason = Label(_("{name}: {reason}", name=word[:1].upper() + word[1:], reason=said))
            reason.setProperty("role", "caption")
            reason.set_tone("bad" if status is GateStatus.FAIL else "warning")
            words.addWidget(reason)
        line.addLayout(words, 1)
        row.setToolTip(tooltip("\n".join(reasons)))
        row.setAccessibleName(f"{name}: {word}")
        row.setAccessibleDescription(" ".join(reasons))
        return row
