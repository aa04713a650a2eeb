"""Says where a file was saved, and opens it or its folder."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from advisor.gui.text import _
from advisor.gui.widgets import Banner, Button


class SavedBanner(Banner):
    """A banner with two ways on: to the file, and to where it lies."""

    def __init__(self) -> None:
        super().__init__("good", "check")
        self._path = Path()
        self.action.setObjectName("open-saved")
        self.acted.connect(lambda: self._open(self._path))
        self.folder_button = Button(kind="link", on_click=lambda: self._open(self._path.parent))
        self.folder_button.setObjectName("show-in-folder")
        row = self.layout()
        assert row is not None
        row.removeWidget(self.close_button)
        row.addWidget(self.folder_button)
        row.addWidget(self.close_button)

    def show_saved(self, path: Path) -> None:
        """Say that a file, or a folder of files, was saved."""
        self._path = path
        self.folder_button.setText(_("Show in folder"))
        self.folder_button.show()
        self.show_message(_("Saved as {path}.", path=path), _("Open"), _("Dismiss"))

    def show_text(self, text: str) -> None:
        """Say something that no file belongs to."""
        self.folder_button.hide()
        self.show_message(text, close_name=_("Dismiss"))

    def _open(self, path: Path) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
