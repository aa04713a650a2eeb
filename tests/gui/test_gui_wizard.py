"""The wizard: defaults everywhere, answers that are kept, gates that follow, and the keyboard alone."""

import pytest
from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QWidget,
)

from advisor.assessment.model import Status
from advisor.decision.model import Answer, Basis, Criterion, Needs, PriorityMode, ProjectStage, Target
from advisor.decision.weights import swing_points
from advisor.frameworks import catalogue
from advisor.frameworks.environments import Environments
from advisor.frameworks.model import InstallProgress, InstallState
from advisor.gui.consent import ConsentDialog
from advisor.gui.drafts import Drafts
from advisor.gui.wizard.gates import GatesPanel
from advisor.gui.wizard.page import WizardPage
from advisor.probes.model import SearchExtent
from advisor.workloads.model import Size, Task
from tests.gui import stage


@pytest.fixture
def wizard(window) -> WizardPage:
    window.new_assessment()
    return window.page("wizard")


def draft_needs(context):
    (draft,) = Drafts(context.folder).list()
    return draft.needs


def tab_to(qtbot, window, target: QWidget) -> None:
    """Press Tab until the keyboard is where it is wanted."""
    for _number in range(300):
        if window.focusWidget() is target:
            return
        qtbot.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
    raise AssertionError(f"the keyboard does not reach {target}")


def test_next_next_run_with_the_keyboard_alone(window, qtbot, monkeypatch) -> None:
    stage.replace_workers(monkeypatch, {"pytorch": {}, "tensorflow": {"seconds": {"train": 0.05}}})
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=stage.PATIENCE_MS)
    qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    wizard = window.page("wizard")
    assert window.stack.currentWidget() is wizard
    for step in wizard.steps[:-1]:
        assert wizard.current is step
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert wizard.current is wizard.run_step
    with qtbot.waitSignal(wizard.finished, timeout=stage.PATIENCE_MS) as finished:
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    results = window.page("results")
    qtbot.waitUntil(lambda: window.stack.currentWidget() is results, timeout=stage.PATIENCE_MS)
    assessment = window.context.store.load(finished.args[0])
    assert assessment.status is Status.COMPLETE
    assert {each.subject.alternative for each in assessment.runs[0].results} == {"pytorch", "tensorflow"}
    assert results.assessment.id == assessment.id
    assert Drafts(window.context.folder).list() == ()
    # What is chosen on a page that was gone through is meant; nobody touched the figures beside it.
    assert assessment.needs.stated == (Answer.TASK, Answer.STAGE, Answer.SIZE)


def test_an_answer_is_given_with_the_keyboard(window, wizard, qtbot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=stage.PATIENCE_MS)
    choice = wizard.goal_step._tasks[Task.NLP]
    tab_to(qtbot, window, choice)
    qtbot.keyClick(choice, Qt.Key.Key_Space)
    assert set(wizard.goal_step.needs.tasks) == {Task.IMAGE_CLASSIFICATION, Task.NLP}


@pytest.mark.parametrize("number", range(7))
def test_every_control_has_a_name_and_can_be_reached(window, wizard, qtbot, number) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=stage.PATIENCE_MS)
    wizard.go(wizard.steps[number])
    controls = [
        each
        for each in wizard.findChildren(QWidget)
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus
        and each.isVisibleTo(wizard)
        and each.isEnabled()
        and not isinstance(each, QScrollArea)
        and each.focusProxy() is None
        and each.objectName() not in ("qt_spinbox_lineedit", "qt_scrollarea_viewport")
    ]
    assert controls
    for control in controls:
        text = control.text() if isinstance(control, QAbstractButton) else ""
        assert control.accessibleName() or text, f"{control} has no name"
    seen = set()
    for _number in range(3 * len(controls) + 40):
        seen.add(window.focusWidget())
        qtbot.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
    # Of radio buttons only the chosen one is a stop of the Tab key; arrows reach the others.
    stops = [each for each in controls if not (isinstance(each, QAbstractButton) and each.autoExclusive())]
    missed = [each for each in stops if each not in seen]
    assert not missed, f"Tab does not reach {missed}"


