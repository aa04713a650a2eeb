"""Two assessments side by side: before and after a change, or two machines."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QSizePolicy, QWidget

from advisor.assessment import comparison
from advisor.assessment.model import Assessment
from advisor.gui.inputs import ComboBox
from advisor.gui.page import Page
from advisor.gui.results.tab import Tab
from advisor.gui.results.verdict_card import VerdictCard
from advisor.gui.tables import TableView
from advisor.gui.tables_data import Cell, Table, Tone, cell
from advisor.gui.text import N_, _, language
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Button, Card, Label, PageHeader, vbox
from advisor.report import axes
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Bar, Chart, LegendEntry, Panel, Segment, Tick
from advisor.report.model import Label as RowLabel
from advisor.report.palette import NEUTRAL
from advisor.report.wording import machine, names

CHANGED = 0
"""What the last cell of a changed line sorts by."""


class Pair:
    """Two assessments with what is needed to show them; the older one is ``before``."""

    def __init__(self, before: Assessment, after: Assessment, language: str) -> None:
        self.before, self.after = ReportContext(before, language), ReportContext(after, language)
        self.language = language

    def name(self, alternative: str) -> str:
        """Return an alternative's name, whichever assessment knows it."""
        return self.after.names.get(alternative) or self.before.name(alternative)


def circumstances_table(pair: Pair) -> Table:
    """Return machine and frameworks, a line each, before and after; what differs is marked and sorts first."""
    rows = []
    mine, theirs = (
        dict(machine.facts(side.assessment.machine, pair.language)) for side in (pair.before, pair.after)
    )
    for label in dict.fromkeys((*mine, *theirs)):
        rows.append(_changed_line(label, mine.get(label), theirs.get(label)))
    for each in comparison.versions(pair.before.assessment, pair.after.assessment):
        rows.append(_changed_line(pair.name(each.alternative), each.before, each.after))
    return Table((_("What"), _("Before"), _("After"), _("Changed")), tuple(rows))


def _changed_line(what: str, before: str | None, after: str | None) -> tuple[Cell, ...]:
    changed = before != after
    tone = Tone.WARNING if changed else Tone.PLAIN
    sides = (Cell(side or fmt.DASH, side and side.casefold(), tone=tone) for side in (before, after))
    mark = Cell(_("changed"), CHANGED, tone=tone) if changed else Cell(_("same"), 1, tone=Tone.MUTED)
    return (cell(what), *sides, mark)


def standings_table(pair: Pair) -> Table:
    """Return ranks and points, before and after."""
    return Table(
        (_("Framework"), _("Rank before"), _("Rank after"), _("Points before"), _("Points after")),
        tuple(
            (
                cell(pair.name(each.alternative)),
                _maybe(each.rank_before, str),
                _maybe(each.rank_after, str),
                _maybe(each.points_before, fmt.points),
                _maybe(each.points_after, fmt.points),
            )
            for each in comparison.standings(pair.before.assessment, pair.after.assessment)
        ),
        figures=frozenset({1, 2, 3, 4}),
    )


def _maybe(value: float | None, write: Callable[[float], str]) -> Cell:
    return Cell(fmt.DASH, None, tone=Tone.MUTED) if value is None else Cell(write(value), value)


def speeds_table(pair: Pair, found: tuple[comparison.Speed, ...]) -> Table:
    """Return times before and after with their ratio; one whose interval holds 1 shows no difference."""
    headers = (
        _("Framework"),
        _("Quantity"),
        _("Before"),
        _("After"),
        _("After ÷ before"),
        _("{confidence} interval", confidence=fmt.confidence()),
        _("Change"),
    )
    rows = []
    for each in found:
        change, tone = _change(each)
        subject = each.after_subject
        rows.append(
            (
                cell(_subject_name(pair, each)),
                cell(names.quantity(each.quantity, pair.language)),
                Cell(fmt.duration(each.before.median_s, pair.language), each.before.median_s),
                Cell(fmt.duration(each.after.median_s, pair.language), each.after.median_s),
                Cell(fmt.ratio(each.ratio.median), each.ratio.median),
                Cell(
                    fmt.interval(each.ratio.low, each.ratio.high, fmt.ratio), each.ratio.high / each.ratio.low
                ),
                Cell(change, change.casefold(), tone=tone, tip=names.device(subject.device, pair.language)),
            )
        )
    return Table(headers, tuple(rows), figures=frozenset({2, 3, 4, 5}))


