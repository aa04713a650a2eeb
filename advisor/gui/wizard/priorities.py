"""Step 5: what matters, by swing weights in groups of criteria."""

from functools import partial

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QListWidget, QListWidgetItem, QSizePolicy, QStackedWidget, QWidget

from advisor.decision.criteria import GROUPS
from advisor.decision.model import Criterion, PriorityMode
from advisor.decision.weights import levels, swing_points
from advisor.gui.inputs import Slider
from advisor.gui.text import N_, _, ngettext
from advisor.gui.theme import Space
from advisor.gui.widgets import Button, Card, Label, hbox, vbox
from advisor.gui.wizard.pairs import Pairs, PairsFoot
from advisor.gui.wizard.step import Step, choices
from advisor.report import format as fmt
from advisor.report.wording import names, swings

MODES = {
    PriorityMode.WEIGHTS: (
        N_("I can say how much"),
        N_("Points for every criterion, started from what you chose as the goal."),
        N_("Swing weights: points for the step from worst to best on each criterion."),
    ),
    PriorityMode.PAIRS: (
        N_("I'd rather compare in pairs"),
        N_("Two things at a time: groups of criteria first, then the criteria of each."),
        N_("Analytic hierarchy process (AHP) with its consistency ratio."),
    ),
    PriorityMode.ORDER: (
        N_("Only in which order"),
        N_("The most important first; every weighting that respects the order counts."),
        N_("Rank order; weights are drawn from all that agree with it."),
    ),
    PriorityMode.NONE: (
        N_("I can't say"),
        N_("Every weighting is as likely as any other."),
        N_("No preference information; weights are drawn evenly."),
    ),
}


