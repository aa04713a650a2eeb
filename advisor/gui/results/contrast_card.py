"""The choice of two alternatives, and what comes of it."""

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox

from advisor.decision.model import Decision
from advisor.gui.charts_card import ChartView
from advisor.gui.inputs import ComboBox
from advisor.gui.results import contrast
from advisor.gui.text import _
from advisor.gui.theme import Theme
from advisor.gui.widgets import Button, Card, Label, hbox
from advisor.report.context import ReportContext


class ContrastCard(Card):
    """Two alternatives side by side: their points by criterion, and their speeds, paired."""

    def __init__(
        self,
        context: ReportContext,
        decision: Decision,
        pair: tuple[str, str],
        chart_view: Callable[[], ChartView],
        theme: Theme,
    ) -> None:
        super().__init__(_("Two side by side"))
        self._context, self._decision = context, decision
        self.one, self.other = ComboBox(), ComboBox()
        row = hbox()
        for choice, chosen, name in (
            (self.one, pair[0], _("First alternative")),
            (self.other, pair[1], _("Second alternative")),
        ):
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            choice.setAccessibleName(name)
            for ranked in decision.ranking:
                choice.addItem(context.name(ranked.alternative), ranked.alternative)
            choice.setCurrentIndex(choice.findData(chosen))
        self.swap_button = Button(kind="quiet", on_click=self.swap)
        self.swap_button.setToolTip(_("Swap sides"))
        self.swap_button.setAccessibleName(_("Swap sides"))
        self.swap_button.set_icon("refresh", theme.muted)
        row.addWidget(self.one)
        row.addWidget(self.swap_button)
        row.addWidget(self.other)
        row.addStretch(1)
        self.sentence = Label(selectable=True)
        self.points, self.speed = chart_view(), chart_view()
        self.body.addLayout(row)
        for widget in (self.sentence, self.points, self.speed):
            self.body.addWidget(widget)
        self._show()
        self.one.currentIndexChanged.connect(lambda _index: self._on_chosen(self.other))
        self.other.currentIndexChanged.connect(lambda _index: self._on_chosen(self.one))

    @property
    def pair(self) -> tuple[str, str]:
        """The two that are shown."""
        return self.one.currentData(), self.other.currentData()

    def swap(self) -> None:
        """Look at it from the other side."""
        one, other = self.pair
        self._choose(self.one, other)
        self._choose(self.other, one)
        self._show()

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours (charts are told by the tab that owns them)."""
        self.swap_button.set_icon("refresh", theme.muted)

    def _on_chosen(self, left: QComboBox) -> None:
        one, other = self.pair
        if one == other:  # nothing to see: the side that was left alone makes way
            self._choose(
                left, next(each.alternative for each in self._decision.ranking if each.alternative != one)
            )
        self._show()

    @staticmethod
    def _choose(choice: QComboBox, alternative: str) -> None:
        choice.blockSignals(True)
        choice.setCurrentIndex(choice.findData(alternative))
        choice.blockSignals(False)

    def _show(self) -> None:
        context, decision, pair = self._context, self._decision, self.pair
        self.sentence.setText(contrast.sentences(context, decision, *pair))
        self.points.show_chart(contrast.points_chart(context, decision, *pair))
        speed = contrast.speed_chart(context, *pair)
        self.speed.setVisible(speed is not None)
        if speed is not None:
            self.speed.show_chart(speed)
        for view in (self.points, self.speed):
            view.retranslate()
