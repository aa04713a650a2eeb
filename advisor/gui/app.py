"""Starting the window: one program per data folder, in the user's language and the desktop's colours."""

import hashlib
import signal
import socket
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import (
    QEvent,
    QLibraryInfo,
    QLocale,
    QLockFile,
    QObject,
    QSocketNotifier,
    QTranslator,
    Signal,
)
from PySide6.QtGui import QFileOpenEvent, QFontDatabase, QFontInfo, QIcon
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication, QMessageBox

import advisor
from advisor import log
from advisor.assessment import settings as settings_file
from advisor.gui.app_state import AppState
from advisor.gui.main_window import MainWindow
from advisor.gui.text import _, choose_language, language
from advisor.resources import resource

CONNECT_TIMEOUT_MS = 2000


class Instance(QObject):
    """Holds a data folder for this program, and hears of programs that are started on it meanwhile."""

    called = Signal(str)  # a path that the other program was asked to open, "" for none

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(folder / "window.lock"))
        self._lock.setStaleLockTime(0)
        digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        self._name = f"framework-advisor-{digest}"
        self._server: QLocalServer | None = None

    def hold(self) -> bool:
        """Take the folder; ``False`` if another program has it."""
        if not self._lock.tryLock(0):
            return False
        QLocalServer.removeServer(self._name)
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(lambda: self._answer(server.nextPendingConnection()))
        server.listen(self._name)
        self._server = server
        return True

    def call_other(self, path: str) -> bool:
        """Ask the program that holds the folder to come to the front, and to open a file if one is named."""
        other = QLocalSocket()
        other.connectToServer(self._name)
        if not other.waitForConnected(CONNECT_TIMEOUT_MS):
            return False
        other.write(path.encode() + b"\n")
        heard = other.waitForBytesWritten(CONNECT_TIMEOUT_MS)
        other.disconnectFromServer()
        return heard

    def release(self) -> None:
        """Let the folder go."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _answer(self, connection: QLocalSocket) -> None:
        def read() -> None:
            if connection.canReadLine():
                self.called.emit(bytes(connection.readLine().data()).decode(errors="replace").strip())

        connection.readyRead.connect(read)
        connection.disconnected.connect(connection.deleteLater)
        read()


class FileEvents(QObject):
    """Hears of files that macOS wants opened: it tells a running program by an event, not by an argument."""

    asked = Signal(str)

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            self.asked.emit(event.file())
            return True
        return super().eventFilter(watched, event)


class QtTranslations(QObject):
    """Qt's own words (standard buttons, file dialogs) in the window's language, and letters to write it with."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._translator = QTranslator(self)

    def follow(self, wanted: str | None) -> None:
        """Take over a language that was chosen in the settings."""
        before = language()
        if choose_language(wanted) != before:
            self.install()

    def install(self) -> None:
        """Take over the window's language."""
        self._application.removeTranslator(self._translator)
        locale = QLocale(language())
        QLocale.setDefault(locale)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self._translator.load(locale, "qtbase", "_", folder):
            self._application.installTranslator(self._translator)
        if locale.script() is QLocale.Script.SimplifiedHanScript:
            _bring_han_letters()


def _bring_han_letters() -> None:
    """Lend the window the report's fonts where the system has none for Chinese.

    Named after the system's own, not left to Qt's fallback, which takes no care of weights.
    """
    if QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese):
        return
    lent = [
        QFontDatabase.addApplicationFont(str(resource("fonts", name)))
        for name in ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")
    ]
    font = QApplication.font()
    # Asked only now: where the system has no font at all, Qt crashes when it looks for one.
    families = [QFontInfo(font).family(), *font.families()]
    families += [family for number in lent for family in QFontDatabase.applicationFontFamilies(number)]
    font.setFamilies([*dict.fromkeys(families)])
    QApplication.setFont(font)


def create_application(argv: list[str]) -> QApplication:
    """Return the application object, with its style and its name but no window."""
    found = QApplication.instance()
    application = found if isinstance(found, QApplication) else QApplication(argv)
    application.setApplicationName("framework-advisor")
    application.setApplicationDisplayName("Framework Advisor")
    application.setDesktopFileName("framework-advisor")
    application.setStyle("Fusion")
    application.setWindowIcon(QIcon(str(resource("icons", "advisor.svg"))))
    return application


def main(argv: list[str], data_folder: Path) -> int:
    """Open the window and return the exit code.

    Parameters
    ----------
    argv : list of str
        At most one path, of a saved assessment to open.
    data_folder : Path
        The user's data folder.
    """
    log.start(data_folder)
    log.ROOT.info("window of %s %s", advisor.__name__, advisor.__version__)
    sys.excepthook = _log_defect
    settings = settings_file.load(data_folder)
    choose_language(settings.language)
    application = create_application(["framework-advisor"])
    path = str(Path(argv[0]).resolve()) if argv else ""
    instance = Instance(data_folder)
    if not instance.hold():
        return 0 if instance.call_other(path) else _tell_that_it_runs()
    try:
        context = AppState(data_folder, settings)
        translations = QtTranslations(application)
        translations.install()
        # Connected before the window is: there must be letters for a language before the window speaks it.
        context.settings_changed.connect(lambda: translations.follow(context.settings.language))
        window = MainWindow(context)

        def on_called(wanted: str) -> None:
            window.raise_from_elsewhere()
            if wanted:
                window.open_file(Path(wanted))

        instance.called.connect(on_called)
        if sys.platform == "darwin":  # elsewhere nothing asks, and a filter in Python hears of every event
            FileEvents(application).asked.connect(on_called)
        application.aboutToQuit.connect(context.stop)
        _quit_on_signals(application)
        window.show()
        if path:
            window.open_file(Path(path))
        return application.exec()
    finally:
        instance.release()
        log.stop()


def _log_defect(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Keep what a slot raised, which Qt would only print, where somebody with no terminal finds it."""
    log.ROOT.error("a defect", exc_info=error)
    sys.__excepthook__(kind, error, traceback)


def _tell_that_it_runs() -> int:
    QMessageBox.information(
        None,
        "Framework Advisor",
        _("Framework Advisor is already running with this data folder, but it does not answer."),
    )
    return 1


def _quit_on_signals(application: QApplication) -> None:
    """End in good order on SIGINT and SIGTERM: the engine is cancelled and waited for.

    Python handles a signal only between two of its own instructions, and Qt's loop has none while it waits:
    the signal's number arriving on a socket wakes it.
    """
    ours, pythons = socket.socketpair()
    for each in (ours, pythons):
        each.setblocking(False)
    signal.set_wakeup_fd(pythons.fileno())
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, application)
    notifier.activated.connect(lambda: ours.recv(64))
    application.setProperty("signal_sockets", (ours, pythons))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: application.exit(0))
