"""Real widgets on a screen that needs no display, and a watch over what a test leaves behind."""

import gc
import os
import sys
import threading
from collections.abc import Iterator

import pytest

if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from advisor.gui import app
from advisor.gui.app_state import AppState
from advisor.gui.main_window import MainWindow
from advisor.gui.text import choose_language
from tests.gui import stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says of every window that it can't hint at its size."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints"))


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application as the program makes it, with its style and icons."""
    return app.create_application(["advisor-test"])


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves windows, running timers or threads behind."""
    choose_language("en")
    threads = set(threading.enumerate())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    windows = [each for each in QApplication.topLevelWidgets() if isValid(each)]
    objects = [each for each in gc.get_objects() if isinstance(each, QTimer | QThread) and isValid(each)]
    timers = [each for each in objects if isinstance(each, QTimer) and each.isActive()]
    running = [each for each in objects if isinstance(each, QThread) and each.isRunning()]
    running = [each for each in running if each is not QThread.currentThread()]
    left = [each for each in threading.enumerate() if each not in threads and not _is_qt_pool(each)]
    assert not windows, f"left windows: {windows}"
    assert not timers, f"left timers: {timers}"
    assert not running, f"left Qt threads: {running}"
    assert not left, f"left threads: {left}"


def _is_qt_pool(thread: threading.Thread) -> bool:
    """Qt's own threads that once ran Python are known to ``threading`` as dummies, and never leave it."""
    return isinstance(thread, threading._DummyThread)


@pytest.fixture
def context(tmp_path, monkeypatch, qapp) -> Iterator[AppState]:
    """The window's state over an empty data folder, with a synthetic machine on which all is installed."""
    stage.replace_outside(monkeypatch)
    made = stage.make_context(tmp_path)
    yield made
    made.stop()
    made.deleteLater()


@pytest.fixture
def window(context, qtbot) -> Iterator[MainWindow]:
    """The main window, shown, its first inventory done."""
    made = MainWindow(context)
    made.resize(1024, 700)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: bool(context.plans), timeout=stage.PATIENCE_MS)
    yield made
    context.engine.stop()
    qtbot.waitUntil(lambda: not context.engine.busy, timeout=stage.PATIENCE_MS)
    made.close()
    made.deleteLater()
