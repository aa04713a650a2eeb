"""The user's own work in the window: files dropped or chosen, what they leave open, consent before a script runs."""

import sys
from functools import partial

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton

from advisor.assessment import document, own_work, pipeline
from advisor.assessment.store import Store
from advisor.gui.wizard.own import RunScripts
from advisor.hardware.model import Calibration
from advisor.probes.model import Candidate, Outcome
from advisor.probes.trial import Look
from advisor.workloads.own import Contents, Port
from tests.gui import stage
from tests.gui.kept import kept

SCRIPT = """
import {module}
ITEMS = 2
class Work:
    def infer(self): return None
    def step(self): return None
def build(device, threads, seed): return Work()
"""
FREE = Contents("ONNX, opset 17", (Port("image", (None, None, 32, 3), "float32"),), 296, {"Conv": 1})


@pytest.fixture
def wizard(window):
    window.new_assessment()
    return window.page("wizard")


def drop(window, path) -> bool:
    """Drop a file on the window; return whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    taken = []
    for kind in (QDragEnterEvent, QDropEvent):
        place = QPoint(5, 5) if kind is QDragEnterEvent else QPoint(5, 5).toPointF()
        event = kind(
            place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        event.ignore()
        QApplication.sendEvent(window, event)
        taken.append(event.isAccepted())
    return all(taken)


def status(wizard) -> str:
    return wizard.own._status.text()


def test_a_model_that_is_dropped_is_looked_into_and_asked_about(window, qtbot, monkeypatch, tmp_path) -> None:
    path = tmp_path / "private.onnx"
    path.write_bytes(b"whatever")
    monkeypatch.setattr(own_work, "look", lambda *_arguments: Look(Outcome.MEASURED, None, FREE))
    assert drop(window, path)
    wizard = window.page("wizard")
    assert wizard.current is wizard.workload_step
    card = wizard.own
    qtbot.waitUntil(lambda: bool(card._shapes), timeout=stage.PATIENCE_MS)
    assert "may have any size" in status(wizard)
    assert wizard.workload_step.problem()
    edit = card._shapes["image"]
    qtbot.keyClicks(edit, "nonsense")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert "is no size" in status(wizard)
    edit.clear()
    qtbot.keyClicks(edit, "24x32x3")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    card._batch.setValue(4)
    (work,) = card.works
    assert work.workload.inputs[0].shape == (4, 24, 32, 3)
    assert set(wizard.workload_step.needs.workloads) == {work.workload.id}
    assert not wizard.workload_step.problem()
    wizard.save()
    (kept,) = (window.context.folder / "drafts").glob("*.json")
    assert "private" not in kept.read_text()
    assert wizard.machine_step.options.own == (work.workload,)
    qtbot.mouseClick(card.findChild(QPushButton, "own-remove"), Qt.MouseButton.LeftButton)
    assert wizard.workload_step.needs.workloads == {}
    assert wizard.machine_step.options.own == ()


def test_a_model_that_cant_be_opened_says_why_and_nothing_runs(window, qtbot, monkeypatch, tmp_path) -> None:
    path = tmp_path / "half.keras"
    path.write_bytes(b"whatever")
    monkeypatch.setattr(own_work, "look", lambda *_arguments: Look(Outcome.UNSUPPORTED, "damaged-file: cut"))
    drop(window, path)
    wizard = window.page("wizard")
    qtbot.waitUntil(lambda: "can’t be opened" in status(wizard), timeout=stage.PATIENCE_MS)
    assert "damaged" in status(wizard)
    wizard.go(wizard.run_step)
    assert not wizard._next.isEnabled()


def test_an_assessment_that_is_dropped_is_opened_and_kept(window, qtbot, tmp_path) -> None:
    path = tmp_path / "from a colleague.advisor"
    path.write_bytes(document.encode(kept("standard")))
    assert drop(window, path)
    page = window.page("results")
    qtbot.waitUntil(lambda: window.stack.currentWidget() is page, timeout=stage.PATIENCE_MS)
    assert page.assessment == kept("standard")
    assert [entry.id for entry in window.context.store.entries()] == ["synthetic-standard"]


def test_what_isnt_ones_own_work_isnt_taken(window, tmp_path) -> None:
    for name in ("model.h5", "photo.jpg", "folder.d"):
        (tmp_path / name).write_bytes(b"x")
        assert not drop(window, tmp_path / name)


def test_a_script_finds_its_framework_and_runs_only_after_consent(
    window, qtbot, monkeypatch, tmp_path
) -> None:
    paths = {name: tmp_path / f"{name}.py" for name in ("first", "second")}
    paths["first"].write_text(SCRIPT.format(module="json"))
    paths["second"].write_text(SCRIPT.format(module="json"))
    ready = tuple(Candidate(name, name, None, sys.executable, "unused") for name in ("pytorch", "tensorflow"))
    budget = msgspec.structs.replace(pipeline.BUDGETS["quick"], sample_s=0.005, max_rounds=3, memory_steps=1)
    monkeypatch.setitem(pipeline.BUDGETS, "quick", budget)
    monkeypatch.setattr(pipeline, "calibrate", lambda *_args, **_options: Calibration())
    monkeypatch.setattr(pipeline, "run", partial(pipeline.run, ready=ready))
    for path in paths.values():
        assert drop(window, path)
    wizard = window.page("wizard")
    card = wizard.own
    (work,) = card.works
    assert list(work.files) == ["pytorch", "tensorflow"]
    assert wizard.workload_step.needs.frameworks == ("pytorch", "tensorflow")
    assert "first.py" in stage.texts(card)
    wizard.go(wizard.run_step)
    qtbot.mouseClick(wizard._next, Qt.MouseButton.LeftButton)
    (dialog,) = wizard.findChildren(RunScripts)
    assert str(paths["first"]) in stage.texts(dialog)
    assert not window.context.engine.busy
    qtbot.mouseClick(dialog.findChild(QPushButton, "agree-scripts"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(wizard.finished, timeout=stage.PATIENCE_MS) as ended:
        pass
    assessment = Store(window.context.folder).load(ended.args[0])
    assert {each.outcome for each in assessment.runs[0].results} == {Outcome.MEASURED}
    assert "first.py" not in msgspec.json.encode(assessment).decode()
    # The same again asks for the files again: nothing of where they lie was kept.
    wizard.begin(window.context.drafts.like(assessment, "run"))
    assert "name its files again" in wizard.workload_step.problem()


def test_imports_tell_the_framework(window, wizard, tmp_path) -> None:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT.format(module="tensorflow as tf"))
    wizard.take(path)
    assert list(wizard.own.works[0].files) == ["tensorflow"]
