"""The glossary: the program's terms in plain words, to be searched."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from advisor.gui.text import _, language
from advisor.gui.theme import Space
from advisor.gui.widgets import Button, Label, ScrollColumn, hbox, vbox
from advisor.report.wording import glossary


class GlossaryDialog(QDialog):
    """Every term on one page; a search leaves those that hold its words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("glossary")
        self.setWindowTitle(_("Glossary"))
        self.resize(600, 600)
        outer = vbox(self, 0)
        self.search = QLineEdit()
        self.search.setObjectName("glossary-search")
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText(_("Search terms"))
        self.search.setAccessibleName(_("Search terms"))
        self.search.textChanged.connect(self._on_search)
        head = hbox(margin=Space.M)
        head.addWidget(self.search)
        outer.addLayout(head)
        column = ScrollColumn(margin=Space.L)
        column.body.setContentsMargins(Space.L, 0, Space.L, Space.L)
        outer.addWidget(column, 1)
        self._entries: list[tuple[str, QWidget]] = []
        for term, meaning in glossary.entries(language()):
            entry = QWidget()
            lines = vbox(entry, Space.XS)
            lines.addWidget(Label(term, "strong", selectable=True))
            lines.addWidget(Label(meaning, selectable=True))
            column.body.addWidget(entry)
            self._entries.append((f"{term} {meaning}".casefold(), entry))
        self._nothing = Label(_("Nothing matches"), tone="muted")
        self._nothing.hide()
        column.body.addWidget(self._nothing)
        column.body.addStretch(1)
        close = Button(_("Close"), "primary", self.accept)
        close.setAutoDefault(False)
        foot = hbox(margin=Space.M)
        foot.addStretch(1)
        foot.addWidget(close)
        outer.addLayout(foot)

    def _on_search(self, text: str) -> None:
        words = text.casefold().split()
        for held, entry in self._entries:
            entry.setVisible(all(word in held for word in words))
        self._nothing.setVisible(not any(entry.isVisibleTo(self) for _held, entry in self._entries))
