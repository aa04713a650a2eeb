"""The wizard: steps at the left with their state, one question at a time, a draft kept after every answer."""

from pathlib import Path

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QScrollArea, QStackedWidget, QWidget

from advisor.assessment import own_work
from advisor.assessment.model import Assessment
from advisor.assessment.pipeline import Request
from advisor.decision.assumptions import stating
from advisor.decision.model import Needs
from advisor.decision.shares import wanted_workloads
from advisor.escapes import tooltip
from advisor.frameworks.model import InstallPlan
from advisor.gui.app_state import AppState
from advisor.gui.drafts import Draft
from advisor.gui.icons import pixmap
from advisor.gui.page import Page
from advisor.gui.text import N_, _
from advisor.gui.theme import Space, Theme
from advisor.gui.undo import AnswerHistory, Answers
from advisor.gui.widgets import Button, Label, Line, hbox, set_property, vbox
from advisor.gui.wizard.constraints import ConstraintsStep
from advisor.gui.wizard.data import DataCard
from advisor.gui.wizard.errand import failures
from advisor.gui.wizard.gates import GatesPanel
from advisor.gui.wizard.goal import GoalStep
from advisor.gui.wizard.machine import MachineStep
from advisor.gui.wizard.own import OwnCard, RunScripts
from advisor.gui.wizard.priorities import PrioritiesStep
from advisor.gui.wizard.run import RunStep
from advisor.gui.wizard.step import Step
from advisor.gui.wizard.team import TeamStep
from advisor.gui.wizard.workload import WorkloadStep
from advisor.workloads import data_files, datasets
from advisor.workloads.own import OwnWork

SIDE_WIDTH = 226
SAVE_AFTER_MS = 400


class StepButton(QPushButton):
    """A step in the side list: its number or a check mark, its title, and its answers in a few words."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self.setProperty("kind", "row")
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._line = line = hbox(self, Space.M)
        line.setContentsMargins(Space.S, Space.S, Space.S, Space.S)
        self._picture = Label(role="strong", wrap=False)
        self._picture.setFixedWidth(20)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = vbox(spacing=0)
        self._title = Label(role="strong", wrap=False)
        self._summary = Label(role="caption", tone="muted", wrap=False)
        words.addWidget(self._title)
        words.addWidget(self._summary)
        line.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        for label in (self._picture, self._title, self._summary):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setMinimumHeight(self._line.sizeHint().height())

    def show_step(self, title: str, summary: str, seen: bool, problem: str, theme: Theme) -> None:
        """Show a step's state."""
        self._title.setText(title)
        space = SIDE_WIDTH - 76
        self._summary.setVisible(bool(summary))
        self._summary.setText(
            self._summary.fontMetrics().elidedText(summary, Qt.TextElideMode.ElideRight, space)
        )
        if problem or (seen and not self.isChecked()):
            name, colour = ("warning", theme.warning) if problem else ("check", theme.good)
            self._picture.setPixmap(pixmap(name, colour, 18, self.devicePixelRatioF()))
        else:
            self._picture.setText(str(self._number))
        self._picture.set_tone("accent" if self.isChecked() else "muted")
        set_property(self._title, "tone", "accent" if self.isChecked() else "")
        state = problem or (_("seen") if seen else _("not seen yet"))
        self.setAccessibleName(_("Step {number}: {title}", number=self._number, title=title))
        self.setAccessibleDescription(f"{state}. {summary}")
        self.setToolTip(tooltip("\n".join(filter(None, (summary, problem)))))
        self.setMinimumHeight(self._line.sizeHint().height())


