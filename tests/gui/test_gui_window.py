"""The window around the pages: going places, files, languages, themes, errors, and a second start."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QLocale, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QFileOpenEvent, QScreen
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from advisor.assessment import document
from advisor.assessment import settings as settings_file
from advisor.gui import app, theme
from advisor.gui.main_window import MainWindow
from advisor.gui.navigation import PLACES
from advisor.gui.text import language
from tests import samples
from tests.gui import stage

TITLE_BAR = 37
"""Pixels of the highest title bar of the desktops that we know."""


@pytest.fixture
def saved(context) -> str:
    """The id of a sample in the history."""
    assessment = samples.sample_assessment("standard")
    context.store.save(assessment)
    return assessment.id


def test_the_start_page_shows_machine_and_frameworks_at_a_glance(window) -> None:
    text = stage.texts(window.page("start"))
    assert "Synthetic CPU 9000" in text
    assert "4 cores allowed" in text
    assert text.splitlines().count("ready") == len(window.context.catalogue)


def test_a_file_that_the_system_hands_over_is_asked_for(qapp) -> None:
    events = app.FileEvents(qapp)
    asked = []
    events.asked.connect(asked.append)
    try:
        QApplication.sendEvent(qapp, QFileOpenEvent("/tmp/a.advisor"))
    finally:
        qapp.removeEventFilter(events)
        events.deleteLater()
    assert asked == ["/tmp/a.advisor"]


def test_chinese_is_written_where_the_system_has_no_letters_for_it(tmp_path) -> None:
    program = """
from PySide6.QtGui import QFont, QTextLayout
from advisor.gui import app
from advisor.gui.text import choose_language
choose_language("zh_CN")
application = app.create_application(["test"])
app.QtTranslations(application).install()
layout = QTextLayout("推荐", QFont())
layout.beginLayout()
layout.createLine()
layout.endLayout()
(run,) = layout.glyphRuns()
print(run.rawFont().familyName(), 0 in run.glyphIndexes())
"""
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(f"<fontconfig><cachedir>{tmp_path}</cachedir></fontconfig>")
    environment = os.environ | {"FONTCONFIG_FILE": str(fonts), "QT_QPA_PLATFORM": "offscreen"}
    asked = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert asked.stdout.strip() == "Noto Sans SC False"


def test_chinese_chosen_while_the_window_is_open_is_written_at_once(tmp_path) -> None:
    program = """
import sys
from pathlib import Path
from PySide6.QtGui import QTextLayout
from PySide6.QtWidgets import QLabel
from advisor.gui import app
from advisor.gui.app_state import AppState
from advisor.assessment.settings import Settings
from advisor.gui.main_window import MainWindow
from advisor.gui.text import choose_language
choose_language("en")
application = app.create_application(["test"])
translations = app.QtTranslations(application)
translations.install()
context = AppState(Path(sys.argv[1]), Settings(language="en", theme="light"))
context.settings_changed.connect(lambda: translations.follow(context.settings.language))
window = MainWindow(context)
context.change_settings(language="zh_CN")
missing = {}
for label in window.findChildren(QLabel):
    text = "".join(letter for letter in label.text() if "一" <= letter <= "鿿")
    layout = QTextLayout(text, label.font())
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    if text:
        missing[text] = any(0 in run.glyphIndexes() for run in layout.glyphRuns())