def test_answers_are_kept_and_come_back_after_a_restart(window, wizard, qtbot) -> None:
    context = window.context
    qtbot.keyClicks(wizard.goal_step._name, "Line 2")
    wizard.go(wizard.workload_step)
    wizard.workload_step._sizes[Size.STANDARD].click()
    wizard.workload_step._has_target.click()
    wizard.go(wizard.machine_step)
    wizard.machine_step._tune.click()
    assert wizard.machine_step.options.search is SearchExtent.PRIORS
    before = wizard.machine_step.most_time()
    wizard.machine_step._target.click()
    assert wizard.machine_step.most_time() != before
    wizard.machine_step._budgets["thorough"].click()
    wizard.save()
    needs = draft_needs(context)
    assert needs.title == "Line 2"
    assert needs.size is Size.STANDARD
    assert needs.workload.latency_target_s == pytest.approx(0.05)
    (draft,) = Drafts(context.folder).list()
    assert draft.options.budget == "thorough"
    assert draft.options.search is SearchExtent.FULL
    assert draft.options.target

    later = WizardPage(context)
    qtbot.addWidget(later)
    later.begin(draft)
    assert later.current is later.machine_step
    assert later.goal_step._name.text() == "Line 2"
    assert later.workload_step._sizes[Size.STANDARD].isChecked()
    assert later.machine_step._budgets["thorough"].isChecked()
    assert later.machine_step._tune.isChecked()
    assert later.machine_step._target.isChecked()


def test_gates_follow_the_answers(window, wizard) -> None:
    panel = wizard.findChild(GatesPanel)
    before = stage.texts(panel)
    wizard.go(wizard.constraints_step)
    step = wizard.constraints_step
    step._flags["maintained"].click()
    assert "retired" in before
    assert "retired" not in stage.texts(panel)
    step._targets[Target.MICROCONTROLLER].click()
    assert step.needs.constraints.targets == (Target.MICROCONTROLLER,)
    assert stage.texts(panel) != before


def test_requirements_are_named_not_counted(wizard) -> None:
    step = wizard.constraints_step
    step._targets[Target.ANDROID].click()
    step._languages["java"].click()
    assert step.summary() == "It must be maintained, Android, Java"


def test_a_skill_not_said_is_not_a_skill_of_zero(wizard) -> None:
    step = wizard.team_step
    wizard.go(wizard.team_step)
    assert step.needs.team.skills == {}
    assert "onnxruntime" not in step._skills | step._existing  # a pair is written in what trains
    combo: QComboBox = step._skills["pytorch"]
    assert combo.currentText() == "not said"
    choose(combo, combo.findText("never seen it"))
    assert step.needs.team.skills == {"pytorch": 0}
    choose(combo, 0)
    assert step.needs.team.skills == {}


def test_limits_and_what_there_is_are_asked_for(wizard) -> None:
    work, team, must = wizard.workload_step, wizard.team_step, wizard.constraints_step
    wizard.go(work)
    assert work.needs.workload.memory_limit_bytes is None
    work._has_limit.click()
    assert work.needs.workload.memory_limit_bytes == 2**30
    work._most.setValue(512)
    assert work.needs.workload.memory_limit_bytes == 2**29
    assert work.needs.workload.latency_target_s is None
    wizard.go(team)
    team._existing["tensorflow"].click()
    assert team.needs.team.existing == {"tensorflow": 1.0}
    team._existing["tensorflow"].click()
    assert team.needs.team.existing == {}
    wizard.go(must)
    assert not must._flash.isEnabled()  # nothing else than machines of this kind is asked for
    must._targets[Target.ANDROID].click()
    must._flash.setValue(2048)
    assert must.needs.constraints.device.flash_bytes == 2 * 2**20
    must._flash.setValue(0)
    assert must.needs.constraints.device.flash_bytes is None


def choose(combo: QComboBox, index: int) -> None:
    """Choose as a user does, which is what ``activated`` says."""
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def test_at_least_one_task_stays_chosen(wizard) -> None:
    step = wizard.goal_step
    step._tasks[Task.IMAGE_CLASSIFICATION].click()
    assert set(step.needs.tasks) == {Task.IMAGE_CLASSIFICATION}
    assert step._tasks[Task.IMAGE_CLASSIFICATION].isChecked()


