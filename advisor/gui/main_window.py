"""The main window: navigation at the side, one page at a time, and what must happen before it closes."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QWidget,
)

from advisor.decision.model import Needs
from advisor.gui import theme as themes
from advisor.gui.app_state import AppState
from advisor.gui.bridge import explain
from advisor.gui.dialogs import choose_existing
from advisor.gui.dropping import FileDrops
from advisor.gui.navigation import PLACES, Navigation
from advisor.gui.notices import Notices
from advisor.gui.page import Page, Place
from advisor.gui.start import StartPage
from advisor.gui.style import stylesheet
from advisor.gui.text import N_, _, choose_language, language
from advisor.gui.theme import Theme
from advisor.gui.ways import WayTaker
from advisor.gui.widgets import Banner, application, hbox, vbox

if TYPE_CHECKING:
    from advisor.assessment.model import Assessment
    from advisor.frameworks.model import InstallPlan
    from advisor.gui.fleet.page import FleetPage
    from advisor.gui.history import HistoryPage
    from advisor.gui.results.page import ResultsPage
    from advisor.gui.wizard.page import WizardPage

LEAST, WANTED = QSize(960, 560), QSize(1240, 820)
FRAME = QSize(16, 48)
"""What a desktop puts around a window, at most; the window can't ask before it is shown."""


