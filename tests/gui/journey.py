"""The program, started for real and used as a newcomer would: from the start page to a PDF on disk.

``python -m tests.gui.journey DATA PDF`` needs a display (Xvfb will do) and, on a machine without frameworks, an
index to install two of them from. It presses the buttons that a user presses; nothing is replaced.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton, QWidget

from advisor.gui import app
from advisor.gui.main_window import MainWindow
from advisor.workloads.model import Task

LOOK_MS = 50
FRAMEWORKS = ("pytorch", "mxnet")


class Journey(QObject):
    """Goes through a script step by step; the script yields what it waits for."""

    def __init__(self, steps: Iterator, parent: QObject) -> None:
        super().__init__(parent)
        self._steps = steps
        self._waits_for = lambda: True
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MS)

    def _look(self) -> None:
        if self._waits_for():
            try:
                self._waits_for = next(self._steps)
            except StopIteration:
                self._timer.stop()


def click(widget: QWidget) -> None:
    """Press the mouse on a widget that can be seen and used."""
    assert widget.isVisible(), f"{widget} is hidden"
    assert widget.isEnabled(), f"{widget} is disabled"
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def button(parent: QWidget, text: str) -> QPushButton:
    """Return the visible button with a text."""
    found = [each for each in parent.findChildren(QPushButton) if each.text() == text and each.isVisible()]
    assert found, f"there is no button “{text}”"
    return found[0]


def shown() -> MainWindow | None:
    """Return the main window once it is there."""
    windows = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]
    return windows[0] if windows and windows[0].isVisible() else None


def script(pdf: Path) -> Iterator:
    """Make an assessment of reinforcement learning, the quickest, with two frameworks."""
    yield lambda: shown() is not None
    window = shown()
    context = window.context
    yield lambda: bool(context.plans)
    click(button(window, "New assessment"))
    wizard = window.page("wizard")
    goal = wizard.goal_step
    click(goal._tasks[Task.RL])
    click(goal._tasks[Task.IMAGE_CLASSIFICATION])
    assert set(goal.needs.tasks) == {Task.RL}
    QTest.keyClicks(goal._name, "A journey")
    while wizard.current is not wizard.machine_step:
        click(wizard._next)
    step = wizard.machine_step
    for name, card in step._cards.items():
        for box in card._boxes.values():
            if box.isChecked() != (name in FRAMEWORKS):
                box.click()  # MXNet has to be asked for: it is retired
    for name in FRAMEWORKS:
        card = step._cards[name]
        if not set(card._boxes) & set(step.wanted().ready):
            yield lambda card=card: card._install.isEnabled()
            step.column.ensureWidgetVisible(card._install)
            click(card._install)
            yield lambda: not context.engine.busy and not context.taking_inventory
            assert set(card._boxes) & set(step.wanted().ready), card._said.text()
    yield lambda: not context.engine.busy
    click(wizard._next)
    click(button(window, "Run benchmarks"))
    # On a machine that others use, too, it says so and asks.
    anyway = window.findChild(QPushButton, "measure-anyway")
    yield lambda: context.engine.busy == "run" or anyway.isVisible()
    if anyway.isVisible():
        click(anyway)
    yield lambda: context.engine.busy == "run"
    yield lambda: window.stack.currentWidget() is window.results.built
    results = window.page("results")
    yield lambda: results.model is not None
    click(button(results, "Export…"))
    yield lambda: QApplication.activeModalWidget() is not None
    dialog = QApplication.activeModalWidget()
    click(button(dialog, "Choose where…"))
    yield lambda: isinstance(QApplication.activeModalWidget(), QFileDialog)
    chooser = QApplication.activeModalWidget()
    chooser.findChild(QLineEdit, "fileNameEdit").setText(str(pdf))
    chooser.accept()
    yield lambda: pdf.exists() and QApplication.activeModalWidget() is None
    window.close()


def main() -> int:
    """Start the program and the journey in it."""
    data, pdf = Path(sys.argv[1]), Path(sys.argv[2])
    application = app.create_application(["advisor-journey"])

    def fail(kind: type[BaseException], error: BaseException, traceback: object) -> None:
        sys.__excepthook__(kind, error, traceback)
        application.exit(1)

    sys.excepthook = fail
    Journey(script(pdf), application)
    return app.main([], data)


if __name__ == "__main__":
    sys.exit(main())
