"""The settings page. Every change is kept at once; there is nothing to apply."""

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from advisor.gui.app_state import AppState
from advisor.gui.dialogs import choose_existing
from advisor.gui.inputs import ComboBox
from advisor.gui.page import Page
from advisor.gui.text import N_, _
from advisor.gui.theme import Space
from advisor.gui.widgets import Button, Card, Label, PageHeader, ScrollColumn, hbox, vbox
from advisor.i18n import LANGUAGES
from advisor.report.wording import names

THEMES = {"system": N_("As the system"), "light": N_("Light"), "dark": N_("Dark")}
PAPERS = {"a4": "A4", "us-letter": "US Letter"}
BUDGETS = ("quick", "standard", "thorough")


class SettingsPage(Page):
    """Language, look, reports, and where data lies."""

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        outer = vbox(self, 0)
        column = ScrollColumn()
        outer.addWidget(column)
        header = PageHeader()
        self.bind_text(header.title.setText, N_("Settings"))
        self.bind_text(header.subtitle.setText, N_("Changes take effect at once."))
        column.body.addWidget(header)
        column.body.addWidget(self._build_window())
        column.body.addWidget(self._build_assessments())
        column.body.addWidget(self._build_reports())
        column.body.addWidget(self._build_data())
        column.body.addStretch(1)
        context.settings_changed.connect(self.refresh)

    def _build_window(self) -> QWidget:
        card, grid = self._group(N_("Window"))
        self._language = self._combo(grid, 0, N_("Language"), "language")
        self._theme = self._combo(grid, 1, N_("Appearance"), "theme")
        return card

    def _build_assessments(self) -> QWidget:
        card, grid = self._group(N_("New assessments"))
        self._budget = self._combo(grid, 0, N_("Measuring budget"), "budget")
        return card

    def _build_reports(self) -> QWidget:
        card, grid = self._group(N_("Reports"))
        self._organisation = QLineEdit()
        self._organisation.editingFinished.connect(
            lambda: self._keep("organisation", self._organisation.text().strip() or None)
        )
        self._row(grid, 0, N_("Organisation"), self._organisation)
        self.bind_text(self._organisation.setPlaceholderText, N_("Printed on reports; may be left empty"))
        logo = QWidget()
        row = hbox(logo)
        self._logo = Label(tone="muted", selectable=True)
        choose = Button(on_click=self._choose_logo)
        self.bind_text(choose.setText, N_("Choose…"))
        self.bind_text(choose.setAccessibleName, N_("Choose a logo"))
        self._no_logo = Button(kind="quiet", on_click=lambda: self._keep("logo", None))
        self.bind_text(self._no_logo.setText, N_("Remove"))
        self.bind_text(self._no_logo.setAccessibleName, N_("Remove the logo"))
        row.addWidget(self._logo, 1)
        row.addWidget(choose)
        row.addWidget(self._no_logo)
        self._row(grid, 1, N_("Logo"), logo)
        self._paper = self._combo(grid, 2, N_("Paper"), "paper")
        return card

    def _build_data(self) -> QWidget:
        card, grid = self._group(N_("Your data"))
        folder = QWidget()
        row = hbox(folder)
        row.addWidget(Label(str(self._context.folder), tone="muted", selectable=True), 1)
        show = Button(on_click=self._open_folder)
        self.bind_text(show.setText, N_("Open folder"))
        row.addWidget(show)
        self._row(grid, 0, N_("Folder"), folder)
        privacy = Label(tone="muted")
        self.bind_text(
            privacy.setText,
            N_("Assessments and installed frameworks lie here. The program sends nothing anywhere."),
        )
        card.body.addWidget(privacy)
        return card

    def _group(self, title: str) -> tuple[Card, QGridLayout]:
        card = Card()
        self.bind_text(card.set_title, title)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.L)
        grid.setVerticalSpacing(Space.M)
        grid.setColumnMinimumWidth(0, 170)
        grid.setColumnStretch(1, 1)
        card.body.addLayout(grid)
        return card, grid

    def _row(self, grid: QGridLayout, row: int, message: str, control: QWidget) -> None:
        label = Label(wrap=False)
        label.setBuddy(control)
        self.bind_text(label.setText, message)
        self.bind_text(control.setAccessibleName, message)
        grid.addWidget(label, row, 0)
        if isinstance(control, ComboBox):
            grid.addWidget(control, row, 1, Qt.AlignmentFlag.AlignLeft)
        else:
            grid.addWidget(control, row, 1)

    def _combo(self, grid: QGridLayout, row: int, message: str, field: str) -> ComboBox:
        combo = ComboBox()
        combo.setMinimumWidth(260)
        combo.activated.connect(lambda index: self._keep(field, combo.itemData(index)))
        self._row(grid, row, message, combo)
        return combo

    def refresh(self) -> None:
        """Show the settings as they are."""
        settings = self._context.settings
        language = self._context.language
        _fill(self._language, [(None, _("As the system")), *LANGUAGES.items()], settings.language)
        _fill(self._theme, [(key, _(message)) for key, message in THEMES.items()], settings.theme)
        _fill(self._budget, [(key, names.budget(key, language)) for key in BUDGETS], settings.budget)
        _fill(self._paper, PAPERS.items(), settings.paper)
        self._organisation.setText(settings.organisation or "")
        self._logo.setText(settings.logo or _("none"))
        self._no_logo.setVisible(settings.logo is not None)

    def _keep(self, field: str, value: str | None) -> None:
        if getattr(self._context.settings, field) != value:
            self._context.change_settings(**{field: value})

    def _choose_logo(self) -> None:
        choose_existing(
            self,
            _("Choose a logo"),
            lambda path: self._keep("logo", str(path)),
            _("Images (*.png *.svg)"),
        )

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._context.folder)))


def _fill(combo: ComboBox, items: Iterable[tuple[str | None, str]], chosen: str | None) -> None:
    blocker = QSignalBlocker(combo)
    combo.clear()
    for key, name in items:
        combo.addItem(name, key)
        if key == chosen:
            combo.setCurrentIndex(combo.count() - 1)
    blocker.unblock()