class MainWindow(QMainWindow):
    """The window. Pages other than the first are built when they are first shown."""

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self.context = context
        self.theme = themes.LIGHT
        self._closing = False
        self._visits = 0  # how often the user went somewhere
        self.wizard = Place(self._build_wizard, self._add_page)
        self.results = Place(self._build_results, self._add_page)
        self.history = Place(self._build_history, self._add_page)
        self.fleet = Place(self._build_fleet, self._add_page)
        self.ways = WayTaker(self)
        self.notices = Notices(self)
        drops = FileDrops(self)
        drops.work_dropped.connect(self._on_work_dropped)
        drops.assessment_dropped.connect(self.open_file)
        self._places: dict[str, Place[Page]] = {
            "start": Place(self._build_start, self._add_page),
            "assessments": self.history,
            "machine": Place(self._build_machine, self._add_page),
            "fleet": self.fleet,
            "frameworks": Place(self._build_frameworks, self._add_page),
            "settings": Place(self._build_settings, self._add_page),
            "wizard": self.wizard,
            "results": self.results,
        }
        self._state = QSettings(str(context.folder / "window.ini"), QSettings.Format.IniFormat)
        self.setMinimumSize(LEAST.boundedTo(self._room()))
        self._lay_out()
        self._add_actions()
        context.settings_changed.connect(self._on_settings_changed)
        context.engine.started.connect(self._show_engine)
        context.engine.ended.connect(self._on_engine_ended)
        QApplication.styleHints().colorSchemeChanged.connect(self._on_colour_scheme_changed)
        self.apply_theme(themes.choose(context.settings.theme))
        self.retranslate()
        self.show_page("start")
        self._restore_geometry()

    # Building

    def _lay_out(self) -> None:
        centre = QWidget()
        centre.setProperty("ground", "window")
        row = hbox(centre, 0)
        self.navigation = Navigation()
        self.navigation.page_requested.connect(self.show_page)
        self.navigation.running_requested.connect(self._show_running)
        self.navigation.glossary_requested.connect(self.show_glossary)
        self.navigation.help_requested.connect(self.show_help)
        row.addWidget(self.navigation)
        main = vbox(spacing=0)
        self.banner = Banner()
        self.banner.hide()
        main.addWidget(self.banner)
        self.stack = QStackedWidget()
        main.addWidget(self.stack, 1)
        row.addLayout(main, 1)
        self.setCentralWidget(centre)
        self._centre = centre

    def _add_actions(self) -> None:
        self._actions: list[tuple[QAction, str]] = []
        for message, keys, slot in (
            (N_("New assessment"), QKeySequence("Ctrl+N"), self.new_assessment),
            (N_("Open a saved assessment…"), QKeySequence("Ctrl+O"), self.choose_file),
            (N_("Export"), QKeySequence("Ctrl+E"), self.export),
            (N_("Settings"), QKeySequence("Ctrl+,"), lambda: self.show_page("settings")),
            (N_("Glossary"), QKeySequence("Ctrl+G"), self.show_glossary),
            (N_("Help"), QKeySequence("F1"), self.show_help),
            (N_("Quit"), QKeySequence("Ctrl+Q"), self.close),
        ):
            action = QAction(self)
            action.setShortcut(keys)
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
            self.addAction(action)
            self._actions.append((action, message))
        for number, key in enumerate(PLACES, 1):
            action = QAction(self)
            action.setShortcut(QKeySequence(f"Ctrl+{number}"))
            action.triggered.connect(lambda _checked=False, key=key: self.show_page(key))
            self.addAction(action)
            self._actions.append((action, PLACES[key][0]))

    def _build_start(self) -> Page:
        page = StartPage(self.context)
        page.find_requested.connect(self.find_framework)
        page.new_requested.connect(self.new_assessment)
        page.example_requested.connect(self.open_example)
        page.draft_requested.connect(self.open_draft)
        page.way_chosen.connect(self.ways.take)
        page.page_requested.connect(self.show_page)
        page.running_requested.connect(self._show_running)
        return page

    def _build_machine(self) -> Page:
        from advisor.gui.machine import MachinePage

        return MachinePage(self.context)

    def _build_frameworks(self) -> Page:
        from advisor.gui.frameworks import FrameworksPage

        return FrameworksPage(self.context)

    def _build_settings(self) -> Page:
        from advisor.gui.settings_page import SettingsPage

        return SettingsPage(self.context)

    def _build_fleet(self) -> "FleetPage":
        from advisor.gui.fleet.page import FleetPage

        page = FleetPage(self.context)
        page.progressed.connect(self._show_engine)
        page.finished.connect(self._on_fleet_finished)
        return page

    def _build_wizard(self) -> "WizardPage":
        from advisor.gui.wizard.page import WizardPage

        page = WizardPage(self.context)
        page.finished.connect(self._on_assessment_finished)
        page.progressed.connect(self._show_engine)
        return page

    def _build_history(self) -> "HistoryPage":
        from advisor.gui.history import HistoryPage

        page = HistoryPage(self.context.store, machine_model=lambda: self.context.machine_model)
        page.compare.settings = self.context.settings
        page.open_requested.connect(self.open_assessment)
        page.way_chosen.connect(self.ways.take)
        page.changed.connect(self.context.refresh_history)
        return page

    def _build_results(self) -> "ResultsPage":
        from advisor.gui.results.page import ResultsPage

        page = ResultsPage(
            self.context.store, self.context.settings, machine_model=lambda: self.context.machine_model
        )
        page.saved.connect(lambda _identity: self.context.refresh_history())
        page.way_chosen.connect(self.ways.take_with)
        return page

    # Going places

    def page(self, key: str) -> Page:
        """Return a page, built if need be."""
        return self._places[key].page

    def _add_page(self, page: Page) -> None:
        self.stack.addWidget(page)
        page.retranslate(language())
        page.dress(self._sheet, self.theme)

    @property
    def _front(self) -> QWidget:
        """What dialogs belong to: they look like the page that they are asked on."""
        return self.stack.currentWidget() or self

    def _built_pages(self) -> list[Page]:
        return [place.built for place in self._places.values() if place.built is not None]

    def show_page(self, key: str) -> None:
        """Go to a page."""
        page = self.page(key)
        self._visits += 1
        self.banner.hide()
        if page.theme is not self.theme:
            page.dress(self._sheet, self.theme)
        self.stack.setCurrentWidget(page)
        self.navigation.check({"wizard": "assessments", "results": "assessments"}.get(key, key))
        self._show_engine()

    def new_assessment(self) -> None:
        """Begin a new assessment in the wizard."""
        if self.tell_if_running():
            return
        self.wizard.page.begin(self.context.drafts.new(self.context.settings.budget))
        self.show_page("wizard")

    def open_draft(self, identity: str) -> None:
        """Go on with a draft."""
        if self.tell_if_running():
            return
        for draft in self.context.drafts.list():
            if draft.id == identity:
                self.wizard.page.begin(draft)
                self.show_page("wizard")

    def find_framework(self) -> None:
        """The one button: one question, one consent, then everything up to the answer."""
        if self.tell_if_running():
            return
        from advisor.gui.consent import FindDialog

        dialog = FindDialog(self.context, self._front)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.agreed.connect(self._on_find_agreed)
        dialog.questions_wanted.connect(lambda needs: self._begin(needs, "goal"))
        dialog.open()

    def _on_find_agreed(self, needs: Needs, plans: "tuple[InstallPlan, ...]") -> None:
        self._begin(needs, "run")
        self.wizard.page.prepare(plans)

    def _begin(self, needs: Needs, step: str) -> None:
        draft = self.context.drafts.new(self.context.settings.budget)
        self.wizard.page.begin(msgspec.structs.replace(draft, needs=needs, step=step))
        self.show_page("wizard")

    def open_example(self) -> None:
        """Show the assessment that comes with the program; it isn't kept among the user's own."""
        visits = self._visits

        def load() -> "Assessment":
            from advisor.gui.example import example

            return example()

        def loaded(assessment: Any) -> None:
            if self._visits == visits:
                self._on_assessment_loaded(assessment)

        self.context.jobs.submit(load, loaded, self.show_error)

    def open_assessment(self, identity: str) -> None:
        """Show a saved assessment's results."""
        self.load(lambda: self.context.store.load(identity), self._on_assessment_loaded)

    def open_file(self, path: Path) -> None:
        """Import an assessment file and show it."""

        self.load(lambda: self.context.store.add(path), self._on_assessment_loaded)

    def load(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Read a file in the background; whoever went elsewhere meanwhile isn't called back."""
        visits = self._visits

        def loaded(assessment: Any) -> None:
            if all(entry.id != assessment.id for entry in self.context.entries):
                self.context.refresh_history()
            if self._visits == visits:
                done(assessment)

        self.context.jobs.submit(work, loaded, self.show_error)

    def _on_work_dropped(self, path: Path) -> None:
        """Measure a file of the user's own: in the answers that are being given, or in new ones."""
        if self.tell_if_running():
            return
        if self.stack.currentWidget() is not self.wizard.built:
            self.new_assessment()
        self.wizard.page.take(path)

    def choose_file(self) -> None:
        """Let the user choose an assessment file to open."""
        choose_existing(
            self._front, _("Open a saved assessment"), self.open_file, _("Assessments (*.json *.advisor)")
        )

    def export(self) -> None:
        """Export the assessment that is shown."""
        results = self.results.built
        if results is not None and self.stack.currentWidget() is results:
            results.export()

    def show_help(self) -> None:
        """Show how the program is used, and its shortcuts."""
        from advisor.gui.help import HelpDialog

        dialog = HelpDialog(
            [(_(message), action.shortcut()) for action, message in self._actions], self._front
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_glossary(self) -> None:
        """Show what the program's terms mean."""
        from advisor.gui.glossary import GlossaryDialog

        GlossaryDialog(self._front).open()

    def tell(self, text: str) -> None:
        """Say above the page what was done."""
        self.banner.show_message(text, close_name=_("Dismiss"))

    def show_error(self, error: BaseException) -> None:
        """Say above the page what went wrong."""
        self.banner.show_message(explain(error), close_name=_("Dismiss"))

    # Language, theme, settings

    def retranslate(self) -> None:
        """Say everything in the window's language."""
        self._language = language()
        self.navigation.retranslate()
        for action, message in self._actions:
            action.setText(_(message))
        for page in self._built_pages():
            page.retranslate(language())
        self._show_engine()

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme: what is hidden follows when it is shown."""
        self.theme = theme
        application().setPalette(themes.palette(theme))
        # Not one for the whole application: that, Qt works out anew several times over for every widget.
        self._sheet = stylesheet(theme)
        for part in (self.navigation, self.banner):
            part.setStyleSheet(self._sheet)
            part.apply_theme(theme)
        page = self.stack.currentWidget()
        if isinstance(page, Page):
            page.dress(self._sheet, theme)

    def _on_settings_changed(self) -> None:
        settings = self.context.settings
        chosen = themes.choose(settings.theme)
        if chosen is not self.theme:
            self.apply_theme(chosen)
        if choose_language(settings.language) != self._language:
            self.retranslate()
        if self.results.built is not None:
            self.results.built.settings = settings
        if self.history.built is not None:
            self.history.built.compare.settings = settings

    def _on_colour_scheme_changed(self) -> None:
        self.apply_theme(themes.choose(self.context.settings.theme))

    # The engine

    def _show_engine(self, *_ignored: object) -> None:
        busy = self.context.engine.busy
        page = {"run": self.wizard.built, "fleet": self.fleet.built}.get(busy)
        text = ""
        self.notices.show_progress(page.progress_text() if page is not None else "")
        if page is not None and self.stack.currentWidget() is not page:
            said = N_("Benchmarks: {percent}") if busy == "run" else N_("Fleet: {percent}")
            text = _(said, percent=page.progress_text())
        elif busy == "install":
            text = _("Installing…")
        self.navigation.show_running(text)

    def _show_running(self) -> None:
        fleet = self.context.engine.busy == "fleet"
        self.show_page("fleet" if fleet else "wizard" if self._measuring() else "frameworks")

    def _measuring(self) -> bool:
        """Whether a run, or what comes before it, is under way."""
        wizard = self.wizard.built
        return self.context.engine.busy in ("run", "fleet") or (
            wizard is not None and wizard.run_step.under_way
        )

    def tell_if_running(self) -> bool:
        if not self._measuring():
            return False
        self._show_running()
        self.banner.show_message(
            _("Benchmarks are running. Wait for them, or cancel them, before you begin anew."),
            close_name=_("Dismiss"),
        )
        return True

    def _on_engine_ended(self, *_ignored: object) -> None:
        self._show_engine()
        if self._closing:
            self.close()

    def _on_assessment_finished(self, identity: str) -> None:
        self.context.refresh_history()
        if not self._closing:
            self.notices.tell(_("The answer is there"), _("Measuring has ended."))
            self.open_assessment(identity)

    def _on_fleet_finished(self) -> None:
        if not self._closing:
            self.notices.tell(_("The answer is there"), _("All machines have ended."))

    def _on_assessment_loaded(self, assessment: Any) -> None:
        self.results.page.show_assessment(assessment)
        self.show_page("results")

    # Opening and closing

    def raise_from_elsewhere(self) -> None:
        """Come to the front, because the program was started a second time."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous() and self.context.inventory is None:
            # After the first paint: what takes long must not delay the window.
            QTimer.singleShot(0, self.context.refresh_history)
            QTimer.singleShot(0, self.context.look)

    def closeEvent(self, event: QCloseEvent) -> None:
        engine = self.context.engine
        if engine.busy:
            event.ignore()
            if not self._closing:
                self._ask_before_closing()
            return
        self._state.setValue("geometry", self.saveGeometry())
        self._state.sync()
        # What is still being looked at in the background is waited for, but not in front of the user.
        self.hide()
        for page in self._built_pages():
            page.close()
        self.context.stop()
        event.accept()

    def _ask_before_closing(self) -> None:
        running = self.context.engine.busy in ("run", "fleet")
        box = QMessageBox(self._front)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Framework Advisor")
        box.setText(_("Benchmarks are running.") if running else _("A framework is being installed."))
        box.setInformativeText(
            _("If you close the window they stop; what was measured is kept.")
            if running
            else _("If you close the window the installation stops and its files are removed.")
        )
        stop = box.addButton(_("Stop and close"), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(_("Keep going"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        stop.clicked.connect(self._stop_and_close)
        box.open()

    def _stop_and_close(self) -> None:
        self._closing = True
        if not self.context.engine.busy:
            self.close()
            return
        self._centre.setEnabled(False)
        self.banner.show_message(_("Stopping…"))
        self.context.engine.cancel()

    def _restore_geometry(self) -> None:
        saved = self._state.value("geometry")
        if saved is None or not self.restoreGeometry(saved):
            self.resize(WANTED.boundedTo(self._room()))

    def _room(self) -> QSize:
        """Return how large the window may be so that all of it, title bar and frame included, is on the screen."""
        return self.screen().availableGeometry().size() - FRAME