def test_shares_of_tasks_are_what_was_set(wizard) -> None:
    step = wizard.goal_step
    step._tasks[Task.RL].click()
    step._shares[Task.RL].setValue(3)
    assert step.needs.tasks == {Task.IMAGE_CLASSIFICATION: 1.0, Task.RL: 3.0}


def test_points_start_from_the_goal_and_follow_it_until_they_are_set(wizard) -> None:
    goal, step = wizard.goal_step, wizard.priorities_step
    wizard.go(wizard.priorities_step)
    research = step._sliders[Criterion.INFERENCE_LATENCY][1].value()
    wizard.go(wizard.goal_step)
    goal._stages[ProjectStage.SERVING].click()
    wizard.go(wizard.priorities_step)
    serving = step._sliders[Criterion.INFERENCE_LATENCY][1].value()
    assert serving > research
    assert step.needs.priorities.weights == {}
    step._sliders[Criterion.INFERENCE_LATENCY][1].setValue(77)
    assert step.needs.priorities.weights == {Criterion.INFERENCE_LATENCY: 77.0}
    step._reset.click()
    assert step.needs.priorities.weights == {}
    assert step._sliders[Criterion.INFERENCE_LATENCY][1].value() == serving


def test_an_order_is_made_with_buttons(wizard) -> None:
    step = wizard.priorities_step
    wizard.go(wizard.priorities_step)
    step._modes[PriorityMode.ORDER].click()
    order = list(step.needs.priorities.order)
    assert set(order) == set(Criterion)
    step._order.setCurrentRow(1)
    step._up.click()
    assert step.needs.priorities.order[:2] == (order[1], order[0])
    view: QAbstractItemView = step._order
    assert view.currentIndex().row() == 0


def test_two_things_are_compared_at_a_time(wizard) -> None:
    step = wizard.priorities_step
    wizard.go(wizard.priorities_step)
    step._modes[PriorityMode.PAIRS].click()
    pairs = step._pairs
    # As the goal suggests, until something is moved.
    assert step.needs.priorities.comparisons == {}
    assert swing_points(step.needs) == pytest.approx(swing_points(Needs()))
    _first, slider, _second, said = pairs._rows["performance", "people"]
    slider.setValue(-2)
    assert step.needs.priorities.comparisons == {"performance:people": 3.0}
    assert said.text() == "Performance 3×"
    assert "Consistency ratio: Groups of criteria 0." in step.findChild(QLabel, "consistency").text()
    assert not any(each.isVisibleTo(pairs) for each in pairs._said)
    pairs._rows["people", "ecosystem"][1].setValue(-8)
    pairs._rows["performance", "ecosystem"][1].setValue(8)
    assert pairs._said[0].isVisibleTo(pairs)
    assert "contradicts" in pairs._said[0].text()


def probe_boxes(window) -> dict[str, QCheckBox]:
    found = window.findChildren(QCheckBox, QRegularExpression("^probe-"))
    return {box.objectName().removeprefix("probe-"): box for box in found}


def test_unchecked_frameworks_are_left_out_and_none_at_all_is_refused(window, wizard) -> None:
    step = wizard.machine_step
    wizard.go(wizard.machine_step)
    boxes = probe_boxes(window)
    boxes["tensorflow"].click()
    assert "tensorflow" not in step.needs.frameworks
    assert step.needs.frameworks
    boxes["tensorflow"].click()
    assert step.needs.frameworks == ()
    for box in boxes.values():
        if box.isChecked():
            box.click()
    assert sum(box.isChecked() for box in boxes.values()) == 1


