"""What every tab of the dashboard is: a column that is filled piece by piece, so that it never stalls."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from advisor.gui.charts_card import ChartView
from advisor.gui.results.blocks import SectionCard
from advisor.gui.results.contrast_card import ContrastCard
from advisor.gui.theme import LIGHT, Space, Theme
from advisor.gui.widgets import ScrollColumn, vbox
from advisor.report.context import ReportContext
from advisor.report.model import Block, Bullets, Section

Make = Callable[[ReportContext], Section | QWidget | None]
"""Makes one part of a tab from an assessment: a section of the report, or a widget of the window."""

CARD_WIDTH = 1180
"""Pixels that a card is wide at the most: more doesn't read well."""
TWO_COLUMNS = 1800
"""Pixels from which on cards stand side by side."""


class Tab(ScrollColumn):
    """A column of cards made anew for every assessment and language, a piece in each turn of the event loop.

    A wide window has two columns: each card goes to the one that ends higher. What stands above them for good goes
    into ``body`` before the first ``fill``, what stands below them is told to ``stay_below``.
    """

    failed = Signal(str)
    announced = Signal(str)
    filled = Signal()

    def __init__(self) -> None:
        super().__init__(width=CARD_WIDTH, margin=Space.L)
        self.theme = LIGHT
        self._side_by_side = QHBoxLayout()
        self._side_by_side.setSpacing(Space.L)
        self._columns = (vbox(spacing=Space.L), vbox(spacing=Space.L))
        for column in self._columns:
            column.addStretch(1)
            self._side_by_side.addLayout(column)
        self._side_by_side.setStretch(0, 1)
        self._wide = False
        self._charts: list[ChartView] = []
        self._made: list[QWidget] = []
        self._below = 0
        self._todo: list[Callable[[], Section | QWidget | None]] = []
        self._next = QTimer(self)
        self._next.setInterval(0)
        self._next.timeout.connect(self._step)

    @property
    def complete(self) -> bool:
        """Whether everything that was to be shown is there."""
        return not self._next.isActive()

    def stay_below(self, widget: QWidget) -> None:
        """Put a widget below everything that will be filled in."""
        self.body.addWidget(widget)
        self._below += 1

    def fill(self, context: ReportContext, makers: Iterable[Make]) -> None:
        """Show the parts that ``makers`` make, in their order, in place of those before."""
        self.clear()
        self._todo = [partial(make, context) for make in makers]
        self._next.start()

    def show_sections(self, sections: Iterable[Section]) -> None:
        """Show sections that are made already, in place of what was there."""
        self.clear()
        self._todo = [partial(_itself, section) for section in sections]
        self._next.start()

    def clear(self) -> None:
        """Take away what was filled in."""
        self._next.stop()
        self._todo = []
        self._charts = [chart for chart in self._charts if not any(w.isAncestorOf(chart) for w in self._made)]
        for widget in self._made:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        self._made = []

    def chart_view(self) -> ChartView:
        """Return a new chart view that reports to this tab and takes over its theme."""
        view = ChartView()
        view.failed.connect(self.failed)
        view.told.connect(self.announced)
        view.apply_theme(self.theme)
        view.retranslate()
        self._charts.append(view)
        return view

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.theme = theme
        for view in self._charts:
            view.apply_theme(theme)
        for widget in self._made:
            if isinstance(widget, SectionCard | ContrastCard):
                widget.apply_theme(theme)

    def _step(self) -> None:
        if not self._todo:
            self._next.stop()
            self.filled.emit()
            return
        made = self._todo.pop(0)()
        if isinstance(made, Section):
            card = SectionCard(made.title, self.chart_view, self.theme)
            self._todo[:0] = [partial(card.add, block) for block in _pieces(made.blocks)]
            made = card
        if made is not None:
            self._made.append(made)
            self._place(made)

    def _place(self, card: QWidget) -> None:
        """Put a card below the others, of two columns into the one that ends higher."""
        if self._side_by_side.parent() is None:
            self.body.insertLayout(self.body.count() - self._below, self._side_by_side)
        left, right = self._columns
        column = right if self._wide and right.sizeHint().height() < left.sizeHint().height() else left
        column.insertWidget(column.count() - 1, card)  # a stretch stays the last

    def resizeEvent(self, event: QResizeEvent) -> None:
        wide = event.size().width() >= TWO_COLUMNS
        if wide != self._wide:
            self._wide = wide
            self._width = 2 * CARD_WIDTH + Space.L if wide else CARD_WIDTH
            self._side_by_side.setStretch(1, int(wide))
            for card in self._made:
                self._place(card)
        super().resizeEvent(event)


def _itself(section: Section) -> Section:
    return section


def _pieces(blocks: Iterable[Block]) -> Iterator[Block]:
    """Return blocks small enough for one turn each: a long list of sentences is several."""
    for block in blocks:
        if isinstance(block, Bullets):
            yield from (Bullets((item,)) for item in block.items)
        else:
            yield block
