"""A run in the window: what is seen of it, pausing, cancelling, failing, and closing meanwhile."""

import json

import psutil
import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton

from advisor.assessment import pipeline
from advisor.assessment.model import Status
from advisor.errors import AdvisorError
from advisor.gui.drafts import Drafts
from advisor.probes.model import Outcome
from tests.gui import stage
from tests.probes import doubles


@pytest.fixture
def start(window, qtbot, monkeypatch):
    """Begin a run with fake workers; returns the wizard."""

    def begin(scripts):
        stage.replace_workers(monkeypatch, scripts)
        window.new_assessment()
        wizard = window.page("wizard")
        wizard.go(wizard.run_step)
        wizard._next.click()
        qtbot.waitUntil(lambda: wizard.run_step.running, timeout=stage.PATIENCE_MS)
        return wizard

    return begin


def hanging(tmp_path, **options):
    """A script whose worker takes some samples and then hangs in one until it is killed."""
    return {"fault": "hang", "at": "sample", "after": 20, "log": str(tmp_path / "log"), **options}


def wait_for_hang(qtbot, tmp_path) -> None:
    log = tmp_path / "log"
    qtbot.waitUntil(lambda: log.exists() and "fault" in log.read_text(), timeout=stage.PATIENCE_MS)


def test_cancel_in_mid_sample_keeps_what_was_measured(window, start, qtbot, tmp_path) -> None:
    wizard = start({"pytorch": {}, "tensorflow": hanging(tmp_path)})
    wait_for_hang(qtbot, tmp_path)
    with qtbot.waitSignal(wizard.finished, timeout=stage.PATIENCE_MS) as finished:
        wizard.run_step._cancel.click()
    assessment = window.context.store.load(finished.args[0])
    assert assessment.status is Status.CANCELLED
    measured = {each.subject.alternative: each for each in assessment.runs[0].results}
    assert measured["pytorch"].samples
    results = window.page("results")
    qtbot.waitUntil(lambda: window.stack.currentWidget() is results, timeout=stage.PATIENCE_MS)
    doubles.assert_gone(doubles.logged(tmp_path / "log", "fault"))


def test_rows_show_stage_figure_and_failure(window, start, qtbot, tmp_path) -> None:
    wizard = start(
        {
            "pytorch": hanging(tmp_path),
            "mxnet": {"fault": "failed", "at": "prepare", "outcome": "unsupported", "reason": "no-kernel"},
        }
    )
    wait_for_hang(qtbot, tmp_path)
    step = wizard.run_step

    def rows():
        return {subject.alternative: row for subject, row in step._rows.items()}

    qtbot.waitUntil(
        lambda: "pytorch" in rows() and bool(rows()["pytorch"]._value.text()), timeout=stage.PATIENCE_MS
    )
    good, bad = rows()["pytorch"], rows()["mxnet"]
    # The fake worker says that a training step takes 0.02 s.
    assert good._value.text().replace("\u00a0", " ") == "20.0 ms"
    assert good._bar._figure.low_s <= 0.02 <= good._bar._figure.high_s
    assert "measuring" in good.accessibleName()
    assert bad._stage.text() == "not supported here"
    assert "no-kernel" in bad._failure.text()
    assert bad._value.text() == ""
    step._cancel.click()
    qtbot.waitUntil(lambda: not window.context.engine.busy, timeout=stage.PATIENCE_MS)


def test_the_last_words_of_a_crashed_framework_can_be_read(window, start, qtbot, tmp_path) -> None:
    wizard = start(
        {
            "pytorch": hanging(tmp_path),
            "mxnet": {"fault": "status", "at": "prepare", "flood_bytes": 3000},
        }
    )
    wait_for_hang(qtbot, tmp_path)
    step = wizard.run_step

    def crashed():
        found = [row for subject, row in step._rows.items() if subject.alternative == "mxnet"]
        return found[0] if found else None

    def readable():
        row = crashed()
        return row is not None and row._last_words.isVisibleTo(row)

    qtbot.waitUntil(readable, timeout=stage.PATIENCE_MS)
    assert crashed()._row.outcome is Outcome.CRASHED
    crashed()._last_words.button.click()
    assert "xxxx" in crashed()._stderr.toPlainText()
    step._cancel.click()
    qtbot.waitUntil(lambda: not window.context.engine.busy, timeout=stage.PATIENCE_MS)


