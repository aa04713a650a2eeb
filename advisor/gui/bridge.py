"""Where threads meet the window: what takes long runs elsewhere, and speaks through queued signals."""

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QElapsedTimer, QObject, QRunnable, QThread, QThreadPool, QTimer, Signal

from advisor import log
from advisor.errors import AdvisorError
from advisor.gui.text import _
from advisor.redaction import redacted

REPAINT_INTERVAL_MS = 250
"""Events are handed on at most this often: a window that repaints steals from what is being measured."""

Work = Callable[[Callable[[Any], None], threading.Event, threading.Event], Any]
"""``work(emit, cancel, pause)``: what the engine's thread runs."""


class _EngineThread(QThread):
    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self._work = work
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:
            self.error = error


class Engine(QObject):
    """The one background thread that measures and installs; never two jobs at once, they would disturb
    each other's figures.

    Signals arrive in the window's thread. ``heard`` carries a list of events, at most four times a second;
    nothing wakes the window while nothing happens.
    """

    started = Signal(str)
    heard = Signal(list)
    ended = Signal(str, object, object)  # name, result or None, error or None
    _arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: _EngineThread | None = None
        self._name = ""
        self._cancel = threading.Event()
        self._pause = threading.Event()
        self._lock = threading.Lock()
        self._events: list[Any] = []
        self._announced = False
        self._since_flush = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._flush)
        self._arrived.connect(self._on_arrived)

    @property
    def busy(self) -> str:
        """The name of the job under way, "" when there is none."""
        return self._name

    @property
    def paused(self) -> bool:
        """Whether a pause has been asked for."""
        return self._pause.is_set()

    @property
    def cancelling(self) -> bool:
        """Whether the job under way has been told to stop."""
        return bool(self._name) and self._cancel.is_set()

    def start(self, name: str, work: Work) -> None:
        """Run a job in the engine's thread.

        Raises
        ------
        RuntimeError
            If one is under way; callers disable what would start a second.
        """
        if self._thread is not None:
            raise RuntimeError(f"the engine is busy with {self._name}")
        self._name = name
        self._cancel = threading.Event()
        self._pause = threading.Event()
        cancel, pause = self._cancel, self._pause
        self._thread = _EngineThread(lambda: work(self._emit, cancel, pause))
        self._thread.finished.connect(self._on_finished)
        self._thread.start()
        self.started.emit(name)

    def cancel(self) -> None:
        """Ask the job to stop; ``ended`` says when it has."""
        self._pause.clear()
        self._cancel.set()

    def pause(self, paused: bool) -> None:
        """Hold the job before its next sample, or let it go on."""
        if paused:
            self._pause.set()
        else:
            self._pause.clear()

    def stop(self) -> None:
        """Cancel and wait for the thread: for the end of the program, when nobody is looking any more."""
        if self._thread is not None:
            self.cancel()
            self._thread.wait()

    def _emit(self, event: Any) -> None:
        with self._lock:
            self._events.append(event)
            if self._announced:
                return
            self._announced = True
        self._arrived.emit()

    def _on_arrived(self) -> None:
        waited = self._since_flush.elapsed() if self._since_flush.isValid() else REPAINT_INTERVAL_MS
        if not self._timer.isActive():
            self._timer.start(max(0, REPAINT_INTERVAL_MS - waited))

    def _flush(self) -> None:
        with self._lock:
            events, self._events = self._events, []
            self._announced = False
        self._since_flush.start()
        if events:
            self.heard.emit(events)

    def _on_finished(self) -> None:
        thread, name = self._thread, self._name
        if thread is None:
            return
        self._timer.stop()
        self._flush()
        self._thread, self._name = None, ""
        thread.deleteLater()
        self.ended.emit(name, thread.result, thread.error)


class _Job(QRunnable):
    def __init__(self, work: Callable[[], Any], report: Callable[[Any, BaseException | None], None]) -> None:
        super().__init__()
        self._work = work
        self._report = report

    def run(self) -> None:
        try:
            result, error = self._work(), None
        except BaseException as caught:
            result, error = None, caught
        self._report(result, error)


class Jobs(QObject):
    """Short work off the window's thread: detecting, reading files. Answers come back in that thread."""

    _answered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        # One for a inventory, which takes seconds, and one so that reading a file need not wait for it.
        self._pool.setMaxThreadCount(2)
        self._answered.connect(lambda answer: answer())

    def submit(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], object],
        failed: Callable[[BaseException], object],
    ) -> None:
        """Run ``work`` and call ``done`` with what it returns, or ``failed`` with what it raised."""

        def report(result: Any, error: BaseException | None) -> None:
            self._answered.emit((lambda: done(result)) if error is None else (lambda: failed(error)))

        self._pool.start(_Job(work, report))

    def stop(self) -> None:
        """Drop what has not begun and wait for what has."""
        self._pool.clear()
        self._pool.waitForDone()


def explain(error: BaseException) -> str:
    """Return what to tell the user: an :class:`AdvisorError`'s own words, else the defect and where its log is."""
    if isinstance(error, AdvisorError):
        return redacted(str(error))
    log.ROOT.error("a defect", exc_info=error)
    text = redacted(f"{type(error).__name__}: {error}")
    place = log.file()
    if place is None:
        return text
    details = _("Details for a report are in {path}.", path=place)
    return f"{text}\n{details}"
