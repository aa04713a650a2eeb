"""Step 7: what will be measured; then the run itself, live; then on to the results."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QProgressBar, QWidget

from advisor.assessment.model import Assessment
from advisor.assessment.pipeline import Phase, Request
from advisor.assessment.run_state import RunState
from advisor.frameworks.pairs import offered
from advisor.gui.app_state import AppState
from advisor.gui.bridge import explain
from advisor.gui.text import N_, _
from advisor.gui.theme import Space, Theme
from advisor.gui.turn import Turn, in_turn
from advisor.gui.widgets import Banner, Button, Card, Facts, Label, clear, hbox, vbox
from advisor.gui.wizard.countdown import Countdown
from advisor.gui.wizard.errand import Errand
from advisor.gui.wizard.live import RunRow
from advisor.gui.wizard.preparing import PreparingCard
from advisor.gui.wizard.step import Step
from advisor.probes.model import Quantity
from advisor.report import format as fmt
from advisor.report import palette
from advisor.report.wording import measurements, names, stages
from advisor.workloads.model import Workload

QUANTITIES = (Quantity.TRAIN, Quantity.INFER, Quantity.LATENCY, Quantity.LOOP)
CLOCK_MS = 1000


class RunStep(Step):
    """Summary before, rows and bars during. Figures are the engine's; nothing is computed here."""

    context: AppState

    key = "run"
    title = N_("Run")
    question = N_("Ready to measure")
    explanation = N_(
        "Leave the machine alone while it measures: other programs take time away from the frameworks."
    )

    ended = Signal(str)  # id of the assessment
    saved = Signal()  # it is on disk for the first time: the draft is no longer needed
    progressed = Signal()

    def build(self) -> None:
        self._state = RunState()
        self._rows: dict[Any, RunRow] = {}
        self._quantity = Quantity.TRAIN
        self._began = 0.0
        self._waiting = False  # for another benchmark on this host
        self._countdown = Countdown()
        self._shown_workload = ""
        self._error = Banner("bad")
        self._error.hide()
        self.body.addWidget(self._error)
        self.errand = Errand(self.context, self)
        self._preparing = PreparingCard(self.context, self.errand)
        self.body.addWidget(self._preparing)
        self.errand.changed.connect(self.refresh)
        self.errand.failed.connect(self.tell)
        self.context.installer.changed.connect(self._preparing.refresh)
        self._summary = self.card(N_("Summary"))
        self._facts = Facts()
        self._summary.body.addWidget(self._facts)
        self._live = QWidget()
        column = vbox(self._live, Space.L)
        column.addWidget(self._build_progress())
        column.addWidget(self._build_bars())
        self._warnings = Card()
        self.bind_text(self._warnings.set_title, N_("What disturbs the measurement"))
        self._warning_rows = vbox(spacing=Space.XS)
        self._warned: list[str] = []
        self._warnings.body.addLayout(self._warning_rows)
        column.addWidget(self._warnings)
        self.body.addWidget(self._live)
        self._clock = QTimer(self)
        self._clock.setInterval(CLOCK_MS)
        self._clock.timeout.connect(self._show_clock)
        engine = self.context.engine
        engine.heard.connect(self._on_heard)
        engine.ended.connect(self._on_ended)

    def _build_progress(self) -> QWidget:
        card = Card()
        line = hbox(spacing=Space.M)
        words = vbox(spacing=Space.XS)
        self._headline = Label(role="title")
        self._time = Label(tone="muted")
        words.addWidget(self._headline)
        words.addWidget(self._time)
        line.addLayout(words, 1)
        self._pause = Button(on_click=self._on_pause_clicked)
        self._pause.setObjectName("pause-run")
        self._cancel = Button(kind="danger", on_click=self._on_cancel_clicked)
        self._cancel.setObjectName("cancel-run")
        line.addWidget(self._pause)
        line.addWidget(self._cancel)
        card.body.addLayout(line)
        self._bar = QProgressBar()
        self._bar.setObjectName("run-progress")
        self._bar.setTextVisible(False)
        self.bind_text(self._bar.setAccessibleName, N_("Progress of the run"))
        card.body.addWidget(self._bar)
        return card

    def _build_bars(self) -> QWidget:
        self._bars = Card()
        head = hbox(spacing=Space.XS)
        self._group = QButtonGroup(self)
        self._quantities: dict[Quantity, Button] = {}
        for quantity in QUANTITIES:
            button = Button(kind="segment", on_click=partial(self._on_quantity_clicked, quantity))
            button.setCheckable(True)
            self._group.addButton(button)
            self._quantities[quantity] = button
            head.addWidget(button)
        head.addStretch(1)
        self._bars.body.addLayout(head)
        self._legend = Label(tone="muted", role="caption")
        self.bind_text(
            self._legend.setText,
            N_(
                "Time of one step, median so far: shorter is better. The thin line is its interval, which "
                "tightens with every round."
            ),
        )
        self._bars.body.addWidget(self._legend)
        self._provisional = Label(tone="muted")
        self._bars.body.addWidget(self._provisional)
        self._row_holder = vbox(spacing=0)
        self._bars.body.addLayout(self._row_holder)
        return self._bars

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self._error.apply_theme(theme)
        self._preparing.apply_theme(theme)
        self._pause.set_icon("pause", theme.text)
        self._cancel.set_icon("stop", theme.bad)
        self.theme = theme
        for row in self._rows.values():
            self._colour(row)
        super().apply_theme(theme)

    # Starting and stopping

    @property
    def running(self) -> bool:
        """Whether benchmarks are under way."""
        return self.context.engine.busy == "run"

    @property
    def under_way(self) -> bool:
        """Whether benchmarks, or what has to come before them, are under way: the answers rest meanwhile."""
        return self.running or self.errand.under_way

    def show_summary(self, rows: list[tuple[str, str]]) -> None:
        """Show the answers of the other steps before the run."""
        self._facts.show_facts([(name, value, True) for name, value in rows])

    def begin(self) -> None:
        """Forget a run that was shown before."""
        self._state, self._waiting = RunState(), False
        self._error.hide()
        self._drop_rows()
        self.refresh()

    def tell(self, text: str) -> None:
        """Say what keeps the run from starting."""
        self._error.show_message(text, close_name=_("Dismiss"))

    def start(self, request: Request, resume: Assessment | None = None) -> None:
        """Run the benchmarks in the engine's thread."""
        self.begin()
        inventory, store = self.context.inventory, self.context.store
        if inventory is None:
            return  # the step's button rests until the machine is known
        self._began = time.monotonic()
        self._countdown = Countdown()

        def work(emit: Callable[[Any], None], cancel: threading.Event, pause: threading.Event) -> Any:
            from advisor.assessment.journal import Journal
            from advisor.assessment.own_work import with_interpreters
            from advisor.assessment.pipeline import run

            found = with_interpreters(inventory, request.own)
            return run(request, found, store, Journal(emit), cancel, pause=pause, resume=resume)

        self.context.engine.start("run", in_turn(work))
        self._clock.start()
        self.refresh()
        self._pause.setFocus()

    def _on_pause_clicked(self) -> None:
        self.context.engine.pause(not self.context.engine.paused)
        self.refresh()

    def _on_cancel_clicked(self) -> None:
        self.context.engine.cancel()
        self.refresh()

    def _on_heard(self, events: list[Any]) -> None:
        if not self.running:
            return
        known = self._state.assessment is not None
        for event in events:
            if isinstance(event, Turn):
                self._waiting, self._began = event.waiting, time.monotonic()
            else:
                self._state.apply(event)
        if not known and self._state.assessment is not None:
            self.saved.emit()
        self.refresh()
        self.progressed.emit()

    def _on_ended(self, name: str, result: Any, error: BaseException | None) -> None:
        if name != "run":
            return
        self._clock.stop()
        if error is not None:
            self._error.show_message(explain(error))
            self._state = RunState()
            self._drop_rows()
        self.refresh()
        self.progressed.emit()
        if isinstance(result, Assessment):
            self.ended.emit(result.id)

    # Showing

    def progress_text(self) -> str:
        """Return how far the run is, in percent of its workloads."""
        return fmt.percent(self._state.progress)

    def refresh(self, *_ignored: object) -> None:
        """Show the run as it stands; called at most four times a second while one is under way."""
        running = self.running
        words = _("Measuring") if running else _("Getting ready") if self.under_way else _(self.question)
        self.heading.setText(words)
        self._preparing.refresh()
        self._summary.setVisible(not running)
        self._live.setVisible(running)
        if not running:
            return
        language, state = self.context.language, self._state
        self._headline.setText(self._headline_text(language))
        # Until the first estimate it moves without saying how far: calibrating knows no end.
        self._bar.setRange(0, 1000 if state.remaining_s is not None or state.workloads[1:] else 0)
        self._bar.setValue(round(1000 * self._state.progress))
        self._show_clock()
        engine = self.context.engine
        self._pause.setText(_("Continue") if engine.paused else _("Pause"))
        self._pause.setEnabled(not engine.cancelling)
        self._pause.setVisible(not self._waiting)
        self._cancel.setText(_("Stopping…") if engine.cancelling else _("Cancel"))
        self._cancel.setToolTip("" if self._waiting else _("What was measured is kept, and decided on."))
        self._cancel.setEnabled(not engine.cancelling)
        self._bars.setVisible(bool(state.rows))
        if state.current is not None:
            self._show_rows(state.current, language)
        self._show_warnings(language)

    def _headline_text(self, language: str) -> str:
        state = self._state
        if self._waiting:
            return _("Another benchmark is running on this host; waiting for it to end.")
        if self.context.engine.cancelling:
            return _("Stopping; what was measured is kept")
        if self.context.engine.paused:
            return _("Paused")
        if state.current is not None and state.phase is Phase.PROBE:
            return (
                f"{names.task(state.current.task, language)}: {names.architecture(state.current, language)}"
            )
        return stages.phase(state.phase, language) if state.phase is not None else _("Starting…")

    def _show_clock(self) -> None:
        self._time.setVisible(not self._waiting)
        language = self.context.language
        elapsed_s = time.monotonic() - self._began
        words = [stages.clock(elapsed_s, self._countdown.shown_s(self._state, elapsed_s), language)]
        if self._state.count > 1 and self._state.workloads:
            number, count = len(self._state.workloads), self._state.count
            words.append(_("task {number} of {count}", number=number, count=count))
        if self._state.search is not None:
            labels = names.alternative_names(self.context.catalogue)
            words.append(stages.searching(self._state.search, labels, language))
        if self._state.learning is not None:
            labels = names.alternative_names(self.context.catalogue)
            words.append(stages.learning(self._state.learning, labels, language))
        self._time.setText(" · ".join(words))

    def _show_rows(self, workload: Workload, language: str) -> None:
        if workload.id != self._shown_workload:
            self._drop_rows()
            self._shown_workload = workload.id
            self._quantity = Quantity.TRAIN
        for quantity, button in self._quantities.items():
            button.setText(names.quantity(quantity, language))
            button.setVisible(quantity is not Quantity.LOOP or workload.loops)
            button.setChecked(quantity is self._quantity)
        rows = self._state.rows_of(workload.id)
        self._provisional.setText(self._provisional_text(language))
        figures = [row.figures.get(self._quantity) for row in rows]
        longest_s = max((figure.high_s for figure in figures if figure is not None), default=0.0)
        labels = names.alternative_names(self.context.catalogue)
        for row in rows:
            shown = self._rows.get(row.subject)
            if shown is None:
                shown = RunRow(row, names.name_of(row.subject.alternative, labels))
                self._rows[row.subject] = shown
                self._row_holder.addWidget(shown)
                shown.setProperty("alternative", row.subject.alternative)
                self._colour(shown)
            shown.show_row(self._quantity, longest_s, language)

    def _provisional_text(self, language: str) -> str:
        """Say that figures may still change, and who is ahead once everybody has an interval."""
        state = self._state
        if state.provisional_s is None:
            return _("Figures so far are provisional: not every framework has an interval yet.")
        labels = names.alternative_names(self.context.catalogue)
        entries = [
            f"{names.name_of(row.subject.alternative, labels)} "
            f"{fmt.duration(row.figures[self._quantity].median_s, language)}"
            for row in state.fastest_first(self._quantity)
        ]
        return stages.provisional(state.provisional_s, self._quantity, entries, language)

    def _colour(self, row: RunRow) -> None:
        catalogue = self.context.catalogue
        shown = next(each for _, each in offered(catalogue) if each.id == row.property("alternative"))
        framework = shown.runtime or shown.framework
        colours = palette.framework_colours(catalogue)
        row.apply_theme(self.theme, colours[framework].on(palette.Theme(self.theme.name)))

    def _drop_rows(self) -> None:
        self._rows.clear()
        self._shown_workload = ""
        clear(self._row_holder)

    def _show_warnings(self, language: str) -> None:
        labels = names.alternative_names(self.context.catalogue)
        texts = [measurements.warning(each, labels, language) for each in self._state.warnings]
        self._warnings.setVisible(bool(texts))
        if texts != self._warned:
            self._warned = texts
            clear(self._warning_rows)
            for text in texts:
                self._warning_rows.addWidget(Label(text, tone="warning"))

    def _on_quantity_clicked(self, quantity: Quantity) -> None:
        self._quantity = quantity
        self.refresh()
