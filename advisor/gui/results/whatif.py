"""What if the answers were others: weights, requirements, team, work and data, and the whole answer following them."""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

from advisor.assessment import comparison, scenarios
from advisor.assessment.model import Assessment, Scenario
from advisor.decision.model import Criterion, Decision, Needs, PriorityMode
from advisor.decision.weights import stating, swing_points
from advisor.errors import AdvisorError
from advisor.gui.bridge import explain
from advisor.gui.dialogs import NameDialog
from advisor.gui.results.answer import Answer
from advisor.gui.results.asked import Asked, Fold
from advisor.gui.results.deciding import Decider
from advisor.gui.results.scenario_bar import ScenarioBar
from advisor.gui.results.side_by_side import SideBySide
from advisor.gui.results.weights import Weights
from advisor.gui.text import N_, _
from advisor.gui.theme import LIGHT, Space, Theme
from advisor.gui.undo import AnswerHistory
from advisor.gui.widgets import Button, Line, ScrollColumn, hbox, vbox
from advisor.report.context import ReportContext

if TYPE_CHECKING:
    from advisor.decision.engine import Model

SIDE_WIDTH = 328

GROUPS = {"constraints": "requirements", "team": "team", "priorities": "weights"}
"""In which group of questions an answer is asked for; all others belong to the work and its data."""


class State(Struct, frozen=True):
    """Everything that can be undone: the answers, which scenario they were opened from, and the scenarios."""

    needs: Needs
    scenarios: tuple[Scenario, ...] = ()
    opened: str = ""


