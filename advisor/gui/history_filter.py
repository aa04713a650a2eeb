"""What is looked for in the history: words, and a tag."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from advisor.gui.history_table import TAGS
from advisor.gui.inputs import ComboBox
from advisor.gui.tables_data import Cell
from advisor.gui.text import _
from advisor.gui.widgets import hbox


class HistoryFilter(QWidget):
    """A line for words; where there are tags, a list of them beside it."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = hbox(self)
        self.words = QLineEdit()
        self.words.setClearButtonEnabled(True)
        self.words.textChanged.connect(lambda _text: self.changed.emit())
        self.tag = ComboBox()
        self.tag.setObjectName("tag-filter")
        self.tag.currentIndexChanged.connect(lambda _index: self.changed.emit())
        row.addWidget(self.words, 1)
        row.addWidget(self.tag)

    def show_tags(self, tags: Iterable[str]) -> None:
        """Offer tags; one that was chosen and is still there stays chosen."""
        chosen, offered = self.tag.currentData(), sorted(set(tags), key=str.casefold)
        self.tag.blockSignals(True)
        self.tag.clear()
        self.tag.addItem(_("All tags"), None)
        for each in offered:
            self.tag.addItem(each, each)
        self.tag.setCurrentIndex(max(0, self.tag.findData(chosen)))
        self.tag.blockSignals(False)
        self.tag.setAccessibleName(_("Only with the tag"))
        self.tag.setVisible(bool(offered))

    def accepts(self, row: tuple[Cell, ...]) -> bool:
        """Whether a row of the history has every word somewhere, and the tag."""
        tag = self.tag.currentData()
        words = self.words.text().casefold().split()
        return (tag is None or tag in row[TAGS].tip.splitlines()) and all(
            any(word in each.text.casefold() for each in row) for word in words
        )
