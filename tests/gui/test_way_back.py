"""The ways back and the one button, through the real window by object names: nothing a user did is lost."""

from itertools import pairwise

import msgspec
import pytest
from PySide6.QtCore import QRegularExpression
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QWidget

from advisor.assessment.model import Status
from advisor.frameworks.environments import Environments
from advisor.frameworks.model import InstallProgress, InstallState
from advisor.gui.consent import FindDialog
from advisor.gui.tab_order import _stops
from advisor.probes import preflight
from advisor.probes.model import ProbeWarning, WarningCode
from advisor.workloads.model import Task
from tests import samples
from tests.gui import stage


@pytest.fixture
def stopped(context) -> str:
    """The id of a run in the history that was cancelled on this machine."""
    assessment = samples.sample_assessment("cancelled")
    context.store.save(assessment)
    return assessment.id


def results_shown(window, qtbot) -> QWidget:
    page = window.page("results")
    qtbot.waitUntil(lambda: window.stack.currentWidget() is page, timeout=stage.PATIENCE_MS)
    qtbot.waitUntil(
        lambda: page.model is not None or page.assessment.decision is None, timeout=stage.PATIENCE_MS
    )
    return page


def press(qtbot, parent: QWidget, name: str) -> None:
    """Click a button once it can be clicked: lists are made anew whenever the history is read again."""

    def ready() -> bool:
        button = parent.findChild(QPushButton, name)
        return button is not None and button.isVisibleTo(parent) and button.isEnabled()

    qtbot.waitUntil(ready, timeout=stage.PATIENCE_MS)
    parent.findChild(QPushButton, name).click()


def test_a_cancelled_run_says_so_and_offers_every_way_on_start(stopped, window, qtbot) -> None:
    page = window.page("start")
    name = f"resume-{stopped}"
    qtbot.waitUntil(lambda: page.findChild(QPushButton, name) is not None, timeout=stage.PATIENCE_MS)
    said = stage.texts(page).splitlines()
    assert "cancelled" in said
    assert "Clear" not in said
    more = page.findChild(QPushButton, f"more-{stopped}")
    names = {action.objectName() for action in more.menu().actions()}
    assert names == {"open", "resume", "run-again", "edit-answers", "duplicate"}


def test_a_cancelled_run_is_gone_on_with_from_its_results(stopped, window, qtbot) -> None:
    window.open_assessment(stopped)
    page = results_shown(window, qtbot)
    press(qtbot, page, "resume")
    wizard = window.page("wizard")
    assert window.stack.currentWidget() is wizard
    assert wizard.findChild(QPushButton, "next").text() == "Continue the run"


def test_whoever_edits_the_answers_of_a_stopped_run_begins_another(stopped, window, qtbot) -> None:
    window.open_assessment(stopped)
    press(qtbot, results_shown(window, qtbot), "resume")
    wizard = window.page("wizard")
    press(qtbot, wizard, "step-goal")
    wizard.goal_step._tasks[Task.RL].click()
    press(qtbot, wizard, "step-run")
    assert wizard.findChild(QPushButton, "next").text() == "Run benchmarks"


def test_a_run_of_another_machine_is_not_offered_to_be_gone_on_with(stopped, window, qtbot) -> None:
    machine = window.context.inventory.machine
    another = msgspec.structs.replace(machine, cpu=msgspec.structs.replace(machine.cpu, model="Another CPU"))
    window.context.inventory = msgspec.structs.replace(window.context.inventory, machine=another)
    window.open_assessment(stopped)
    page = results_shown(window, qtbot)
    assert not page.findChild(QPushButton, "resume").isVisibleTo(page)
    offered = {action.objectName() for action in page.ways_menu.actions()}
    assert offered == {"run-again", "edit-answers", "duplicate"}


@pytest.mark.parametrize(("way", "step"), [("run-again", "run"), ("edit-answers", "goal")])
def test_answers_of_an_assessment_come_back_into_the_wizard(stopped, window, qtbot, way, step) -> None:
    window.open_assessment(stopped)
    page = results_shown(window, qtbot)
    needs = page.assessment.needs
    page.findChild(QAction, way).trigger()
    wizard = window.page("wizard")
    assert window.stack.currentWidget() is wizard
    assert wizard.current.key == step
    assert wizard.goal_step.needs.tasks == needs.tasks
    assert wizard.goal_step.needs.priorities == needs.priorities
    # Looking alone keeps nothing: there is nothing yet that isn't kept elsewhere.
    wizard.save()
    assert window.context.drafts.list() == ()


def test_a_duplicate_holds_everything_under_a_title_of_its_own(stopped, window, qtbot) -> None:
    window.open_assessment(stopped)
    page = results_shown(window, qtbot)
    page.findChild(QAction, "duplicate").trigger()
    store = window.context.store
    qtbot.waitUntil(lambda: len(window.context.entries) == 2, timeout=stage.PATIENCE_MS)
    copy = store.load(next(each.id for each in window.context.entries if each.id != stopped))
    original = store.load(stopped)
    assert copy.title == f"{original.title} (copy)"
    assert copy.runs == original.runs
    assert copy.status is Status.CANCELLED


def test_a_discarded_draft_comes_back(window, qtbot) -> None:
    window.new_assessment()
    wizard = window.page("wizard")
    wizard.goal_step._tasks[Task.RL].click()
    wizard.save()
    (draft,) = window.context.drafts.list()
    window.show_page("start")
    page = window.page("start")
    press(qtbot, page, f"discard-{draft.id}")
    assert window.context.drafts.list() == ()
    page.undo()
    (again,) = window.context.drafts.list()
    assert again.needs == draft.needs