def _change(speed: comparison.Speed) -> tuple[str, Tone]:
    if speed.ratio.tie:
        return _("no difference shown"), Tone.MUTED
    return (_("faster"), Tone.GOOD) if speed.ratio.median > 1 else (_("slower"), Tone.BAD)


def _subject_name(pair: Pair, speed: comparison.Speed) -> str:
    subject = speed.after_subject
    name = pair.name(subject.alternative)
    if not subject.configuration.is_default:
        name = f"{name} · {names.configuration(subject.configuration, pair.language)}"
    return name


def speeds_chart(pair: Pair, found: tuple[comparison.Speed, ...]) -> Chart:
    """Return the ratios as bars from 1: to the right what became faster, to the left what became slower."""
    bars, ends, spoken = [], [1.0], []
    for each in found:
        low, high, middle = each.ratio.low, each.ratio.high, each.ratio.median
        ends += [low, high]
        colour = pair.after.colour(each.after_subject.alternative)
        bars.append(
            Bar(
                (Segment(min(1.0, middle), max(1.0, middle), colour, pale=each.ratio.tie),),
                low,
                high,
                fmt.ratio(middle),
            )
        )
        spoken.append(f"{_subject_name(pair, each)} {fmt.ratio(middle)}")
    step = axes.tick_step(max(ends) - min(ends) or 1.0, 5)
    first, last = int(min(ends) // step), -int(-max(ends) // step)
    ticks = tuple(
        Tick(step * number, fmt.fixed(step * number, 0 if step >= 1 else 2))
        for number in range(first, last + 1)
    )
    return Chart(
        id="comparison",
        caption=_(
            "Speed after ÷ before with {confidence} intervals; pale where no difference is shown.",
            confidence=fmt.confidence(),
        ),
        alt=_("Speed after ÷ before: {entries}.", entries="; ".join(spoken)),
        labels=tuple(
            RowLabel(_subject_name(pair, each), names.quantity(each.quantity, pair.language))
            for each in found
        ),
        panels=(
            Panel(
                _("Speed, after ÷ before"),
                first * step,
                last * step,
                ticks,
                tuple(bars),
                marks=(Tick(1.0, _("no change")),),
            ),
        ),
        legend=(LegendEntry(_("no difference shown"), NEUTRAL, pale=True),)
        if any(e.ratio.tie for e in found)
        else (),
    )


class ComparePage(Page):
    """Verdicts beside each other, what changed, and how speeds moved."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sides: tuple[Assessment, Assessment] | None = None
        self._pair: Pair | None = None
        self._speeds: tuple[comparison.Speed, ...] = ()
        column = vbox(self, 0)
        head = vbox(spacing=Space.S)
        head.setContentsMargins(Space.L, Space.L, Space.L, 0)
        self.header = PageHeader()
        self.back_button = Button(on_click=self.closed.emit)
        self.swap_button = Button(on_click=self._on_swap)
        self.header.buttons.addWidget(self.swap_button)
        self.header.buttons.addWidget(self.back_button)
        head.addWidget(self.header)
        column.addLayout(head)
        self.tab = Tab()
        column.addWidget(self.tab, 1)
        self._build_verdicts()
        self.only_changes = QCheckBox()
        self.only_changes.setChecked(True)
        self.only_changes.toggled.connect(lambda _checked: self._filter())
        self.circumstances, self.standings, self.speeds = TableView(), TableView(), TableView()
        self.chart = self.tab.chart_view()
        self.cards = {key: Card() for key in ("circumstances", "speeds", "standings")}
        self.no_speeds, self.no_changes = Label(tone="muted"), Label(tone="muted")
        self.task = ComboBox()
        self.task.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.task.currentIndexChanged.connect(lambda _index: self._show_speeds())
        for key, widgets in (
            ("circumstances", (self.only_changes, self.no_changes, self.circumstances)),
            ("speeds", (self.task, self.no_speeds, self.chart, self.speeds)),
            ("standings", (self.standings,)),
        ):
            for widget in widgets:
                self.cards[key].body.addWidget(widget)
            self.tab.body.addWidget(self.cards[key])
        self.tab.body.addStretch(1)
        self.bind_text(self.header.title.setText, N_("Compare"))
        self.bind_text(self.back_button.setText, N_("Back to all assessments"))
        self.bind_text(self.swap_button.setText, N_("Swap sides"))
        self.bind_text(self.only_changes.setText, N_("Only what changed"))
        self.bind_text(self.no_changes.setText, N_("Machine and frameworks are the same."))
        self.bind_text(self.cards["circumstances"].set_title, N_("What changed"))
        self.bind_text(self.cards["speeds"].set_title, N_("How speeds moved"))
        self.bind_text(self.cards["standings"].set_title, N_("Ranks and points"))
        self.bind_text(self.task.setAccessibleName, N_("Task"))
        self.bind_text(self.circumstances.setAccessibleName, N_("What changed"))
        self.bind_text(self.speeds.setAccessibleName, N_("How speeds moved"))
        self.bind_text(self.standings.setAccessibleName, N_("Ranks and points"))

    def _build_verdicts(self) -> None:
        sides = QWidget()
        grid = QGridLayout(sides)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(Space.M)
        self.titles = (Label(role="strong"), Label(role="strong"))
        self.verdicts = (VerdictCard(compact=True), VerdictCard(compact=True))
        for number in range(2):
            grid.addWidget(self.titles[number], 0, number)
            grid.addWidget(self.verdicts[number], 1, number)
            grid.setColumnStretch(number, 1)
        self.tab.body.addWidget(sides)

    def show_pair(self, before: Assessment, after: Assessment) -> None:
        """Show two assessments."""
        self._sides = (before, after)
        self.refresh()

    def apply_theme(self, theme: Theme) -> None:
        self.tab.apply_theme(theme)
        for view in (self.circumstances, self.standings, self.speeds):
            view.apply_theme(theme)
        self.swap_button.set_icon("refresh", theme.text)
        super().apply_theme(theme)

    def refresh(self) -> None:
        if self._sides is None:
            return
        pair = Pair(*self._sides, language())
        self.header.subtitle.setText(
            _("Nothing pairs the rounds of two runs: a difference may also come from the circumstances.")
        )
        for number, (side, mark) in enumerate(((pair.before, _("Before")), (pair.after, _("After")))):
            title = side.assessment.title or side.assessment.id
            when = fmt.day(side.assessment.created_at, pair.language)
            self.titles[number].setText(f"{mark}: {title} ({when})")
            self.verdicts[number].show_verdict(side, side.decision)
        self.circumstances.set_table(circumstances_table(pair))
        self._filter()
        self._pair, self._speeds = pair, comparison.speeds(pair.before.assessment, pair.after.assessment)
        tasks = {each.workload.id: pair.after.workload_name(each.workload.id) for each in self._speeds}
        self.task.blockSignals(True)
        chosen = self.task.currentData()
        self.task.clear()
        for task, name in tasks.items():
            self.task.addItem(name, task)
        self.task.setCurrentIndex(max(self.task.findData(chosen), 0))
        self.task.blockSignals(False)
        self._show_speeds()
        self.standings.set_table(standings_table(pair))
        self.standings.fit_height()

    def _show_speeds(self) -> None:
        if self._pair is None:
            return
        found = tuple(each for each in self._speeds if each.workload.id == self.task.currentData())
        self.no_speeds.setText(_("The two have no measurement in common."))
        self.no_speeds.setVisible(not found)
        for widget in (self.task, self.chart, self.speeds):
            widget.setVisible(bool(found))
        if found:
            self.chart.retranslate()
            self.chart.show_chart(speeds_chart(self._pair, found))
            self.speeds.set_table(speeds_table(self._pair, found))
            self.speeds.fit_height()

    def _filter(self) -> None:
        changed = self.only_changes.isChecked()
        self.circumstances.filter.set_test(lambda row: not changed or row[-1].key == CHANGED)
        self.circumstances.setColumnHidden(3, changed)
        self.circumstances.share_width()
        self.circumstances.fit_height(20)
        some = self.circumstances.filter.rowCount() > 0
        self.circumstances.setVisible(some)
        self.no_changes.setVisible(not some)

    def _on_swap(self) -> None:
        if self._sides is not None:
            self.show_pair(self._sides[1], self._sides[0])
