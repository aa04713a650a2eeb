"""What-if journeys through the real window by object names: answers are live, can be undone, and kept as scenarios."""

import threading

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QWidget,
)

from advisor.decision import engine
from advisor.decision.engine import decide
from advisor.gui.dialogs import NameDialog
from advisor.gui.export import ExportDialog
from advisor.gui.main_window import MainWindow
from advisor.workloads.model import Task
from tests.gui import stage
from tests.gui.kept import kept


class Journey:
    """A user at the what-if tab of a saved assessment."""

    def __init__(self, window: MainWindow, qtbot, identity: str) -> None:
        self.window, self.qtbot, self.identity = window, qtbot, identity
        window.open_assessment(identity)
        self.page = window.page("results")
        self.until(lambda: window.stack.currentWidget() is self.page and self.page.model is not None)
        self.page.show_tab("what-if")
        self.part: QWidget = self.page.tabs.currentWidget()

    def until(self, holds) -> None:
        self.qtbot.waitUntil(holds, timeout=stage.PATIENCE_MS)

    def find(self, kind, name):
        found = self.part.findChild(kind, name)
        assert found is not None, name
        return found

    def open(self, group: str) -> None:
        self.find(QPushButton, f"fold-{group}").click()

    def decided(self, act) -> None:
        """Do something, and wait for the answer to it."""
        with self.qtbot.waitSignal(self.part.decided, timeout=stage.PATIENCE_MS):
            act()

    def press(self, key: str) -> None:
        self.find(QPushButton, key).click()

    @property
    def effects(self) -> str:
        return self.find(QLabel, "what-if-effects").text()

    @property
    def answers(self) -> str:
        return self.find(QLabel, "what-if-answers").text()

    @property
    def headline(self) -> str:
        return self.find(QWidget, "what-if-verdict").accessibleName()

    def name(self, button: str, text: str) -> None:
        """Give a name in the dialog that a button opens."""
        self.press(button)
        self.accept(text)

    def accept(self, text: str) -> None:
        dialog = self.part.findChild(NameDialog)
        dialog.field.setText(text)
        dialog.accept_button.click()

    def on_disk(self, *names: str) -> None:
        store = self.window.context.store
        self.until(lambda: tuple(each.name for each in store.load(self.identity).scenarios) == names)


@pytest.fixture
def journey(window, qtbot) -> Journey:
    assessment = kept("standard")
    window.context.store.save(assessment)
    return Journey(window, qtbot, assessment.id)


