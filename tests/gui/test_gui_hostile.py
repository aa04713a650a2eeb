"""What an assessment from elsewhere calls itself and its frameworks is shown, never followed."""

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QTabWidget, QWidget

from advisor.gui.tables import TableView
from advisor.gui.tables_data import Cell, Table
from advisor.gui.theme import LIGHT
from tests.gui import stage
from tests.gui.kept import kept

HOSTILE = '<img src="file:///etc/passwd"> <a href="http://evil.example">x</a>'


def hostile_assessment():
    made = kept("standard")
    catalogue = tuple(msgspec.structs.replace(framework, name=HOSTILE) for framework in made.catalogue)
    cpu = msgspec.structs.replace(made.machine.cpu, model=HOSTILE)
    return msgspec.structs.replace(
        made,
        title=HOSTILE,
        needs=msgspec.structs.replace(made.needs, title=HOSTILE),
        catalogue=catalogue,
        machine=msgspec.structs.replace(made.machine, cpu=cpu),
    )


def rich_texts(root: QWidget) -> list[str]:
    """Texts of which Qt decides whether they are rich text, and that still hold the hostile markup."""
    found = []
    for widget in (root, *root.findChildren(QWidget)):
        texts = [widget.toolTip(), widget.statusTip()]
        if isinstance(widget, QLabel) and widget.textFormat() is not Qt.TextFormat.PlainText:
            texts.append(widget.text())
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            texts += [
                str(model.index(row, column).data(Qt.ItemDataRole.ToolTipRole) or "")
                for row in range(model.rowCount())
                for column in range(model.columnCount())
            ]
        found += [text for text in texts if "<img" in text]
    return found


def test_no_text_of_an_assessment_is_taken_for_markup(window, context, qtbot):
    context.store.save(hostile_assessment())
    context.refresh_history()
    qtbot.waitUntil(lambda: bool(context.entries), timeout=stage.PATIENCE_MS)
    window.open_assessment(context.entries[0].id)
    qtbot.waitUntil(lambda: window.page("results").model is not None, timeout=stage.PATIENCE_MS)
    tabs = window.page("results").findChild(QTabWidget)
    for index in range(tabs.count()):
        tabs.setCurrentIndex(index)
        QApplication.processEvents()
    assert HOSTILE in stage.texts(window)
    assert rich_texts(window) == []


def test_tip_of_a_cell_shows_its_markup_as_text(qtbot):
    view = TableView()
    qtbot.addWidget(view)
    view.apply_theme(LIGHT)
    view.set_table(Table(("Name",), ((Cell(HOSTILE),),)))
    tip = view.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;img" in tip
    assert rich_texts(view) == []
