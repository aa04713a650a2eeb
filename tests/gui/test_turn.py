"""Another program's benchmark on the same host: the window says so and waits its turn, or gives up waiting."""

import subprocess
import sys

import pytest
from PySide6.QtWidgets import QPushButton

from advisor.assessment.model import Status
from advisor.hardware import calibration
from advisor.hardware.model import Calibration
from tests.gui import stage

HOLD = """
from advisor.assessment import host_lock
with host_lock.hold():
    print("held", flush=True)
    input()
"""
WAITS = "waiting for it to end"


@pytest.fixture
def other():
    """Another program in the middle of a benchmark; ``other.stdin.close()`` ends it."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None and process.stdout.readline() == b"held\n"
    yield process
    process.stdin.close()
    process.wait()
    process.stdout.close()


def test_a_run_waits_for_another_programs_benchmark_or_is_given_up(window, qtbot, monkeypatch, other) -> None:
    stage.replace_workers(monkeypatch, {"pytorch": {}, "tensorflow": {}})
    window.new_assessment()
    wizard = window.page("wizard")
    wizard.go(wizard.run_step)
    cancel, pause = (wizard.findChild(QPushButton, name) for name in ("cancel-run", "pause-run"))
    start = wizard.findChild(QPushButton, "next")

    start.click()
    qtbot.waitUntil(lambda: WAITS in stage.texts(wizard), timeout=stage.PATIENCE_MS)
    assert not pause.isVisibleTo(wizard)
    cancel.click()
    qtbot.waitUntil(lambda: not window.context.engine.busy, timeout=stage.PATIENCE_MS)
    assert window.context.store.entries() == ()
    assert start.isVisibleTo(wizard) and start.isEnabled()

    start.click()
    qtbot.waitUntil(lambda: WAITS in stage.texts(wizard), timeout=stage.PATIENCE_MS)
    with qtbot.waitSignal(wizard.finished, timeout=stage.PATIENCE_MS) as finished:
        other.stdin.close()
    assert window.context.store.load(finished.args[0]).status is Status.COMPLETE


def test_measuring_speeds_waits_too(window, qtbot, monkeypatch, other) -> None:
    measured = []
    monkeypatch.setattr(calibration, "calibrate", lambda *_, **__: measured.append(1) or Calibration())
    window.show_page("machine")
    page = window.page("machine")
    page.findChild(QPushButton, "measure-speeds").click()
    qtbot.waitUntil(lambda: WAITS in stage.texts(page), timeout=stage.PATIENCE_MS)
    assert measured == []
    other.stdin.close()
    qtbot.waitUntil(lambda: not window.context.engine.busy, timeout=stage.PATIENCE_MS)
    assert measured == [1]
    assert WAITS not in stage.texts(page)
