"""Two assessments side by side: before and after a change, or two machines. What changed in the answers leads."""

from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QSizePolicy, QWidget

from advisor.assessment import comparison
from advisor.assessment.model import Assessment
from advisor.assessment.settings import Settings
from advisor.gui.bridge import Jobs
from advisor.gui.export import ExportDialog, Other
from advisor.gui.inputs import ComboBox
from advisor.gui.page import Page
from advisor.gui.results.blocks import shown_table
from advisor.gui.results.tab import Tab
from advisor.gui.results.verdict_card import VerdictCard
from advisor.gui.saved import SavedBanner
from advisor.gui.tables import TableView
from advisor.gui.tables_data import Table, Tone
from advisor.gui.text import N_, _, language
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Banner, Button, Card, Label, PageHeader, vbox
from advisor.report import comparison as report
from advisor.report.comparison import Pair

CHANGED = 0.0
"""What the last cell of a changed line sorts by."""


def circumstances_table(pair: Pair) -> Table:
    """Return machine and frameworks; what differs is marked."""
    shown = shown_table(report.circumstances_table(pair))
    rows = []
    for what, before, after, mark in shown.rows:
        if mark.key == CHANGED:
            rows.append((what, *(replace(each, tone=Tone.WARNING) for each in (before, after, mark))))
        else:
            rows.append((what, before, after, replace(mark, tone=Tone.MUTED)))
    return replace(shown, rows=tuple(rows))


def speeds_table(pair: Pair, found: tuple[comparison.Speed, ...]) -> Table:
    """Return times before and after with their ratio; the last cell's tone is that of the change."""
    shown = shown_table(report.speeds_table(pair, found))
    rows = []
    for each, row in zip(found, shown.rows, strict=True):
        tone = Tone.MUTED if each.ratio.tie else Tone.GOOD if each.ratio.median > 1 else Tone.BAD
        rows.append((*row[:-1], replace(row[-1], tone=tone)))
    return replace(shown, rows=tuple(rows))


