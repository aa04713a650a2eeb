"""Tables in the window: what they show, how they sort, what they copy and which links they follow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication

from advisor.gui import tables
from advisor.gui.results import measured
from advisor.gui.results.blocks import shown_table
from advisor.gui.results.measured import Selection
from advisor.gui.tables import TableView, open_link
from advisor.gui.tables_data import Cell, Table, Tone, stacked, tab_separated
from advisor.gui.theme import DARK, LIGHT
from advisor.probes.model import Outcome, Quantity
from advisor.probes.statistics import summarise
from advisor.report import format as fmt
from advisor.report import model
from advisor.report.context import ReportContext
from advisor.report.document import build
from advisor.workloads.model import Task
from tests.gui.kept import kept
from tests.samples import COMPILED

TABLE = Table(
    headers=("Name", "Figure", "Source"),
    rows=(
        (Cell("b", "b"), Cell("10", 10.0), Cell("page", "page", link="https://example.org/a")),
        (
            Cell("c", "c"),
            Cell("crashed", None, tone=Tone.BAD),
            Cell("file", "file", link="file:///etc/passwd"),
        ),
        (Cell("a", "a"), Cell("9", 9.0), Cell("none", "none")),
    ),
    figures=frozenset({1}),
    keys=("second", "third", "first"),
)


@pytest.fixture
def view(qtbot):
    made = TableView()
    qtbot.addWidget(made)
    made.apply_theme(LIGHT)
    made.set_table(TABLE)
    made.resize(500, 300)
    made.show()
    return made


def column(view, number):
    return [view.model().index(row, number).data() for row in range(view.model().rowCount())]


def test_the_models_obey_qt(qtmodeltester, view):
    qtmodeltester.check(view.source)
    qtmodeltester.check(view.filter)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Qt.SortOrder.AscendingOrder, ["9", "10", "crashed"]),
        (Qt.SortOrder.DescendingOrder, ["10", "9", "crashed"]),
    ],
)
def test_figures_sort_as_numbers_and_what_has_none_stays_last(view, order, expected):
    view.sortByColumn(1, order)
    assert column(view, 1) == expected
    view.clear_sorting()
    assert column(view, 1) == ["10", "crashed", "9"]


@given(st.lists(st.none() | st.floats(allow_nan=False), max_size=12))
def test_any_column_sorts_with_missing_figures_last(qapp, keys):
    view = TableView()
    view.set_table(Table(("x",), tuple((Cell(str(key), key),) for key in keys)))
    for order, reverse in ((Qt.SortOrder.AscendingOrder, False), (Qt.SortOrder.DescendingOrder, True)):
        view.sortByColumn(0, order)
        shown = [view.source.table.rows[row][0].key for row in view.shown_rows()]
        known = [key for key in keys if key is not None]
        assert shown == sorted(known, reverse=reverse) + [None] * (len(keys) - len(known))
    view.deleteLater()


def test_headers_of_figures_are_broken_where_both_lines_are_shortest():
    assert stacked("Median (95% interval)") == "Median (95%\ninterval)"
    assert stacked("Share of peak") == "Share\nof peak"
    assert stacked("Rounds") == "Rounds"
    assert stacked("Effectivecores") == "Effectivecores"


def test_copied_headers_are_in_one_line(qapp):
    view = TableView()
    view.set_table(Table(("Median time",), ((Cell("1 s", 1.0),),), figures=frozenset({0})))
    assert view.model().headerData(0, Qt.Orientation.Horizontal) == "Median\ntime"
    view.copy_all()
    assert QGuiApplication.clipboard().text().startswith("Median time\n")
    view.deleteLater()


@pytest.mark.parametrize("width", [300, 420, 700])
def test_figures_stay_whole_and_sentences_give_way(qtbot, width):
    view = TableView()
    qtbot.addWidget(view)
    row = (Cell("a framework with a long name"), Cell("123,456.7 images/s", 1.0), Cell("so it was " * 30))
    view.set_table(Table(("Name", "Rate", "Outcome"), (row,), figures=frozenset({1})))
    view.resize(width, 200)
    view.show()
    assert view.columnWidth(1) >= view.sizeHintForColumn(1)
    assert view.columnWidth(2) < view.sizeHintForColumn(2)


@pytest.mark.parametrize("width", [400, 520, 700])
def test_broken_lines_end_between_words(qtbot, width):
    view = TableView(wrapping=True)
    qtbot.addWidget(view)
    row = (Cell("Keras (TensorFlow)"), Cell("13.4 min (12.7–14.2)", 1.0), Cell("never mind " * 20))
    view.set_table(Table(("Name", "Time per epoch", "Why"), (row,), frozenset({1}), prose={2: 1.0}))
    view.resize(width, 200)
    view.show()
    for number, word in ((0, "(TensorFlow)"), (1, "(12.7–14.2)")):
        assert view.columnWidth(number) > view.fontMetrics().horizontalAdvance(word)
    assert sum(map(view.columnWidth, range(3))) <= view.viewport().width()


def test_a_filter_keeps_what_it_accepts(view):
    view.filter.set_test(lambda row: row[1].key is not None)
    assert column(view, 0) == ["b", "a"]


def test_copying_takes_the_selection_as_it_is_sorted(view, qtbot):
    view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    view.select_row(0)
    view.select_row(2)
    assert view.selected_keys() == ["first", "second"]
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Name\tFigure\tSource\na\t9\tnone\nb\t10\tpage\n"


def test_copying_without_a_selection_takes_everything_shown(view):
    view.filter.set_test(lambda row: row[0].text != "b")
    view.copy()
    assert QGuiApplication.clipboard().text() == "Name\tFigure\tSource\nc\tcrashed\tfile\na\t9\tnone\n"


def test_text_with_tabs_and_lines_stays_in_its_cell():
    table = Table(("a", "b"), ((Cell("one\ttwo\nthree"), Cell("x")),))
    assert tab_separated(table).splitlines()[1].split("\t") == ["one two three", "x"]


@pytest.fixture
def opened(monkeypatch):
    found = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: found.append(url.toString()) or True)
    return found


@pytest.mark.parametrize("address", ["https://example.org/a", "http://example.org"])
def test_web_addresses_are_opened(opened, address):
    assert open_link(address)
    assert opened == [address]


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://example.org",
        "https://",
        "",
        "example.org",
        "mailto:a@b.c",
    ],
)
def test_no_other_address_is_opened(opened, address):
    assert not open_link(address)
    assert opened == []


def test_a_link_opens_on_a_click_and_a_file_does_not(view, qtbot, opened):
    for row in (0, 1):
        place = view.visualRect(view.model().index(row, 2)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    assert opened == ["https://example.org/a"]


def test_tones_follow_the_theme(view):
    index = view.model().index(1, 1)
    assert index.data(Qt.ItemDataRole.ForegroundRole).color().name() == LIGHT.bad
    view.apply_theme(DARK)
    assert index.data(Qt.ItemDataRole.ForegroundRole).color().name() == DARK.bad


def test_a_cell_is_read_out_under_its_header(view):
    assert view.model().index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole) == "Figure: 10"


def test_columns_share_the_width_and_none_vanishes(view):
    long = Table(("a", "b"), ((Cell("x" * 400), Cell("y" * 30)),))
    view.set_table(long)
    assert sum(view.columnWidth(each) for each in range(2)) <= view.viewport().width() + 1
    view.resize(120, 300)
    assert min(view.columnWidth(each) for each in range(2)) >= tables.NARROWEST


def test_a_report_table_sorts_by_its_raw_values(qtbot):
    table = model.Table(
        "t",
        "T",
        (model.Column("Speed", numeric=True),),
        (
            (model.Cell("1,000", 1000.0),),
            (model.Cell("not measured", "x", muted=True),),
            (model.Cell("9", 9.0),),
        ),
    )
    view = TableView()
    qtbot.addWidget(view)
    view.set_table(shown_table(table))
    view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert column(view, 0) == ["9", "1,000", "not measured"]


def test_a_report_table_becomes_complete_rows():
    table = model.Table(
        "t",
        "T",
        (model.Column("Framework"), model.Column("Cost"), model.Column("Pays")),
        (
            (model.Cell("A", "a"), model.Cell("1 s", 1.0), model.Cell("yes", detail="at once")),
            (model.Cell("", "a"), model.Cell("crashed", muted=True, span=2)),
        ),
    )
    shown = shown_table(table)
    assert [[cell.text for cell in row] for row in shown.rows] == [
        ["A", "1 s", "yes (at once)"],
        ["A", "", "crashed"],
    ]
    assert shown.rows[1][2].key is None


@pytest.mark.parametrize("kind", ["standard", "cancelled", "all-ruled-out", "minimal", "eight-frameworks"])
def test_no_table_of_a_report_has_a_ragged_row(kind):
    for table in build(kept(kind)).tables():
        shown = shown_table(table)
        assert {len(row) for row in shown.rows} <= {len(shown.headers)}, table.id


@pytest.mark.parametrize("kind", ["standard", "long-names", "eight-frameworks", "three-gpus", "cancelled"])
def test_every_subject_has_its_figures_or_its_reason(kind):
    assessment = kept(kind)
    table = measured.table(ReportContext(assessment, "en"))
    lines = iter(table.rows)
    for run in assessment.runs:
        for result in ReportContext(assessment, "en").ordered(run):
            taken = [q for q in Quantity if any(s.quantity is q for s in result.samples)]
            if result.outcome is Outcome.MEASURED:
                for quantity in taken:
                    line, summary = next(lines), summarise(result.samples, quantity)
                    assert line[3].key == summary.median_s
                    parts = fmt.duration_parts(summary.median_s, summary.low_s, summary.high_s, "en")
                    assert line[3].text == "{} ({})".format(*parts)
                    assert line[5].key == summary.n
            else:
                for _quantity in taken or [None]:
                    line = next(lines)
                if not taken:
                    assert [each.key for each in line[2:8]] == [None] * 6
                assert line[8].text
    assert next(lines, None) is None


def test_a_failure_keeps_the_reason_and_what_it_printed():
    rows = measured.table(ReportContext(kept("standard"), "en")).rows
    crashed = [row for row in rows if "SIGSEGV" in row[8].text]
    assert crashed and all(row[8].tone is Tone.BAD for row in crashed)
    assert all("Segmentation fault" in row[8].tip for row in crashed)


def test_choosing_a_workload_and_a_configuration_leaves_only_these():
    chosen = Selection("bert-tiny", COMPILED).of(kept("standard"))
    assert [run.workload.task for run in chosen.runs] == [Task.NLP]
    assert {result.subject.configuration for result in chosen.runs[0].results} == {COMPILED}
    assert chosen.decision == kept("standard").decision
