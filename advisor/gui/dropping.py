"""What is dropped on the window: the user's own work and data, and saved assessments."""

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from advisor.workloads import data_files
from advisor.workloads.own import ENDINGS

ASSESSMENTS = (".advisor", ".json")


class FileDrops(QObject):
    """Hears of files that are known; whatever else is dropped goes on to who understands it."""

    work_dropped = Signal(Path)
    assessment_dropped = Signal(Path)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take drops of one local file with a known ending."""
        if isinstance(event, QDragEnterEvent | QDropEvent) and (path := _file(event)) is not None:
            event.acceptProposedAction()
            if event.type() is QEvent.Type.Drop:
                saved = path.suffix.lower() in ASSESSMENTS
                (self.assessment_dropped if saved else self.work_dropped).emit(path)
            return True
        return super().eventFilter(watched, event)


def _file(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    if event.source() is not None:  # a row of the history, which is here already
        return None
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    known = path.suffix.lower() in (*ENDINGS, *data_files.ENDINGS, *ASSESSMENTS)
    return path if known or path.is_dir() else None
