"""Every raw sample of a task, to be looked through: by round, or as the distribution of single calls."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QListWidget, QListWidgetItem, QWidget

from advisor.errors import AdvisorError
from advisor.escapes import tooltip
from advisor.gui.bridge import Jobs, explain
from advisor.gui.export import choose_file
from advisor.gui.inputs import ComboBox
from advisor.gui.results import samples_data as data
from advisor.gui.results.samples_data import Measure, Series, View
from advisor.gui.results.samples_figure import Shown
from advisor.gui.tables import TableView
from advisor.gui.text import _
from advisor.gui.theme import LIGHT, Space, Theme
from advisor.gui.widgets import Button, Card, Label, hbox, vbox
from advisor.probes.model import Quantity, WorkloadRun
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.wording import names

if TYPE_CHECKING:
    from advisor.gui.results.samples_plot import SamplesPlot

LEGEND_WIDTH = 252
"""Pixels that the legend may take; longer names end in an ellipsis and are whole in the tool tip."""
MOST_ROWS = 16


class SampleExplorer(Card):
    """A plot of samples with its choices above, its legend at the side, and its table one click away.

    The plotting library is loaded in the background by :meth:`load`; ``complete`` says whether the plot is there,
    or won't come.
    """

    failed = Signal(str)
    announced = Signal(str)
    plotted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.plot: SamplesPlot | None = None
        self.series: tuple[Series, ...] = ()
        self._context: ReportContext | None = None
        self._hidden: set[str] = set()
        self._jobs = Jobs(self)
        self._loading = self._failed = self._stopped = False
        self.run, self.quantity, self.view, self.measure = (ComboBox() for _number in range(4))
        self.logarithmic = QCheckBox()
        self.caption, self.read_out = Label(tone="muted"), Label()
        self.hint = Label(role="caption", tone="muted")
        self.legend = QListWidget()
        self.table = TableView()
        self.table.hide()
        self._lay_out()
        self.run.currentIndexChanged.connect(lambda _index: self._offer_quantities())
        self.quantity.currentIndexChanged.connect(lambda _index: self._offer_views())
        for choice in (self.view, self.measure):
            choice.currentIndexChanged.connect(lambda _index: self._show())
        self.logarithmic.toggled.connect(lambda _checked: self._show())
        self.legend.itemChanged.connect(self._on_legend_changed)

    def _lay_out(self) -> None:
        for choice in (self.run, self.quantity, self.view, self.measure):
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        choices = hbox()
        chosen: tuple[QWidget, ...] = (self.run, self.quantity, self.view, self.measure, self.logarithmic)
        for widget in chosen:
            choices.addWidget(widget)
        choices.addStretch(1)
        head = hbox(spacing=0)
        head.addWidget(self.caption, 1)
        self.zoom_in = Button("+", "quiet", lambda: self._on_zoom(1))
        self.zoom_out = Button("−", "quiet", lambda: self._on_zoom(-1))
        self.reset_button = Button(kind="quiet", on_click=lambda: self._on_zoom(0))
        self.toggle = Button(kind="quiet")
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._on_toggled)
        self.copy_button = Button(kind="quiet", on_click=self._on_copy)
        self.save_button = Button(kind="quiet", on_click=self._on_save)
        for button in (self.zoom_in, self.zoom_out, self.reset_button):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        for button in (self.toggle, self.copy_button, self.save_button):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.legend.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.legend.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.legend.setIconSize(QSize(18, 18))
        self._stage = QWidget()
        row = hbox(self._stage, Space.M)
        self._place = vbox(spacing=0)
        row.addLayout(self._place, 1)
        row.addWidget(self.legend)
        self.body.addLayout(choices)
        self.body.addLayout(head)
        for widget in (self._stage, self.table, self.read_out, self.hint):
            self.body.addWidget(widget)

    @property
    def complete(self) -> bool:
        """Whether what was asked for is plotted."""
        return self.plot is not None or self._failed or not self._runs

    @property
    def _runs(self) -> tuple[WorkloadRun, ...]:
        return self._context.assessment.runs if self._context else ()

    def show_context(self, context: ReportContext) -> None:
        """Show the samples of an assessment, or of what is left of it."""
        self._context = context
        runs = context.assessment.runs
        self.setVisible(bool(runs))
        offered = {number: context.workload_name(run.workload.id) for number, run in enumerate(runs)}
        _offer(self.run, offered)
        self.run.setVisible(len(runs) > 1)
        self._say()
        if runs:
            self._offer_quantities()

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.theme = theme
        self.table.apply_theme(theme)
        for button, name in (
            (self.reset_button, "refresh"),
            (self.toggle, "table"),
            (self.copy_button, "copy"),
            (self.save_button, "download"),
        ):
            button.set_icon(name, theme.muted)
        if self.plot is not None:
            self.plot.apply_theme(theme)
            self._show_legend()

    def stop(self) -> None:
        """Close the plot and wait for its library: for the end of the program."""
        self._stopped = True
        self._jobs.stop()
        if self.plot is not None:
            self.plot.close()
            self.plot.deleteLater()
            self.plot = None

    # Words

    def _say(self) -> None:
        self.set_title(_("Every sample"))
        self.logarithmic.setText(_("Logarithmic"))
        self.hint.setText(
            _(
                "Drag to move; Ctrl and the wheel, or + and −, to zoom; double-click or 0 to see all. N and P step "
                "through the points."
            )
        )
        for choice, words in (
            (self.run, _("Task")),
            (self.quantity, _("Quantity")),
            (self.view, _("View")),
            (self.measure, _("Measure")),
        ):
            choice.setAccessibleName(words)
            choice.setToolTip(words)
        self.legend.setAccessibleName(_("Frameworks shown in the plot"))
        for button, words in (
            (self.zoom_in, _("Zoom in (+)")),
            (self.zoom_out, _("Zoom out (−)")),
            (self.reset_button, _("See everything (0)")),
            (self.toggle, _("Show as table")),
            (self.copy_button, _("Copy the table")),
            (self.save_button, _("Save the plot…")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.setAccessibleDescription(_("Every sample"))
        measures = {Measure.TIME: _("Time per iteration"), Measure.RATE: _("Rate")}
        _offer(self.measure, measures)

    # Choices

    @property
    def _run(self) -> WorkloadRun | None:
        number = self.run.currentData()
        return self._runs[number] if number is not None and number < len(self._runs) else None

    def _offer_quantities(self) -> None:
        run = self._run
        if run is not None and self._context is not None:
            language = self._context.language
            _offer(
                self.quantity,
                {each: names.quantity(each, language, run.workload) for each in data.quantities(run)},
            )
            self._offer_views()

    def _offer_views(self) -> None:
        run, context = self._run, self._context
        if run is None or context is None:
            return
        chosen = self.quantity.currentData()
        self.series = data.series(context, run, Quantity(chosen)) if chosen else ()
        views = {View.ROUNDS: _("By round")}
        if any(each.calls for each in self.series):
            views |= {
                View.HISTOGRAM: _("Histogram of calls"),
                View.CUMULATIVE: _("Share of calls up to a time"),
            }
        _offer(self.view, views)
        self.view.setEnabled(len(views) > 1)
        self._show()

    @property
    def _shown_series(self) -> tuple[Series, ...]:
        return tuple(each for each in self.series if each.name not in self._hidden)

    @property
    def _unit(self) -> str:
        run, context = self._run, self._context
        if run is None or context is None:
            return ""
        return names.rate_unit(run.workload, Quantity(self.quantity.currentData()), context.language)

    # The plot

    def load(self) -> None:
        """Load the plotting library in the background, once, and plot."""
        if self.plot is not None or self._loading or not self._runs:
            return
        self._loading = True
        self.read_out.setText(_("Loading the plot…"))

        def work() -> Any:
            from advisor.gui.results import samples_plot

            return samples_plot

        self._jobs.submit(work, self._on_loaded, self._on_load_failed)

    def _on_loaded(self, module: Any) -> None:
        if self._stopped:
            return
        self.plot = plot = module.SamplesPlot()
        plot.apply_theme(self.theme)
        plot.described.connect(self._on_pointed)
        self._place.addWidget(plot)
        self.setTabOrder(self.save_button, plot)
        self.setTabOrder(plot, self.legend)
        self._loading = False
        self._show()
        self.plotted.emit()

    def _on_load_failed(self, error: BaseException) -> None:
        self._loading, self._failed = False, True
        self.read_out.setText("")
        self.failed.emit(explain(error))

    def _show(self) -> None:
        run, context = self._run, self._context
        if run is None or context is None or self.plot is None or not self.quantity.currentData():
            return
        view, measure = View(self.view.currentData()), Measure(self.measure.currentData())
        self.measure.setEnabled(view is View.ROUNDS)
        quantity = names.quantity(Quantity(self.quantity.currentData()), context.language, run.workload)
        what = f"{names.architecture(run.workload, context.language)} · {quantity}"
        if view is View.ROUNDS:
            caption = _(
                "{what}: each mark is one sample, in the round it was taken in; lines are medians, bands their "
                "{confidence} intervals.",
                what=what,
                confidence=fmt.confidence(),
            )
            if any(point.warm_up for each in self.series for point in each.points):
                pale = _("Pale marks are warm-up, which doesn’t count.")
                caption = fmt.joined(caption, pale, language=context.language)
        else:
            caption = _("{what}: how long every single call at batch 1 took, warm-up left out.", what=what)
        self.caption.setText(caption)
        self.plot.describe(
            f"{_('Every sample')}: {what}", fmt.joined(caption, self._spoken(), language=context.language)
        )
        self.plot.show_samples(
            Shown(
                self._shown_series,
                view,
                measure,
                self.logarithmic.isChecked(),
                self._unit,
                caption,
                context.language,
            )
        )
        self._show_legend()
        if self.toggle.isChecked():
            self._fill()

    def _spoken(self) -> str:
        language = self._context.language if self._context else "en"
        medians = [
            f"{each.name} {fmt.duration(each.summary.median_s, language)}"
            for each in self._shown_series
            if each.summary is not None
        ]
        return _("Medians: {entries}.", entries="; ".join(medians)) if medians else ""

    def _show_legend(self) -> None:
        plot = self.plot
        if plot is None:
            return
        self.legend.blockSignals(True)
        row = self.legend.currentRow()
        self.legend.clear()
        for each in self.series:
            item = QListWidgetItem(plot.icon(each), each.name)
            item.setToolTip(tooltip(each.name))
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
            )
            item.setCheckState(
                Qt.CheckState.Unchecked if each.name in self._hidden else Qt.CheckState.Checked
            )
            self.legend.addItem(item)
        self.legend.setCurrentRow(row)
        around = 2 * self.legend.frameWidth() + Space.S
        self.legend.setFixedWidth(min(self.legend.sizeHintForColumn(0) + around, LEGEND_WIDTH))
        self.legend.blockSignals(False)

    def _on_legend_changed(self, item: QListWidgetItem) -> None:
        if item.checkState() is Qt.CheckState.Checked:
            self._hidden.discard(item.text())
        else:
            self._hidden.add(item.text())
        self._show()

    def _on_zoom(self, by: int) -> None:
        if self.plot is not None:
            self.plot.zoom(by)

    def _on_pointed(self, text: str) -> None:
        self.read_out.setText(text or _("Point at a mark to read it."))

    # The table and files

    def _fill(self) -> None:
        if self._context is None:
            return
        language = self._context.language
        if View(self.view.currentData()) is View.ROUNDS:
            table = data.samples_table(self._shown_series, self._unit, language)
        else:
            table = data.calls_table(self._shown_series, language)
        self.table.setAccessibleName(self.caption.text())
        self.table.set_table(table)
        self.table.fit_height(MOST_ROWS)

    def _on_toggled(self, as_table: bool) -> None:
        if as_table:
            self._fill()
        self.table.setVisible(as_table)
        for widget in (self._stage, self.read_out, self.hint, self.zoom_in, self.zoom_out, self.reset_button):
            widget.setVisible(not as_table)

    def _on_copy(self) -> None:
        self._fill()
        self.table.copy_all()
        self.announced.emit(_("The table is on the clipboard."))

    def _on_save(self) -> None:
        if self.plot is not None:
            filters = [_("SVG drawing (*.svg)"), _("PNG picture (*.png)")]
            choose_file(
                self, _("Save the plot"), f"samples-{self.quantity.currentData()}.svg", filters, self._save
            )

    def _save(self, path: Path) -> None:
        if self.plot is None:
            return
        from advisor.gui.results.samples_file import save_plot  # loads the plotting library

        try:
            save_plot(self.plot, path)
        except AdvisorError as error:
            self.failed.emit(str(error))
        else:
            self.announced.emit(_("Saved as {path}.", path=path))


def _offer(choice: QComboBox, offered: dict[Any, str]) -> None:
    """Fill a choice anew without telling anybody; what was chosen stays where it is offered again."""
    chosen = choice.currentData()
    choice.blockSignals(True)
    choice.clear()
    for key, name in offered.items():
        choice.addItem(name, key)
    choice.setCurrentIndex(max(choice.findData(chosen), 0))
    choice.blockSignals(False)
