"""The tabs of the dashboard: which parts of an assessment each shows."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from advisor.decision.model import VerdictKind
from advisor.gui.inputs import ComboBox
from advisor.gui.results import contrast, decision_charts, measured
from advisor.gui.results.blocks import CodeRow
from advisor.gui.results.contrast_card import ContrastCard
from advisor.gui.results.measured import Selection
from advisor.gui.results.samples import SampleExplorer
from advisor.gui.results.tab import Make, Tab
from advisor.gui.results.verdict_card import VerdictCard
from advisor.gui.tables import TableView
from advisor.gui.text import _
from advisor.gui.theme import Theme
from advisor.gui.widgets import Card, EmptyState, Label, hbox
from advisor.probes.configuration import Configuration
from advisor.report import (
    background,
    changes,
    evidence,
    hyperparameters,
    learning,
    measurements,
    pairs,
    parallel,
    projections,
    ranking,
    startup,
    summary,
    tuning,
)
from advisor.report.advice import section as advice_section
from advisor.report.context import ReportContext, configuration_order
from advisor.report.model import Heading, Section, Table
from advisor.report.wording import names


class AnswerTab(Tab):
    """The verdict, how to install it, where its points come from, how sure the order is, what was ruled out."""

    def show_context(self, context: ReportContext) -> None:
        """Show an assessment."""
        self.fill(
            context,
            (
                self._verdict,
                self._command,
                self._values,
                self._contrast,
                ranking.acceptability_section,
                ranking.gates_section,
                projections.section,
                background.warnings_section,
            ),
        )

    def _verdict(self, context: ReportContext) -> QWidget:
        card = VerdictCard()
        card.show_verdict(context, context.decision)
        return card

    def _command(self, context: ReportContext) -> QWidget | None:
        """Return how to install what is recommended; of a shortlist, each of it."""
        chosen = context.decision.verdict.recommended if context.decision else ()
        commands = {each: summary.install_command(context, each) for each in chosen}
        found = {each: command for each, command in commands.items() if command is not None}
        if not found:
            return None
        if len(found) == 1:
            card = Card(_("Install it with"))
        else:
            card = Card(_("Install them with"))
            card.body.addWidget(
                Label(_("Each in an environment of its own: they may not get along in one."), tone="muted")
            )
        for alternative, command in found.items():
            if len(found) > 1:
                card.body.addWidget(Label(context.name(alternative), "strong"))
            row = CodeRow(command)
            row.apply_theme(self.theme)
            card.body.addWidget(row)
        return card

    def _contrast(self, context: ReportContext) -> QWidget | None:
        pair = contrast.first_two(context.decision) if context.decision else None
        if context.decision is None or pair is None:
            return None
        return ContrastCard(context, context.decision, pair, self.chart_view, self.theme)

    def _values(self, context: ReportContext) -> Section | None:
        decision = context.decision
        if decision is None or not decision.ranking:
            return None
        return Section("values", _("Ranking"), (decision_charts.values(context, decision),))


class MeasurementsTab(Tab):
    """What was measured on one task or all, in one way of running or both: charts, then every figure."""

    def __init__(self) -> None:
        super().__init__()
        self.task, self.variant = ComboBox(), ComboBox()
        self._task_label, self._variant_label = Label(wrap=False), Label(wrap=False)
        self._task_label.setBuddy(self.task)
        self._variant_label.setBuddy(self.variant)
        self.table: TableView | None = None
        self.empty = EmptyState()
        self._context: ReportContext | None = None
        self._ways: dict[str, Configuration] = {}
        self._bar = QWidget()
        row = hbox(self._bar)
        for widget in (self._task_label, self.task, self._variant_label, self.variant):
            row.addWidget(widget)
        row.addStretch(1)
        self.body.addWidget(self._bar)
        self.body.addWidget(self.empty)
        self.explorer = SampleExplorer()
        self.explorer.hide()
        self.explorer.failed.connect(self.failed)
        self.explorer.announced.connect(self.announced)
        self.stay_below(self.explorer)
        self.filled.connect(self._on_filled)
        for choice in (self.task, self.variant):
            choice.currentIndexChanged.connect(lambda _index: self._show_chosen())

    @property
    def complete(self) -> bool:
        return super().complete and self.explorer.complete

    @property
    def selection(self) -> Selection:
        """What is chosen."""
        return Selection(self.task.currentData(), self._ways.get(self.variant.currentData()))

    def show_context(self, context: ReportContext) -> None:
        """Show an assessment's measurements, of its first task to begin with."""
        before, self._context = self._context, context
        runs, language = context.assessment.runs, context.language
        tasks = {run.workload.id: context.workload_name(run.workload.id) for run in runs}
        held = {result.subject.configuration for run in runs for result in run.results}
        self._ways = {str(place): each for place, each in enumerate(sorted(held, key=configuration_order))}
        variants = {key: names.configuration(each, language) for key, each in self._ways.items()}
        same = before is not None and before.assessment is context.assessment
        first = next(iter(tasks), None)
        _offer(self.task, _("All tasks"), tasks, self.task.currentData() if same else first)
        _offer(self.variant, _("All configurations"), variants, self.variant.currentData() if same else None)
        self._task_label.setText(_("Task"))
        self._variant_label.setText(_("Configuration"))
        self.task.setAccessibleName(_("Task"))
        self.variant.setAccessibleName(_("Configuration"))
        self.empty.show_message(
            _("Nothing was measured"), _("The ranking rests on the catalogue and your answers.")
        )
        self._bar.setVisible(bool(runs))
        self.empty.setVisible(not runs)
        self._show_chosen()

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self.empty.apply_theme(theme)
        self.explorer.apply_theme(theme)
        if self.table is not None:
            self.table.apply_theme(theme)

    def _show_chosen(self) -> None:
        if self._context is None or not self._context.assessment.runs:
            self.clear()
            self.explorer.hide()
            return
        chosen = ReportContext(self.selection.of(self._context.assessment), self._context.language)
        self.explorer.show_context(chosen)
        self.fill(
            chosen,
            (
                *(self._speed(number) for number in range(len(chosen.assessment.runs))),
                self._every_figure,
                startup.section,
                parallel.section,
                learning.section,
                hyperparameters.section,
                pairs.section,
                self._peak,
            ),
        )

    def _on_filled(self) -> None:
        # The Tab key meets widgets in the order of their making, or of their coming: this one comes last.
        shown = self.explorer.isVisibleTo(self)
        self.explorer.setParent(None)
        self.body.addWidget(self.explorer)
        self.explorer.setVisible(shown)
        self.explorer.load()  # not before: it would slow the filling down

    def _every_figure(self, context: ReportContext) -> QWidget:
        card = Card(_("Every figure"))
        self.table = TableView(wrapping=True)
        self.table.apply_theme(self.theme)
        self.table.setAccessibleName(_("Every figure"))
        self.table.set_table(measured.table(context))
        self.table.setColumnHidden(measured.TASK, len(context.assessment.runs) < 2)
        card.body.addWidget(self.table)
        return card

    @staticmethod
    def _speed(number: int) -> Make:
        """Return what makes one run's charts; its figures are in the table below them."""

        def make(context: ReportContext) -> Section | None:
            run = context.assessment.runs[number]
            alone = Selection(run.workload.id).of(context.assessment)
            section = measurements.section(ReportContext(alone, context.language))
            if section is None:
                return None
            title = next(block.text for block in section.blocks if isinstance(block, Heading))
            shown = tuple(block for block in section.blocks if not isinstance(block, Table | Heading))
            return Section(f"speed-{run.workload.id}", title, shown)

        return make

    @staticmethod
    def _peak(context: ReportContext) -> Section | None:
        charts = list(filter(None, (measured.peak_chart(context, run) for run in context.assessment.runs)))
        return Section("peak", _("Share of this machine’s peak"), tuple(charts)) if charts else None


