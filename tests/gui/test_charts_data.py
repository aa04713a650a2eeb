"""What a chart says, without drawing it: its table holds every figure, and its parts add up."""

import msgspec
import pytest

from advisor.gui.charts_table import chart_table
from advisor.gui.results import decision_charts, measured
from advisor.report.context import ReportContext
from advisor.report.model import Bar, Chart, Label, LegendEntry, Panel, Segment, Tick
from advisor.report.palette import ADVERSE, FAVOURABLE
from advisor.report.reading import spoken_segment
from tests.gui.kept import kept


def small(*bars: Bar, minimum: float = 0.0, maximum: float = 10.0) -> Chart:
    """A chart of one panel."""
    return Chart(
        id="small",
        caption="Small",
        alt="Small chart",
        labels=tuple(Label(f"Row {number}") for number in range(len(bars))),
        panels=(Panel("Units", minimum, maximum, (Tick(minimum, "0"), Tick(maximum, "10")), bars),),
        legend=(LegendEntry("good", FAVOURABLE), LegendEntry("bad", ADVERSE)),
    )


def test_the_table_behind_a_chart_has_its_figures_parts_and_intervals():
    chart = small(
        Bar((Segment(0.0, 2.0, FAVOURABLE), Segment(2.0, 3.5, ADVERSE)), 3.0, 4.0, "3.5 units"),
        Bar(missing="crashed"),
    )
    table = chart_table(chart)
    assert table.headers == ("Row", "Units", "good", "bad", "from", "to")
    assert [cell.text for cell in table.rows[0]] == ["Row 0", "3.5 units", "2.00", "1.50", "3.00", "4.00"]
    assert table.rows[1][1].text == "crashed"


def test_a_missing_figure_is_never_a_zero_in_the_table():
    table = chart_table(small(Bar(missing="out of memory"), Bar((Segment(0.0, 1.0, FAVOURABLE),), text="1")))
    assert [row[1].key for row in table.rows] == [None, 1.0]


def test_shares_are_written_in_percent():
    bar = Bar((Segment(0.0, 0.25, FAVOURABLE), Segment(0.25, 1.0, ADVERSE)))
    panel = Panel("Share", 0.0, 1.0, (Tick(0.0, "0%"), Tick(1.0, "100%")), (bar,))
    chart = Chart("s", "S", "S", (Label("A"),), (panel,), small().legend)
    assert spoken_segment(chart, panel, bar.segments[1]) == "bad: 75%"
    assert [cell.text for cell in chart_table(chart).rows[0][2:]] == ["25%", "75%"]


@pytest.mark.parametrize("kind", ["standard", "too-close", "eight-frameworks", "all-ruled-out"])
def test_the_parts_of_a_value_add_up_to_its_points(kind):
    context = ReportContext(kept(kind), "en")
    chart = decision_charts.values(context, context.decision)
    for ranked, bar in zip(context.decision.ranking, chart.panels[0].bars, strict=True):
        assert sum(part.end - part.start for part in bar.segments) == pytest.approx(ranked.points, abs=1e-6)
        assert (bar.low, bar.high) == (ranked.low, ranked.high)


def test_every_criterion_has_a_colour_of_its_own_in_both_themes():
    colours = [decision_charts.criterion_colour(each.criterion) for each in kept("standard").decision.weights]
    assert (
        len({colour.light for colour in colours}) == len({colour.dark for colour in colours}) == len(colours)
    )


def test_the_stability_chart_marks_the_weight_inside_its_interval():
    context = ReportContext(kept("standard"), "en")
    bars = decision_charts.stability(context, context.decision).panels[0].bars
    assessed = [each for each in context.decision.weights if each.assessed]
    assert len(bars) == len(assessed)
    for weight, bar in zip(assessed, bars, strict=True):
        assert bar.low == bar.high == weight.weight
        assert bar.segments[0].start <= weight.weight <= bar.segments[0].end


def test_achieved_arithmetic_is_the_share_of_the_measured_peak():
    assessment = kept("standard")
    context = ReportContext(assessment, "en")
    chart = measured.peak_chart(context, assessment.runs[0])
    peak = max(assessment.machine.calibration.gemm_fp32) / 1e9
    assert chart.panels[0].marks[0].value == peak
    for bar in chart.panels[0].bars:
        assert bar.text == f"{100 * bar.segments[0].end / peak:.0f}%"


def test_each_device_is_held_against_its_own_peak():
    assessment = kept("three-gpus")
    calibration = assessment.machine.calibration
    run = assessment.runs[0]
    moved = tuple(
        msgspec.structs.replace(each, subject=msgspec.structs.replace(each.subject, device="cpu"))
        if each.subject.alternative == "tensorflow"
        else each
        for each in run.results
    )
    run = msgspec.structs.replace(run, results=moved)
    chart = measured.peak_chart(ReportContext(assessment, "en"), run)
    panel = chart.panels[0]
    assert {mark.value for mark in panel.marks} == {
        calibration.peak_fp32(device) / 1e9 for device in ("cpu", "cuda:0")
    }
    for label, bar in zip(chart.labels, panel.bars, strict=True):
        peak = calibration.peak_fp32("cpu" if label.text == "TensorFlow" else "cuda:0") / 1e9
        assert bar.text == f"{100 * bar.segments[0].end / peak:.0f}%"
        assert ("CPU" if label.text == "TensorFlow" else "CUDA 0") in label.detail


def test_without_a_measured_peak_there_is_no_share_of_it():
    assessment = kept("minimal")
    assert assessment.machine.calibration is None
    context = ReportContext(assessment, "en")
    assert measured.peak_chart(context, kept("standard").runs[0]) is None
