"""The mouse wheel scrolls pages; it changes an answer only where the user clicked first."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollArea,
    QScrollBar,
    QSlider,
    QWidget,
)

from advisor.decision.model import PriorityMode
from advisor.gui.main_window import MainWindow
from advisor.workloads.model import Task
from tests import samples
from tests.gui import stage


def goal(window: MainWindow) -> QWidget:
    step = window.wizard.page.goal_step
    step._tasks[Task.NLP].click()  # a second task brings the shares
    return step


def workload(window: MainWindow) -> QWidget:
    return _go(window, window.wizard.page.workload_step)


def team(window: MainWindow) -> QWidget:
    return _go(window, window.wizard.page.team_step)


def weights(window: MainWindow) -> QWidget:
    return _go(window, window.wizard.page.priorities_step)


def pairs(window: MainWindow) -> QWidget:
    step = _go(window, window.wizard.page.priorities_step)
    step._modes[PriorityMode.PAIRS].click()
    return step


def settings(window: MainWindow) -> QWidget:
    window.show_page("settings")
    return window.page("settings")


def _go(window: MainWindow, step: QWidget) -> QWidget:
    window.wizard.page.go(step)
    return step


def controls(page: QWidget) -> list[QWidget]:
    """Return what the wheel could change."""
    kinds = QSlider | QAbstractSpinBox | QComboBox
    return [each for each in page.findChildren(QWidget) if isinstance(each, kinds) and each.isVisible()]


def value(control: QWidget) -> object:
    return control.currentIndex() if isinstance(control, QComboBox) else control.value()


def turn(window: MainWindow, control: QWidget, notches: int) -> None:
    """Turn the wheel with the pointer over a control, as the system tells a window of it."""
    place = control.mapTo(window, control.rect().center())
    QTest.wheelEvent(window.windowHandle(), QPointF(place), QPoint(0, 120 * notches))
    QApplication.processEvents()


def scroll_bar(control: QWidget) -> QScrollBar:
    """Return the bar of the page that a control lies on."""
    above = control.parentWidget()
    while not isinstance(above, QScrollArea):
        above = above.parentWidget()
    return above.verticalScrollBar()


@pytest.mark.parametrize("page", [goal, workload, team, weights, pairs, settings])
def test_scrolling_over_a_control_scrolls_and_leaves_it_alone(
    window: MainWindow, qtbot, page: Callable[[MainWindow], QWidget]
) -> None:
    window.resize(900, 560)
    window.activateWindow()
    window.new_assessment()
    shown = page(window)
    QApplication.processEvents()
    found = controls(shown)
    assert found
    window.navigation.help.setFocus()
    for control in found:
        scroll_bar(control).setValue(0)
        area = scroll_bar(control).parentWidget().parentWidget()
        area.ensureWidgetVisible(control)
        QApplication.processEvents()
        before, bar = value(control), scroll_bar(control)
        for notches in (-1, 1):
            at = bar.value()
            turn(window, control, notches)
            assert value(control) == before, f"the wheel changed {control.accessibleName()}"
            room = bar.maximum() > at if notches < 0 else at > 0
            assert (bar.value() != at) is room, "the page did not scroll"
            area.ensureWidgetVisible(control)
            QApplication.processEvents()
    assert not any(control.hasFocus() for control in found), "the wheel gave the focus away"


def test_the_wheel_changes_what_was_clicked(window: MainWindow, qtbot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=stage.PATIENCE_MS)
    window.new_assessment()
    step = team(window)
    QApplication.processEvents()
    step.column.ensureWidgetVisible(step._size)
    QApplication.processEvents()
    qtbot.mouseClick(step._size.findChild(QLineEdit), Qt.MouseButton.LeftButton)
    before = step._size.value()
    turn(window, step._size, 1)
    assert step._size.value() == before + 1
    assert step.needs.team.size == before + 1


def test_scrolling_the_what_if_page_moves_no_weight(window: MainWindow, qtbot) -> None:
    window.context.store.save(samples.sample_assessment("standard"))
    window.open_assessment("synthetic-standard")
    results = window.results.page
    qtbot.waitUntil(lambda: results.model is not None, timeout=stage.PATIENCE_MS)
    results.show_tab("what-if")
    QApplication.processEvents()
    in_sight = [each for each in controls(results.what_if) if not each.visibleRegion().isEmpty()]
    assert in_sight
    for control in in_sight:
        turn(window, control, -1)
    assert results.what_if.points == {}


def test_the_wheel_over_the_tabs_leaves_the_tab_alone(window: MainWindow, qtbot) -> None:
    window.context.store.save(samples.sample_assessment("standard"))
    window.open_assessment("synthetic-standard")
    results = window.results.page
    qtbot.waitUntil(lambda: results.model is not None, timeout=stage.PATIENCE_MS)
    window.navigation.help.setFocus()
    turn(window, results.tabs.tabBar(), -1)
    assert results.shown_tab == "answer"