class PrioritiesStep(Step):
    """Weights, an order, or nothing; and how sure the user is."""

    key = "priorities"
    title = N_("What matters")
    question = N_("What matters most?")
    explanation = N_(
        "Imagine a framework that is worst on everything. Which criterion would you improve first, from "
        "worst to best? Give it 100 points, and the others in proportion."
    )

    def build(self) -> None:
        holder, made = choices(len(MODES), 2)
        self._modes = dict(zip(MODES, made, strict=True))
        for mode, choice in self._modes.items():
            choice.clicked.connect(lambda _checked, mode=mode: self._on_mode_clicked(mode))
        self.body.addWidget(holder)
        self._pairs: Pairs | None = None
        self._pairs_foot: PairsFoot | None = None
        self._stack = QStackedWidget()
        self._panels = {
            PriorityMode.WEIGHTS: self._build_weights(),
            PriorityMode.PAIRS: QWidget(),
            PriorityMode.ORDER: self._build_order(),
            PriorityMode.NONE: QWidget(),
        }
        for panel in self._panels.values():
            self._stack.addWidget(panel)
        self.body.addWidget(self._stack)
        self._build_sureness()

    def _build_weights(self) -> QWidget:
        panel = QWidget()
        column = vbox(panel, Space.L)
        top = hbox()
        self._origin = Label(tone="muted")
        self._reset = Button(on_click=lambda: self._set(weights={}))
        self.bind_text(self._reset.setText, N_("Back to the goal's points"))
        top.addWidget(self._origin, 1)
        top.addWidget(self._reset)
        column.addLayout(top)
        self._sliders: dict[Criterion, tuple[Label, Slider, Label]] = {}
        self._swings: dict[Criterion, Label] = {}
        self._group_cards = {}
        for group, criteria in GROUPS.items():
            card = Card()
            grid = QGridLayout()
            grid.setHorizontalSpacing(Space.L)
            grid.setVerticalSpacing(Space.XS)
            grid.setColumnMinimumWidth(0, 190)
            grid.setColumnStretch(1, 1)
            grid.setColumnMinimumWidth(2, 36)
            for row, criterion in enumerate(criteria):
                slider = Slider()
                slider.setRange(0, 100)
                slider.setPageStep(10)
                name, points = Label(wrap=False), Label(tone="muted", wrap=False)
                points.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                name.setBuddy(slider)
                slider.valueChanged.connect(partial(self._on_points_changed, criterion))
                for number, widget in enumerate((name, slider, points)):
                    grid.addWidget(widget, 2 * row, number)
                swing = Label(tone="muted", role="caption")
                swing.setObjectName(f"swing-{criterion.value}")
                grid.addWidget(swing, 2 * row + 1, 0, 1, 3)
                self._sliders[criterion], self._swings[criterion] = (name, slider, points), swing
            card.body.addLayout(grid)
            column.addWidget(card)
            self._group_cards[group] = card
        return panel

    def _build_order(self) -> QWidget:
        card = Card()
        row = hbox(spacing=Space.M)
        self._order = QListWidget()
        self._order.setDragDropMode(QListWidget.DragDropMode.InternalMove)
        self._order.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._order.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._order.model().rowsMoved.connect(lambda *_: QTimer.singleShot(0, self._keep_order))
        self.bind_text(self._order.setAccessibleName, N_("Criteria, the most important first"))
        row.addWidget(self._order, 1)
        buttons = vbox()
        self._up = Button(on_click=lambda: self._move(-1))
        self._down = Button(on_click=lambda: self._move(1))
        self.bind_text(self._up.setText, N_("More important"))
        self.bind_text(self._down.setText, N_("Less important"))
        buttons.addWidget(self._up)
        buttons.addWidget(self._down)
        buttons.addStretch(1)
        row.addLayout(buttons)
        card.body.addLayout(row)
        return card

    def _show_pairs(self) -> None:
        """Show the comparisons; their many sliders are made when they are first asked for."""
        if self._pairs is None:
            self._pairs = Pairs()
            self._pairs.compared.connect(self._on_compared)
            self._pairs_foot = PairsFoot()
            self._pairs_foot.look_requested.connect(self._pairs.look_at)
            outer = self.layout()
            assert outer is not None
            outer.addWidget(self._pairs_foot)
            vbox(self._panels[PriorityMode.PAIRS], 0).addWidget(self._pairs)
        found = levels(self.needs)
        self._pairs.show_levels(found)
        if self._pairs_foot is not None:
            self._pairs_foot.show_levels(found, self.needs)

    def _build_sureness(self) -> None:
        self._sureness_card = self.card(
            N_("How sure are you of that?"),
            N_("The less sure, the further the weights are varied when the answer's firmness is worked out."),
        )
        row = hbox(spacing=Space.M)
        low, high = Label(tone="muted", wrap=False), Label(tone="muted", wrap=False)
        self.bind_text(low.setText, N_("a guess"))
        self.bind_text(high.setText, N_("certain"))
        self._sureness = Slider()
        self._sureness.setRange(0, 100)
        self._sureness.setPageStep(10)
        self._sureness.valueChanged.connect(lambda value: self._set(sureness=value / 100))
        self.bind_text(self._sureness.setAccessibleName, N_("Sureness of the weights"))
        for widget in (low, self._sureness, high):
            row.addWidget(widget, 1 if widget is self._sureness else 0)
        self._sureness_card.body.addLayout(row)

    def refresh(self) -> None:
        """Show the answers."""
        language, priorities = self.context.language, self.needs.priorities
        for mode, (name, sentence, expert) in MODES.items():
            self._modes[mode].show_choice(_(name), _(sentence), _(expert))
            self._modes[mode].setChecked(mode is priorities.mode)
        if priorities.mode is PriorityMode.PAIRS:
            self._show_pairs()
        if self._pairs_foot is not None:
            self._pairs_foot.setVisible(priorities.mode is PriorityMode.PAIRS)
        self._stack.setCurrentWidget(self._panels[priorities.mode])
        # A stack is as tall as its tallest page unless the hidden ones are told to take no room.
        for mode, panel in self._panels.items():
            kept = QSizePolicy.Policy.Preferred if mode is priorities.mode else QSizePolicy.Policy.Ignored
            panel.setSizePolicy(QSizePolicy.Policy.Preferred, kept)
        self._stack.setMaximumHeight(0 if priorities.mode is PriorityMode.NONE else 16_777_215)
        self._sureness_card.setVisible(priorities.mode in (PriorityMode.WEIGHTS, PriorityMode.PAIRS))
        for group, card in self._group_cards.items():
            card.set_title(names.group(group, language))
        self._show_points(language)
        self._origin.setText(
            ngettext("{n} criterion changed by you", "{n} criteria changed by you", len(priorities.weights))
            if priorities.weights
            else _("As suggested for: {stage}", stage=names.stage(self.needs.stage, language))
        )
        self._reset.setEnabled(bool(priorities.weights))
        self._show_order(language)
        self._sureness.blockSignals(True)
        self._sureness.setValue(round(priorities.sureness * 100))
        self._sureness.blockSignals(False)

    def _show_points(self, language: str) -> None:
        weights = msgspec.structs.replace(self.needs.priorities, mode=PriorityMode.WEIGHTS)
        points = swing_points(msgspec.structs.replace(self.needs, priorities=weights))
        for criterion, (name, slider, label) in self._sliders.items():
            note, swing = names.criterion_note(criterion, language), swings.reference(criterion, language)
            name.setText(names.criterion(criterion, language))
            self._swings[criterion].setText(swing)
            for widget in (name, slider):
                widget.setToolTip("\n".join(filter(None, (note, swings.anchors(criterion, language)))))
            slider.setAccessibleName(names.criterion(criterion, language))
            slider.setAccessibleDescription(f"{note}. {swing}")
            if round(points[criterion]) != slider.value():
                slider.blockSignals(True)
                slider.setValue(round(points[criterion]))
                slider.blockSignals(False)
            label.setText(fmt.whole(points[criterion]))

    def _show_order(self, language: str) -> None:
        order = self._current_order()
        shown = [self._order.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self._order.count())]
        if shown != order:
            self._order.clear()
            for criterion in order:
                item = QListWidgetItem()
                item.setData(Qt.ItemDataRole.UserRole, criterion)
                self._order.addItem(item)
            self._order.setCurrentRow(0)
        for row, criterion in enumerate(order):
            self._order.item(row).setText(f"{row + 1}.  {names.criterion(criterion, language)}")
            self._order.item(row).setToolTip(
                f"{names.criterion_note(criterion, language)}\n{swings.reference(criterion, language)}"
            )
        if order:
            self._order.setFixedHeight(self._order.sizeHintForRow(0) * len(order) + 2 * Space.S)

    def _current_order(self) -> list[Criterion]:
        order = self.needs.priorities.order
        if not order:
            points = swing_points(
                msgspec.structs.replace(
                    self.needs,
                    priorities=msgspec.structs.replace(self.needs.priorities, mode=PriorityMode.WEIGHTS),
                )
            )
            return sorted(points, key=lambda criterion: -points[criterion])
        return [*order, *(each for each in Criterion if each not in order)]

    def summary(self) -> str:
        """Return what is said of the weights."""
        priorities = self.needs.priorities
        if priorities.mode is not PriorityMode.WEIGHTS:
            return names.priority_mode(priorities.mode, self.context.language)
        return _("your points") if priorities.weights else _("points as the goal suggests")

    def _set(self, **changes: object) -> None:
        self.change(priorities=msgspec.structs.replace(self.needs.priorities, **changes))
        self.refresh()

    def _on_mode_clicked(self, mode: PriorityMode) -> None:
        order = tuple(self._current_order()) if mode is PriorityMode.ORDER else self.needs.priorities.order
        self._set(mode=mode, order=order)

    def _on_points_changed(self, criterion: Criterion, value: int) -> None:
        self._set(weights={**self.needs.priorities.weights, criterion: float(value)})

    def _on_compared(self, pair: str, ratio: float) -> None:
        self._set(comparisons={**self.needs.priorities.comparisons, pair: ratio})

    def _move(self, by: int) -> None:
        order = self._current_order()
        row = self._order.currentRow()
        if 0 <= row + by < len(order):
            order[row], order[row + by] = order[row + by], order[row]
            self._set(order=tuple(order))
            self._order.setCurrentRow(row + by)

    def _keep_order(self) -> None:
        items = (self._order.item(row) for row in range(self._order.count()))
        self._set(order=tuple(Criterion(item.data(Qt.ItemDataRole.UserRole)) for item in items))
