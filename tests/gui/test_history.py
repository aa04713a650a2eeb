"""The history through its real widgets: finding, opening, renaming, deleting and bringing back, files."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QPushButton

from advisor.assessment import document
from advisor.assessment.model import Status
from advisor.assessment.store import Store
from advisor.gui import history_table as history_table_module
from advisor.gui.dialogs import NameDialog
from advisor.gui.history import HistoryPage, history_table
from advisor.gui.text import choose_language
from advisor.gui.theme import LIGHT
from tests.gui.kept import kept, undecided
from tests.gui.stage import PATIENCE_MS, texts

KINDS = ("standard", "too-close", "minimal")


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path)
    for day, kind in enumerate(KINDS, 10):
        made.save(msgspec.structs.replace(kept(kind), created_at=f"2026-11-{day}T08:15:00Z"))
    return made


@pytest.fixture
def page(store, qtbot):
    made = HistoryPage(store)
    qtbot.addWidget(made)
    made.apply_theme(LIGHT)
    made.resize(830, 640)
    made.show()
    qtbot.waitUntil(lambda: len(made.entries) == len(KINDS), timeout=PATIENCE_MS)
    yield made
    made.close()


def shown(page):
    return [page.table.source.table.keys[row] for row in page.table.shown_rows()]


def choose(page, *identities):
    page.table.clearSelection()
    for identity in identities:
        page.table.select_row(page.table.source.table.keys.index(identity))


def test_assessments_are_listed_newest_first(page):
    assert shown(page) == ["synthetic-minimal", "synthetic-too-close", "synthetic-standard"]
    assert page.count.text() == "3 assessments"
    row = page.table.source.table.rows[2]
    assert row[0].text.startswith("2026-11-10 ") and row[0].text.endswith(":15")
    assert [cell.text for cell in row[1:4]] == ["Synthetic sample: standard", "Clear", "PyTorch"]


def test_the_machine_is_named_where_there_are_several(page, store, qtbot):
    column = history_table_module.MACHINE
    assert page.table.isColumnHidden(column)
    elsewhere = store.load("synthetic-minimal")
    machine = msgspec.structs.replace(
        elsewhere.machine, cpu=msgspec.structs.replace(elsewhere.machine.cpu, model="Another CPU")
    )
    store.save(msgspec.structs.replace(elsewhere, id="elsewhere", machine=machine))
    page.reload()
    qtbot.waitUntil(lambda: len(page.entries) == len(KINDS) + 1, timeout=PATIENCE_MS)
    assert not page.table.isColumnHidden(column)


def test_a_hidden_column_leaves_its_room_to_the_others(page):
    table = page.table
    assert table.isColumnHidden(history_table_module.MACHINE)
    assert table.isColumnHidden(history_table_module.TAGS)
    width = sum(table.columnWidth(each) for each in range(table.model().columnCount()))
    assert abs(width - table.viewport().width()) <= table.model().columnCount()


def test_an_empty_history_says_what_to_do(tmp_path, qtbot):
    page = HistoryPage(Store(tmp_path / "empty"))
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.empty.title.text() == "No assessments yet", timeout=PATIENCE_MS)
    assert page.empty.isVisible() and not page.table.isVisible()
    assert not page.open_button.isEnabled()
    page.close()


def test_searching_keeps_what_has_every_word(page, qtbot):
    qtbot.keyClicks(page.search, "sample CLOSE")
    assert shown(page) == ["synthetic-too-close"]
    page.search.setText("clear pytorch")
    assert "synthetic-standard" in shown(page)
    page.search.setText("no such thing")
    assert shown(page) == [] and "Nothing matches" in texts(page)
    page.search.clear()
    assert len(shown(page)) == 3


def test_a_run_that_did_not_end_shows_its_state(page, store, qtbot):
    store.save(msgspec.structs.replace(undecided(), status=Status.RUNNING, created_at="2026-11-30T00:00:00Z"))
    page.reload()
    qtbot.waitUntil(lambda: len(page.entries) == 4, timeout=PATIENCE_MS)
    assert page.table.source.table.rows[0][2].text == "interrupted"


@pytest.mark.parametrize("way", ["button", "double-click", "keyboard"])
def test_opening_tells_which(page, qtbot, way):
    choose(page, "synthetic-too-close")
    with qtbot.waitSignal(page.open_requested, timeout=PATIENCE_MS) as opened:
        if way == "button":
            page.open_button.click()
        elif way == "keyboard":
            page.table.setFocus()
            qtbot.keyClick(page.table, Qt.Key.Key_Return)
        else:
            place = page.table.visualRect(page.table.model().index(1, 1)).center()
            qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
            qtbot.mouseDClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.args == ["synthetic-too-close"]


def test_actions_follow_the_selection(page):
    page.table.clearSelection()
    buttons = (page.open_button, page.rename_button, page.export_button, page.delete_button)
    assert not any(button.isEnabled() for button in (*buttons, page.compare_button))
    choose(page, "synthetic-standard")
    assert all(button.isEnabled() for button in buttons) and not page.compare_button.isEnabled()
    choose(page, "synthetic-standard", "synthetic-too-close")
    assert page.compare_button.isEnabled() and page.delete_button.isEnabled()
    assert not any(button.isEnabled() for button in buttons[:3])


def test_several_are_deleted_at_once_and_brought_back_and_deleted_again(page, store, qtbot):
    choose(page, "synthetic-standard", "synthetic-too-close")
    page.delete_button.click()
    qtbot.waitUntil(lambda: shown(page) == ["synthetic-minimal"], timeout=PATIENCE_MS)
    assert "2 assessments were deleted" in page.trash.banner.text.text()
    page.trash.undo()
    qtbot.waitUntil(lambda: len(shown(page)) == 3, timeout=PATIENCE_MS)
    page.trash.redo()
    qtbot.waitUntil(lambda: shown(page) == ["synthetic-minimal"], timeout=PATIENCE_MS)


def test_the_context_menu_offers_the_ways_back(page, store, qtbot):
    store.save(msgspec.structs.replace(kept("cancelled"), created_at="2026-11-30T00:00:00Z"))
    page.reload()
    qtbot.waitUntil(lambda: len(page.entries) == 4, timeout=PATIENCE_MS)
    choose(page, "synthetic-cancelled")
    menu = page.context_menu()
    for way in ("resume", "run-again", "edit-answers", "duplicate"):
        with qtbot.waitSignal(page.way_chosen, timeout=PATIENCE_MS) as chosen:
            menu.findChild(QAction, way).trigger()
        assert chosen.args == [way, "synthetic-cancelled"]
    choose(page, "synthetic-standard")
    assert page.context_menu().findChild(QAction, "resume") is None


def test_a_stopped_run_shows_that_and_no_verdict_a_running_one_that_it_runs(page, store, qtbot):
    store.save(msgspec.structs.replace(kept("cancelled"), created_at="2026-11-30T00:00:00Z"))
    running = msgspec.structs.replace(undecided(), id="now", status=Status.RUNNING)
    store.save(msgspec.structs.replace(running, created_at="2026-12-01T00:00:00Z"))
    with store.running("now"):
        page.reload()
        qtbot.waitUntil(lambda: len(page.entries) == 5, timeout=PATIENCE_MS)
    assert [row[2].text for row in page.table.source.table.rows[:2]] == ["running", "cancelled"]
    choose(page, "now")
    assert not page.delete_button.isEnabled()


def test_deleting_can_be_undone(page, store, qtbot):
    before = store.load("synthetic-standard")
    choose(page, "synthetic-standard")
    with qtbot.waitSignal(page.changed, timeout=PATIENCE_MS):
        page.delete_button.click()
    qtbot.waitUntil(lambda: "synthetic-standard" not in shown(page), timeout=PATIENCE_MS)
    assert not store.path("synthetic-standard").exists()
    assert "Synthetic sample: standard" in page.trash.banner.text.text()
    page.trash.banner.action.click()
    qtbot.waitUntil(lambda: "synthetic-standard" in shown(page), timeout=PATIENCE_MS)
    assert store.load("synthetic-standard") == before
    assert not page.trash.banner.isVisible()


def test_what_was_deleted_is_gone_once_the_window_closes(page, store, qtbot):
    choose(page, "synthetic-minimal")
    with qtbot.waitSignal(page.changed, timeout=PATIENCE_MS):
        page.delete()
    page.close()
    assert not list((store.folder / "removed").iterdir())
    assert store.path("synthetic-standard").exists()


def test_a_running_assessment_cannot_be_deleted(page, store, qtbot):
    choose(page, "synthetic-standard")
    with store.running("synthetic-standard"):
        page.delete_button.click()
        qtbot.waitUntil(page.problem.isVisible, timeout=PATIENCE_MS)
    assert "being run" in page.problem.text.text()
    assert store.path("synthetic-standard").exists()


def test_renaming_changes_the_title_and_nothing_else(page, store, qtbot):
    before = store.load("synthetic-standard")
    choose(page, "synthetic-standard")
    page.rename_button.click()
    dialog = page.findChild(NameDialog)
    dialog.field.setText("  ")
    assert not dialog.accept_button.isEnabled()
    dialog.field.setText(" New server, new driver ")
    with qtbot.waitSignal(page.changed, timeout=PATIENCE_MS):
        dialog.accept()
    assert store.load("synthetic-standard") == msgspec.structs.replace(before, title="New server, new driver")
    qtbot.waitUntil(
        lambda: page.table.source.table.rows[2][1].text == "New server, new driver", timeout=PATIENCE_MS
    )


def test_a_file_goes_out_and_comes_in_again(page, store, qtbot, tmp_path):
    choose(page, "synthetic-too-close")
    page.export_button.click()
    dialog = page.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "copy.json"))
    dialog.close()
    qtbot.waitUntil((tmp_path / "copy.json").exists, timeout=PATIENCE_MS)
    qtbot.waitUntil(page.saved_banner.isVisible, timeout=PATIENCE_MS)
    assert page.saved_banner.folder_button.text() == "Show in folder"
    exported = document.read(tmp_path / "copy.json")
    assert exported == store.load("synthetic-too-close")
    with qtbot.waitSignal(page.changed, timeout=PATIENCE_MS):
        page.import_file(tmp_path / "copy.json")
    qtbot.waitUntil(lambda: len(page.entries) == 4, timeout=PATIENCE_MS)
    other = next(entry.id for entry in page.entries if not entry.id.startswith("synthetic"))
    assert store.load(other) == msgspec.structs.replace(exported, id=other)


def test_a_file_that_is_no_assessment_is_refused_with_a_reason(page, qtbot, tmp_path):
    (tmp_path / "odd.json").write_text('{"schema_version": 1, "id": 3}')
    page.import_file(tmp_path / "odd.json")
    qtbot.waitUntil(page.problem.isVisible, timeout=PATIENCE_MS)
    assert "odd.json" in page.problem.text.text()
    assert len(page.entries) == 3


def test_two_assessments_stand_side_by_side_older_first(page, qtbot):
    choose(page, "synthetic-too-close", "synthetic-standard")
    page.compare_button.click()
    qtbot.waitUntil(page.compare.isVisible, timeout=PATIENCE_MS)
    assert page.compare.titles[0].text().startswith("Before: Synthetic sample: standard")
    assert page.compare.titles[1].text().startswith("After: Synthetic sample: too-close")
    page.compare.back_button.click()
    assert page.list.isVisible() and not page.compare.isVisible()


def test_the_language_changes_while_it_is_shown(page):
    choose_language("zh_CN")
    page.retranslate("zh_CN")
    chinese = history_table(page.entries, page._alternatives, "zh_CN")
    assert page.table.source.table == chinese
    assert page.table.source.table.rows[2][2].text != "Clear"


def test_every_control_has_a_name(page):
    for widget in (page.table, page.search):
        assert widget.accessibleName()
    for button in (page.import_button, page.open_button, page.compare_button, page.delete_button):
        assert button.text()


def test_tags_are_given_to_several_taken_from_one_and_filtered_by(page, store, qtbot):
    def set_tags(text, *identities):
        choose(page, *identities)
        page.findChild(QPushButton, "tags").click()
        dialog = page.findChild(NameDialog)
        before = dialog.field.text()
        dialog.field.setText(text)
        dialog.accept_button.click()
        return before

    def tags():
        return {entry.id: entry.tags for entry in page.entries if entry.tags}

    both = ("synthetic-standard", "synthetic-too-close")
    assert set_tags(" line 2,draft, line  2", *both) == ""
    qtbot.waitUntil(lambda: tags() == dict.fromkeys(both, ("line 2", "draft")), timeout=PATIENCE_MS)
    assert set_tags("line 2, done", "synthetic-standard") == "draft, line 2"
    wanted = {"synthetic-standard": ("line 2", "done"), "synthetic-too-close": ("line 2", "draft")}
    qtbot.waitUntil(lambda: tags() == wanted, timeout=PATIENCE_MS)
    assert store.load("synthetic-standard").tags == ("line 2", "done")
    offered = page.filter.tag
    assert [offered.itemText(each) for each in range(offered.count())] == [
        "All tags",
        "done",
        "draft",
        "line 2",
    ]
    offered.setCurrentText("done")
    assert shown(page) == ["synthetic-standard"]
    assert set_tags("", "synthetic-standard") == "done, line 2"
    # The tag that was filtered by is nobody's any more: everything is shown again.
    qtbot.waitUntil(lambda: len(shown(page)) == len(KINDS), timeout=PATIENCE_MS)
    assert offered.currentText() == "All tags"


def test_rows_are_dragged_out_as_files_under_their_titles(page, store):
    choose(page, "synthetic-standard", "synthetic-minimal")
    model = page.table.model()
    assert all(model.flags(each) & Qt.ItemFlag.ItemIsDragEnabled for each in page.table.selectedIndexes())
    files = [Path(url.toLocalFile()) for url in model.mimeData(page.table.selectedIndexes()).urls()]
    assert {each.name for each in files} == {
        "Synthetic sample standard.advisor",
        "Synthetic sample minimal.advisor",
    }
    assert {document.read(each).id for each in files} == {"synthetic-standard", "synthetic-minimal"}
    page.close()
    assert not any(each.exists() for each in files)
