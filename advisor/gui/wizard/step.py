"""What every step of the wizard is: a question, a sentence about it, and controls that edit the needs."""

from typing import Any, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from advisor.decision.assumptions import answered
from advisor.decision.model import Answer, Needs
from advisor.frameworks.model import Framework
from advisor.gui.page import Page
from advisor.gui.text import _
from advisor.gui.theme import Space
from advisor.gui.widgets import Card, Choice, Label, ScrollColumn, set_property, vbox


class Asking(Protocol):
    """What a question needs to know of its surroundings."""

    @property
    def catalogue(self) -> tuple[Framework, ...]:
        """The frameworks that are asked about."""

    @property
    def language(self) -> str:
        """The language of the questions."""


class Step(Page):
    """One step. ``title`` stands in the side list, ``question`` and ``explanation`` above the controls.

    A narrow one is the same questions in a column beside something else, without heading and scroll bar.
    """

    key = ""
    title = ""
    question = ""
    explanation = ""

    chosen: tuple[Answer, ...] = ()  # what going on from here means as it is shown

    edited = Signal(object)  # the needs, after an answer

    def __init__(self, context: Asking, *, narrow: bool = False) -> None:
        super().__init__()
        self.context = context
        self.needs = Needs()
        self.narrow = narrow
        if narrow:
            self.body = vbox(self, Space.L)
        else:
            self._add_heading()
        self.build()
        self.body.addStretch(1)

    def _add_heading(self) -> None:
        outer = vbox(self, 0)
        self.column = ScrollColumn(width=760)
        self.body = self.column.body
        outer.addWidget(self.column)
        self.heading = Label(role="heading")
        self.bind_text(self.heading.setText, self.question)
        explanation = Label(tone="muted")
        self.bind_text(explanation.setText, self.explanation)
        top = vbox(spacing=Space.XS)
        top.addWidget(self.heading)
        top.addWidget(explanation)
        self.body.addLayout(top)

    def build(self) -> None:
        """Add the step's controls to ``self.body``."""

    def show_needs(self, needs: Needs) -> None:
        """Show answers that come from elsewhere: a draft, or another step."""
        self.needs = needs
        self.refresh()

    def change(self, **changes: Any) -> None:
        """Take an answer and tell the wizard."""
        needs = answered(self.needs, **changes)
        if needs != self.needs:
            self.needs = needs
            self.edited.emit(needs)

    def summary(self) -> str:
        """Return the answers in a few words, for the side list."""
        return ""

    def problem(self) -> str:
        """Return what keeps the run from starting, "" where nothing does."""
        return ""

    # Building blocks

    def card(self, title: str, explanation: str = "") -> Card:
        """Add a titled group."""
        card = Card(kind="bare" if self.narrow else "plain")
        if self.narrow:
            card.body.setContentsMargins(0, 0, 0, 0)
            set_property(card.title, "role", "strong")
        self.bind_text(card.set_title, title)
        if explanation:
            label = Label(tone="muted")
            self.bind_text(label.setText, explanation)
            card.body.addWidget(label)
        self.body.addWidget(card)
        return card


def choices(count: int, columns: int, *, several: bool = False) -> tuple[QWidget, list[Choice]]:
    """Return a grid of choices; they exclude one another, because they share a parent, unless ``several``."""
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(Space.M)
    made = [Choice(several=several) for _number in range(count)]
    for number, choice in enumerate(made):
        grid.addWidget(choice, number // columns, number % columns)
    for column in range(columns):
        grid.setColumnStretch(column, 1)
    return holder, made


def check(step: Step, text: str, tip: str = "") -> QCheckBox:
    """Return a check box with a plain name and the expert's term behind it."""
    box = QCheckBox()
    step.bind_text(box.setText, text)
    if tip:
        step.bind_text(box.setToolTip, tip)
        step.bind_text(box.setAccessibleDescription, tip)
    return box


def anchored(levels: tuple[str, ...], value: int) -> str:
    """Return the wording of a rubric's level in the window's language."""
    return _(levels[value])