def test_a_requirement_is_live_and_undone_by_the_keyboard(journey, qtbot) -> None:
    assert journey.effects == "This is the answer as saved."
    journey.open("requirements")
    journey.decided(lambda: journey.find(QAbstractButton, "asks-MIT").click())
    assert journey.headline == "No framework can be recommended"
    assert journey.effects.startswith("Verdict: Adopt PyTorch → No framework can be recommended")
    assert "PyTorch: newly missed. Of the licences that torch declares" in journey.effects
    assert journey.answers == "Licences allowed: any → MIT"
    assert journey.find(QPushButton, "fold-requirements").text() == "Requirements (1 changed)"
    qtbot.keyClick(journey.find(QSlider, "weight-memory"), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert journey.headline == "Adopt PyTorch"
    assert not journey.find(QAbstractButton, "asks-MIT").isChecked()
    journey.decided(lambda: journey.press("redo-what-if"))
    assert journey.headline == "No framework can be recommended"
    journey.press("reset-what-if")
    assert journey.effects == "This is the answer as saved."
    journey.decided(lambda: journey.press("undo-what-if"))
    assert journey.headline == "No framework can be recommended"


def test_team_shares_purpose_and_data_are_decided_on_as_if_they_had_been_asked_for(journey) -> None:
    saved = kept("standard")
    journey.open("team")
    skill = journey.find(QComboBox, "skill-mxnet")
    skill.setCurrentIndex(skill.findData(4))
    journey.decided(lambda: skill.activated.emit(skill.currentIndex()))
    journey.open("work")
    journey.decided(lambda: journey.find(QSlider, "share-of-rl").setValue(0))
    journey.decided(lambda: journey.find(QSpinBox, "dataset-items").setValue(7_000_000))
    stages = journey.find(QComboBox, "stage")
    stages.setCurrentIndex(stages.findData("serving"))
    journey.decided(lambda: stages.activated.emit(stages.currentIndex()))
    needs = journey.part.needs
    assert needs.team.skills == {**saved.needs.team.skills, "mxnet": 4}
    assert set(needs.tasks) == {Task.IMAGE_CLASSIFICATION, Task.NLP}
    assert (needs.stage, needs.workload.dataset_items) == ("serving", 7_000_000)
    assert journey.part.decision == decide(
        needs, saved.catalogue, saved.machine, saved.runs, seed=saved.options.seed, draws=saved.decision.draws
    )
    for told in (
        "Skill in MXNet: never seen it → teaches others",
        "Share of Reinforcement learning: 20% → none",
    ):
        assert told in journey.answers
    # Sliders nobody moved follow the goal.
    weights = {each.criterion: each.swing_points for each in journey.part.decision.weights}
    assert journey.find(QSlider, "weight-inference_latency").value() == round(weights["inference_latency"])
    # The last task that counts can't be taken away.
    journey.decided(lambda: journey.find(QSlider, "share-of-nlp").setValue(0))
    journey.find(QSlider, "share-of-image-classification").setValue(0)
    assert set(journey.part.needs.tasks) == {Task.IMAGE_CLASSIFICATION}


def test_one_drag_of_a_weight_is_one_change(journey) -> None:
    slider = journey.find(QSlider, "weight-ease_of_use")
    before = slider.value()
    for value in (40, 70, 100):
        slider.setValue(value)
    journey.decided(slider.sliderReleased.emit)
    journey.decided(lambda: slider.setValue(60))
    journey.decided(lambda: journey.press("undo-what-if"))
    assert slider.value() == 100
    journey.press("undo-what-if")
    assert slider.value() == before
    assert not journey.find(QPushButton, "undo-what-if").isEnabled()


def test_models_are_built_in_the_background(journey, monkeypatch) -> None:
    threads = []
    build = engine.Model.__init__

    def noted(self, *arguments, **options):
        threads.append(threading.current_thread())
        build(self, *arguments, **options)

    monkeypatch.setattr(engine.Model, "__init__", noted)
    journey.open("requirements")
    journey.decided(lambda: journey.find(QAbstractButton, "asks-MIT").click())
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_scenarios_are_kept_renamed_deleted_brought_back_and_outlive_the_window(
    journey, qtbot, context
) -> None:
    slider = journey.find(QSlider, "weight-ease_of_use")
    journey.decided(lambda: slider.setValue(100))
    journey.name("keep-scenario", "Easy")
    journey.on_disk("Easy")
    journey.decided(lambda: slider.setValue(0))
    journey.name("keep-scenario", "Hard")
    journey.on_disk("Easy", "Hard")
    choice = journey.find(QComboBox, "scenarios")
    assert [choice.itemText(row) for row in range(choice.count())] == ["As saved", "Easy", "Hard"]
    assert choice.currentText() == "Hard"
    choice.setCurrentIndex(1)
    journey.decided(lambda: choice.activated.emit(1))
    assert slider.value() == 100
    journey.find(QAction, "rename-scenario").trigger()
    journey.accept("Easy first")
    journey.on_disk("Easy first", "Hard")
    journey.find(QAction, "rename-scenario").trigger()
    journey.accept("Hard")
    assert "already" in journey.page.problem.text.text()
    journey.find(QAction, "delete-scenario").trigger()
    journey.on_disk("Hard")
    journey.press("undo-what-if")
    journey.on_disk("Easy first", "Hard")
    journey.page.ways_menu.findChild(QAction, "duplicate").trigger()
    journey.until(lambda: len(context.entries) == 2)
    copy = context.store.load(next(each.id for each in context.entries if each.id != journey.identity))
    assert [each.name for each in copy.scenarios] == ["Easy first", "Hard"]
    other = MainWindow(context)
    qtbot.addWidget(other)
    again = Journey(other, qtbot, journey.identity)
    choice = again.find(QComboBox, "scenarios")
    row = choice.findText("Easy first")
    choice.setCurrentIndex(row)
    again.decided(lambda: choice.activated.emit(row))
    assert again.find(QSlider, "weight-ease_of_use").value() == 100
    other.results.page.close()


def test_scenarios_stand_side_by_side_and_are_exported(journey, tmp_path) -> None:
    journey.open("requirements")
    journey.decided(lambda: journey.find(QAbstractButton, "asks-MIT").click())
    journey.name("keep-scenario", "Only MIT")
    journey.on_disk("Only MIT")
    journey.press("side-by-side")
    table = journey.find(QWidget, "scenario-table")
    journey.until(lambda: "Licences allowed: any → MIT" in stage.texts(table) and table.complete)
    assert "Verdict: Adopt PyTorch → No framework can be recommended" in stage.texts(table)
    journey.press("export-scenarios")
    dialog = journey.part.findChild(ExportDialog)
    dialog.findChild(QPushButton, "format-csv").click()
    with journey.qtbot.waitSignal(dialog.saved, timeout=stage.PATIENCE_MS):
        dialog.save_as(tmp_path / "scenarios")
    rows = (tmp_path / "scenarios" / "scenarios.csv").read_text("utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in rows] == ["Scenario", "As saved", "Only MIT"]
    journey.press("back-to-what-if")
    assert journey.find(QPushButton, "keep-scenario").isVisibleTo(journey.part)


def test_the_example_can_be_tried_but_keeps_no_scenario(window, qtbot) -> None:
    window.findChild(QPushButton, "example").click()
    page = window.page("results")
    qtbot.waitUntil(lambda: page.model is not None, timeout=stage.PATIENCE_MS)
    page.show_tab("what-if")
    with qtbot.waitSignal(page.what_if.decided, timeout=stage.PATIENCE_MS):
        page.findChild(QSlider, "weight-ease_of_use").setValue(100)
    assert not page.findChild(QPushButton, "keep-scenario").isEnabled()


def test_a_change_of_language_or_theme_keeps_what_is_tried(journey, window) -> None:
    slider = journey.find(QSlider, "weight-ease_of_use")
    journey.decided(lambda: slider.setValue(100))
    journey.open("work")
    journey.decided(lambda: journey.find(QSlider, "share-of-rl").setValue(100))
    window.context.change_settings(theme="dark", language="zh_CN")
    assert slider.value() == 100
    assert journey.find(QSlider, "share-of-rl").value() == 100
    assert journey.find(QComboBox, "stage").currentText() == "生产训练"
    assert "“易用性”的权重" in journey.answers


def test_an_assessment_without_weights_in_points_can_be_tried_too(window, qtbot) -> None:
    saved = kept("standard")
    priorities = replace(saved.needs.priorities, mode="none")
    needs = replace(saved.needs, priorities=priorities)
    decision = decide(needs, saved.catalogue, saved.machine, saved.runs, seed=saved.options.seed)
    window.context.store.save(replace(saved, needs=needs, decision=decision))
    journey = Journey(window, qtbot, saved.id)
    journey.decided(lambda: journey.find(QSlider, "weight-startup").setValue(0))
    assert "How weights are given: no preference → weights" in journey.answers
    assert "Weight of start-up: " in journey.answers
    journey.press("undo-what-if")
    assert journey.effects == "This is the answer as saved."


def test_everything_that_is_asked_has_a_name_and_leaves_the_wheel_to_the_page(journey) -> None:
    for group in ("requirements", "team", "work"):
        journey.open(group)
    kinds = QAbstractButton | QComboBox | QSlider | QAbstractSpinBox

    def asked() -> list[QWidget]:
        part = journey.part
        reached = [
            each for each in part.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        return [each for each in reached if isinstance(each, kinds) and each.isVisibleTo(part)]

    journey.until(lambda: len(asked()) > 60)
    for control in asked():
        assert control.accessibleName() or getattr(control, "text", str)(), control.objectName()
        if not isinstance(control, QAbstractButton):
            assert control.focusPolicy() is Qt.FocusPolicy.StrongFocus
