"""Charts as they are drawn: on the screen, and as files."""

import xml.etree.ElementTree as ElementTree

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from advisor.errors import AdvisorError
from advisor.gui.charts import Plot
from advisor.gui.charts_card import ChartView
from advisor.gui.theme import DARK, LIGHT
from advisor.report.model import Bar, Segment
from advisor.report.palette import ADVERSE, FAVOURABLE, GROUND
from advisor.report.scene import Box
from tests.gui.stage import PATIENCE_MS
from tests.gui.test_charts_data import small

CHART = small(
    Bar((Segment(0.0, 5.0, FAVOURABLE), Segment(5.0, 8.0, ADVERSE)), text="8"), Bar(missing="crashed")
)


@pytest.fixture
def plot(qtbot):
    made = Plot()
    qtbot.addWidget(made)
    made.apply_theme(LIGHT)
    made.resize(600, 100)
    made.show_chart(CHART)
    return made


def centre(plot, colour):
    """The middle of the first bar's stretch in a colour."""
    box = next(each for each in plot.scene.shapes if isinstance(each, Box) and each.colour == colour)
    return QPointF(box.x + box.width / 2, box.y + box.height / 2)


@pytest.mark.parametrize(("theme", "colour"), [(LIGHT, FAVOURABLE.light), (DARK, FAVOURABLE.dark)])
def test_a_bar_has_its_colour_in_each_theme(plot, theme, colour):
    plot.apply_theme(theme)
    place = centre(plot, FAVOURABLE).toPoint()
    image = plot.grab().toImage()
    ratio = image.devicePixelRatio()
    assert image.pixelColor(round(place.x() * ratio), round(place.y() * ratio)).name() == colour.lower()


def test_a_chart_stands_on_the_ground_of_its_card():
    assert (GROUND.light, GROUND.dark) == (LIGHT.surface, DARK.surface)


def test_a_plot_is_as_high_as_its_rows_and_says_so(plot, qtbot):
    before = plot.height()
    with qtbot.waitSignal(plot.height_changed, timeout=PATIENCE_MS):
        plot.show_chart(small(*CHART.panels[0].bars, *CHART.panels[0].bars))
    assert plot.height() > before


def test_hovering_tells_the_part_and_the_reason(plot):
    first, second = centre(plot, FAVOURABLE), centre(plot, ADVERSE)
    below = plot.scene.spots[-1]
    for place, told in (
        (first, "Row 0 · good: 5.00"),
        (second, "Row 0 · bad: 3.00"),
        (QPointF(first.x(), below.y + below.height / 2), "Row 1 · crashed"),
        (QPointF(5, plot.height() - 1), ""),
    ):
        assert plot.scene.tip_at(place.x(), place.y()) == told


def test_screen_readers_hear_the_chart_in_words(plot):
    assert (plot.accessibleName(), plot.accessibleDescription()) == ("Small", "Small chart")


def test_a_saved_drawing_holds_title_labels_and_reason(plot, tmp_path):
    plot.save(tmp_path / "chart.svg")
    root = ElementTree.parse(tmp_path / "chart.svg").getroot()
    words = "".join(root.itertext())
    for expected in ("Small", "Row 0", "Row 1", "crashed", "Units", "good"):
        assert expected in words
    box = [float(each) for each in root.get("viewBox").split()]
    assert box[2] >= 600
    assert "non-scaling" not in (tmp_path / "chart.svg").read_text()


def test_a_saved_picture_is_twice_as_fine_as_the_screen(plot, tmp_path):
    plot.save(tmp_path / "chart.png")
    image = QImage(str(tmp_path / "chart.png"))
    assert image.width() >= 2 * 600
    colours = {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 6) for y in range(0, image.height(), 6)
    }
    assert FAVOURABLE.light.lower() in colours


@pytest.mark.parametrize("name", ["chart.gif", "chart"])
def test_another_ending_is_refused(plot, tmp_path, name):
    with pytest.raises(AdvisorError, match="SVG"):
        plot.save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_the_table_stands_behind_the_plot(qtbot):
    view = ChartView()
    qtbot.addWidget(view)
    view.apply_theme(LIGHT)
    view.retranslate()
    view.show_chart(CHART)
    view.show()
    assert view.plot.isVisible() and not view.table.isVisible()
    view.toggle.click()
    assert view.table.isVisible() and not view.plot.isVisible()
    assert view.table.source.table.rows[0][1].text == "8"
    view.show_chart(small(Bar((Segment(0.0, 4.0, FAVOURABLE),), text="4")))
    assert view.table.source.table.rows[0][1].text == "4"
    view.copy_button.click()
    assert QGuiApplication.clipboard().text() == "Row\tUnits\nRow 0\t4\n"
    assert all(each.accessibleName() for each in (view.toggle, view.copy_button, view.save_button))


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_plot_is_saved_where_the_user_says(qtbot, tmp_path, ending):
    view = ChartView()
    qtbot.addWidget(view)
    view.show_chart(CHART)
    view.save_button.click()
    dialog = view.findChild(QFileDialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    with qtbot.waitSignal(view.told, timeout=PATIENCE_MS) as told:
        dialog.fileSelected.emit(str(tmp_path / f"kept.{ending}"))
    assert (tmp_path / f"kept.{ending}").stat().st_size > 500
    assert f"kept.{ending}" in told.args[0]
    dialog.close()


def test_a_plot_that_cannot_be_saved_says_why(qtbot, tmp_path):
    view = ChartView()
    qtbot.addWidget(view)
    view.show_chart(CHART)
    with qtbot.waitSignal(view.failed, timeout=PATIENCE_MS) as failed:
        view._save(tmp_path / "missing" / "chart.svg")
    assert "does not exist" in failed.args[0]
