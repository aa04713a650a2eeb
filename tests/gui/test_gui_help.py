from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

import advisor
from advisor.gui import help as help_page
from advisor.gui.help import HelpDialog, LicencesDialog
from advisor.gui.widgets import Label


def test_help_names_the_version_and_shows_the_bundled_licences(qtbot, tmp_path, monkeypatch):
    bundled = tmp_path / "licences.txt"
    bundled.write_text("Somebody's licence", "utf-8")
    monkeypatch.setattr(help_page, "resource", lambda name: tmp_path / name)
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = HelpDialog([], parent)
    qtbot.addWidget(dialog)
    assert any(advisor.__version__ in label.text() for label in dialog.findChildren(Label))
    button = next(each for each in dialog.findChildren(QPushButton) if "Licences" in each.text())
    button.click()
    (licences,) = dialog.findChildren(LicencesDialog)
    assert licences.findChild(QPlainTextEdit).toPlainText() == "Somebody's licence"
    licences.accept()


def test_a_program_from_source_has_no_bundled_licences_to_show(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(help_page, "resource", lambda name: tmp_path / name)
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = HelpDialog([], parent)
    qtbot.addWidget(dialog)
    assert not any("Licences" in each.text() for each in dialog.findChildren(QPushButton))
