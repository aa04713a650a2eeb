"""Sections of the report as the window shows them: text, tables that sort, charts that tell more."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from advisor.gui.charts_card import ChartView
from advisor.gui.tables import TableView
from advisor.gui.tables_data import Cell as ShownCell
from advisor.gui.tables_data import Table as ShownTable
from advisor.gui.tables_data import Tone
from advisor.gui.text import _
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Button, Card, Facts, Label, hbox, vbox
from advisor.report import model


def shown_table(table: model.Table) -> ShownTable:
    """Return a report's table as one that can be sorted: every row complete, raw values as sort keys."""
    rows: list[tuple[ShownCell, ...]] = []
    for row in table.rows:
        cells: list[ShownCell] = []
        for cell in row:
            # What spans several columns stands in the last of them, which has the most room.
            cells += [ShownCell("", None)] * (cell.span - 1)
            above = rows[-1][len(cells)].text if rows else ""
            cells.append(_shown_cell(cell, above))
        rows.append(tuple(cells))
    return ShownTable(
        headers=tuple(column.title for column in table.columns),
        rows=tuple(rows),
        figures=frozenset(number for number, column in enumerate(table.columns) if column.numeric),
        prose={
            number: column.width for number, column in enumerate(table.columns) if column.width is not None
        },
    )


def _shown_cell(cell: model.Cell, above: str) -> ShownCell:
    text = above if not cell.text and cell.value is not None else cell.text
    value: float | str | None = cell.value
    if cell.muted:
        value = None
    elif value is None or not cell.text:
        value = text.casefold()
    if cell.detail:
        text = f"{text} ({cell.detail})"
    tone = Tone.LINK if cell.link else Tone.MUTED if cell.muted else Tone.PLAIN
    link = cell.link or ""
    return ShownCell(text, value, tip=link, link=link, tone=tone, strong=cell.strong)


class CodeRow(QWidget):
    """A line to be copied letter by letter."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        row = hbox(self)
        self.text = Label(text, "code", selectable=True)
        self.text.setAccessibleName(text)
        self.copy_button = Button(_("Copy"), on_click=self._on_copy)
        row.addWidget(self.text, 1)
        row.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignTop)

    def apply_theme(self, theme: Theme) -> None:
        """Draw the button's icon in the theme's colour."""
        self.copy_button.set_icon("copy", theme.text)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.text())
        self.copy_button.setText(_("Copied"))


class TableBlock(QWidget):
    """A table under its caption, with its notes below; sortable, and copied as a spreadsheet takes it."""

    def __init__(self, table: model.Table) -> None:
        super().__init__()
        column = vbox(self, Space.S)
        head = hbox(spacing=0)
        caption = Label(table.caption, tone="muted")
        self.copy_button = Button(kind="quiet")
        self.copy_button.setToolTip(_("Copy the table"))
        self.copy_button.setAccessibleName(_("Copy the table"))
        self.copy_button.setAccessibleDescription(table.caption)
        head.addWidget(caption, 1)
        head.addWidget(self.copy_button)
        self.view = TableView(wrapping=True)
        self.view.setAccessibleName(table.caption)
        self.view.set_table(shown_table(table))
        self.copy_button.clicked.connect(lambda: self.view.copy_all())
        column.addLayout(head)
        column.addWidget(self.view)
        for note in table.notes:
            column.addWidget(Label(note, "caption", "muted"))

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.view.apply_theme(theme)
        self.copy_button.set_icon("copy", theme.muted)


class SectionCard(Card):
    """One section of the report; its blocks are added one by one."""

    def __init__(self, title: str, chart_view: Callable[[], ChartView], theme: Theme) -> None:
        super().__init__(title)
        self._chart_view = chart_view
        self._theme = theme
        self._themed: list[CodeRow | TableBlock] = []

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours (charts are told by the tab that owns them)."""
        self._theme = theme
        for widget in self._themed:
            widget.apply_theme(theme)

    def add(self, block: model.Block) -> None:
        """Add a block below those that are there."""
        match block:
            case model.Paragraph():
                tone = "muted" if block.note else ""
                role = "caption" if block.note else "body"
                self.body.addWidget(Label(block.text, role, tone, selectable=True))
            case model.Heading():
                self.body.addSpacing(Space.S)
                self.body.addWidget(Label(block.text, "strong"))
            case model.Bullets():
                for item in block.items:
                    self.body.addLayout(bullet(item))
            case model.Code():
                self._keep(CodeRow(block.text))
            case model.Facts():
                facts = Facts()
                facts.show_facts([(name, value, True) for name, value in block.rows])
                self.body.addWidget(facts)
            case model.Table():
                self._keep(TableBlock(block))
            case model.Chart():
                view = self._chart_view()
                view.show_chart(block)
                self.body.addWidget(view)

    def _keep(self, widget: CodeRow | TableBlock) -> None:
        self._themed.append(widget)
        widget.apply_theme(self._theme)
        self.body.addWidget(widget)


def bullet(text: str, tone: str = "") -> QHBoxLayout:
    """Return one line of a list."""
    row = hbox(spacing=Space.S)
    dot = Label("•", tone="muted", wrap=False)
    row.addWidget(dot, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(Label(text, tone=tone, selectable=True), 1)
    return row
