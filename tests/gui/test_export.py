"""Exporting from the window: every format lands on disk, and a failure says why."""

import csv
import tomllib

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from advisor.assessment import document
from advisor.assessment.settings import Settings
from advisor.gui.bridge import Jobs
from advisor.gui.export import FORMATS, ExportDialog, choose_file
from tests.gui.kept import kept
from tests.gui.stage import PATIENCE_MS


@pytest.fixture
def parent(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def jobs(qapp):
    made = Jobs()
    yield made
    made.stop()


@pytest.fixture
def dialog(parent, jobs, qtbot):
    made = ExportDialog(kept("too-close"), Settings(), jobs, parent)
    parent.show()
    made.open()
    return made  # deletes itself when it closes, or with its parent


def export(qtbot, dialog, key, path):
    dialog.choose(key)
    with qtbot.waitSignal(dialog.saved, timeout=PATIENCE_MS) as told:
        dialog.save_as(path)
    assert told.args == [path]


@pytest.mark.parametrize(
    ("key", "begins"), [("pdf", b"%PDF-"), ("html", b"<!doctype html"), ("markdown", b"# ")]
)
def test_a_report_lands_on_disk(dialog, qtbot, tmp_path, key, begins):
    path = tmp_path / f"report.{FORMATS[key].ending}"
    export(qtbot, dialog, key, path)
    assert path.read_bytes().lower().startswith(begins.lower())


def test_the_assessment_itself_comes_back_as_it_was(dialog, qtbot, tmp_path):
    export(qtbot, dialog, "json", tmp_path / "kept.json")
    assert document.read(tmp_path / "kept.json") == kept("too-close")


def test_tables_go_into_a_folder_of_their_own(dialog, qtbot, tmp_path):
    export(qtbot, dialog, "csv", tmp_path / "tables")
    files = list((tmp_path / "tables").glob("*.csv"))
    assert len(files) > 5
    for file in files:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            assert len(list(csv.reader(lines))) > 1


def test_settings_go_into_a_folder_with_scripts_that_use_them(dialog, qtbot, tmp_path):
    export(qtbot, dialog, "settings", tmp_path / "taken")
    rows = tomllib.loads((tmp_path / "taken" / "settings.toml").read_text("utf-8"))["settings"]
    assert rows
    for row in rows:
        compile((tmp_path / "taken" / row["script"]).read_text("utf-8"), row["script"], "exec")


def test_a_report_speaks_the_chosen_language(dialog, qtbot, tmp_path):
    dialog.language.setCurrentIndex(dialog.language.findData("zh_CN"))
    export(qtbot, dialog, "markdown", tmp_path / "report.md")
    assert any("一" <= letter <= "鿿" for letter in (tmp_path / "report.md").read_text(encoding="utf-8"))


def test_the_summary_alone_is_shorter(dialog, qtbot, tmp_path, parent, jobs):
    export(qtbot, dialog, "markdown", tmp_path / "whole.md")
    other = ExportDialog(kept("too-close"), Settings(), jobs, parent)
    other.summary_only.setChecked(True)
    export(qtbot, other, "markdown", tmp_path / "summary.md")
    assert (tmp_path / "summary.md").stat().st_size < (tmp_path / "whole.md").stat().st_size / 2


def test_a_folder_that_is_not_there_is_told_and_nothing_is_left(dialog, qtbot, tmp_path):
    dialog.choose("json")
    with qtbot.waitSignal(dialog.failed, timeout=PATIENCE_MS) as failed:
        dialog.save_as(tmp_path / "missing" / "kept.json")
    assert "does not exist" in failed.args[0]
    assert list(tmp_path.iterdir()) == []


def test_options_that_a_format_has_no_use_for_are_off(dialog):
    dialog.choose("json")
    assert not dialog.summary_only.isEnabled() and not dialog.language.isEnabled()
    dialog.choose("pdf")
    assert dialog.summary_only.isEnabled() and dialog.language.isEnabled()


def test_formats_are_chosen_by_keyboard(dialog, qtbot):
    dialog.choices["pdf"].setFocus()
    qtbot.keyClick(dialog.choices["pdf"], Qt.Key.Key_Down)
    assert dialog.format == "html"
    assert all(choice.accessibleName() for choice in dialog.choices.values())


def test_a_name_without_an_ending_gets_the_filters(parent, tmp_path):
    chosen = []
    dialog = choose_file(parent, "Save", "plot.svg", ["SVG (*.svg)", "PNG (*.png)"], chosen.append)
    assert dialog.defaultSuffix() == "svg"
    dialog.filterSelected.emit("PNG (*.png)")
    assert dialog.defaultSuffix() == "png"
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    dialog.fileSelected.emit(str(tmp_path / "plot.png"))
    assert chosen == [tmp_path / "plot.png"]
    dialog.close()
