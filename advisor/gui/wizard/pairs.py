"""Comparisons in pairs (AHP), for those who would rather compare two things at a time: a slider per pair."""

import itertools
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from advisor.decision import ahp
from advisor.gui.inputs import Slider
from advisor.gui.text import _, language
from advisor.gui.theme import Space
from advisor.gui.widgets import Card, Label, vbox
from advisor.report import format as fmt
from advisor.report.wording import comparisons as words

Pair = tuple[str, str]


def ratio_at(position: int) -> float:
    """Return how many times more the left one matters, with the slider so far to the right of the middle."""
    return 1.0 - position if position <= 0 else 1.0 / (1.0 + position)


def position_of(ratio: float) -> int:
    """Return the slider's place for a ratio, to the nearest whole number of times that it has."""
    most = int(ahp.MOST)
    return 1 - min(round(ratio), most) if ratio >= 1.0 else min(round(1.0 / ratio), most) - 1


class Pairs(QWidget):
    """Every pair of groups, and of criteria within each group."""

    compared = Signal(str, float)  # a pair's name in the needs, and its ratio

    def __init__(self) -> None:
        super().__init__()
        column = vbox(self, Space.L)
        self._hint = Label(tone="muted")
        column.addWidget(self._hint)
        self._cards: list[Card] = []
        self._said: list[Label] = []
        self._rows: dict[Pair, tuple[Label, Slider, Label, Label]] = {}
        for members in ahp.MEMBERS:
            card = Card()
            grid = QGridLayout()
            grid.setHorizontalSpacing(Space.M)
            grid.setColumnStretch(1, 1)
            for number, width in ((0, 150), (2, 150), (3, 150)):
                grid.setColumnMinimumWidth(number, width)
            for row, pair in enumerate(itertools.combinations(members, 2)):
                self._rows[pair] = self._add_row(grid, row, pair)
            card.body.addLayout(grid)
            said = Label(tone="warning")
            card.body.addWidget(said)
            column.addWidget(card)
            self._cards.append(card)
            self._said.append(said)
        self.consistency = Label(tone="muted")
        column.addWidget(self.consistency)

    def _add_row(self, grid: QGridLayout, row: int, pair: Pair) -> tuple[Label, Slider, Label, Label]:
        slider = Slider()
        slider.setRange(1 - int(ahp.MOST), int(ahp.MOST) - 1)
        slider.setPageStep(1)
        slider.setProperty("centred", "true")
        first, second = Label(wrap=False), Label(wrap=False)
        first.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        said = Label(tone="muted", role="caption", wrap=False)
        slider.valueChanged.connect(partial(self._on_moved, pair))
        for number, widget in enumerate((first, slider, second, said)):
            grid.addWidget(widget, row, number)
        return first, slider, second, said

    def show_levels(self, levels: Sequence[ahp.Level]) -> None:
        """Show what was compared and how consistent that is."""
        spoken = language()
        self._hint.setText(
            _("Drag towards what matters more: the step from worst to best on it is worth more.")
        )
        for index, level in enumerate(levels):
            self._cards[index].set_title(words.level_name(index, spoken))
            for pair, ratio in level.ratios.items():
                self._show_row(pair, ratio, *(words.member(index, each, spoken) for each in pair))
            contradiction = words.contradiction(index, level, spoken)
            self._said[index].setText(contradiction)
            self._said[index].setVisible(bool(contradiction))
        self.consistency.setText(words.consistency(levels, spoken))

    def _show_row(self, pair: Pair, ratio: float, first_name: str, second_name: str) -> None:
        first, slider, second, said = self._rows[pair]
        first.setText(first_name)
        second.setText(second_name)
        position = position_of(ratio)
        if slider.value() != position:
            slider.blockSignals(True)
            slider.setValue(position)
            slider.blockSignals(False)
        if position == 0:
            text = _("alike")
        else:
            more = first_name if position < 0 else second_name
            text = _("{name} {ratio}", name=more, ratio=f"{fmt.whole(max(ratio, 1.0 / ratio))}×")
        said.setText(text)
        slider.setAccessibleName(_("“{first}” against “{second}”", first=first_name, second=second_name))
        slider.setAccessibleDescription(text)

    def _on_moved(self, pair: Pair, position: int) -> None:
        self.compared.emit(ahp.name(*pair), ratio_at(position))
