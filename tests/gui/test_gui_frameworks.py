"""The frameworks page and the wizard's: nothing is downloaded unasked, and what happens is seen."""

import sys
import threading
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton

from advisor.frameworks.environments import Environments
from advisor.frameworks.model import InstallProgress, InstallState, Origin
from tests.gui import stage


class Installations:
    """What was asked to be installed, and what is told of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.removed: list[str] = []
        self.steps: list[InstallProgress] = []
        self.wait = threading.Event()
        self.wait.set()

    def install_all(self, plans, emit, cancel) -> None:
        self.asked += [plan.framework for plan in plans]
        for step in self.steps:
            emit(step)
        while not (self.wait.wait(0.01) or cancel.is_set()):
            pass
        for plan in plans:
            state = InstallState.CANCELLED if cancel.is_set() else InstallState.DONE
            if not any(step.state is InstallState.FAILED for step in self.steps):
                emit(InstallProgress(plan.framework, state))


@pytest.fixture
def installations(monkeypatch) -> Installations:
    made = Installations()
    monkeypatch.setattr(
        Environments, "install_all", lambda self, plans, emit, cancel: made.install_all(plans, emit, cancel)
    )
    monkeypatch.setattr(Environments, "remove", lambda self, name: made.removed.append(name) or True)
    return made


@pytest.fixture
def page(installations, window):
    window.context.inventory = stage.make_inventory(missing=("pytorch", "mxnet"))
    window.context.inventory_taken.emit()
    window.show_page("frameworks")
    return window.page("frameworks")


def test_nothing_is_installed_by_looking(installations, page, window) -> None:
    window.show_page("start")
    window.new_assessment()
    wizard = window.page("wizard")
    for step in wizard.steps:
        wizard.go(step)
    assert installations.asked == []


def test_what_was_found_and_what_is_missing_is_said(page) -> None:
    missing, found = page._cards["pytorch"], page._cards["keras"]
    assert missing._state.text() == "not ready"
    assert "(216\u00a0MiB)" in missing._install.text()
    assert missing._install.isEnabled()
    assert found._state.text() == "ready"
    found._places.button.click()
    assert "/synthetic/keras/bin/python" in stage.texts(found)


def test_ways_to_use_a_framework_stand_with_it_and_are_not_picked(page, window) -> None:
    page._cards["pytorch"]._ways.button.click()
    assert "Lightning" in stage.texts(page._cards["pytorch"])
    assert page._cards["mxnet"]._ways.isHidden()
    assert not any("Lightning" in name for name in page._cards["pytorch"]._pills)


def test_what_an_earlier_version_set_up_is_renewed_on_request(installations, page, window, qtbot) -> None:
    context = window.context
    managed = tuple(
        msgspec.structs.replace(each, origin=Origin.MANAGED) for each in context.inventory.installations
    )
    context.inventory = msgspec.structs.replace(context.inventory, installations=managed)
    plan = msgspec.structs.replace(context.plans["keras"], renews=True)
    context.plans = {**context.plans, "keras": plan}
    context.inventory_taken.emit()
    assert page._cards["tensorflow"]._install.isHidden()
    card = page._cards["keras"]
    assert (card._state.text(), card._install.text()) == ("ready", "Renew")
    qtbot.mouseClick(card._install, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: installations.asked == ["keras"], timeout=stage.PATIENCE_MS)


def test_installing_shows_progress_and_log_and_looks_again(
    installations, page, window, qtbot, monkeypatch
) -> None:
    installations.wait.clear()
    installations.steps = [
        InstallProgress("pytorch", InstallState.RESOLVING, line="Resolved 12 packages"),
        InstallProgress(
            "pytorch", InstallState.DOWNLOADING, line="torch", done_bytes=2**20, total_bytes=2**22
        ),
    ]
    card = page._cards["pytorch"]
    card._install.click()
    qtbot.waitUntil(lambda: "Downloading" in card._said.text(), timeout=stage.PATIENCE_MS)
    assert card._bar.value() == 250
    assert card._log.toPlainText() == "Resolved 12 packages\ntorch"
    assert not page._cards["mxnet"]._install.isEnabled()
    looked = []
    monkeypatch.setattr(
        "advisor.assessment.inventory.take_inventory", lambda *_: looked.append(1) or stage.make_inventory()
    )
    installations.wait.set()
    qtbot.waitUntil(lambda: card._state.text() == "ready", timeout=stage.PATIENCE_MS)
    assert looked
    assert installations.asked == ["pytorch"]
    assert not card._progress.isVisibleTo(card)


def test_an_installation_can_be_cancelled(installations, page, window, qtbot) -> None:
    installations.wait.clear()
    installations.steps = [InstallProgress("mxnet", InstallState.DOWNLOADING)]
    card = page._cards["mxnet"]
    card._install.click()
    qtbot.waitUntil(lambda: "Downloading" in card._said.text(), timeout=stage.PATIENCE_MS)
    card._cancel.click()
    qtbot.waitUntil(lambda: not window.context.engine.busy, timeout=stage.PATIENCE_MS)
    assert card._said.text() == "Cancelled"
    assert not card._cancel.isVisibleTo(card)


def test_a_failed_installation_says_why(installations, page, window, qtbot) -> None:
    installations.steps = [
        InstallProgress("mxnet", InstallState.FAILED, reason="The disk is full. Free some space."),
    ]
    card = page._cards["mxnet"]
    card._install.click()
    qtbot.waitUntil(lambda: not window.context.engine.busy, timeout=stage.PATIENCE_MS)
    assert "The disk is full. Free some space." in card._said.text()
    assert card._install.isEnabled()


def test_the_wizard_installs_all_that_is_missing_at_one_click(installations, page, window, qtbot) -> None:
    window.new_assessment()
    wizard = window.page("wizard")
    wizard.constraints_step._flags["maintained"].click()  # or MXNet, being retired, would not be wanted
    wizard.go(wizard.machine_step)
    step = wizard.machine_step
    assert "(280\u00a0MiB)" in step._install_all.text()
    step._install_all.click()
    qtbot.waitUntil(lambda: installations.asked == ["pytorch", "mxnet"], timeout=stage.PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.context.engine.busy, timeout=stage.PATIENCE_MS)


def test_an_interpreter_is_added_and_forgotten(page, window, qtbot, tmp_path) -> None:
    page.add_interpreter(tmp_path / "no-such-python")
    qtbot.waitUntil(lambda: page._banner.isVisibleTo(page), timeout=stage.PATIENCE_MS)
    assert "no-such-python" in page._banner.text.text()
    page.add_interpreter(Path(sys.executable))
    qtbot.waitUntil(lambda: bool(window.context.settings.interpreters), timeout=stage.PATIENCE_MS)
    assert window.context.settings.interpreters == (sys.executable,)
    (forget,) = [each for each in page.findChildren(QPushButton) if each.text() == "Forget"]
    forget.click()
    assert window.context.settings.interpreters == ()


def test_removing_an_environment_asks_first(installations, page, window, qtbot) -> None:
    card = page._cards["keras"]
    card.removed.emit("keras")
    (box,) = page.findChildren(QMessageBox)
    assert installations.removed == []
    next(each for each in box.buttons() if each.text() == "Remove").click()
    qtbot.waitUntil(lambda: installations.removed == ["keras"], timeout=stage.PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.context.engine.busy, timeout=stage.PATIENCE_MS)
