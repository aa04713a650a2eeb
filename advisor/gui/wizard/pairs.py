"""Comparisons in pairs (AHP), for those who would rather compare two things at a time: a slider per pair."""

import itertools
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from advisor.decision import ahp
from advisor.decision.model import Needs
from advisor.gui.inputs import Slider
from advisor.gui.text import _, language
from advisor.gui.theme import Space
from advisor.gui.widgets import Button, Card, Label, Line, hbox, vbox
from advisor.report import format as fmt
from advisor.report.wording import comparisons as words

Pair = tuple[str, str]

NAME_WIDTH = 150
"""Pixels of the names at either side, so that the sliders of all cards stand below one another."""


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
        self._swings: list[Label] = []
        self._rows: dict[Pair, tuple[Label, Slider, Label, Label]] = {}
        for members in ahp.MEMBERS:
            card = Card()
            grid = QGridLayout()
            grid.setHorizontalSpacing(Space.M)
            grid.setColumnStretch(1, 1)
            grid.setVerticalSpacing(0)
            for number in (0, 2):
                grid.setColumnMinimumWidth(number, NAME_WIDTH)
            for row, pair in enumerate(itertools.combinations(members, 2)):
                self._rows[pair] = self._add_row(grid, row, pair)
            swing = Label(tone="muted", role="caption")
            card.body.addWidget(swing)
            self._swings.append(swing)
            card.body.addLayout(grid)
            said = Label(tone="warning")
            card.body.addWidget(said)
            column.addWidget(card)
            self._cards.append(card)
            self._said.append(said)

    def _add_row(self, grid: QGridLayout, row: int, pair: Pair) -> tuple[Label, Slider, Label, Label]:
        slider = Slider()
        slider.setRange(1 - int(ahp.MOST), int(ahp.MOST) - 1)
        slider.setPageStep(1)
        slider.setProperty("centred", "true")
        slider.setObjectName(f"pair-{ahp.name(*pair)}")
        first, second = Label(wrap=False), Label(wrap=False)
        first.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        said = Label(tone="muted", role="caption", wrap=False)
        slider.valueChanged.connect(partial(self._on_moved, pair))
        said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        for number, widget in enumerate((first, slider, second)):
            grid.addWidget(widget, 2 * row, number)
        grid.addWidget(said, 2 * row + 1, 1)
        return first, slider, second, said

    def show_levels(self, levels: Sequence[ahp.Level]) -> None:
        """Show what was compared and how consistent that is."""
        spoken = language()
        self._hint.setText(
            _("Drag towards what matters more: the step from worst to best on it is worth more.")
        )
        for index, level in enumerate(levels):
            self._cards[index].set_title(words.level_name(index, spoken))
            swing = "" if index == 0 else words.swing_list(level, spoken)
            self._swings[index].setText(swing)
            self._swings[index].setVisible(bool(swing))
            for pair, ratio in level.ratios.items():
                self._show_row(pair, ratio, *(words.member(index, each, spoken) for each in pair))
            contradiction = words.contradiction(index, level, spoken)
            self._said[index].setText(contradiction)
            self._said[index].setVisible(bool(contradiction))

    def look_at(self, pair: Pair) -> None:
        """Bring a pair into view, ready to be answered again."""
        _first, slider, _second, _said = self._rows[pair]
        slider.setFocus(Qt.FocusReason.OtherFocusReason)

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


class PairsFoot(QFrame):
    """What the comparisons come to, in view while they are made: consistency, the pair to look at again, weights."""

    look_requested = Signal(object)  # the pair

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pairs-foot")
        self._pair: Pair | None = None
        outer = vbox(self, 0)
        outer.addWidget(Line())
        column = vbox(spacing=Space.XS, margin=Space.M)
        outer.addLayout(column)
        row = hbox(spacing=Space.M)
        self.consistency = Label()
        self.consistency.setObjectName("consistency")
        self.look_button = Button(on_click=self._on_look)
        self.look_button.setObjectName("look-again")
        row.addWidget(self.consistency, 1)
        row.addWidget(self.look_button)
        self.weights = Label(tone="muted", role="caption")
        self.weights.setObjectName("weights-of-pairs")
        column.addLayout(row)
        column.addWidget(self.weights)

    def show_levels(self, levels: Sequence[ahp.Level], needs: Needs) -> None:
        """Show what the comparisons come to."""
        spoken = language()
        self.consistency.setText(words.consistency(levels, spoken))
        self.consistency.set_tone("" if all(each.accepted for each in levels) else "warning")
        self.weights.setText(words.weights(levels, needs, spoken))
        found = words.look_again(levels)
        self._pair = found[1] if found is not None else None
        self.look_button.setVisible(found is not None)
        if found is not None:
            index, pair = found
            first, second = (words.member(index, each, spoken) for each in pair)
            self.look_button.setText(_("Look again: {first} against {second}", first=first, second=second))
            self.look_button.setToolTip(words.contradiction(index, levels[index], spoken))

    def _on_look(self) -> None:
        if self._pair is not None:
            self.look_requested.emit(self._pair)
