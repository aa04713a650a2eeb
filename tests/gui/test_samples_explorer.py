"""The samples view through its real widgets: what is plotted, pointed at, tabled and saved."""

import ast
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from advisor.errors import AdvisorError
from advisor.gui.results.samples import SampleExplorer
from advisor.gui.results.samples_data import Measure, View
from advisor.gui.results.samples_file import save_plot
from advisor.gui.text import choose_language
from advisor.gui.theme import DARK, LIGHT
from advisor.probes.model import Quantity
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from tests.gui.kept import kept
from tests.gui.stage import PATIENCE_MS


@pytest.fixture
def explorer(qtbot):
    made = SampleExplorer()
    qtbot.addWidget(made)
    made.apply_theme(LIGHT)
    made.resize(800, 600)
    made.show()
    with qtbot.waitSignal(made.plotted, timeout=PATIENCE_MS):
        made.show_context(ReportContext(kept("standard"), "en"))
        made.load()
    QApplication.processEvents()
    yield made
    made.stop()


def choose(combo, key):
    combo.setCurrentIndex(combo.findData(key))


def seen(explorer):
    """What is in view: left, right, bottom, top."""
    return np.concatenate(explorer.plot.plotItem.vb.viewRange())


def place_of(explorer, number):
    """Where a target lies in the scene."""
    target = explorer.plot.figure.targets[number]
    return explorer.plot.plotItem.vb.mapViewToScene(QPointF(target.x, target.y))


def hover(plot, place):
    """Move the mouse, no button pressed, to a place of the scene."""
    at = QPointF(plot.viewport().mapFrom(plot, place.toPoint()))
    buttons, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, at, plot.viewport().mapToGlobal(at), buttons, buttons, keys)
    QApplication.sendEvent(plot.viewport(), event)


