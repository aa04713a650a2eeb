"""How charts are laid out, in the window's letters and in the report's: nothing leaves its place."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.gui.charts_text import lettering
from advisor.gui.results import decision_charts, measured
from advisor.report import changes, drawing, measurements, palette, ranking, startup
from advisor.report.context import ReportContext
from advisor.report.lettering import text_width
from advisor.report.model import Bar, Chart, Label, Panel, Segment, Tick
from advisor.report.palette import ADVERSE, FAVOURABLE
from advisor.report.scene import Anchor, Box, Lettering, Line, Words
from tests.gui.kept import kept
from tests.gui.test_charts_data import small

SECTIONS = (
    ranking.section,
    ranking.acceptability_section,
    changes.section,
    measurements.section,
    startup.section,
)


def all_charts(kind: str) -> list[Chart]:
    """Every chart that the window shows of an assessment."""
    context = ReportContext(kept(kind), "en")
    sections = [section for make in SECTIONS if (section := make(context)) is not None]
    found = [block for section in sections for block in section.blocks if isinstance(block, Chart)]
    found.append(decision_charts.values(context, context.decision))
    found.append(decision_charts.stability(context, context.decision))
    found += filter(None, (measured.peak_chart(context, run) for run in context.assessment.runs))
    return found


PAPER = Lettering(7.0, lambda text, strong: 7.0 * text_width(text, strong))


def spanned(words, letters):
    """Where words begin and end."""
    width = sum(letters.measure(run.text, run.strong) for run in words.runs)
    left = words.x - {Anchor.START: 0.0, Anchor.MIDDLE: width / 2, Anchor.END: width}[words.anchor]
    return left, left + width


def texts(scene):
    """What a drawing says."""
    return ["".join(run.text for run in shape.runs) for shape in scene.shapes if isinstance(shape, Words)]


@pytest.mark.parametrize(
    "kind", ["standard", "three-gpus", "eight-frameworks", "long-names", "all-ruled-out"]
)
@pytest.mark.parametrize("width", [300, 460, 770, 1200])
@pytest.mark.parametrize("paper", [True, False])
def test_nothing_is_drawn_outside_or_over_other_words(qapp, kind, width, paper):
    letters = PAPER if paper else lettering()
    for chart in all_charts(kind):
        scene = drawing.draw(chart, width, letters)
        lines = {}
        for shape in scene.shapes:
            match shape:
                case Box(x, y, across, height):
                    assert x >= -0.01 and x + across <= width + 0.01, chart.id
                    assert y >= 0 and y + height <= scene.height, chart.id
                case Line(x1, y1, x2, y2):
                    assert min(x1, x2) >= -1 and max(x1, x2) <= width + 1, chart.id
                    assert min(y1, y2) >= 0 and max(y1, y2) <= scene.height, chart.id
                case Words():
                    left, right = spanned(shape, letters)
                    inside = bool({run.colour.light for run in shape.runs} & {"#FFFFFF", "#000000"})
                    assert right <= width + letters.size, (chart.id, shape)
                    assert 0 < shape.y < scene.height, chart.id
                    if not inside:  # what stands in a bar was measured against it
                        lines.setdefault(round(shape.y, 3), []).append((left, right))
        for line in lines.values():
            line.sort()
            for (_left, right), (following, _right) in itertools.pairwise(line):
                assert right <= following + 0.5, chart.id


@given(st.floats(-5, 15), st.integers(300, 1600))
def test_a_place_on_the_axis_follows_the_value(value, width):
    bars = (Bar((Segment(-5.0, 15.0, ADVERSE),)), Bar((Segment(-5.0, value, FAVOURABLE),)))
    scene = drawing.draw(small(*bars, minimum=-5, maximum=15), width, PAPER)
    whole, part = [shape for shape in scene.shapes if isinstance(shape, Box)][:2]
    assert part.width / whole.width == pytest.approx((value + 5) / 20)


@pytest.mark.parametrize("kind", ["standard", "three-gpus"])
def test_every_measured_axis_names_its_unit(kind):
    for chart in all_charts(kind):
        for panel in chart.panels:
            shares = any(tick.text.endswith("%") for tick in panel.ticks)
            assert shares or panel.title.endswith(")") or "oints" in panel.title or "÷" in panel.title, (
                chart.id,
                panel.title,
            )


def test_names_are_shortened_where_they_are_alike():
    labels = tuple(Label(f"Keras with a backend that is long, {number}") for number in (1, 2))
    panel = Panel("", 0.0, 1.0, (Tick(0.0, "0"),), (Bar(), Bar()))
    scene = drawing.draw(Chart("a", "", "", labels, (panel,)), 300, PAPER)
    first, second = texts(scene)[:2]
    assert first != second and first.startswith("Keras") and first.endswith("1") and "…" in first
    assert scene.tip_at(2, scene.spots[0].y + 1) == labels[0].text


def test_panels_stand_side_by_side_only_where_they_fit():
    panel = Panel("", 0.0, 1.0, (Tick(0.0, "0"),), (Bar((Segment(0.0, 1.0, ADVERSE),)),))
    chart = Chart("a", "", "", (Label("one"),), (panel,) * 4)

    def tops(width):
        return len({box.y for box in drawing.draw(chart, width, PAPER).shapes if isinstance(box, Box)})

    assert [tops(width) for width in (100, 250, 600)] == [4, 2, 1]


def test_a_chart_says_the_same_in_every_place(qapp):
    for chart in all_charts("standard"):
        wide, paper = drawing.draw(chart, 1200, lettering()), drawing.draw(chart, 700, PAPER)
        assert len(wide.spots) == len(paper.spots)
        outside = [word for word in texts(paper) if "…" not in word]
        for word in (bar.text for panel in chart.panels for bar in panel.bars if bar.text):
            assert word in texts(wide) and word in outside


def test_an_interval_is_seen_on_any_bar():
    scene = drawing.draw(small(Bar((Segment(0.0, 8.0, ADVERSE),), 6.0, 9.0)), 300, PAPER)
    level = [shape for shape in scene.shapes if isinstance(shape, Line) and shape.y1 == shape.y2]
    halo, line = level
    assert (halo.colour, line.colour) == (palette.GROUND, palette.INK)
    assert (halo.x1, halo.x2) == (line.x1, line.x2) and halo.width > line.width


@pytest.mark.parametrize("strong", [False, True])
def test_widths_are_those_of_the_font(strong):
    from PIL import ImageFont

    from advisor.resources import resource

    name = f"NotoSans-{'Bold' if strong else 'Regular'}.ttf"
    font = ImageFont.truetype(str(resource("fonts", name)), 1000, layout_engine=ImageFont.Layout.BASIC)
    for code in range(0x20, 0x7F):
        assert 1000 * text_width(chr(code), strong) == pytest.approx(font.getlength(chr(code)), abs=1)
