"""The results dashboard through its real widgets: what it says is what the assessment says."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget

from advisor.assessment.settings import Settings
from advisor.assessment.store import Store
from advisor.decision.engine import Model, decide
from advisor.decision.model import Criterion, PriorityMode
from advisor.decision.trust import told
from advisor.gui.charts import Plot
from advisor.gui.charts_card import ChartView
from advisor.gui.export import ExportDialog
from advisor.gui.results.blocks import CodeRow
from advisor.gui.results.page import TABS, ResultsPage
from advisor.gui.results.verdict_card import VerdictCard
from advisor.gui.tables import TableView
from advisor.gui.text import choose_language
from advisor.gui.theme import DARK, LIGHT
from advisor.probes.model import ParallelPoint, Quantity, Sample
from advisor.report import format as fmt
from advisor.report import summary
from advisor.report.context import ReportContext
from advisor.report.wording import trust, verdict
from tests.gui.kept import kept, undecided
from tests.gui.stage import PATIENCE_MS, texts

KINDS = ("standard", "too-close", "all-ruled-out", "cancelled", "three-gpus", "long-names", "minimal")


@pytest.fixture
def page(qtbot, tmp_path):
    made = ResultsPage(Store(tmp_path), Settings())
    qtbot.addWidget(made)
    made.apply_theme(LIGHT)
    made.resize(830, 700)
    made.show()
    yield made
    made.close()


def look(qtbot, page, key):
    """Go to a tab and wait until it is filled."""
    page.show_tab(key)
    part = page._parts[key]
    if hasattr(part, "complete"):
        qtbot.waitUntil(lambda: part.complete, timeout=PATIENCE_MS)
    return part


def ready(qtbot, page):
    """Wait until the sliders can be moved."""
    qtbot.waitUntil(lambda: page.model is not None, timeout=PATIENCE_MS)


def move(qtbot, page, **points):
    """Move sliders and wait for the answer."""
    with qtbot.waitSignal(page.what_if.decided, timeout=PATIENCE_MS):
        for criterion, value in points.items():
            page.what_if.weights.rows[Criterion(criterion)].slider.setValue(value)
    return page.what_if.decision


def test_an_empty_page_says_what_to_do(page):
    assert "No assessment is open" in texts(page)
    page.export()
    assert page.findChild(ExportDialog) is None


@pytest.mark.parametrize(("kind", "language"), [*((kind, "en") for kind in KINDS), ("long-names", "zh_CN")])
def test_every_tab_of_every_kind_is_drawn(page, qtbot, kind, language):
    choose_language(language)
    page.retranslate(language)
    page.show_assessment(kept(kind))
    for key in TABS:
        part = look(qtbot, page, key)
        assert not part.grab().isNull()
        assert texts(part).strip() or part.findChildren(Plot)


def test_the_answer_is_the_reports_own_sentence(page, qtbot):
    assessment = kept("standard")
    page.show_assessment(assessment)
    answer = look(qtbot, page, "answer")
    card = answer.findChild(VerdictCard)
    names = ReportContext(assessment, "en").names
    assert card.headline.text() == verdict.headline(assessment.decision, names, "en") == "Adopt PyTorch"
    assert card.sentence.text() == summary.answer(ReportContext(assessment, "en")).sentence


@pytest.mark.parametrize("kind", ["standard", "cancelled"])
def test_the_verdict_says_what_weakens_it(page, qtbot, kind):
    assessment = kept(kind)
    page.show_assessment(assessment)
    card = look(qtbot, page, "answer").findChild(VerdictCard)
    names = ReportContext(assessment, "en").names
    doubts = [trust.concern(each, names, "en") for each in told(assessment.decision.verdict)]
    assert doubts
    for doubt in doubts:
        assert doubt in texts(card)
        assert doubt in card.accessibleDescription()


def test_the_install_command_can_be_copied(page, qtbot):
    page.show_assessment(kept("standard"))
    row = look(qtbot, page, "answer").findChild(CodeRow)
    row.copy_button.click()
    expected = summary.answer(ReportContext(kept("standard"), "en")).command
    assert QGuiApplication.clipboard().text() == expected
    assert "install" in expected and "torch" in expected


def test_of_a_shortlist_each_can_be_installed(page, qtbot):
    page.show_assessment(kept("too-close"))
    answer = look(qtbot, page, "answer")
    context = ReportContext(kept("too-close"), "en")
    chosen = kept("too-close").decision.verdict.recommended
    assert len(chosen) == 2
    assert [row.text.text() for row in answer.findChildren(CodeRow)] == [
        summary.install_command(context, each) for each in chosen
    ]
    assert all(context.name(each) in texts(answer) for each in chosen)
    assert answer.findChild(VerdictCard).property("card") == "warning"


def test_where_all_is_ruled_out_there_is_nothing_to_install(page, qtbot):
    page.show_assessment(kept("all-ruled-out"))
    answer = look(qtbot, page, "answer")
    assert not answer.findChildren(CodeRow)
    assert answer.findChild(VerdictCard).property("card") == "bad"


def too_wide(part):
    """Return the names of the tables in sight that would scroll sideways."""
    found = []
    for view in part.findChildren(TableView):
        shown = [each for each in range(view.source.columnCount()) if not view.isColumnHidden(each)]
        if view.isVisible() and sum(map(view.columnWidth, shown)) > view.viewport().width():
            found.append(view.accessibleName())
    return found


@pytest.mark.parametrize("kind", ["standard", "long-names"])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_tables_of_figures_fit_the_smallest_window(page, qtbot, kind, language):
    choose_language(language)
    page.retranslate(language)
    page.show_assessment(kept(kind))
    for key in ("answer", "measurements", "sensitivity"):
        part = look(qtbot, page, key)
        # A table's height comes with the next layout; until then a scroll bar may take room from its columns.
        qtbot.waitUntil(lambda part=part: not too_wide(part), timeout=PATIENCE_MS)


def test_a_run_without_a_decision_says_so_and_has_no_sliders(page, qtbot):
    page.show_assessment(undecided())
    answer = look(qtbot, page, "answer")
    assert "The run ended before a decision could be made." in texts(answer)
    assert not page.tabs.isTabEnabled(list(TABS).index("what-if"))
    assert "Nothing was measured" in texts(look(qtbot, page, "measurements"))
    assert "cancelled" in page.state.text()
    for key in ("sensitivity", "advice", "evidence"):
        look(qtbot, page, key)


def test_the_measured_table_follows_the_choices_above_it(page, qtbot):
    page.show_assessment(kept("standard"))
    tab = look(qtbot, page, "measurements")
    assert tab.selection.workload == "resnet18-96"

    def rows():
        qtbot.waitUntil(lambda: tab.complete, timeout=PATIENCE_MS)
        return tab.table.source.table.rows

    first = rows()
    assert {row[0].text for row in first} == {"Image classification"}
    tab.task.setCurrentIndex(0)
    assert {row[0].text for row in rows()} > {"Image classification"}
    assert not tab.table.isColumnHidden(0)
    tab.task.setCurrentIndex(tab.task.findData("bert-tiny"))
    tab.variant.setCurrentIndex(tab.variant.findText("compiled"))
    chosen = rows()
    assert {row[0].text for row in chosen} == {"Natural language processing"}
    assert all(row[1].text.endswith(" · compiled") for row in chosen)
    assert tab.table.isColumnHidden(0)


def test_a_failed_probe_shows_its_reason_and_no_zero(page, qtbot):
    page.show_assessment(kept("long-names"))
    tab = look(qtbot, page, "measurements")
    failed = [row for row in tab.table.source.table.rows if row[1].text.startswith("MXNet")]
    assert failed and all("numpy" in row[8].text for row in failed)
    assert all(cell.key is None and cell.text == fmt.DASH for row in failed for cell in row[2:8])
    for view in tab.findChildren(ChartView):
        for panel in view.chart.panels:
            for label, bar in zip(view.chart.labels, panel.bars, strict=True):
                if label.text == "MXNet":
                    assert bar.missing and not bar.segments


def test_dragging_a_slider_decides_anew_and_everything_follows(page, qtbot):
    assessment = kept("standard")
    page.show_assessment(assessment)
    what_if = look(qtbot, page, "what-if")
    ready(qtbot, page)
    assert what_if.answer.verdict.headline.text() == "Adopt PyTorch"
    assert what_if.answer.effects.text() == "This is the answer as saved."
    moved = {criterion.value: 0 for criterion in Criterion} | {"ease_of_use": 100}
    decision = move(qtbot, page, **moved)
    model = Model(
        assessment.needs,
        assessment.catalogue,
        assessment.machine,
        assessment.runs,
        seed=assessment.options.seed,
    )
    assert decision == model.decide(what_if.points)
    assert decision.ranking[0].framework == "keras"
    names = ReportContext(assessment, "en").names
    assert what_if.answer.verdict.headline.text() == verdict.headline(decision, names, "en")
    assert what_if.answer.verdict.sentence.text().startswith(verdict.sentence(decision, names, "en"))
    first = what_if.answer.values.chart
    assert first.labels[0].text == f"1  {names[decision.ranking[0].alternative]}"
    assert [bar.text for bar in first.panels[0].bars] == [
        fmt.points(each.points) for each in decision.ranking
    ]
    weights = {each.criterion: each.weight for each in decision.weights}
    assert weights[Criterion.EASE_OF_USE] == pytest.approx(1.0)
    assert what_if.weights.rows[Criterion.EASE_OF_USE]._share.text() == "100%"
    assert "→ 1" in what_if.answer.effects.text()
    stability = what_if.answer.stability.chart.panels[0].bars
    assert 1.0 in [bar.low for bar in stability]
    what_if.reset_button.click()
    assert what_if.decision == assessment.decision
    assert what_if.points == {}
    assert what_if.answer.effects.text() == "This is the answer as saved."


def test_a_long_drag_is_not_queued_up(page, qtbot, monkeypatch):
    page.show_assessment(kept("standard"))
    look(qtbot, page, "what-if")
    ready(qtbot, page)
    decided = []
    model = page.model
    monkeypatch.setattr(
        model, "decide", lambda points, decide=model.decide: decided.append(1) or decide(points)
    )
    slider = page.what_if.weights.rows[Criterion.COMMUNITY].slider
    with qtbot.waitSignal(page.what_if.decided, timeout=PATIENCE_MS):
        for value in range(0, 101):
            slider.setValue(value)
    assert len(decided) == 1
    assert page.what_if.points[Criterion.COMMUNITY] == 100


def test_sliders_are_moved_by_keyboard_and_have_names(page, qtbot):
    page.show_assessment(kept("standard"))
    look(qtbot, page, "what-if")
    ready(qtbot, page)
    row = page.what_if.weights.rows[Criterion.MEMORY]
    before = row.slider.value()
    with qtbot.waitSignal(page.what_if.decided, timeout=PATIENCE_MS):
        qtbot.keyClick(row.slider, Qt.Key.Key_Right)
    assert row.slider.value() == before + 1
    assert row.slider.accessibleName() == "Memory use"
    assert row.slider.accessibleDescription().endswith("%")


def test_a_criterion_without_data_has_no_slider(page, qtbot):
    page.show_assessment(kept("standard"))
    look(qtbot, page, "what-if")
    energy = next(each for each in kept("standard").decision.weights if each.criterion is Criterion.ENERGY)
    assert not energy.assessed
    row = page.what_if.weights.rows[Criterion.ENERGY]
    assert not row.slider.isVisibleTo(page)
    assert row._share.text() == "not assessed"


def test_moved_weights_are_kept_as_a_copy_that_decides_the_same(page, qtbot):
    assessment = kept("standard")
    page.show_assessment(assessment)
    look(qtbot, page, "what-if")
    ready(qtbot, page)
    moved = move(qtbot, page, ease_of_use=100, training_speed=5)
    with qtbot.waitSignal(page.saved, timeout=PATIENCE_MS) as saved:
        page.what_if.copy_button.click()
    copy = page.store.load(saved.args[0])
    assert copy.id != assessment.id
    assert copy.needs.priorities.weights[Criterion.EASE_OF_USE] == 100
    assert copy.needs.priorities.mode is PriorityMode.WEIGHTS
    assert copy.runs == assessment.runs
    assert [each.alternative for each in copy.decision.ranking] == [
        each.alternative for each in moved.ranking
    ]
    again = decide(copy.needs, copy.catalogue, copy.machine, copy.runs, seed=copy.options.seed)
    assert copy.decision == again
    assert page.assessment == copy
    assert copy.title in page.notice.text.text()


def test_a_copy_that_cannot_be_saved_says_why(page, qtbot, monkeypatch):
    page.show_assessment(kept("standard"))
    look(qtbot, page, "what-if")
    ready(qtbot, page)
    move(qtbot, page, ease_of_use=100)
    monkeypatch.setattr(page.store, "folder", page.store.folder / "missing")
    page.what_if.copy_button.click()
    qtbot.waitUntil(page.problem.isVisible, timeout=PATIENCE_MS)
    assert "does not exist" in page.problem.text.text()


def test_opening_another_assessment_forgets_the_model_of_the_one_before(page, qtbot):
    page.show_assessment(kept("standard"))
    page.show_assessment(kept("too-close"))
    assert page.model is None
    ready(qtbot, page)
    assert set(page.model.names) == {each.alternative for each in kept("too-close").decision.ranking}
    assert page.model.needs == kept("too-close").needs


def test_the_language_and_the_theme_change_under_the_readers_eyes(page, qtbot):
    page.show_assessment(kept("standard"))
    look(qtbot, page, "answer")
    english = page.answer.findChild(VerdictCard).headline.text()
    choose_language("zh_CN")
    page.retranslate("zh_CN")
    qtbot.waitUntil(lambda: page.answer.complete, timeout=PATIENCE_MS)
    chinese = page.answer.findChild(VerdictCard).headline.text()
    assert chinese != english
    page.apply_theme(DARK)
    look(qtbot, page, "answer")
    assert all(plot._theme is DARK for plot in page.answer.findChildren(Plot))


def test_everything_that_can_be_reached_has_a_name(page, qtbot):
    page.show_assessment(kept("standard"))
    for key in TABS:
        part = look(qtbot, page, key)
        for widget in part.findChildren(QWidget):
            if (
                widget.focusPolicy() & Qt.FocusPolicy.TabFocus
                and widget.isVisibleTo(part)
                and not isinstance(widget, QLabel)
            ):
                named = widget.accessibleName() or getattr(widget, "text", lambda: "")()
                inner = widget.objectName().startswith("qt_") or widget.parent().__class__ is TableView
                assert named or inner, (key, widget, widget.parent())
        assert all(plot.accessibleDescription() for plot in part.findChildren(Plot) if plot.chart)


def test_the_samples_come_last_for_the_tab_key_and_the_plot_is_among_them(page, qtbot):
    page.show_assessment(kept("standard"))
    tab = look(qtbot, page, "measurements")
    tab.task.setCurrentIndex(tab.task.findData("bert-tiny"))
    qtbot.waitUntil(lambda: tab.complete, timeout=PATIENCE_MS)
    walked, widget = [], tab.task
    while (widget := widget.nextInFocusChain()) is not tab.task:
        walked.append(widget)
    places = [walked.index(each) for each in (tab.table, tab.explorer.quantity, tab.explorer.save_button)]
    places += [walked.index(each) for each in (tab.explorer.plot, tab.explorer.legend)]
    assert places == sorted(places)
    assert tab.body.itemAt(tab.body.count() - 1).widget() is tab.explorer


def test_tabs_are_walked_by_keyboard(page, qtbot):
    page.show_assessment(kept("standard"))
    page.tabs.tabBar().setFocus()
    qtbot.keyClick(page.tabs.tabBar(), Qt.Key.Key_Right)
    assert page.shown_tab == "what-if"


def test_exporting_opens_the_dialog_on_this_assessment(page, qtbot, tmp_path):
    page.show_assessment(kept("too-close"))
    page.export_button.click()
    dialog = page.findChild(ExportDialog)
    dialog.choose("json")
    dialog.save_as(tmp_path / "out.json")
    qtbot.waitUntil(page.notice.isVisible, timeout=PATIENCE_MS)
    assert (tmp_path / "out.json").exists()
    assert "out.json" in page.notice.text.text()


def test_a_title_of_others_is_shown_as_plain_text(page, qtbot):
    page.show_assessment(msgspec.structs.replace(kept("minimal"), title="<b>x</b><img src='http://a/b'>"))
    assert page.header.title.text() == "<b>x</b><img src='http://a/b'>"
    assert page.header.title.textFormat() is Qt.TextFormat.PlainText


@pytest.mark.parametrize(("width", "columns"), [(1280, 1), (2560, 2)])
def test_cards_stand_side_by_side_where_there_is_room(qtbot, page, width, columns):
    page.resize(width, 1440)
    page.show_assessment(kept("standard"))
    ready(qtbot, page)
    tab = look(qtbot, page, "answer")
    lefts = {card.mapTo(tab, card.rect().topLeft()).x() for card in tab._made}
    assert len(lefts) == columns
    page.resize(1000, 700)  # and none is lost where the window becomes narrow
    qtbot.waitUntil(lambda: len({card.x() for card in tab._made}) == 1, timeout=PATIENCE_MS)
    assert all(card.isVisibleTo(tab) for card in tab._made)


def test_scaling_over_processes_stands_among_what_was_measured(qtbot, page):
    assessment = kept("standard")
    run = assessment.runs[0]
    batch = run.workload.batch

    def samples(step_s, items):
        return tuple(
            Sample(Quantity.TRAIN, number, 10, 10 * step_s, 0.0, 10 * items) for number in range(1, 5)
        )

    point = ParallelPoint(2, 1, False, samples(0.125, 2 * batch), samples(0.1, batch), equal_weights=True)
    first, *others = run.results
    results = (msgspec.structs.replace(first, parallel=(point,)), *others)
    page.show_assessment(
        msgspec.structs.replace(assessment, runs=(msgspec.structs.replace(run, results=results),))
    )
    part = look(qtbot, page, "measurements")
    assert "Scaling over threads and processes" in texts(part)
