"""Asks once before anything is downloaded: what, how large, to where, and how long measuring may take."""

import platform

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLayout, QScrollArea, QWidget

from advisor.assessment.model import RunOptions
from advisor.decision.model import Needs
from advisor.frameworks.catalogue import find
from advisor.frameworks.model import InstallPlan
from advisor.frameworks.resolution import packages_for
from advisor.gui.app_state import AppState
from advisor.gui.text import _
from advisor.gui.theme import Space
from advisor.gui.widgets import Button, Label, clear, hbox, vbox
from advisor.gui.wizard.goal import TASKS
from advisor.gui.wizard.step import choices
from advisor.gui.wizard.wanted import most_time, wanted
from advisor.report import format as fmt
from advisor.report.wording import names
from advisor.report.wording.frameworks import set_up
from advisor.workloads.model import Task


class Consent(QWidget):
    """What is to be set up: a line per framework with its packages and sizes, then the place."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = vbox(self, Space.S)

    def show_plans(self, plans: tuple[InstallPlan, ...], context: AppState) -> None:
        """Show plans; none says that everything is there."""
        if not plans:
            self.show_text(_("Every framework that is wanted is there: nothing is downloaded."))
            return
        clear(self._rows)
        for plan in plans:
            needs = plan.requirements
            name = find(context.catalogue, plan.framework).name
            sizes = _(
                "{download} to download, {installed} on disk",
                download=fmt.size(needs.download_bytes or 0),
                installed=fmt.size(needs.installed_bytes or 0),
            )
            line = hbox(spacing=Space.M)
            line.addWidget(Label(name, "strong", wrap=False))
            line.addWidget(Label(sizes, tone="muted", wrap=False))
            line.addStretch(1)
            self._rows.addLayout(line)
            self._rows.addWidget(
                Label(", ".join(packages_for(needs, platform.machine())), "caption", "muted", selectable=True)
            )
        self._rows.addWidget(
            Label(set_up(plans, context.catalogue, context.folder, context.language), selectable=True)
        )
        self._rows.addStretch(1)

    def show_text(self, text: str) -> None:
        """Show a sentence instead."""
        clear(self._rows)
        self._rows.addWidget(Label(text))
        self._rows.addStretch(1)


class ConsentDialog(QDialog):
    """Before a run that needs something set up. ``ready`` adds the way that does without."""

    agreed = Signal()
    did_without = Signal()

    def __init__(
        self, context: AppState, plans: tuple[InstallPlan, ...], ready: int, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Set up and measure"))
        self.setMinimumWidth(560)
        column = vbox(self, Space.M, Space.L)
        column.addWidget(Label(_("Some frameworks are not here yet"), "title"))
        consent = Consent()
        consent.show_plans(plans, context)
        column.addWidget(consent)
        column.addWidget(
            Label(
                _("Your own environments are never touched; each can be removed with one click."),
                tone="muted",
            )
        )
        buttons = hbox()
        cancel = Button(_("Cancel"), on_click=self.reject)
        without = Button(_("Measure only what is ready"))
        without.setObjectName("without")
        without.clicked.connect(self.did_without)
        without.clicked.connect(self.accept)
        without.setVisible(ready > 0)
        agree = Button(_("Set up and measure"), "primary")
        agree.setObjectName("agree")
        agree.setDefault(True)
        agree.clicked.connect(self.agreed)
        agree.clicked.connect(self.accept)
        buttons.addWidget(cancel)
        buttons.addStretch(1)
        buttons.addWidget(without)
        buttons.addWidget(agree)
        column.addLayout(buttons)


class FindDialog(QDialog):
    """The one button's one question: what for; then what will be downloaded and how long it may take."""

    agreed = Signal(object, object)  # the needs, and a tuple of plans
    questions_wanted = Signal(object)  # the needs

    def __init__(self, context: AppState, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Find my framework"))
        self.setMinimumWidth(640)
        self._context = context
        self.needs = Needs()
        column = vbox(self, Space.M, Space.L)
        column.addWidget(Label(_("What will you build?"), "title"))
        holder, made = choices(len(TASKS), 2, several=True)
        column.addWidget(holder)
        self._tasks = dict(zip(TASKS, made, strict=True))
        for task, choice in self._tasks.items():
            choice.setObjectName(f"task-{task}")
            choice.show_choice(names.task(task, context.language), _(TASKS[task][0]), _(TASKS[task][1]))
            choice.clicked.connect(lambda _checked, task=task: self._on_task_clicked(task))
        self._consent = Consent()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._consent.setProperty("ground", "none")
        area.setWidget(self._consent)
        area.setMinimumHeight(210)
        area.setAccessibleName(_("What will be set up"))
        column.addWidget(area, 1)
        self._time = Label()
        column.addWidget(self._time)
        column.addWidget(
            Label(
                _(
                    "Everything else is left as a newcomer would have it: you can answer the questions now, or "
                    "later with “Edit answers”. Leave the machine alone while it measures."
                ),
                tone="muted",
            )
        )
        column.addLayout(self._build_buttons())
        context.inventory_taken.connect(self._show)
        self._show()

    def _build_buttons(self) -> QLayout:
        buttons = hbox()
        cancel = Button(_("Cancel"), on_click=self.reject)
        questions = Button(_("Answer the questions first"))
        questions.setObjectName("questions")
        questions.clicked.connect(lambda: self.questions_wanted.emit(self.needs))
        questions.clicked.connect(self.accept)
        self._agree = Button(kind="primary")
        self._agree.setObjectName("agree")
        self._agree.setDefault(True)
        self._agree.clicked.connect(self._on_agreed)
        buttons.addWidget(cancel)
        buttons.addStretch(1)
        buttons.addWidget(questions)
        buttons.addWidget(self._agree)
        return buttons

    def _show(self) -> None:
        context = self._context
        for task, choice in self._tasks.items():
            choice.setChecked(task in self.needs.tasks)
        self._time.setText(
            _("Then measuring begins. {time}", time=most_time(self.needs, self._budget, context.language))
        )
        plans = self._plans()
        known = context.inventory is not None and bool(context.plans)
        self._agree.setEnabled(known)
        self._agree.setText(_("Set up and measure") if plans else _("Measure"))
        if known:
            self._consent.show_plans(plans, context)
        else:
            self._consent.show_text(context.inventory_error or _("Looking at this machine…"))

    @property
    def _budget(self) -> str:
        return self._context.settings.budget

    def _plans(self) -> tuple[InstallPlan, ...]:
        inventory = self._context.inventory
        if inventory is None:
            return ()
        return wanted(self.needs, RunOptions(), inventory, self._context.plans).missing

    def _on_task_clicked(self, task: Task) -> None:
        chosen = {*self.needs.tasks} ^ {task}
        if chosen:
            # In the catalogue's order, so that the same answers make the same assessment.
            tasks = {each: 1.0 for each in TASKS if each in chosen}
            self.needs = msgspec.structs.replace(self.needs, tasks=tasks)
        self._show()

    def _on_agreed(self) -> None:
        self.agreed.emit(self.needs, self._plans())
        self.accept()
