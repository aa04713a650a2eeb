"""The user's own data in the window: dropped, looked at, asked about, and read in a run by real workers."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from advisor.workloads.datasets import Kind
from advisor.workloads.model import Task
from tests.gui import stage
from tests.gui.test_gui_own import drop
from tests.own import made_data


@pytest.fixture
def wizard(window):
    window.new_assessment()
    return window.page("wizard")


def looked(wizard, qtbot):
    qtbot.waitUntil(lambda: not wizard.data._looking, timeout=stage.PATIENCE_MS)
    return wizard.data


def test_a_folder_that_is_dropped_is_shown_before_anything_runs(window, wizard, qtbot, tmp_path) -> None:
    assert drop(window, made_data.images(tmp_path / "private"))
    assert wizard.current is wizard.workload_step
    assert wizard.workload_step.problem()
    card = looked(wizard, qtbot)
    shown = stage.texts(card)
    for each in ("40 images in 2 classes", "secret_cats, secret_dogs", "40×30", "ResNet-18"):
        assert each in shown
    assert not wizard.workload_step.problem()
    assert wizard.machine_step.run_options().data.items == 40
    wizard.save()
    (kept,) = (window.context.folder / "drafts").glob("*.json")
    assert json.loads(kept.read_text())["options"]["data"]["items"] == 40
    assert not any(each in kept.read_text() for each in ("private", "secret"))
    # Another start knows that data was asked for, and not where it lies.
    draft = wizard._draft
    wizard.begin(window.context.drafts.new("quick"))
    assert wizard.data.data is None
    assert wizard.machine_step.options.data is None
    wizard.begin(draft)
    assert "name it again" in wizard.workload_step.problem()
    drop(window, tmp_path / "private")
    looked(wizard, qtbot)
    assert not wizard.workload_step.problem()
    qtbot.mouseClick(wizard.data.findChild(QPushButton, "data-remove"), Qt.MouseButton.LeftButton)
    assert wizard.machine_step.options.data is None


def test_the_column_of_the_classes_is_asked_for(wizard, qtbot, tmp_path) -> None:
    path = made_data.table(tmp_path / "table.csv")
    path.write_text(path.read_text().replace("Label", "kind"))
    wizard.take(path)
    card = looked(wizard, qtbot)
    assert "which column" in wizard.workload_step.problem()
    assert [card._label.itemText(row) for row in range(card._label.count())][-1] == "kind"
    card._label.setCurrentIndex(3)
    card._label.activated.emit(3)
    looked(wizard, qtbot)
    assert not wizard.workload_step.problem()
    assert wizard.machine_step.options.data.classes == 3
    assert "No network that is measured takes such items" in stage.texts(card)


@pytest.mark.parametrize("name", ["half.npy", "hostile.npz", "cut.csv", "empty.txt"])
def test_data_that_is_no_good_says_why_and_nothing_runs(wizard, qtbot, tmp_path, name) -> None:
    (tmp_path / name).write_bytes(b"" if name == "empty.txt" else b'a,label\n1,"')
    wizard.take(tmp_path / name)
    card = looked(wizard, qtbot)
    assert name in card._status.text()
    assert card.data is None
    wizard.go(wizard.run_step)
    assert not wizard._next.isEnabled()


def test_texts_feed_the_networks_for_text(wizard, qtbot, tmp_path) -> None:
    wizard.take(made_data.lines(tmp_path / "lines.txt"))
    card = looked(wizard, qtbot)
    assert "No network" in stage.texts(card)
    wizard.workload_step.change(tasks={Task.NLP: 1.0})
    assert "BERT" in stage.texts(card)
    assert wizard.machine_step.options.data.kind is Kind.TEXT