class WhatIf(QWidget):
    """The answers at the left, what they come to at the right.

    A change is decided on in the background from the event loop's next turn on, so that the window never stalls and
    a drag over fifty positions is decided as often as there is time for.
    """

    failed = Signal(str)
    announced = Signal(str)
    exported = Signal(object)  # the path of a document
    decided = Signal(object)  # Decision, under the answers as they stand
    copy_requested = Signal(object)  # Needs
    scenarios_changed = Signal(object)  # the scenarios to keep with the assessment

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.context: ReportContext | None = None
        self.decision: Decision | None = None
        self._history = AnswerHistory(State(Needs()))
        self._ready, self._kept = False, False
        self._decider = Decider(self)
        self._decider.decided.connect(self._on_decided)
        self._decider.failed.connect(lambda error: self.failed.emit(explain(error)))
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(lambda: self._decider.ask(self.needs))
        self._build()
        for keys, slot in (
            (QKeySequence.StandardKey.Undo, self.undo),
            (QKeySequence.StandardKey.Redo, self.redo),
        ):
            QShortcut(keys, self, slot, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _build(self) -> None:
        self._stack = QStackedWidget()
        vbox(self, 0).addWidget(self._stack)
        editor = QWidget()
        row = hbox(editor, 0)
        row.addWidget(self._build_side())
        row.addWidget(Line(vertical=True))
        row.addLayout(self._build_answer(), 1)
        self.side_by_side = SideBySide()
        self.side_by_side.closed.connect(lambda: self._stack.setCurrentIndex(0))
        self.side_by_side.exported.connect(self.exported)
        for part in (self.side_by_side, self.answer):
            part.failed.connect(self.failed)
            part.announced.connect(self.announced)
        self._stack.addWidget(editor)
        self._stack.addWidget(self.side_by_side)

    def _build_side(self) -> QWidget:
        side = self._side = QWidget()
        side.setFixedWidth(SIDE_WIDTH)
        column = vbox(side, 0)
        scroll = ScrollColumn(margin=Space.L)
        scroll.body.setSpacing(Space.S)
        self._weights_fold = Fold("weights", N_("What matters"))
        self._weights_fold.button.setChecked(True)
        self.weights = Weights()
        self.weights.moved.connect(self._on_weight_moved)
        self.weights.released.connect(lambda: self._history.pause())
        self._weights_fold.body.addWidget(self.weights)
        self.asked = Asked()
        self.asked.edited.connect(lambda needs: self._take(replace(self.state, needs=needs)))
        scroll.body.addWidget(self.asked)
        scroll.body.addWidget(self._weights_fold)
        scroll.body.addStretch(1)
        column.addWidget(scroll, 1)
        column.addWidget(Line())
        column.addWidget(self._build_foot())
        return side

    def _build_foot(self) -> QWidget:
        foot = QFrame()
        buttons = vbox(foot, Space.S, Space.M)
        back = hbox()
        self.undo_button, self.redo_button = (
            Button(kind="quiet", on_click=self.undo),
            Button(kind="quiet", on_click=self.redo),
        )
        self.reset_button, self.copy_button = Button(on_click=self.reset), Button(kind="primary")
        self.copy_button.clicked.connect(lambda: self.copy_requested.emit(self.needs))
        for button, name in (
            (self.undo_button, "undo-what-if"),
            (self.redo_button, "redo-what-if"),
            (self.reset_button, "reset-what-if"),
            (self.copy_button, "copy-what-if"),
        ):
            button.setObjectName(name)
        for button in (self.reset_button, self.copy_button):
            button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
        back.addWidget(self.undo_button)
        back.addWidget(self.redo_button)
        back.addWidget(self.reset_button, 1)
        buttons.addLayout(back)
        buttons.addWidget(self.copy_button)
        return foot

    def _build_answer(self) -> QVBoxLayout:
        column = vbox(spacing=0)
        self.bar = ScenarioBar()
        self.bar.opened.connect(self.open_scenario)
        self.bar.keep_requested.connect(self._ask_keep)
        self.bar.rename_requested.connect(self._ask_rename)
        self.bar.delete_requested.connect(self._delete)
        self.bar.compare_requested.connect(self.compare)
        self.answer = Answer()
        column.addWidget(self.bar)
        column.addWidget(self.answer, 1)
        return column

    # The state

    @property
    def state(self) -> State:
        """Answers and scenarios as they are."""
        return self._history.now

    @property
    def needs(self) -> Needs:
        """The answers as they are tried."""
        return self.state.needs

    @property
    def points(self) -> dict[Criterion, float]:
        """The swing points that were moved; the others keep theirs to the last decimal."""
        if self.context is None or self.needs.priorities.mode is not PriorityMode.WEIGHTS:
            return {}
        stated = self.context.assessment.needs.priorities.weights
        return {
            criterion: points
            for criterion, points in self.needs.priorities.weights.items()
            if stated.get(criterion) != points
        }

    def show_context(self, context: ReportContext) -> None:
        """Show an assessment: as saved, or as it was being tried where it is the same one."""
        before, self.context = self.context, context
        same = before is not None and (
            before.assessment.id == context.assessment.id
            and before.assessment.decision is context.assessment.decision
        )
        if not same:
            self._due.stop()
            self._stack.setCurrentIndex(0)
            self._history = AnswerHistory(State(context.assessment.needs, context.assessment.scenarios))
            self.decision = context.decision
        self.asked.show_context(context)
        self._show_state()
        self._show_decision()

    def set_model(self, assessment: Assessment, model: "Model | None") -> None:
        """Say what recomputes an assessment's answer; without it the questions rest."""
        self._ready = model is not None
        if model is None:
            self._decider.forget()
        else:
            self._decider.begin(assessment, model)
        self._side.setEnabled(self._ready)
        self.bar.setEnabled(self._ready)

    def set_kept(self, kept: bool) -> None:
        """Say whether the assessment is kept, so that scenarios can be."""
        self._kept = kept
        self._show_state()

    def reset(self) -> None:
        """Go back to the assessment's own answers; that can be undone, too."""
        self.open_scenario("")

    def undo(self) -> None:
        """Take back the last change."""
        self._go(self._history.undo)

    def redo(self) -> None:
        """Make a change again that was taken back."""
        self._go(self._history.redo)

    def _go(self, move: Callable[[], State | None]) -> None:
        before = self.state
        if self._ready and move() is not None:
            self._on_state_changed(before)

    def _take(self, state: State) -> None:
        before = self.state
        self._history.take(state)
        self._on_state_changed(before)

    def _on_state_changed(self, before: State) -> None:
        if self.state == before:
            return
        if self.state.scenarios != before.scenarios:
            self.scenarios_changed.emit(self.state.scenarios)
        self._show_state()
        if self.needs != before.needs:
            if self.context is not None and self.needs == self.context.assessment.needs:
                self._due.stop()
                self.decision = self.context.decision
                self._show_decision()
            else:
                self._due.start(0)

    def _on_weight_moved(self, criterion: Criterion, points: int) -> None:
        needs = stating(self.needs, {criterion: float(points)}, self._assessed)
        self._take(replace(self.state, needs=needs))

    @property
    def _assessed(self) -> list[Criterion]:
        base = self.context.decision if self.context else None
        return [each.criterion for each in base.weights if each.assessed] if base else []

    # Scenarios

    def open_scenario(self, name: str) -> None:
        """Try the answers of a scenario, "" for those saved."""
        if self.context is None:
            return
        self._history.pause()
        known = {each.name: each.needs for each in self.state.scenarios}
        if not name or name in known:
            needs = known[name] if name else self.context.assessment.needs
            self._take(replace(self.state, needs=needs, opened=name))

    def keep(self, name: str) -> None:
        """Keep the answers as a scenario; one of that name gets these answers."""
        self._change_scenarios(lambda held: scenarios.put(held, name, self.needs), scenarios.clean(name))

    def rename(self, name: str) -> None:
        """Give the scenario that is opened another name."""
        old = self.state.opened
        self._change_scenarios(lambda held: scenarios.renamed(held, old, name), scenarios.clean(name))

    def compare(self) -> None:
        """Show all scenarios side by side."""
        if self.context is not None:
            kept = replace(self.context.assessment, scenarios=self.state.scenarios)
            self.side_by_side.show_assessment(kept)
            self._stack.setCurrentWidget(self.side_by_side)

    def _delete(self) -> None:
        name = self.state.opened
        self._change_scenarios(lambda held: scenarios.without(held, name), "")
        self.announced.emit(_("“{title}” was deleted. Undo brings it back.", title=name))

    def _change_scenarios(
        self, change: Callable[[tuple[Scenario, ...]], tuple[Scenario, ...]], opened: str
    ) -> None:
        self._history.pause()
        try:
            changed = change(self.state.scenarios)
        except AdvisorError as error:
            self.failed.emit(explain(error))
            return
        self._take(replace(self.state, scenarios=changed, opened=opened))

    def _ask_keep(self) -> None:
        self._ask(_("Keep"), self.state.opened, self.keep)

    def _ask_rename(self) -> None:
        self._ask(_("Rename"), self.state.opened, self.rename)

    def _ask(self, heading: str, name: str, then: Callable[[str], object]) -> None:
        dialog = NameDialog(heading, _("Name of the scenario"), name, self, scenarios.LONGEST_NAME)
        dialog.accepted.connect(lambda: then(dialog.field.text()))
        dialog.open()

    # Showing

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.theme = theme
        for part in (self.asked, self._weights_fold, self.bar, self.answer, self.side_by_side):
            part.apply_theme(theme)
        self.undo_button.set_icon("undo", theme.muted)
        self.redo_button.set_icon("redo", theme.muted)
        self._show_decision()

    def retranslate(self) -> None:
        """Say fixed texts in the window's language."""
        self.asked.retranslate()
        self.answer.retranslate()
        self.side_by_side.retranslate()
        self.undo_button.setAccessibleName(_("Undo"))
        self.undo_button.setToolTip(_("Undo the last change (Ctrl+Z)"))
        self.redo_button.setAccessibleName(_("Redo"))
        self.redo_button.setToolTip(_("Redo what was undone (Ctrl+Shift+Z)"))
        self.reset_button.setText(_("Reset"))
        self.reset_button.setToolTip(_("Back to the answers as saved"))
        self.copy_button.setText(_("Save as a copy"))
        self.copy_button.setToolTip(_("Make an assessment of its own with these answers"))
        self._show_state()

    def stop(self) -> None:
        """Wait for what is under way in the background."""
        self._decider.stop()
        self.side_by_side.stop()

    def _show_state(self) -> None:
        context = self.context
        if context is None:
            return
        tried = replace(context.assessment, needs=self.needs)
        changes = comparison.answers(context.assessment, tried)
        changed = Counter(GROUPS.get(each.place[0], "work") for each in changes)
        self.weights.set_points(swing_points(self.needs, self._assessed))
        self._weights_fold.show_changed(changed["weights"])
        self.asked.show_needs(self.needs, changed)
        known = {each.name: each.needs for each in self.state.scenarios}
        opened = self.state.opened if self.state.opened in known else ""
        origin = known[opened] if opened else context.assessment.needs
        self.bar.show_scenarios(tuple(known), opened, changed=self.needs != origin, kept=self._kept)
        self.undo_button.setEnabled(self._history.can_undo)
        self.redo_button.setEnabled(self._history.can_redo)
        self.reset_button.setEnabled(self.needs != context.assessment.needs)
        self.copy_button.setEnabled(self.needs != context.assessment.needs)

    def _on_decided(self, needs: Needs, decision: Decision) -> None:
        if needs == self.needs or not self._back_to_saved():
            self.decision = decision
            self._show_decision(needs)
            self.decided.emit(decision)

    def _back_to_saved(self) -> bool:
        return self.context is not None and self.needs == self.context.assessment.needs

    def _show_decision(self, needs: Needs | None = None) -> None:
        if self.context is None or self.decision is None:
            return
        self.weights.show_decision(self.context, self.decision, self.theme)
        self.answer.show_decision(self.context, needs or self.needs, self.decision)
