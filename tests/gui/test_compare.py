"""Two assessments side by side in the window."""

import msgspec
import pytest
from PySide6.QtWidgets import QPushButton, QWidget

from advisor.assessment.redeciding import redecided, under
from advisor.decision.model import Criterion
from advisor.gui.compare import ComparePage
from advisor.gui.export import ExportDialog
from advisor.gui.tables_data import Tone
from advisor.gui.text import choose_language
from advisor.gui.theme import LIGHT
from tests.gui import stage
from tests.gui.kept import kept, undecided
from tests.gui.stage import texts


@pytest.fixture
def page(qtbot):
    made = ComparePage()
    qtbot.addWidget(made)
    made.apply_theme(LIGHT)
    made.resize(830, 700)
    made.show()
    return made


def changed(assessment, version):
    """The same run after an update of one framework and of the system."""
    states = tuple(
        msgspec.structs.replace(
            state, installation=msgspec.structs.replace(state.installation, version=version)
        )
        if state.alternative == "pytorch"
        else state
        for state in assessment.installations
    )
    system = msgspec.structs.replace(assessment.machine.os, version="14", name="Synthetic Linux 14")
    machine = msgspec.structs.replace(assessment.machine, os=system)
    return msgspec.structs.replace(assessment, id="other", installations=states, machine=machine)


def shown(view):
    return [view.source.table.rows[row] for row in view.shown_rows()]


def test_only_what_changed_is_shown_first_and_marked(page):
    before = kept("standard")
    page.show_pair(before, changed(before, "2.14.0"))
    rows = shown(page.circumstances)
    assert {row[0].text for row in rows} == {"PyTorch", "Operating system"}
    pytorch = next(row for row in rows if row[0].text == "PyTorch")
    assert pytorch[1].text.startswith("2.13.0") and pytorch[2].text.startswith("2.14.0")
    assert pytorch[1].tone is pytorch[2].tone is Tone.WARNING
    page.only_changes.click()
    everything = shown(page.circumstances)
    assert len(everything) > len(rows)
    assert {row[3].text for row in everything} == {"changed", "same"}


def test_nothing_changed_against_itself(page):
    page.show_pair(kept("standard"), kept("standard"))
    assert shown(page.circumstances) == [] and not page.circumstances.isVisible()
    assert "Machine and frameworks are the same." in texts(page)
    assert "Every question was answered alike." in texts(page)
    assert "Both rest on the same measurements, so no speed differs." in texts(page)
    assert not page.speeds.isVisible() and not page.chart.isVisible()
    for row in page.standings.source.table.rows:
        assert row[1].text == row[2].text and row[3].text == row[4].text


def again(assessment):
    """Another run in which every time came out the same."""
    runs = tuple(msgspec.structs.replace(run, elapsed_s=run.elapsed_s + 1.0) for run in assessment.runs)
    return msgspec.structs.replace(assessment, id="again", runs=runs)


def test_another_run_with_the_same_times_shows_no_difference(page):
    page.show_pair(kept("standard"), again(kept("standard")))
    assert {row[6].text for row in page.speeds.source.table.rows} == {"no difference shown"}
    assert {row[4].text for row in page.speeds.source.table.rows} == {"1.00×"}


def test_a_faster_machine_is_told_in_table_and_chart(page):
    page.show_pair(kept("standard"), kept("three-gpus"))
    rows = page.speeds.source.table.rows
    assert rows and all(row[6].text == "faster" and row[4].key > 10 for row in rows)
    assert [bar.text for bar in page.chart.chart.panels[0].bars] == [row[4].text for row in rows]
    page.swap_button.click()
    assert all(row[6].text == "slower" and row[4].key < 0.1 for row in page.speeds.source.table.rows)
    assert page.titles[0].text().startswith("Before: Synthetic sample: three-gpus")


def test_speeds_follow_the_chosen_task(page):
    page.show_pair(kept("standard"), kept("three-gpus"))
    first = page.speeds.source.table.rows
    page.task.setCurrentIndex(page.task.findData("dqn-cartpole"))
    second = page.speeds.source.table.rows
    assert second and second != first
    assert "Acting and learning" in {row[1].text for row in second}


@pytest.mark.parametrize("pair", [("standard", "minimal"), ("minimal", "minimal")])
def test_without_a_common_measurement_it_says_so(page, pair):
    page.show_pair(*(kept(kind) for kind in pair))
    assert "The two have no measurement in common." in texts(page)
    assert not page.speeds.isVisible() and not page.chart.isVisible()


def test_a_side_without_a_decision_says_so(page):
    page.show_pair(undecided(), kept("cancelled"))
    assert page.verdicts[0].headline.text() == "No verdict yet"
    assert all(row[1].key is None for row in page.standings.source.table.rows)


def test_both_languages(page):
    page.show_pair(kept("standard"), kept("three-gpus"))
    english = page.verdicts[0].headline.text()
    choose_language("zh_CN")
    page.retranslate("zh_CN")
    assert page.verdicts[0].headline.text() != english
    assert not page.grab().isNull()


def test_a_copy_with_other_weights_leads_with_them_and_is_exported(window, qtbot, tmp_path):
    original = kept("standard")
    copy = redecided(original, points={Criterion.EASE_OF_USE: 100.0, Criterion.TRAINING_SPEED: 5.0})
    copy = msgspec.structs.replace(copy, id=f"{original.id}-b", title="Ease first")
    for each in (copy, original):
        window.context.store.save(each)
    window.show_page("assessments")
    page = window.page("assessments")
    qtbot.waitUntil(lambda: len(page.entries) == 2, timeout=stage.PATIENCE_MS)
    for row in range(2):
        page.table.select_row(row)
    page.findChild(QPushButton, "compare-selected").click()
    answers = page.findChild(QWidget, "answers")
    qtbot.waitUntil(lambda: answers.isVisibleTo(page), timeout=stage.PATIENCE_MS)
    assert [[cell.text for cell in row] for row in answers.source.table.rows] == [
        ["Weight of training speed", "100", "5"],
        ["Weight of ease of use", "13", "100"],
    ]
    change = page.findChild(QWidget, "verdict-change")
    assert change.text() == "The verdict changed: Adopt PyTorch → Lean towards PyTorch"
    # What leads stands above everything else.
    places = [
        each.mapTo(page, each.rect().topLeft()).y() for each in (change, answers, page.compare.no_changes)
    ]
    assert places == sorted(places)
    page.findChild(QPushButton, "export-comparison").click()
    dialog = page.findChild(ExportDialog)
    assert dialog.findChild(QPushButton, "format-json") is None
    dialog.findChild(QPushButton, "format-markdown").click()
    dialog.save_as(tmp_path / "both.md")
    banner = page.findChild(QWidget, "compare").findChild(QPushButton, "open-saved")
    qtbot.waitUntil(lambda: banner.isVisibleTo(page), timeout=stage.PATIENCE_MS)
    text = (tmp_path / "both.md").read_text("utf-8")
    assert text.index("Weight of ease of use") < text.index("What changed in the measurements")


def test_requirements_newly_missed_are_told(page):
    before = kept("standard")
    needs = before.needs
    constraints = msgspec.structs.replace(needs.constraints, licences=("MIT",))
    page.show_pair(before, under(before, msgspec.structs.replace(needs, constraints=constraints)))
    said = page.findChild(QWidget, "requirements").text()
    assert "PyTorch: newly missed. Of the licences that" in said