class ComparePage(Page):
    """What changed: answers, measurements, verdict, ranks, in this order."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare")
        self.settings = Settings()
        self._sides: tuple[Assessment, Assessment] | None = None
        self._pair: Pair | None = None
        self._speeds: tuple[comparison.Speed, ...] = ()
        self._jobs = Jobs(self)
        column = vbox(self, 0)
        column.addLayout(self._build_head())
        self.tab = Tab()
        column.addWidget(self.tab, 1)
        self.headline = Label(role="title")
        self.headline.setObjectName("verdict-change")
        self.titles = (Label(role="strong"), Label(role="strong"))
        self.verdicts = (VerdictCard(compact=True), VerdictCard(compact=True))
        self.only_changes = QCheckBox()
        self.only_changes.setChecked(True)
        self.only_changes.toggled.connect(lambda _checked: self._filter())
        self.answers, self.circumstances, self.speeds, self.standings = (
            TableView(wrapping=True),
            TableView(),
            TableView(),
            TableView(),
        )
        self.answers.setObjectName("answers")
        self.chart = self.tab.chart_view()
        self.cards = {key: Card() for key in ("answers", "circumstances", "speeds", "verdict", "standings")}
        self.no_answers, self.no_speeds, self.no_changes = (Label(tone="muted") for _number in range(3))
        self.caveat, self.requirements = Label(tone="muted", role="caption"), Label()
        self.requirements.setObjectName("requirements")
        self.task = ComboBox()
        self.task.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.task.currentIndexChanged.connect(lambda _index: self._show_speeds())
        self.tab.body.addWidget(self.headline)
        for key, widgets in (
            ("answers", (self.no_answers, self.answers)),
            ("circumstances", (self.only_changes, self.no_changes, self.circumstances)),
            ("speeds", (self.caveat, self.task, self.no_speeds, self.chart, self.speeds)),
            ("verdict", (self._build_verdicts(),)),
            ("standings", (self.standings, self.requirements)),
        ):
            for widget in widgets:
                self.cards[key].body.addWidget(widget)
            self.tab.body.addWidget(self.cards[key])
        self.tab.body.addStretch(1)
        self._say_all()

    def _build_head(self) -> QGridLayout:
        head = QGridLayout()
        head.setSpacing(Space.S)
        head.setContentsMargins(Space.L, Space.L, Space.L, 0)
        self.header = PageHeader()
        self.back_button = Button(on_click=self.closed.emit)
        self.back_button.setObjectName("back")
        self.swap_button = Button(on_click=self._on_swap)
        self.swap_button.setObjectName("swap")
        self.export_button = Button(kind="primary", on_click=self.export)
        self.export_button.setObjectName("export-comparison")
        for button in (self.export_button, self.swap_button, self.back_button):
            self.header.buttons.addWidget(button)
        head.addWidget(self.header)
        self.saved_banner, self.problem = SavedBanner(), Banner("bad")
        for banner in (self.saved_banner, self.problem):
            banner.hide()
            head.addWidget(banner)
        return head

    def _build_verdicts(self) -> QWidget:
        sides = QWidget()
        grid = QGridLayout(sides)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(Space.M)
        for number in range(2):
            grid.addWidget(self.titles[number], 0, number)
            grid.addWidget(self.verdicts[number], 1, number)
            grid.setColumnStretch(number, 1)
        return sides

    def _say_all(self) -> None:
        self.bind_text(self.header.title.setText, N_("Compare"))
        self.bind_text(self.back_button.setText, N_("Back to the list"))
        self.bind_text(self.swap_button.setText, N_("Swap sides"))
        self.bind_text(self.export_button.setText, N_("Export…"))
        self.bind_text(self.only_changes.setText, N_("Only what changed"))
        self.bind_text(self.no_changes.setText, N_("Machine and frameworks are the same."))
        self.bind_text(self.no_answers.setText, N_("Every question was answered alike."))
        self.bind_text(self.task.setAccessibleName, N_("Task"))
        for key, message, views in (
            ("answers", N_("Answers that differ"), (self.answers,)),
            ("circumstances", N_("Machine and frameworks"), (self.circumstances,)),
            ("speeds", N_("How speeds moved"), (self.speeds,)),
            ("verdict", N_("Verdict"), ()),
            ("standings", N_("Ranks, points and requirements"), (self.standings,)),
        ):
            self.bind_text(self.cards[key].set_title, message)
            for view in views:
                self.bind_text(view.setAccessibleName, message)

    def show_pair(self, before: Assessment, after: Assessment) -> None:
        """Show two assessments."""
        self._sides = (before, after)
        self.saved_banner.hide()
        self.problem.hide()
        self.refresh()

    def apply_theme(self, theme: Theme) -> None:
        self.tab.apply_theme(theme)
        for view in (self.answers, self.circumstances, self.standings, self.speeds):
            view.apply_theme(theme)
        self.saved_banner.apply_theme(theme)
        self.problem.apply_theme(theme)
        self.swap_button.set_icon("refresh", theme.text)
        self.export_button.set_icon("export", theme.on_accent)
        super().apply_theme(theme)

    def refresh(self) -> None:
        if self._sides is None:
            return
        pair = self._pair = Pair(*self._sides, language())
        titles = pair.titles()
        self.header.subtitle.setText(" → ".join(titles))
        for number, (side, mark) in enumerate(((pair.before, _("Before")), (pair.after, _("After")))):
            self.titles[number].setText(f"{mark}: {titles[number]}")
            self.verdicts[number].show_verdict(side, side.decision)
        said = report.headline(pair)
        self.headline.setText(_("{headline}: {sentence}", headline=said.headline, sentence=said.sentence))
        changed = report.answers_table(pair)
        self.answers.setVisible(changed is not None)
        self.no_answers.setVisible(changed is None)
        if changed is not None:
            self.answers.set_table(shown_table(changed))
            self.answers.fit_height()
        self.circumstances.set_table(circumstances_table(pair))
        self._filter()
        self._offer_tasks(pair)
        self._show_speeds()
        self.standings.set_table(shown_table(report.standings_table(pair)))
        self.standings.fit_height()
        sentences = report.gate_sentences(pair)
        self.requirements.setText("\n".join(sentences))
        self.requirements.setVisible(bool(sentences))

    def _offer_tasks(self, pair: Pair) -> None:
        copied = comparison.same_measurements(*self._sides) if self._sides else False
        self.no_speeds.setText(
            report.same_measurements(pair) if copied else _("The two have no measurement in common.")
        )
        self.caveat.setText(report.caveat(pair))
        self._speeds = () if copied else comparison.speeds(pair.before.assessment, pair.after.assessment)
        tasks = {each.workload.id: pair.after.workload_name(each.workload.id) for each in self._speeds}
        self.task.blockSignals(True)
        chosen = self.task.currentData()
        self.task.clear()
        for task, name in tasks.items():
            self.task.addItem(name, task)
        self.task.setCurrentIndex(max(self.task.findData(chosen), 0))
        self.task.blockSignals(False)

    def _show_speeds(self) -> None:
        if self._pair is None:
            return
        found = tuple(each for each in self._speeds if each.workload.id == self.task.currentData())
        self.no_speeds.setVisible(not found)
        for widget in (self.caveat, self.task, self.chart, self.speeds):
            widget.setVisible(bool(found))
        if found:
            self.chart.retranslate()
            self.chart.show_chart(report.speeds_chart(self._pair, found))
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

    # Exporting

    def export(self) -> None:
        """Let the user choose a format and a place, and export the comparison."""
        if self._sides is None:
            return
        before, after = self._sides
        organisation = self.settings.organisation
        comparison_of = Other(
            _("Comparison of {title}", title=after.title or after.id),
            lambda spoken: report.build(before, after, spoken, organisation),
            (before, after),
        )
        dialog = ExportDialog(comparison_of, self.settings, self._jobs, self)
        dialog.saved.connect(self._on_saved)
        dialog.failed.connect(self._on_failed)
        dialog.open()

    def stop(self) -> None:
        """Wait for what is being written."""
        self._jobs.stop()

    def _on_saved(self, path: Path) -> None:
        self.problem.hide()
        self.saved_banner.show_saved(path)

    def _on_failed(self, text: str) -> None:
        self.saved_banner.hide()
        self.problem.show_message(text, close_name=_("Dismiss"))
