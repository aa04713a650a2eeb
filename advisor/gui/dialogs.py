"""Asking for files and names without stopping the window: dialogs that open and answer later."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QLineEdit, QWidget

from advisor.gui.text import _
from advisor.gui.theme import Space
from advisor.gui.widgets import Label, vbox


class NameDialog(QDialog):
    """Asks for a name.

    Parameters
    ----------
    heading : str
        What is done with it: the window's title, and what the button says.
    label : str
        What is named.
    text : str
        The name so far.
    longest : int
        How many letters it may have.
    empty : bool
        Whether it may be left empty.
    """

    def __init__(
        self, heading: str, label: str, text: str, parent: QWidget, longest: int = 200, *, empty: bool = False
    ) -> None:
        super().__init__(parent)
        self._empty = empty
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(heading)
        self.setMinimumWidth(380)
        column = vbox(self, Space.M, Space.L)
        named = Label(label)
        self.field = QLineEdit(text)
        self.field.setObjectName("name")
        self.field.setMaxLength(longest)
        self.field.setAccessibleName(label)
        self.field.selectAll()
        named.setBuddy(self.field)
        buttons = QDialogButtonBox()
        self.accept_button = buttons.addButton(heading, QDialogButtonBox.ButtonRole.AcceptRole)
        self.accept_button.setObjectName("accept-name")
        buttons.addButton(_("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.field.textChanged.connect(lambda _text: self._show_state())
        for widget in (named, self.field, buttons):
            column.addWidget(widget)
        self._show_state()

    def _show_state(self) -> None:
        self.accept_button.setEnabled(self._empty or bool(self.field.text().strip()))


def choose_existing(
    parent: QWidget,
    title: str,
    then: Callable[[Path], object],
    name_filter: str = "",
    mode: QFileDialog.FileMode = QFileDialog.FileMode.ExistingFile,
) -> QFileDialog:
    """Ask for a file that is there; ``then`` gets its path once one is chosen."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(mode)
    if name_filter:
        dialog.setNameFilter(name_filter)
    dialog.fileSelected.connect(lambda name: then(Path(name)))
    dialog.open()
    return dialog


def choose_folder(parent: QWidget, title: str, then: Callable[[Path], object]) -> QFileDialog:
    """Ask for a folder that is there; ``then`` gets its path once one is chosen."""
    return choose_existing(parent, title, then, mode=QFileDialog.FileMode.Directory)
