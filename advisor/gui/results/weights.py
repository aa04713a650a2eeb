"""The weights of a what-if: a slider for every criterion, with the share of all weight that it comes to."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from advisor.decision.criteria import GROUPS
from advisor.decision.model import Criterion, CriterionWeight, Decision, Group
from advisor.gui.inputs import Slider
from advisor.gui.results import decision_charts
from advisor.gui.text import _
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Label, hbox, vbox
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.wording import names, swings


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
        self._share.setObjectName(f"share-{criterion.value}")
        head.addWidget(self._swatch)
        head.addWidget(self._name, 1)
        head.addWidget(self._share)
        self.slider = Slider()
        self.slider.setObjectName(f"weight-{criterion.value}")
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self._swing = Label(tone="muted", role="caption")
        self._swing.setObjectName(f"swing-{criterion.value}")
        column.addLayout(head)
        column.addWidget(self._swing)
        column.addWidget(self.slider)

    def show_weight(self, context: ReportContext, weight: CriterionWeight, colour: str, swing: str) -> None:
        """Show the share of the weight and what worst and best are; the slider stays where the user has it."""
        name = names.criterion(self.criterion, context.language)
        note = names.criterion_note(self.criterion, context.language)
        share = fmt.percent(weight.weight) if weight.assessed else _("not assessed")
        self._name.setText(name)
        self._share.setText(share)
        self._swatch.setStyleSheet(f"background: {colour};")
        self.slider.setVisible(weight.assessed)
        self.slider.setAccessibleName(name)
        self.slider.setAccessibleDescription(f"{note}. {swing}. {share}" if swing else f"{note}. {share}")
        self._swing.setText(swing)
        self._swing.setVisible(bool(swing) and weight.assessed)
        if levels := swings.anchors(self.criterion, context.language):
            note = f"{note}\n{levels}"
        if not weight.assessed:
            note = _("No framework has any data on it, so it carries no weight.")
        self.setToolTip(note)

    def set_points(self, points: float) -> None:
        """Move the slider without telling anybody."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(points))
        self.slider.blockSignals(False)


class Weights(QWidget):
    """The criteria in their groups."""

    moved = Signal(object, int)  # criterion, points
    released = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = vbox(self, Space.S)
        self._intro = Label(tone="muted", role="caption")
        column.addWidget(self._intro)
        self.rows: dict[Criterion, WeightRow] = {}
        self._groups: dict[Group, Label] = {}
        for group, members in GROUPS.items():
            heading = Label(role="strong")
            self._groups[group] = heading
            column.addSpacing(Space.S)
            column.addWidget(heading)
            for criterion in members:
                row = WeightRow(criterion)
                row.slider.valueChanged.connect(
                    lambda value, criterion=criterion: self.moved.emit(criterion, value)
                )
                row.slider.sliderReleased.connect(self.released)
                self.rows[criterion] = row
                column.addWidget(row)

    def set_points(self, points: dict[Criterion, float]) -> None:
        """Move the sliders to where the answers have them, without telling anybody."""
        for criterion, value in points.items():
            self.rows[criterion].set_points(value)

    def show_decision(self, context: ReportContext, decision: Decision, theme: Theme) -> None:
        """Show what the points come to, and from what to what the compared go."""
        self._intro.setText(
            _(
                "How much would going from the worst to the best on it be worth to you? Both stand below its name, as "
                "they are among those compared. The answer follows."
            )
        )
        for group, heading in self._groups.items():
            heading.setText(names.group(group, context.language))
        workloads = [run.workload for run in context.assessment.runs]
        for weight in decision.weights:
            colour = decision_charts.criterion_colour(weight.criterion)
            shown = colour.dark if theme.dark else colour.light
            swing = swings.measured(weight.criterion, decision.values, workloads, context.language)
            self.rows[weight.criterion].show_weight(context, weight, shown, swing)