print(len(missing) > 3, any(missing.values()))
context.stop()
"""
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(f"<fontconfig><cachedir>{tmp_path}</cachedir></fontconfig>")
    environment = os.environ | {"FONTCONFIG_FILE": str(fonts), "QT_QPA_PLATFORM": "offscreen"}
    asked = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == "True False"


@pytest.mark.parametrize(("number", "key"), list(enumerate(PLACES, 1)))
def test_every_page_opens_by_its_shortcut(window, qtbot, number, key) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=stage.PATIENCE_MS)
    window.show_page("machine" if key == "start" else "start")
    qtbot.keyClick(window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
    assert window.stack.currentWidget() is window.page(key)
    assert window.navigation.buttons[key].isChecked()


def test_recent_assessments_open_from_the_start_page(saved, window, qtbot) -> None:
    page = window.page("start")
    qtbot.waitUntil(lambda: "Synthetic sample: standard" in stage.texts(page), timeout=stage.PATIENCE_MS)
    page.findChild(QPushButton, f"open-{saved}").click()
    results = window.page("results")
    qtbot.waitUntil(lambda: window.stack.currentWidget() is results, timeout=stage.PATIENCE_MS)
    assert results.assessment.id == saved
    qtbot.waitUntil(lambda: results.model is not None, timeout=stage.PATIENCE_MS)


def test_whoever_went_elsewhere_is_not_called_back(saved, window, qtbot) -> None:
    window.open_assessment(saved)
    window.show_page("settings")
    read = []
    window.context.jobs.submit(lambda: window.context.store.load(saved), read.append, read.append)
    qtbot.waitUntil(lambda: bool(read), timeout=stage.PATIENCE_MS)
    qtbot.waitUntil(lambda: window.context.jobs._pool.activeThreadCount() == 0, timeout=stage.PATIENCE_MS)
    QApplication.processEvents()
    assert window.stack.currentWidget() is window.page("settings")


def test_a_file_from_elsewhere_is_imported_and_shown(window, qtbot, tmp_path) -> None:
    path = tmp_path / "from-a-colleague.json"
    path.write_bytes(document.encode(samples.sample_assessment("too-close")))
    window.open_file(path)
    results = window.page("results")
    qtbot.waitUntil(lambda: window.stack.currentWidget() is results, timeout=stage.PATIENCE_MS)
    qtbot.waitUntil(lambda: results.model is not None, timeout=stage.PATIENCE_MS)
    assert [entry.id for entry in window.context.store.entries()] == ["synthetic-too-close"]


def test_a_file_that_is_no_assessment_is_refused_in_words(window, qtbot, tmp_path) -> None:
    path = tmp_path / "holiday.json"
    path.write_text('{"schema_version": 1}')
    window.open_file(path)
    qtbot.waitUntil(lambda: window.banner.isVisibleTo(window), timeout=stage.PATIENCE_MS)
    assert "holiday.json" in window.banner.text.text()
    assert window.stack.currentWidget() is window.page("start")


def test_language_changes_everywhere_without_a_restart(window, qtbot) -> None:
    qt = app.QtTranslations(QApplication.instance())
    window.context.settings_changed.connect(qt.install)  # after the window, which has chosen the language
    for key in (*PLACES, "wizard"):
        window.page(key)
    window.show_page("settings")
    combo = window.page("settings")._language
    combo.setCurrentIndex(combo.findData("zh_CN"))
    combo.activated.emit(combo.currentIndex())
    assert language() == "zh_CN"
    assert QApplication.translate("QPlatformTheme", "Cancel") == "取消"
    assert settings_file.load(window.context.folder).language == "zh_CN"
    combo.setCurrentIndex(combo.findData("en"))
    combo.activated.emit(combo.currentIndex())
    assert language() == "en"
    assert QApplication.translate("QPlatformTheme", "Cancel") == "Cancel"
    QApplication.removeTranslator(qt._translator)
    QLocale.setDefault(QLocale("en"))


def test_theme_follows_the_setting_at_once(window) -> None:
    window.context.change_settings(theme="dark")
    assert window.theme is theme.DARK
    assert window.page("start").theme is theme.DARK
    assert QApplication.palette().window().color().name() == theme.DARK.window
    window.context.change_settings(theme="light")
    assert QApplication.palette().window().color().name() == theme.LIGHT.window


def test_settings_are_kept_on_disk(window) -> None:
    page = window.page("settings")
    page._organisation.setText("  Example Ltd ")
    page._organisation.editingFinished.emit()
    page._paper.setCurrentIndex(page._paper.findData("us-letter"))
    page._paper.activated.emit(page._paper.currentIndex())
    kept = settings_file.load(window.context.folder)
    assert kept.organisation == "Example Ltd"
    assert kept.paper == "us-letter"


def test_the_window_comes_back_where_it_was(window, context, qtbot) -> None:
    window.resize(790, 611)
    window.close()
    again = stage.make_context(context.folder)
    later = MainWindow(again)
    qtbot.addWidget(later)
    assert (later.width(), later.height()) == (790, 611)
    again.stop()


@pytest.mark.parametrize("screen", [(1280, 800), (1000, 700), (640, 400)])
def test_the_first_window_fits_the_screen_with_its_frame(context, monkeypatch, screen) -> None:
    monkeypatch.setattr(QScreen, "availableGeometry", lambda self: QRect(0, 0, *screen))
    made = MainWindow(context)
    made.show_page("wizard")
    made.show()
    QApplication.processEvents()
    assert made.height() + TITLE_BAR <= screen[1]
    assert made.width() <= screen[0]
    button = made.wizard.page._next
    assert made.rect().contains(QRect(button.mapTo(made, QPoint()), button.size()))
    made.close()
    made.deleteLater()


class Windows(QObject):
    """Collects the windows that open."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self.opened: list[str] = []
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.opened.append(f"{type(watched).__name__} {watched.parent()}")
        return False