def test_pause_holds_the_run_and_continue_lets_it_go(window, start, qtbot) -> None:
    wizard = start({"pytorch": {}, "tensorflow": {}})
    step = wizard.run_step
    step._pause.click()
    assert window.context.engine.paused
    assert step._pause.text() == "Continue"
    assert step._headline.text() == "Paused"
    with qtbot.waitSignal(wizard.finished, timeout=stage.PATIENCE_MS):
        step._pause.click()
    assert not window.context.engine.paused


def test_while_it_runs_other_steps_and_a_second_run_are_out_of_reach(window, start, qtbot, tmp_path) -> None:
    wizard = start({"pytorch": hanging(tmp_path)})
    assert not wizard._buttons[wizard.goal_step].isEnabled()
    assert not wizard._next.isVisibleTo(wizard)
    window.show_page("start")
    window.new_assessment()
    assert window.stack.currentWidget() is wizard
    assert "running" in window.banner.text.text()
    window.show_page("frameworks")
    assert window.navigation.running.isVisibleTo(window)
    window.navigation.running.click()
    assert window.stack.currentWidget() is wizard
    window.context.engine.cancel()
    qtbot.waitUntil(lambda: not window.context.engine.busy, timeout=stage.PATIENCE_MS)


def test_closing_asks_then_stops_the_workers_and_closes(window, start, qtbot, tmp_path) -> None:
    start({"pytorch": hanging(tmp_path)})
    wait_for_hang(qtbot, tmp_path)
    (pid,) = set(doubles.logged(tmp_path / "log", "fault"))
    assert psutil.pid_exists(pid)
    assert not window.close()
    (box,) = window.findChildren(QMessageBox)
    press(box, "Keep going")
    assert window.isVisible()
    assert window.context.engine.busy == "run"

    assert not window.close()
    box = next(each for each in window.findChildren(QMessageBox) if each.isVisible())
    press(box, "Stop and close")
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=stage.PATIENCE_MS)
    doubles.assert_gone([pid])
    (entry,) = window.context.store.entries()
    assert entry.status is Status.CANCELLED


def press(box: QMessageBox, text: str) -> None:
    (button,) = [each for each in box.findChildren(QPushButton) if each.text() == text]
    button.click()


def test_a_run_that_cannot_start_says_why_and_keeps_the_answers(window, start, qtbot, monkeypatch) -> None:
    wizard = window.page("wizard")

    def fail(*_args, **_options):
        raise AdvisorError("The disk is full.", "Free some space.")

    monkeypatch.setattr(pipeline, "run", fail)
    window.new_assessment()
    qtbot.keyClicks(wizard.goal_step._name, "kept")
    wizard.go(wizard.run_step)
    with qtbot.waitSignal(window.context.engine.ended, timeout=stage.PATIENCE_MS):
        wizard._next.click()
    step = wizard.run_step
    assert step._error.isVisibleTo(step)
    assert step._error.text.text() == "The disk is full. Free some space."
    assert wizard._next.isEnabled()
    wizard.save()
    (draft,) = Drafts(window.context.folder).list()
    assert draft.needs.title == "kept"


def test_an_interrupted_run_is_offered_and_goes_on(window, start, qtbot, tmp_path) -> None:
    wizard = start({"pytorch": {}, "tensorflow": hanging(tmp_path)})
    wait_for_hang(qtbot, tmp_path)
    with qtbot.waitSignal(wizard.finished, timeout=stage.PATIENCE_MS) as finished:
        wizard.run_step._cancel.click()
    path = window.context.store.path(finished.args[0])
    # What a killed program leaves: a document that still says it is running, and has no decision.
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "status": "running", "decision": None}))
    window.show_page("start")
    window.context.refresh_history()
    name = f"resume-{finished.args[0]}"
    qtbot.waitUntil(lambda: window.findChild(QPushButton, name) is not None, timeout=stage.PATIENCE_MS)
    store = window.context.store
    qtbot.waitUntil(lambda: store.load(finished.args[0]).decision is not None, timeout=stage.PATIENCE_MS)
    assert store.load(finished.args[0]).status is Status.CANCELLED
    window.findChild(QPushButton, name).click()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is wizard, timeout=stage.PATIENCE_MS)
    assert wizard._next.text() == "Continue the run"
    with qtbot.waitSignal(window.context.engine.started, timeout=stage.PATIENCE_MS):
        wizard._next.click()
    assert wizard.run_step.running
    window.context.engine.cancel()
    qtbot.waitUntil(lambda: not window.context.engine.busy, timeout=stage.PATIENCE_MS)
    assert [entry.id for entry in window.context.store.entries()] == [finished.args[0]]
