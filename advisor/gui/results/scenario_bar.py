"""Which answers a what-if shows: those saved or a scenario, and what can be done with the scenario."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from advisor.gui.inputs import ComboBox
from advisor.gui.text import _
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Button, hbox

SAVED, UNKEPT = "saved", "unkept"
SCENARIO = "scenario:"


class ScenarioBar(QWidget):
    """A list of the scenarios with its buttons."""

    opened = Signal(str)  # a scenario's name, "" for the answers as saved
    keep_requested = Signal()
    rename_requested = Signal()
    delete_requested = Signal()
    compare_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = hbox(self)
        row.setContentsMargins(Space.L, Space.M, Space.L, 0)
        self._choice = ComboBox()
        self._choice.setObjectName("scenarios")
        self._choice.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._choice.setMinimumContentsLength(12)
        self._choice.activated.connect(lambda _index: self._on_chosen())
        self.keep_button = Button(on_click=self.keep_requested.emit)
        self.keep_button.setObjectName("keep-scenario")
        self.compare_button = Button(on_click=self.compare_requested.emit)
        self.compare_button.setObjectName("side-by-side")
        self.more_button = Button()
        self.more_button.setObjectName("scenario-more")
        menu = QMenu(self)
        self._rename, self._delete = menu.addAction(""), menu.addAction("")
        self._rename.setObjectName("rename-scenario")
        self._delete.setObjectName("delete-scenario")
        self._rename.triggered.connect(self.rename_requested)
        self._delete.triggered.connect(self.delete_requested)
        self.more_button.setMenu(menu)
        row.addWidget(self._choice, 1)
        for button in (self.keep_button, self.more_button, self.compare_button):
            row.addWidget(button)

    def show_scenarios(self, names: tuple[str, ...], current: str, *, changed: bool, kept: bool) -> None:
        """Show the scenarios.

        Parameters
        ----------
        names : tuple of str
            Of all there are.
        current : str
            The one that was opened, "" for the answers as saved.
        changed : bool
            Whether the answers are others by now.
        kept : bool
            Whether the assessment is kept, so that a scenario can be kept with it.
        """
        self._choice.blockSignals(True)
        self._choice.clear()
        if changed and not current:
            self._choice.addItem(_("Not kept yet"), UNKEPT)
        self._choice.addItem(_("As saved"), SAVED)
        for name in names:
            text = _("{name} (changed)", name=name) if changed and name == current else name
            self._choice.addItem(text, SCENARIO + name)
        shown = SCENARIO + current if current else UNKEPT if changed else SAVED
        self._choice.setCurrentIndex(max(self._choice.findData(shown), 0))
        self._choice.setAccessibleName(_("Scenario"))
        self._choice.blockSignals(False)
        self.keep_button.setText(_("Keep as…"))
        self.keep_button.setEnabled(kept and (changed or bool(current)))
        self.keep_button.setToolTip(
            _("Keep these answers with the assessment, under a name")
            if kept
            else _("The example is not kept among your assessments, so neither are scenarios of it.")
        )
        self.compare_button.setText(_("Side by side"))
        self.compare_button.setToolTip(_("Show all scenarios beside the answer as saved"))
        self.compare_button.setEnabled(bool(names))
        self.more_button.setAccessibleName(_("More"))
        self.more_button.setToolTip(_("Rename or delete this scenario"))
        self.more_button.setEnabled(bool(current))
        self._rename.setText(_("Rename…"))
        self._delete.setText(_("Delete"))

    def apply_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's colours."""
        self.more_button.set_icon("more", theme.text)
        self.compare_button.set_icon("compare", theme.text)

    def _on_chosen(self) -> None:
        chosen = str(self._choice.currentData())
        if chosen != UNKEPT:
            self.opened.emit(chosen.removeprefix(SCENARIO) if chosen.startswith(SCENARIO) else "")
