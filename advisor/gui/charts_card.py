"""A chart as pages show it: its caption, the table behind it one click away, and a way to keep it as a file."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from advisor.errors import AdvisorError
from advisor.gui.charts import Plot
from advisor.gui.charts_table import chart_table
from advisor.gui.export import choose_file
from advisor.gui.tables import TableView
from advisor.gui.text import _
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Button, Label, hbox, vbox
from advisor.report.model import Chart


class ChartView(QWidget):
    """A plot and its table, with buttons to swap them, copy the figures and save the picture."""

    failed = Signal(str)
    told = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart: Chart | None = None
        self.plot = Plot()
        self.table = TableView()
        self.table.hide()
        self.caption = Label(tone="muted")
        self.toggle = Button(kind="quiet")
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._on_toggled)
        self.copy_button = Button(kind="quiet", on_click=self._on_copy)
        self.save_button = Button(kind="quiet", on_click=self._on_save)
        head = hbox(spacing=0)
        head.addWidget(self.caption, 1)
        head.addSpacing(Space.S)
        for button in (self.toggle, self.copy_button, self.save_button):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        column = vbox(self, Space.S)
        column.addLayout(head)
        column.addWidget(self.plot)
        column.addWidget(self.table)

    def show_chart(self, chart: Chart) -> None:
        """Show a chart; the table is filled only while it is what is seen."""
        self.chart = chart
        self.caption.setText(chart.caption)
        self.plot.show_chart(chart)
        self.table.setAccessibleName(chart.caption)
        if self.toggle.isChecked():
            self._fill()

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.plot.apply_theme(theme)
        self.table.apply_theme(theme)
        for button, name in (
            (self.toggle, "table"),
            (self.copy_button, "copy"),
            (self.save_button, "download"),
        ):
            button.set_icon(name, theme.muted)

    def retranslate(self) -> None:
        """Say the buttons' words in the window's language."""
        for button, words in (
            (self.toggle, _("Show as table")),
            (self.copy_button, _("Copy the table")),
            (self.save_button, _("Save the plot…")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.setAccessibleDescription(self.chart.caption if self.chart else "")

    def _fill(self) -> None:
        if self.chart is not None:
            self.table.set_table(chart_table(self.chart))
            self.table.fit_height()

    def _on_toggled(self, as_table: bool) -> None:
        if as_table:
            self._fill()
        self.plot.setVisible(not as_table)
        self.table.setVisible(as_table)

    def _on_copy(self) -> None:
        self._fill()
        self.table.copy_all()
        self.told.emit(_("The table is on the clipboard."))

    def _on_save(self) -> None:
        if self.chart is not None:
            filters = [_("SVG drawing (*.svg)"), _("PNG picture (*.png)")]
            choose_file(self, _("Save the plot"), f"{self.chart.id}.svg", filters, self._save)

    def _save(self, path: Path) -> None:
        try:
            self.plot.save(path)
        except AdvisorError as error:
            self.failed.emit(str(error))
        else:
            self.told.emit(_("Saved as {path}.", path=path))