def test_the_example_opens_with_nothing_installed_and_is_not_kept(window, qtbot, monkeypatch) -> None:
    press(qtbot, window, "example")
    page = results_shown(window, qtbot)
    machine = page.assessment.machine
    assert "another machine" in page.assessment.title
    for part in ("2026", machine.cpu.model, f"{machine.limits.cores:.0f} cores"):
        assert part in page.assessment.title
    assert "Synthetic" not in stage.texts(page)
    assert page.assessment.decision.verdict.recommended
    assert window.context.store.entries() == ()
    offered = {action.objectName() for action in page.ways_menu.actions()}
    assert offered == {"run-again", "edit-answers"}


def test_one_button_sets_up_waits_for_quiet_measures_and_answers(window, qtbot, monkeypatch) -> None:
    names = tuple(each.id for each in window.context.catalogue)
    stage.replace_workers(monkeypatch, {"pytorch": {}, "tensorflow": {}})
    window.context.inventory = stage.make_inventory(missing=names)
    busy = ProbeWarning(WarningCode.LOAD, "before", {"others_share": 0.9})
    asked = []

    def install_all(self, plans, emit, cancel):
        asked.extend(plan.framework for plan in plans)
        stage.replace_outside(monkeypatch)
        monkeypatch.setattr(preflight, "warnings_now", lambda: (busy,))
        for plan in plans:
            emit(InstallProgress(plan.framework, InstallState.DONE))

    monkeypatch.setattr(Environments, "install_all", install_all)
    press(qtbot, window.page("start"), "find")
    dialog = window.findChild(FindDialog)
    said = stage.texts(dialog)
    for part in ("PyTorch", "torch==", "to download", "on disk", str(window.context.folder)):
        assert part in said
    assert "At most" in said
    assert asked == []
    press(qtbot, dialog, "agree")
    wizard = window.page("wizard")
    anyway = wizard.findChild(QPushButton, "measure-anyway")
    qtbot.waitUntil(lambda: anyway.isVisibleTo(wizard), timeout=stage.PATIENCE_MS)
    assert asked == ["pytorch", "tensorflow", "keras", "jax", "paddle"]
    assert "not quiet" in stage.texts(wizard)
    assert window.context.engine.busy == ""
    with qtbot.waitSignal(wizard.finished, timeout=stage.PATIENCE_MS):
        anyway.click()
    page = results_shown(window, qtbot)
    assert page.assessment.status is Status.COMPLETE


def test_waiting_for_quiet_can_be_given_up_and_measures_nothing(window, qtbot, monkeypatch) -> None:
    busy = ProbeWarning(WarningCode.LOAD, "before", {"others_share": 0.9})
    monkeypatch.setattr(preflight, "warnings_now", lambda: (busy,))
    window.new_assessment()
    wizard = window.page("wizard")
    press(qtbot, wizard, "step-run")
    press(qtbot, wizard, "next")
    anyway = wizard.findChild(QPushButton, "measure-anyway")
    qtbot.waitUntil(lambda: anyway.isVisibleTo(wizard), timeout=stage.PATIENCE_MS)
    assert not wizard.findChild(QPushButton, "step-goal").isEnabled()
    press(qtbot, wizard, "cancel-preparing")
    assert wizard.findChild(QPushButton, "next").isVisibleTo(wizard)
    assert window.context.store.entries() == ()


def test_it_measures_by_itself_once_the_machine_is_quiet(window, qtbot, monkeypatch) -> None:
    stage.replace_workers(monkeypatch, {"pytorch": {}, "tensorflow": {}})
    busy = ProbeWarning(WarningCode.LOAD, "before", {"others_share": 0.9})
    answers = [(busy,), ()]
    monkeypatch.setattr(preflight, "warnings_now", lambda: answers.pop(0))
    window.new_assessment()
    wizard = window.page("wizard")
    press(qtbot, wizard, "step-run")
    with qtbot.waitSignal(wizard.finished, timeout=stage.PATIENCE_MS):
        press(qtbot, wizard, "next")
    results_shown(window, qtbot)
    assert answers == []


def test_the_title_tells_how_far_a_run_is_and_then_forgets_it(window) -> None:
    window.notices.show_progress("42%")
    assert window.windowTitle().startswith("42%")
    window.notices.show_progress("")
    assert window.windowTitle() == "Framework Advisor"


def test_tab_goes_through_the_start_page_from_top_to_bottom(stopped, window, qtbot) -> None:
    page = window.page("start")
    name = QRegularExpression(f"^resume-{stopped}")
    qtbot.waitUntil(lambda: bool(page.findChildren(QPushButton, name)), timeout=stage.PATIENCE_MS)
    shown = [each for each in _stops(page) if each.isVisibleTo(page)]
    assert shown[0].objectName() == "find"
    for before, after in pairwise(shown):
        following = before.nextInFocusChain()
        while not (following.isVisibleTo(page) and following in shown):
            following = following.nextInFocusChain()
        assert following is after


def test_nothing_above_moves_when_the_history_arrives_late(stopped, window, qtbot) -> None:
    page = window.page("start")
    find = page.findChild(QPushButton, "find")
    before = find.mapTo(page, find.rect().topLeft())
    qtbot.waitUntil(lambda: window.context.history_known, timeout=stage.PATIENCE_MS)
    assert find.mapTo(page, find.rect().topLeft()) == before
