"""Asks for one machine: its name, how it is reached, and its share of the work. There is no field for a secret."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QWidget

from advisor.assessment.fleet import FleetHost
from advisor.errors import AdvisorError
from advisor.gui.inputs import DoubleSpinBox
from advisor.gui.text import _
from advisor.gui.theme import Space
from advisor.gui.widgets import Button, Label, hbox, vbox

MOST_SHARE = 1000.0


class HostDialog(QDialog):
    """Asks for one machine.

    Parameters
    ----------
    heading : str
        The window's title, and what the button says.
    make : callable
        Makes a host of an address, a name and a share; an ``AdvisorError`` of it is shown, and the dialog stays.
    host : FleetHost, optional
        What is changed.
    address : bool
        Whether an address is asked for.
    """

    made = Signal(object)  # the host

    def __init__(
        self,
        heading: str,
        make: Callable[[str, str, float], FleetHost],
        parent: QWidget,
        host: FleetHost | None = None,
        *,
        address: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(heading)
        self.setMinimumWidth(440)
        self._make, self._asks_address = make, address
        column = vbox(self, Space.M, Space.L)
        form = QFormLayout()
        form.setHorizontalSpacing(Space.L)
        form.setVerticalSpacing(Space.S)
        self.address, self.name, self.share = QLineEdit(), QLineEdit(), DoubleSpinBox()
        self.address.setPlaceholderText(_("user@host or user@host:port"))
        self.name.setPlaceholderText(_("as reports call it"))
        self.share.setRange(0.1, MOST_SHARE)
        self.share.setDecimals(1)
        self.share.setValue(host.share if host else 1.0)
        if host is not None:
            self.address.setText(host.address)
            self.name.setText(host.name)
        rows = [(_("Name"), self.name), (_("Share of the work"), self.share)]
        if address:
            rows.insert(0, (_("Address"), self.address))
        for text, field in rows:
            field.setAccessibleName(text)
            form.addRow(text, field)
        column.addLayout(form)
        if address:
            column.addWidget(
                Label(
                    _(
                        "Keys, agents, known hosts and jump hosts are as your SSH configuration has them; no "
                        "password is asked for. Framework Advisor must be installed there."
                    ),
                    "caption",
                    "muted",
                )
            )
        self.problem = Label(tone="bad")
        self.problem.hide()
        column.addWidget(self.problem)
        buttons = hbox()
        accept = Button(heading, "primary", self._on_accept)
        accept.setObjectName("accept-host")
        accept.setDefault(True)
        buttons.addStretch(1)
        buttons.addWidget(Button(_("Cancel"), on_click=self.reject))
        buttons.addWidget(accept)
        column.addLayout(buttons)

    def _on_accept(self) -> None:
        try:
            host = self._make(self.address.text().strip(), self.name.text().strip(), self.share.value())
        except AdvisorError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return
        self.made.emit(host)
        self.accept()