def test_what_is_ruled_out_is_named_and_only_measured_if_the_user_says_so(window, wizard) -> None:
    wizard.go(wizard.machine_step)
    boxes = probe_boxes(window)
    pairs = [each.id for each in catalogue.alternatives(catalogue.load()) if each.runtime is not None]
    # What serves what another trains is no answer to research, and measured for the advice where it is named.
    assert {name for name, box in boxes.items() if not box.isChecked()} == {"mxnet", *pairs}
    assert "retired" in boxes["mxnet"].accessibleDescription()
    assert "It has been retired" in stage.texts(wizard.machine_step)
    assert "ruled out" in stage.texts(wizard.machine_step)
    assert "mxnet" not in wizard.machine_step.run_options().frameworks
    boxes["mxnet"].click()
    assert wizard.machine_step.needs.frameworks == ()
    assert "mxnet" in (wizard.machine_step.wanted().measured)
    boxes["mxnet"].click()
    assert not boxes["mxnet"].isChecked()
    wizard.go(wizard.constraints_step)
    wizard.constraints_step._flags["maintained"].click()
    wizard.go(wizard.machine_step)
    assert boxes["mxnet"].isChecked()


def test_answers_are_undone_and_redone_by_the_keyboard(window, wizard, qtbot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=stage.PATIENCE_MS)
    find = window.findChild
    before = wizard.goal_step.needs
    wizard.goal_step._tasks[Task.NLP].click()
    wizard.goal_step._stages[ProjectStage.SERVING].click()
    find(QPushButton, "step-priorities").click()
    slider = wizard.priorities_step._sliders[Criterion.INFERENCE_LATENCY][1]
    for value in (70, 71, 72):
        slider.setValue(value)
    assert wizard.priorities_step.needs.priorities.weights
    find(QPushButton, "next").setFocus()
    undo, redo = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
    qtbot.keySequence(window.focusWidget(), QKeySequence(undo))
    assert wizard.priorities_step.needs.priorities.weights == {}
    qtbot.keySequence(window.focusWidget(), QKeySequence(undo))
    qtbot.keySequence(window.focusWidget(), QKeySequence(undo))
    assert wizard.goal_step.needs == before
    assert not find(QPushButton, "undo").isEnabled()
    assert find(QPushButton, "redo").isEnabled()
    for _number in range(3):
        qtbot.keySequence(window.focusWidget(), QKeySequence(redo))
    assert wizard.goal_step.needs.priorities.weights == {Criterion.INFERENCE_LATENCY: 72.0}
    assert slider.value() == 72


def test_without_a_framework_run_asks_once_then_sets_up_measures_and_answers(
    window, wizard, qtbot, monkeypatch
) -> None:
    names = tuple(each.id for each in window.context.catalogue)
    stage.replace_workers(monkeypatch, {"pytorch": {}, "tensorflow": {}})
    asked = []

    def install_all(self, plans, emit, cancel):
        asked.extend(plan.framework for plan in plans)
        stage.replace_outside(monkeypatch)  # from now on all is there
        for plan in plans:
            emit(InstallProgress(plan.framework, InstallState.DONE))

    monkeypatch.setattr(Environments, "install_all", install_all)
    window.context.inventory = stage.make_inventory(missing=names)
    window.context.inventory_taken.emit()
    find = window.findChild
    while wizard.current is not wizard.run_step:
        find(QPushButton, "next").click()
    assert find(QPushButton, "next").isEnabled()
    find(QPushButton, "next").click()
    dialog = find(ConsentDialog)
    said = stage.texts(dialog)
    assert "PyTorch" in said and "torch==" in said
    assert str(window.context.folder / "environments") in said
    assert not find(QPushButton, "without").isVisibleTo(dialog)
    assert asked == []
    with qtbot.waitSignal(wizard.finished, timeout=stage.PATIENCE_MS):
        dialog.findChild(QPushButton, "agree").click()
    assert asked == ["pytorch", "tensorflow", "keras", "jax", "paddle"]
    results = window.page("results")
    qtbot.waitUntil(lambda: results.model is not None, timeout=stage.PATIENCE_MS)


def test_approximations_are_accepted_up_to_what_is_said(wizard) -> None:
    step = wizard.workload_step
    assert not step._loss.isEnabled()
    step._basis[Basis.APPROXIMATE].click()
    assert step._loss.isEnabled()
    step._loss.setValue(2.5)
    assert (step.needs.basis, step.needs.accepted_loss) == (Basis.APPROXIMATE, 0.025)
    step._basis[Basis.SAFE].click()
    assert step.needs.basis is Basis.SAFE
    assert not step._loss.isEnabled()