class WizardPage(Page):
    """Edits one draft at a time, and runs it."""

    finished = Signal(str)  # id of an assessment whose run has ended
    progressed = Signal()

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self.context = context
        self._draft = context.drafts.new(context.settings.budget)
        self._history = AnswerHistory(Answers(self._draft.needs, self._draft.options))
        self._touched = False  # whether there is anything to keep that isn't kept elsewhere
        self._resume: Assessment | None = None
        self.goal_step, self.workload_step = GoalStep(context), WorkloadStep(context)
        self.constraints_step, self.team_step = ConstraintsStep(context), TeamStep(context)
        self.priorities_step, self.machine_step = PrioritiesStep(context), MachineStep(context)
        self.run_step = RunStep(context)
        self.steps: tuple[Step, ...] = (
            self.goal_step,
            self.workload_step,
            self.constraints_step,
            self.team_step,
            self.priorities_step,
            self.machine_step,
            self.run_step,
        )
        self.current: Step = self.goal_step
        self._sheet = ""
        self._dressed: set[Step] = set()  # those that wear the sheet
        row = hbox(self, 0)
        self._frame = (self._build_side(), Line(vertical=True), Line(), self._build_foot())
        side, between, above, foot = self._frame
        row.addWidget(side)
        row.addWidget(between)
        main = vbox(spacing=0)
        self._stack = QStackedWidget()
        for step in self.steps:
            step.edited.connect(self._on_edited)
            self._stack.addWidget(step)
        main.addWidget(self._stack, 1)
        main.addWidget(above)
        main.addWidget(foot)
        row.addLayout(main, 1)
        self.own = OwnCard(context)
        self.workload_step.add_own(self.own)
        self.workload_step.own_changed.connect(self._on_own_changed)
        self.data = DataCard(context)
        self.workload_step.add_data(self.data)
        self.data.changed.connect(self._on_data_changed)
        self.run_step.ended.connect(self._on_run_ended)
        self.run_step.saved.connect(self._on_run_saved)
        self.run_step.progressed.connect(self.progressed)
        self.run_step.errand.ready.connect(self._measure)
        self.run_step.errand.changed.connect(self._show_steps)
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(SAVE_AFTER_MS)
        self._saving.timeout.connect(self.save)
        context.inventory_taken.connect(self.refresh)
        context.engine.started.connect(self._show_steps)
        context.engine.ended.connect(self._show_steps)
        for keys, slot in (
            (QKeySequence.StandardKey.Undo, self.undo),
            (QKeySequence.StandardKey.Redo, self.redo),
        ):
            QShortcut(keys, self, slot, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _build_side(self) -> QWidget:
        side = QWidget()
        column = vbox(side, Space.XS, Space.M)
        self._buttons: dict[Step, StepButton] = {}
        for number, step in enumerate(self.steps, 1):
            button = StepButton(number)
            button.setObjectName(f"step-{step.key}")
            button.clicked.connect(lambda _checked, step=step: self.go(step))
            column.addWidget(button)
            self._buttons[step] = button
        column.addSpacing(Space.S)
        column.addWidget(Line())
        column.addSpacing(Space.S)
        self._gates = GatesPanel(self.context)
        column.addWidget(self._gates)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side.setProperty("ground", "none")
        area.setWidget(side)
        area.setFixedWidth(SIDE_WIDTH)
        self._side = side
        return area

    def _build_foot(self) -> QWidget:
        foot = QWidget()
        row = hbox(foot, Space.M, Space.M)
        self._back = Button(on_click=lambda: self._move(-1))
        self._back.setObjectName("back")
        self._undo, self._redo = (
            Button(kind="quiet", on_click=self.undo),
            Button(kind="quiet", on_click=self.redo),
        )
        for button, name in ((self._undo, "undo"), (self._redo, "redo")):
            button.setObjectName(name)
        self.bind_text(self._undo.setAccessibleName, N_("Undo"))
        self.bind_text(self._undo.setToolTip, N_("Undo the last change of an answer (Ctrl+Z)"))
        self.bind_text(self._redo.setAccessibleName, N_("Redo"))
        self.bind_text(self._redo.setToolTip, N_("Redo what was undone (Ctrl+Shift+Z)"))
        self.bind_text(self._back.setText, N_("Back"))
        self._position = Label(tone="muted")
        self._next = Button(kind="primary", on_click=self._on_next)
        self._next.setObjectName("next")
        row.addWidget(self._back)
        row.addWidget(self._undo)
        row.addWidget(self._redo)
        row.addWidget(self._position, 1)
        row.addWidget(self._next)
        for keys, by in (("Alt+Right", 1), ("Alt+Left", -1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(lambda by=by: self._move(by))
        return foot

    # Drafts

    def begin(self, draft: Draft) -> None:
        """Edit a draft, new or old, from where it was left."""
        self._take_up(draft, None)
        self.go(next((step for step in self.steps if step.key == draft.step), self.goal_step))
        self._touched = False
        self._next.setFocus()

    def resume(self, assessment: Assessment) -> None:
        """Offer to go on with a run that was stopped. Whoever changes an answer begins another one."""
        self._take_up(self.context.drafts.like(assessment, "run"), assessment)
        self.go(self.run_step)
        self._touched = False
        self._next.setFocus()

    def _take_up(self, draft: Draft, resume: Assessment | None) -> None:
        self.save()
        self.run_step.errand.cancel()
        self._draft, self._resume = draft, resume
        self._history = AnswerHistory(Answers(draft.needs, draft.options))
        self.run_step.begin()
        self._show_needs(draft.needs)

    def save(self) -> None:
        """Keep the draft, if it has been changed."""
        self._saving.stop()
        if self._touched and self._resume is None and not self.run_step.running:
            self._draft = self.context.drafts.save(self._draft)

    def undo(self) -> None:
        """Take back the last change of an answer."""
        self._show_answers(self._history.undo())

    def redo(self) -> None:
        """Make a change again that was taken back."""
        self._show_answers(self._history.redo())

    def _show_answers(self, answers: Answers | None) -> None:
        if answers is None or self.run_step.under_way:
            return
        self._draft = msgspec.structs.replace(self._draft, needs=answers.needs, options=answers.options)
        self._show_needs(answers.needs)
        self._show_summary()
        self._show_steps()
        self._touched = True
        self._saving.start()

    def _show_needs(self, needs: Needs) -> None:
        for step in self.steps:
            step.show_needs(needs)
        self.machine_step.show_options(self._draft.options)
        self._show_data()
        self._gates.show_needs(needs)

    def _on_edited(self, needs: Needs) -> None:
        self._draft = msgspec.structs.replace(self._draft, needs=needs, options=self.machine_step.options)
        self._history.take(Answers(needs, self.machine_step.options))
        self._resume, self._touched = None, True
        for step in self.steps:
            if step is not self.sender():
                step.needs = needs
        self._show_data()
        self._gates.show_needs(needs)
        self._show_steps()
        self._saving.start()

    def _on_own_changed(self, works: tuple[OwnWork, ...]) -> None:
        """Keep what the work is with the other options; where it lies is kept nowhere."""
        described = tuple(work.workload for work in works)
        self.machine_step.options = msgspec.structs.replace(self.machine_step.options, own=described)
        self._show_steps()

    def _on_data_changed(self) -> None:
        """Keep what the data is with the other options; where it lies is kept nowhere."""
        before, wanted = self._draft.options.data, self.data.wanted
        if wanted != before:
            options = msgspec.structs.replace(self.machine_step.options, data=wanted)
            self.machine_step.options = options
            self._draft = msgspec.structs.replace(self._draft, options=options)
            self._history.take(Answers(self._draft.needs, options))
            self._touched = True
            if before is None or wanted is None or not datasets.same(before, wanted):
                self._resume = None
            self._saving.start()
        self._show_data()
        self._show_steps()

    def _show_data(self) -> None:
        options = self._draft.options
        self.data.show_wanted(options.data, wanted_workloads(self._draft.needs, options.own))

    def take(self, path: Path) -> None:
        """Take the user's own work or data, and show what becomes of it."""
        self.go(self.workload_step)
        of_data = path.is_dir() or path.suffix.lower() in data_files.ENDINGS
        card: OwnCard | DataCard = self.data if of_data else self.own
        card.take(path)
        self.workload_step.column.ensureWidgetVisible(card)

    # Going through the steps

    def go(self, step: Step) -> None:
        """Show a step."""
        seen = dict.fromkeys([*self._draft.seen, step.key])
        self._draft = msgspec.structs.replace(self._draft, step=step.key, seen=tuple(seen))
        self._history.pause()
        step.show_needs(self._draft.needs)
        if step is self.machine_step:
            self.machine_step.show_options(self._draft.options)
        self._show_summary()
        self._dress(step)
        self.current = step
        self._stack.setCurrentWidget(step)
        step.column.verticalScrollBar().setValue(0)
        self._show_steps()
        self._touched = self._touched or len(seen) > 1
        if self._touched:
            self._saving.start()

    def _show_summary(self) -> None:
        rows = [(_(each.title), each.summary()) for each in self.steps if each is not self.run_step]
        time = self.machine_step.most_time()
        self.run_step.show_summary([*rows, (_("Time"), time)])

    def _move(self, by: int) -> None:
        place = self.steps.index(self.current) + by
        if 0 <= place < len(self.steps) and not self.run_step.under_way:
            self.go(self.steps[place])

    def _on_next(self) -> None:
        if self.current is not self.run_step:
            # What is chosen on a page and gone on with is meant; its other figures are once they are touched.
            needs = stating(self._draft.needs, self.current.chosen)
            self._draft = msgspec.structs.replace(self._draft, needs=needs)
            self._move(1)
            return
        found = self.machine_step.wanted()
        if found is None or self._problem() or self.run_step.under_way:
            return
        scripts = [
            each for work in self.own.works for each in own_work.commands(work, self.context.inventory)
        ]
        if scripts:
            dialog = RunScripts(scripts, self.current)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.accepted.connect(self._set_up)
            dialog.open()
        else:
            self._set_up()

    def _set_up(self) -> None:
        """Ask whether what is missing shall be set up, and go on."""
        found = self.machine_step.wanted()
        if found is None:
            return
        if not found.missing or self._resume is not None:
            self.prepare(())
            return
        from advisor.gui.consent import ConsentDialog

        dialog = ConsentDialog(self.context, found.missing, len(found.ready), self.current)
        dialog.agreed.connect(lambda: self.prepare(found.missing))
        dialog.did_without.connect(lambda: self.prepare(()))
        dialog.open()

    def prepare(self, plans: tuple[InstallPlan, ...]) -> None:
        """Set up what is missing, wait for a quiet machine, and measure."""
        self.save()
        self.go(self.run_step)
        self.run_step.errand.begin(plans)

    def _measure(self) -> None:
        found = self.machine_step.wanted()
        if found is None or not found.ready:
            self.run_step.tell(failures(self.context) or _("No framework is ready to be probed. See step 6."))
            return
        self._saving.stop()
        # Unless they were named before, these are what became of the answers on this machine.
        options = self.machine_step.run_options()
        request = Request(self._draft.needs, options, self.own.works, self.data.data)
        self.run_step.start(request, self._resume)

    def _problem(self) -> str:
        for step in self.steps:
            if problem := step.problem():
                return problem
        return ""

    def progress_text(self) -> str:
        """Return how far a run is."""
        return self.run_step.progress_text()

    # Showing

    def retranslate(self, language: str) -> None:
        """Say everything in the window's language."""
        for step in self.steps:
            step.retranslate(language)
        self._gates.retranslate(language)
        super().retranslate(language)

    def dress(self, sheet: str, theme: Theme) -> None:
        """Put a sheet on what is seen: each of the other steps gets it when it is gone to."""
        self._sheet = sheet
        self._dressed.clear()
        for part in self._frame:
            part.setStyleSheet(sheet)
        self.theme = theme
        self._dress(self.current)
        self.apply_theme(theme)

    def _dress(self, step: Step) -> None:
        if step not in self._dressed:
            self._dressed.add(step)
            step.dress(self._sheet, self.theme)

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self._undo.set_icon("undo", theme.muted)
        self._redo.set_icon("redo", theme.muted)
        self._gates.apply_theme(theme)
        super().apply_theme(theme)

    def refresh(self) -> None:
        """Show what is known by now."""
        self.current.refresh()
        self._gates.refresh()
        self._show_steps()

    def _show_steps(self, *_ignored: object) -> None:
        running = self.run_step.under_way
        place = self.steps.index(self.current)
        for step, button in self._buttons.items():
            button.setChecked(step is self.current)
            button.setEnabled(not running or step is self.current)
            button.show_step(
                _(step.title), step.summary(), step.key in self._draft.seen, step.problem(), self.theme
            )
        self._back.setEnabled(place > 0 and not running)
        last = self.current is self.run_step
        problem = self._problem() if last else ""
        self._position.setText(
            problem or _("Step {number} of {count}", number=place + 1, count=len(self.steps))
        )
        self._position.set_tone("warning" if problem else "muted")
        self._next.setVisible(not running)
        self._next.setText(
            (_("Continue the run") if self._resume is not None else _("Run benchmarks"))
            if last
            else _("Next")
        )
        self._next.setEnabled(not (last and problem))
        for arrow, possible in ((self._undo, self._history.can_undo), (self._redo, self._history.can_redo)):
            arrow.setEnabled(possible and not running)
            arrow.setVisible(not running)

    # The run

    def _on_run_saved(self) -> None:
        self._touched = False  # the assessment holds the answers now
        self.context.drafts.remove(self._draft.id)
        self.context.refresh_history()

    def _on_run_ended(self, identity: str) -> None:
        self._take_up(self.context.drafts.new(self.context.settings.budget), None)
        self._touched = False
        self.finished.emit(identity)
