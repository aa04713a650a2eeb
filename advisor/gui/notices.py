"""What is told outside the window: how far a run is, in the title that the taskbar shows, and that it has ended.

Qt 6 has no progress in taskbar buttons of its own; every desktop shows a window's title there.
"""

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

NAME = "Framework Advisor"
SHOWN_MS = 10_000


class Notices(QObject):
    """Speaks to a user who looks elsewhere, and only to one."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._tray: QSystemTrayIcon | None = None
        self.show_progress("")

    def show_progress(self, percent: str) -> None:
        """Show how far a run is, "" for none."""
        title = f"{percent} \N{EN DASH} {NAME}" if percent else NAME
        if self._window.windowTitle() != title:
            self._window.setWindowTitle(title)

    def tell(self, title: str, text: str) -> None:
        """Say that something has ended, by the taskbar and, where the desktop has them, a notification."""
        if self._window.isActiveWindow():
            return
        QApplication.alert(self._window)
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
            self._tray.messageClicked.connect(self._raise)
            self._tray.activated.connect(self._raise)
        self._tray.show()
        self._tray.showMessage(title, text, QSystemTrayIcon.MessageIcon.Information, SHOWN_MS)
        QTimer.singleShot(SHOWN_MS, self._tray, self._tray.hide)

    def _raise(self, *_ignored: object) -> None:
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