def test_the_plotting_library_is_not_loaded_with_the_window():
    code = "import sys, advisor.gui.results.page; print('pyqtgraph' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_packaged_program_leaves_nothing_out_that_the_plot_needs():
    spec = ast.parse(Path(__file__).parents[2].joinpath("packaging", "advisor.spec").read_text("utf-8"))
    left_out = next(
        eval(compile(ast.Expression(node.value), "spec", "eval"))
        for node in spec.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXCLUDED_MODULES"
    )
    assert "PySide6.QtTest" in left_out
    code = f"""
import sys
sys.modules.update(dict.fromkeys({left_out!r}))
from advisor.gui.app import create_application
application = create_application(["advisor"])
from advisor.gui.results.samples_plot import SamplesPlot
plot = SamplesPlot()
plot.show()
application.processEvents()
plot.close()
print("drawn")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "drawn", done.stderr


def test_closing_while_the_library_loads_plots_nothing_more(qtbot):
    made = SampleExplorer()
    qtbot.addWidget(made)
    made.show_context(ReportContext(kept("standard"), "en"))
    made.load()
    made.stop()
    QApplication.processEvents()
    assert made.plot is None


def test_every_quantity_of_every_task_is_plotted(explorer):
    for task in range(explorer.run.count()):
        explorer.run.setCurrentIndex(task)
        run = kept("standard").runs[task]
        for number in range(explorer.quantity.count()):
            explorer.quantity.setCurrentIndex(number)
            quantity = Quantity(explorer.quantity.currentData())
            held = [each for result in run.results for each in result.samples if each.quantity is quantity]
            assert len(explorer.plot.figure.targets) == len(held) > 0
    assert explorer.run.count() == len(kept("standard").runs)


def test_pointing_at_a_mark_reads_it_out_and_leaving_forgets_it(explorer):
    plot = explorer.plot
    assert plot.nearest(place_of(explorer, 5)) == 5
    hover(plot, place_of(explorer, 5))
    point = explorer.series[0].points[5]
    assert explorer.read_out.text().startswith(f"PyTorch, round {point.round}: ")
    assert fmt.duration(point.value(Measure.TIME), "en") in explorer.read_out.text()
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))
    assert explorer.read_out.text() == "Point at a mark to read it."


def test_marks_are_stepped_through_by_keyboard(explorer, qtbot):
    said = []
    for key in (Qt.Key.Key_N, Qt.Key.Key_N, Qt.Key.Key_P):
        qtbot.keyClick(explorer.plot, key)
        said.append(explorer.read_out.text())
    targets = explorer.plot.figure.targets
    assert said == [targets[0].describe(), targets[1].describe(), targets[0].describe()]
    qtbot.keyClick(explorer.plot, Qt.Key.Key_P)
    assert explorer.read_out.text() == targets[-1].describe()


def test_keys_zoom_move_and_go_back_to_everything(explorer, qtbot):
    plot, whole = explorer.plot, seen(explorer)
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    closer = seen(explorer)
    assert closer[1] - closer[0] < whole[1] - whole[0]
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert (seen(explorer)[:2] > closer[:2]).all()
    qtbot.keyClick(plot, Qt.Key.Key_Up)
    assert (seen(explorer)[2:] > closer[2:]).all()
    qtbot.keyClick(plot, Qt.Key.Key_0)
    assert seen(explorer) == pytest.approx(whole)
    for _time in range(12):
        qtbot.keyClick(plot, Qt.Key.Key_Minus)
    assert seen(explorer)[1] - seen(explorer)[0] <= 2.01 * (whole[1] - whole[0])  # nobody gets lost


def test_the_wheel_scrolls_the_page_and_zooms_only_with_ctrl(explorer):
    plot, whole = explorer.plot, seen(explorer)

    def turn(modifiers):
        middle = QPointF(plot.viewport().rect().center())
        event = QWheelEvent(
            middle,
            plot.viewport().mapToGlobal(middle),
            QPoint(),
            QPoint(0, 240),
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(plot.viewport(), event)
        return event.isAccepted()

    assert not turn(Qt.KeyboardModifier.NoModifier)
    assert seen(explorer) == pytest.approx(whole)
    turn(Qt.KeyboardModifier.ControlModifier)
    assert seen(explorer)[1] - seen(explorer)[0] < whole[1] - whole[0]


def test_a_series_is_taken_away_and_brought_back_in_the_legend(explorer):
    names = [explorer.legend.item(row).text() for row in range(explorer.legend.count())]
    assert names == [each.name for each in explorer.series]
    everything = len(explorer.plot.figure.targets)
    explorer.legend.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert {each.name for each in explorer.plot.shown.series} == set(names[1:])
    assert len(explorer.plot.figure.targets) < everything
    explorer.legend.item(0).setCheckState(Qt.CheckState.Checked)
    assert len(explorer.plot.figure.targets) == everything


def test_with_everything_taken_away_nothing_breaks(explorer):
    choose(explorer.quantity, "latency")
    for row in range(explorer.legend.count()):
        explorer.legend.item(row).setCheckState(Qt.CheckState.Unchecked)
    for view in View:
        choose(explorer.view, view)
        explorer.plot.step(1)
        explorer.logarithmic.toggle()
        assert not explorer.plot.figure.targets
        assert not explorer.plot.grab().isNull()


def test_calls_have_two_more_views_where_they_were_timed_one_by_one(explorer):
    assert explorer.view.count() == 1 and not explorer.view.isEnabled()
    choose(explorer.quantity, "latency")
    assert explorer.view.count() == len(View) and explorer.view.isEnabled()
    choose(explorer.view, "histogram")
    assert not explorer.measure.isEnabled()
    assert "single call" in explorer.plot.figure.bottom
    choose(explorer.quantity, "train")
    assert explorer.view.currentData() == "rounds" and explorer.measure.isEnabled()


def test_the_axis_of_figures_can_be_logarithmic_and_says_round_numbers(explorer):
    explorer.logarithmic.setChecked(True)
    left = explorer.plot.getAxis("left")
    low, high = explorer.plot.plotItem.vb.viewRange()[1]
    ((_step, places),) = left.tickValues(low, high, 300)
    assert len(places) > 2
    for place, text in zip(places, left.tickStrings(places, 1.0, 1.0), strict=True):
        assert float(text.replace(",", "")) == pytest.approx(10**place)
    values = [point.value(Measure.TIME) for each in explorer.series for point in each.points]
    assert 10**low < 1e3 * min(values) and 10**high > 1e3 * max(values)


def test_rounds_are_whole_numbers(explorer):
    bottom = explorer.plot.getAxis("bottom")
    for low, high in ((-3.0, 12.0), (2.1, 2.9), (0.0, 4000.0)):
        for spacing, _offset in bottom.tickSpacing(low, high, 400):
            assert spacing >= 1 and spacing == int(spacing)
    assert bottom.tickStrings([-1, bottom.first_round, 12], 1.0, 1.0) == ["", str(bottom.first_round), "12"]


def test_the_table_stands_behind_the_plot_and_follows_it(explorer):
    explorer.toggle.click()
    assert explorer.table.isVisible() and not explorer.plot.isVisible()
    points = sum(len(each.points) for each in explorer.series)
    assert len(explorer.table.source.table.rows) == points
    choose(explorer.quantity, "latency")
    choose(explorer.view, "cumulative")
    assert explorer.table.source.table.headers[2:] == ("fastest", "p50", "p90", "p99", "slowest")
    explorer.copy_button.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 1 + len(explorer.series)
    explorer.toggle.click()
    assert explorer.plot.isVisible()


def test_screen_readers_hear_what_is_plotted(explorer):
    summary = explorer.series[0].summary
    assert explorer.plot.accessibleName() == "Every sample: ResNet-18 · Training"
    assert f"PyTorch {fmt.duration(summary.median_s, 'en')}" in explorer.plot.accessibleDescription()
    for widget in (explorer.legend, explorer.quantity, explorer.view, explorer.measure, explorer.run):
        assert widget.accessibleName()


@pytest.mark.parametrize(
    ("quantity", "view"), [("train", "rounds"), ("latency", "histogram"), ("latency", "cumulative")]
)
def test_a_drawing_holds_title_axes_and_legend_with_pens_that_scale(explorer, tmp_path, quantity, view):
    choose(explorer.quantity, quantity)
    choose(explorer.view, view)
    path = tmp_path / "samples.svg"
    save_plot(explorer.plot, path)
    root = ElementTree.parse(path).getroot()
    words = " ".join(" ".join(root.itertext()).split())
    for expected in (*(each.name for each in explorer.series), "ResNet-18", "ms)"):
        assert expected in words
    # Axes and their text aside, everything is in pixels: many readers don't know pens that don't scale.
    scaled = [
        each for each in root.iter() if each.tag.endswith("}g") and "matrix(" in each.get("transform", "")
    ]
    assert scaled
    for group in scaled:
        a, b, c, d, *_shift = (float(each) for each in group.get("transform")[7:-1].split(","))
        assert abs(a * d - b * c) == pytest.approx(1.0)
    colours = {each.get("stroke", "").lower() for each in root.iter()}
    assert explorer.plot.colour(explorer.series[0]).name() in colours


def test_a_picture_shows_the_marks_where_the_screen_does(explorer, tmp_path):
    path = tmp_path / "samples.png"
    save_plot(explorer.plot, path)
    image = QImage(str(path))
    wanted = explorer.plot.colour(explorer.series[0]).name()
    found = {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
    }
    assert wanted in found
    assert image.width() >= 2 * explorer.plot.width()
    assert explorer.plot.plotItem.vb.isVisible()


def test_another_ending_is_refused(explorer, tmp_path):
    with pytest.raises(AdvisorError, match="SVG"):
        save_plot(explorer.plot, tmp_path / "samples.gif")
    explorer._save(tmp_path / "samples.svg")
    assert (tmp_path / "samples.svg").exists()


def test_a_plot_that_cannot_be_saved_says_why(explorer, qtbot, tmp_path):
    with qtbot.waitSignal(explorer.failed, timeout=PATIENCE_MS) as failed:
        explorer._save(tmp_path / "missing" / "samples.svg")
    assert "does not exist" in failed.args[0]


def test_language_and_theme_change_under_the_readers_eyes(explorer):
    light = explorer.plot.colour(explorer.series[0]).name()
    explorer.apply_theme(DARK)
    assert explorer.plot.colour(explorer.series[0]).name() != light
    image = explorer.plot.grab().toImage()
    assert image.pixelColor(2, 2).name() == DARK.surface
    choose_language("zh_CN")
    explorer.show_context(ReportContext(kept("standard"), "zh_CN"))
    assert explorer.plot.figure.bottom != "Round"
    assert explorer.plot.accessibleName() != "Every sample: ResNet-18 · Training"


def test_nothing_measured_shows_nothing(explorer):
    explorer.show_context(ReportContext(msgspec.structs.replace(kept("standard"), runs=()), "en"))
    assert not explorer.isVisible()
