"""The column at the window's left: where one can go, and what is running meanwhile."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QLabel, QSizePolicy, QWidget

from advisor.gui.icons import pixmap
from advisor.gui.text import N_, _
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Button, Label, hbox, vbox

PLACES = {
    "start": (N_("Start"), "home"),
    "assessments": (N_("Assessments"), "assessments"),
    "machine": (N_("This machine"), "machine"),
    "fleet": (N_("Fleets"), "fleet"),
    "frameworks": (N_("Frameworks"), "frameworks"),
    "settings": (N_("Settings"), "settings"),
}
"""Page key -> its name and icon, in order. The wizard and results belong to the assessments."""

WIDTH = 196


class Navigation(QWidget):
    """A button per page, one for what is running, the glossary and help."""

    page_requested = Signal(str)
    running_requested = Signal()
    glossary_requested = Signal()
    help_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("ground", "sunken")
        self.setFixedWidth(WIDTH)
        column = vbox(self, Space.XS, Space.M)
        column.addWidget(self._build_mark())
        column.addSpacing(Space.M)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, Button] = {}
        for key in PLACES:
            button = self._build_button()
            button.clicked.connect(lambda _checked, key=key: self.page_requested.emit(key))
            button.setCheckable(True)
            self._group.addButton(button)
            self.buttons[key] = button
            column.addWidget(button)
        column.addStretch(1)
        self.running = self._build_button()
        self.running.clicked.connect(self.running_requested)
        self.running.hide()
        self.glossary = self._build_button()
        self.glossary.setObjectName("open-glossary")
        self.glossary.clicked.connect(self.glossary_requested)
        self.help = self._build_button()
        self.help.clicked.connect(self.help_requested)
        column.addWidget(self.running)
        column.addWidget(self.glossary)
        column.addWidget(self.help)

    def _build_mark(self) -> QWidget:
        mark = QWidget()
        row = hbox(mark, Space.S)
        picture = QLabel()
        # The mark has colours of its own.
        picture.setPixmap(pixmap("advisor", "#000000", 28, self.devicePixelRatioF()))
        row.addWidget(picture)
        row.addWidget(Label("Framework Advisor", "strong"), 1)
        return mark

    def _build_button(self) -> Button:
        button = Button(kind="row")
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def check(self, key: str) -> None:
        """Mark the place where the user is; the keyboard follows if it is in here."""
        button = self.buttons[key]
        button.setChecked(True)
        if self.window().focusWidget() in self.buttons.values():
            button.setFocus()

    def show_running(self, text: str) -> None:
        """Say what is running, "" for nothing."""
        self.running.setText(text)
        self.running.setVisible(bool(text))

    def retranslate(self) -> None:
        """Say everything in the window's language."""
        for number, (key, (message, _icon)) in enumerate(PLACES.items(), 1):
            self.buttons[key].setText(_(message))
            self.buttons[key].setToolTip(f"{_(message)} (Ctrl+{number})")
        self.glossary.setText(_("Glossary"))
        self.glossary.setToolTip(f"{_('Glossary')} (Ctrl+G)")
        self.help.setText(_("Help"))
        self.help.setToolTip(f"{_('Help')} (F1)")
        self.setAccessibleName(_("Navigation"))

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        for key, (_message, name) in PLACES.items():
            self.buttons[key].set_icon(name, theme.muted)
            self.buttons[key].setIconSize(QSize(20, 20))
        self.glossary.set_icon("info", theme.muted)
        self.help.set_icon("help", theme.muted)
        self.running.set_icon("clock", theme.accent)
