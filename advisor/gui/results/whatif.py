"""What if other things mattered: a slider for every criterion, and the whole answer following it while it moves."""

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from advisor.decision.criteria import GROUPS
from advisor.decision.model import Criterion, CriterionWeight, Decision, Group
from advisor.gui.inputs import Slider
from advisor.gui.results import decision_charts
from advisor.gui.results.tab import Tab
from advisor.gui.results.verdict_card import VerdictCard
from advisor.gui.text import _
from advisor.gui.theme import LIGHT, Space, Theme
from advisor.gui.widgets import Button, Card, Label, Line, ScrollColumn, hbox, vbox
from advisor.report import format as fmt
from advisor.report import ranking
from advisor.report.context import ReportContext
from advisor.report.model import Chart
from advisor.report.wording import names

if TYPE_CHECKING:
    from advisor.decision.engine import Model

SIDE_WIDTH = 312


class WeightRow(QWidget):
    """One criterion: its colour in the chart, its name, its slider, and the share of all weight it has."""

    def __init__(self, criterion: Criterion) -> None:
        super().__init__()
        self.criterion = criterion
        column = vbox(self, 0)
        head = hbox(spacing=Space.S)
        self._swatch = QLabel()
        self._swatch.setFixedSize(11, 11)
        self._name = Label(wrap=False)
        self._share = Label(tone="muted", wrap=False)
        head.addWidget(self._swatch)
        head.addWidget(self._name, 1)
        head.addWidget(self._share)
        self.slider = Slider()
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        column.addLayout(head)
        column.addWidget(self.slider)

    def show_weight(self, context: ReportContext, weight: CriterionWeight, colour: str) -> None:
        """Show the share of the weight; the slider stays where the user has it."""
        name = names.criterion(self.criterion, context.language)
        note = names.criterion_note(self.criterion, context.language)
        share = fmt.percent(weight.weight) if weight.assessed else _("not assessed")
        self._name.setText(name)
        self._share.setText(share)
        self._swatch.setStyleSheet(f"background: {colour};")
        self.slider.setVisible(weight.assessed)
        self.slider.setAccessibleName(name)
        self.slider.setAccessibleDescription(f"{note}. {share}")
        if not weight.assessed:
            note = _("No framework has any data on it, so it carries no weight.")
        self.setToolTip(note)

    def set_points(self, points: float) -> None:
        """Move the slider without telling anybody."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(points))
        self.slider.blockSignals(False)


class WhatIf(QWidget):
    """The sliders at the left, the answer at the right.

    A move is answered in the event loop's next turn, so that a drag over fifty positions is recomputed as
    often as there is time for and never queues up.
    """

    failed = Signal(str)
    announced = Signal(str)
    decided = Signal(object)  # Decision, under the weights as they stand
    copy_requested = Signal(dict)  # swing points by criterion

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.context: ReportContext | None = None
        self.decision: Decision | None = None
        self._base: Decision | None = None
        self._model: Model | None = None
        self._rows: dict[Criterion, WeightRow] = {}
        self._groups: dict[Group, Label] = {}
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self._recompute)
        row = hbox(self, 0)
        row.addWidget(self._build_side())
        row.addWidget(Line(vertical=True))
        row.addWidget(self._build_answer(), 1)

    def _build_side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(SIDE_WIDTH)
        column = vbox(side, 0)
        scroll = ScrollColumn(margin=Space.L)
        scroll.body.setSpacing(Space.S)
        self._intro = Label(tone="muted", role="caption")
        scroll.body.addWidget(self._intro)
        for group, members in GROUPS.items():
            heading = Label(role="strong")
            self._groups[group] = heading
            scroll.body.addSpacing(Space.S)
            scroll.body.addWidget(heading)
            for criterion in members:
                row = WeightRow(criterion)
                row.slider.valueChanged.connect(lambda _value: self._due.start(0))
                self._rows[criterion] = row
                scroll.body.addWidget(row)
        scroll.body.addStretch(1)
        column.addWidget(scroll, 1)
        foot = QFrame()
        buttons = vbox(foot, Space.S, Space.M)
        self.reset_button = Button(on_click=self.reset)
        self.copy_button = Button(kind="primary", on_click=self._on_copy)
        for button in (self.reset_button, self.copy_button):
            button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
            buttons.addWidget(button)
        column.addWidget(Line())
        column.addWidget(foot)
        return side

    def _build_answer(self) -> QWidget:
        self._answer = Tab()
        self._answer.failed.connect(self.failed)
        self._answer.announced.connect(self.announced)
        self.verdict = VerdictCard(compact=True)
        self.moved = Label(tone="muted")
        self._answer.body.addWidget(self.verdict)
        self._answer.body.addWidget(self.moved)
        self.values, self.acceptability, self.stability = (self._answer.chart_view() for _number in range(3))
        self._cards = []
        for view in (self.values, self.acceptability, self.stability):
            card = Card()
            card.body.addWidget(view)
            self._answer.body.addWidget(card)
            self._cards.append(card)
        self._answer.body.addStretch(1)
        return self._answer

    @property
    def points(self) -> dict[Criterion, float]:
        """The swing points of the criteria that were moved; the others keep theirs to the last decimal."""
        if self._base is None:
            return {}
        return {
            weight.criterion: float(self._rows[weight.criterion].slider.value())
            for weight in self._base.weights
            if self._rows[weight.criterion].slider.value() != round(weight.swing_points)
        }

    def show_context(self, context: ReportContext) -> None:
        """Show an assessment under its own weights."""
        self.context, self._base = context, context.decision
        self.reset()

    def set_model(self, model: "Model | None") -> None:
        """Say what recomputes the answer; without it the sliders rest."""
        self._model = model
        self._side_enabled(model is not None)

    def reset(self) -> None:
        """Go back to the assessment's own weights."""
        self._due.stop()
        if self._base is None:
            return
        for weight in self._base.weights:
            self._rows[weight.criterion].set_points(weight.swing_points)
        self._show(self._base)

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.theme = theme
        self._answer.apply_theme(theme)
        if self.decision is not None:
            self._show(self.decision)

    def retranslate(self) -> None:
        """Say fixed texts in the window's language."""
        for view in (self.values, self.acceptability, self.stability):
            view.retranslate()
        self._intro.setText(
            _(
                "How much would going from the worst to the best on it be worth to you? Move a slider: the answer "
                "follows. Nothing is saved until you save a copy."
            )
        )
        self.reset_button.setText(_("Reset the weights"))
        self.copy_button.setText(_("Save these weights as a copy"))

    def _side_enabled(self, enabled: bool) -> None:
        for row in self._rows.values():
            row.setEnabled(enabled)
        self.reset_button.setEnabled(enabled)
        self.copy_button.setEnabled(enabled)

    def _recompute(self) -> None:
        if self._model is None:
            return
        self._show(self._model.decide(self.points))
        self.decided.emit(self.decision)

    def _show(self, decision: Decision) -> None:
        context = self.context
        if context is None:
            return
        self.decision = decision
        for group, heading in self._groups.items():
            heading.setText(names.group(group, context.language))
        for weight in decision.weights:
            colour = decision_charts.criterion_colour(weight.criterion)
            shown = colour.dark if self.theme.dark else colour.light
            self._rows[weight.criterion].show_weight(context, weight, shown)
        self.verdict.show_verdict(context, decision)
        self.moved.setText(self._movement(decision))
        self.values.show_chart(decision_charts.values(context, decision))
        ranks = _acceptability(context, decision)
        for card in self._cards[1:]:  # without a ranking, no rank can be sure or stable
            card.setVisible(ranks is not None)
        if ranks is not None:
            self.acceptability.show_chart(ranks)
            self.stability.show_chart(decision_charts.stability(context, decision))

    def _movement(self, decision: Decision) -> str:
        """Say whose rank is another than under the assessment's own weights."""
        if self.context is None or self._base is None:
            return ""
        before = {ranked.alternative: ranked.rank for ranked in self._base.ranking}
        moved = [
            _(
                "{name}: rank {before} → {after}",
                name=self.context.name(ranked.alternative),
                before=before[ranked.alternative],
                after=ranked.rank,
            )
            for ranked in decision.ranking
            if before.get(ranked.alternative, ranked.rank) != ranked.rank
        ]
        return " · ".join(moved) or _("Same order as in the assessment.")

    def _on_copy(self) -> None:
        self.copy_requested.emit(self.points)


def _acceptability(context: ReportContext, decision: Decision) -> Chart | None:
    """Return the report's chart of ranks for a decision that isn't the assessment's own, if it ranks."""
    moved = msgspec.structs.replace(context.assessment, decision=decision)
    section = ranking.acceptability_section(ReportContext(moved, context.language))
    return next((block for block in section.blocks if isinstance(block, Chart)), None) if section else None
