"""Asking for files without stopping the window: dialogs that open and answer later."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def choose_existing(
    parent: QWidget, title: str, then: Callable[[Path], object], name_filter: str = ""
) -> QFileDialog:
    """Ask for a file that is there; ``then`` gets its path once one is chosen."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    if name_filter:
        dialog.setNameFilter(name_filter)
    dialog.fileSelected.connect(lambda name: then(Path(name)))
    dialog.open()
    return dialog