def test_no_part_of_a_page_flashes_as_a_window_of_its_own(saved, window, qapp, qtbot) -> None:
    windows = Windows(qapp)
    try:
        for key in ("assessments", "machine", "frameworks", "settings"):
            window.show_page(key)
        window.new_assessment()
        for step in window.wizard.page.steps:
            window.wizard.page.go(step)
        window.open_assessment(saved)
        results = window.results.page
        qtbot.waitUntil(lambda: results.model is not None, timeout=stage.PATIENCE_MS)
        for tab, part in results._parts.items():
            results.show_tab(tab)
            qtbot.waitUntil(lambda part=part: getattr(part, "complete", True), timeout=stage.PATIENCE_MS)
    finally:
        qapp.removeEventFilter(windows)
        windows.deleteLater()
    assert windows.opened == []


def test_help_lists_the_shortcuts(window, qtbot) -> None:
    window.show_help()
    dialog = QApplication.activeModalWidget() or window.findChildren(type(window.page("start")))[0]
    text = stage.texts(dialog)
    assert "Ctrl+N" in text
    assert "New assessment" in text
    dialog.close()


def test_a_machine_that_cannot_be_read_is_said_and_can_be_tried_again(tmp_path, monkeypatch, qtbot) -> None:
    from advisor.assessment import inventory
    from advisor.errors import AdvisorError

    stage.replace_outside(monkeypatch)
    good = inventory.take_inventory

    def fail(*_args):
        raise AdvisorError("The catalogue is damaged.", "Reinstall the program.")

    monkeypatch.setattr(inventory, "take_inventory", fail)
    context = stage.make_context(tmp_path)
    window = MainWindow(context)
    qtbot.addWidget(window)
    window.show()
    window.show_page("machine")
    page = window.page("machine")
    qtbot.waitUntil(lambda: page._error.isVisibleTo(page), timeout=stage.PATIENCE_MS)
    assert "The catalogue is damaged. Reinstall the program." in stage.texts(page)
    monkeypatch.setattr(inventory, "take_inventory", good)
    page._error.action.click()
    qtbot.waitUntil(lambda: bool(context.plans), timeout=stage.PATIENCE_MS)
    assert not page._error.isVisibleTo(page)
    assert "Synthetic CPU 9000" in stage.texts(page)
    window.close()


def test_a_second_program_hands_over_to_the_first(qapp, qtbot, tmp_path) -> None:
    first, second, elsewhere = (
        app.Instance(tmp_path),
        app.Instance(tmp_path),
        app.Instance(tmp_path / "other"),
    )
    (tmp_path / "other").mkdir()
    assert first.hold()
    assert not second.hold()
    assert elsewhere.hold()
    wanted = str(Path("/somewhere/an assessment.json"))
    with qtbot.waitSignal(first.called, timeout=stage.PATIENCE_MS) as called:
        assert second.call_other(wanted)
    assert called.args == [wanted]
    first.release()
    assert second.hold()
    second.release()
    elsewhere.release()
    for each in (first, second, elsewhere):
        each.deleteLater()


def test_the_real_program_starts_once_and_ends_in_good_order_on_a_signal(qapp, qtbot, tmp_path) -> None:
    code = (
        "import sys, pathlib; from advisor.gui.app import main; sys.exit(main([], pathlib.Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    other = app.Instance(tmp_path)
    with subprocess.Popen(command, env=environment) as program:
        try:
            qtbot.waitUntil(
                lambda: other.call_other("") or program.poll() is not None, timeout=stage.PATIENCE_MS
            )
            again = subprocess.run(command, env=environment, timeout=stage.PATIENCE_MS / 1000, check=False)
            assert again.returncode == 0
            assert program.poll() is None
            program.send_signal(signal.SIGTERM)
            assert program.wait(stage.PATIENCE_MS / 1000) == 0
        finally:
            program.kill()
    other.deleteLater()