def _offer(choice: ComboBox, everything: str, offered: Mapping[Any, str], chosen: Any) -> None:
    """Fill a choice anew without telling anybody."""
    choice.blockSignals(True)
    choice.clear()
    choice.addItem(everything, None)
    for key, name in offered.items():
        choice.addItem(name, key)
    choice.setCurrentIndex(max(choice.findData(chosen), 0))
    choice.blockSignals(False)


class SensitivityTab(Tab):
    """What would change the answer, why the order is as it is, and the weights behind it."""

    def show_context(self, context: ReportContext) -> None:
        """Show an assessment."""
        self.fill(
            context,
            (self._stability, changes.section, ranking.section, changes.weights_section),
        )

    @staticmethod
    def _stability(context: ReportContext) -> Section | None:
        decision = context.decision
        if decision is None or decision.verdict.kind in (VerdictKind.NONE, VerdictKind.TOO_LITTLE):
            return None
        return Section(
            "stability", _("How far one weight may move"), (decision_charts.stability(context, decision),)
        )


class AdviceTab(Tab):
    """How to make the winner run better, or why there is nothing to say."""

    def show_context(self, context: ReportContext) -> None:
        """Show an assessment."""
        self.fill(context, (self._advice, tuning.section))

    def _advice(self, context: ReportContext) -> Section | QWidget:
        section = advice_section(context)
        if section is not None:
            return section
        state = EmptyState()
        state.show_message(_("No advice"), _("There is advice only where one framework is recommended."))
        state.apply_theme(self.theme)
        return state


class EvidenceTab(Tab):
    """What the assessment rests on: cited facts, the machine, the method, and how to reproduce it."""

    def show_context(self, context: ReportContext) -> None:
        """Show an assessment."""
        self.fill(
            context,
            (
                evidence.section,
                evidence.weightless_section,
                background.warnings_section,
                background.machine_section,
                background.method_section,
                background.reproduce_section,
            ),
        )
