"""Samples as series and as a figure: nothing is lost, warm-up never counts, and what is read out is what was taken."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.gui.results import samples_data as data
from advisor.gui.results.samples_data import Measure, View
from advisor.gui.results.samples_figure import Kind, Shown, figure
from advisor.probes import statistics
from advisor.probes.model import Outcome, Quantity
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from tests.gui.kept import kept


def warmed(result, count=3):
    """Return a result with some slow warm-up samples before its first round."""
    first = [each for each in result.samples if each.quantity is Quantity.TRAIN][:count]
    slow = tuple(msgspec.structs.replace(each, round=0, elapsed_s=2 * each.elapsed_s) for each in first)
    return msgspec.structs.replace(result, warmup_samples=slow)


@pytest.fixture
def context():
    assessment = kept("standard")
    runs = tuple(
        msgspec.structs.replace(run, results=tuple(warmed(result) for result in run.results))
        for run in assessment.runs
    )
    return ReportContext(msgspec.structs.replace(assessment, runs=runs), "en")


def shown(context, quantity=Quantity.TRAIN, view=View.ROUNDS, measure=Measure.TIME, *, logarithmic=False):
    found = data.series(context, context.assessment.runs[0], quantity)
    return Shown(found, view, measure, logarithmic, "images/s", "Title", "en")


def test_every_sample_of_every_subject_is_there(context):
    run = context.assessment.runs[0]
    found = data.series(context, run, Quantity.TRAIN)
    held = [each for result in run.results for each in (*result.warmup_samples, *result.samples)]
    assert sum(len(each.points) for each in found) == sum(each.quantity is Quantity.TRAIN for each in held)
    assert {point.sample for each in found for point in each.points} <= set(held)


def test_the_median_is_the_measured_tables_and_leaves_warm_up_out(context):
    run = context.assessment.runs[0]
    results = [each for each in context.ordered(run) if each.samples]
    for each, result in zip(data.series(context, run, Quantity.TRAIN), results, strict=True):
        summary = statistics.summarise(result.samples, Quantity.TRAIN)
        assert each.centre(Measure.TIME) == (summary.median_s, summary.low_s, summary.high_s)
        middle, low, high = each.centre(Measure.RATE)
        assert low <= middle <= high
        counted = [point.value(Measure.TIME) for point in each.points if not point.warm_up]
        assert np.exp(np.median(np.log(counted))) == pytest.approx(summary.median_s)


def test_warm_up_lies_before_the_first_round_in_its_order(context):
    run = context.assessment.runs[0]
    first = min(sample.round for result in run.results for sample in result.samples)
    for each in data.series(context, run, Quantity.TRAIN):
        before = [point.round for point in each.points if point.warm_up]
        assert before == [first - 3, first - 2, first - 1]
        assert all(point.round >= first for point in each.points if not point.warm_up)


def test_a_subject_that_failed_keeps_its_samples_and_gets_no_median(context):
    run = context.assessment.runs[0]
    broken = tuple(msgspec.structs.replace(each, outcome=Outcome.CRASHED) for each in run.results)
    found = data.series(context, msgspec.structs.replace(run, results=broken), Quantity.TRAIN)
    assert found and all(each.points and each.centre(Measure.TIME) is None for each in found)
    assert not figure(msgspec.structs.replace(shown(context), series=found)).curves


def test_alternatives_are_told_apart_without_colour(context):
    found = data.series(context, context.assessment.runs[0], Quantity.TRAIN)
    assert len({(each.symbol, each.hollow) for each in found}) == len(found)
    assert len({each.name for each in found}) == len(found)


def test_symbols_stay_with_their_framework_when_others_leave(context):
    run = context.assessment.runs[0]
    alone = tuple(each for each in run.results if each.subject.alternative == "mxnet")
    all_of_them = {each.name: each.symbol for each in data.series(context, run, Quantity.TRAIN)}
    found = data.series(context, msgspec.structs.replace(run, results=alone), Quantity.TRAIN)
    assert found and all(all_of_them[each.name] == each.symbol for each in found)


def test_calls_leave_warm_up_out_and_make_the_reports_percentiles(context):
    run = context.assessment.runs[0]
    result = next(each for each in context.ordered(run) if each.samples)
    slow = msgspec.structs.replace(
        next(each for each in result.samples if each.quantity is Quantity.LATENCY), durations_s=(99.0,)
    )
    result = msgspec.structs.replace(result, warmup_samples=(slow,))
    (found,) = data.series(context, msgspec.structs.replace(run, results=(result,)), Quantity.LATENCY)
    expected = statistics.latency_percentiles(result.samples)
    assert len(found.calls) == expected.n
    assert found.percentiles == expected


@pytest.mark.parametrize(("calls", "told"), [(299, False), (300, True)])
def test_nothing_is_said_of_the_slowest_of_a_hundred_from_few_calls(context, calls, told):
    """The report's own rule: neither the table nor the curve has a 99th percentile below it."""
    run = context.assessment.runs[0]
    result = next(each for each in context.ordered(run) if each.samples)
    latencies = [each for each in result.samples if each.quantity is Quantity.LATENCY][:2]
    each_has = (calls // 2, calls - calls // 2)
    few = tuple(
        msgspec.structs.replace(sample, durations_s=tuple(0.01 + place / 1e6 for place in range(count)))
        for sample, count in zip(latencies, each_has, strict=True)
    )
    found = data.series(
        context,
        msgspec.structs.replace(run, results=(msgspec.structs.replace(result, samples=few),)),
        Quantity.LATENCY,
    )
    (row,) = data.calls_table(found, "en").rows
    assert row[1].key == calls and (row[5].key is not None) is told
    asked = msgspec.structs.replace(shown(context, Quantity.LATENCY, View.CUMULATIVE), series=found)
    said = [target.describe() for target in figure(asked).targets]
    assert any("99% of calls" in each for each in said) is told


@pytest.mark.parametrize("measure", Measure)
@pytest.mark.parametrize("logarithmic", [False, True])
def test_a_point_lies_where_its_figure_is(context, measure, logarithmic):
    asked = shown(context, measure=measure, logarithmic=logarithmic)
    made = figure(asked)
    assert made.left_kind is (Kind.LOGARITHMS if logarithmic else Kind.FIGURES)
    points = [point for each in asked.series for point in each.points]
    assert len(made.targets) == len(points)
    for target, point in zip(made.targets, points, strict=True):
        height = 10**target.y if logarithmic else target.y
        assert height / asked.scale[0] == pytest.approx(point.value(measure))
        assert abs(target.x - point.round) < 0.5


def test_bands_are_the_intervals(context):
    asked = shown(context)
    bands = [each for each in figure(asked).curves if each.base is not None]
    for band, each in zip(bands, asked.series, strict=True):
        _median, low, high = each.centre(Measure.TIME)
        assert (band.base, band.ys[0]) == pytest.approx((1e3 * low, 1e3 * high))


def test_what_is_read_out_is_the_sample(context):
    asked = shown(context)
    said = [target.describe() for target in figure(asked).targets]
    assert said[0].startswith("PyTorch, warm-up: ")
    place = next(n for n, each in enumerate(asked.series[0].points) if each.round == 4)
    sample = asked.series[0].points[place].sample
    assert said[place].startswith(
        f"PyTorch, round 4: {fmt.duration(sample.elapsed_s / sample.iterations, 'en')}"
    )
    assert f"{fmt.number(sample.items / sample.elapsed_s)}{fmt.NBSP}images/s" in said[place]
    assert f"{fmt.fixed(sample.cpu_s / sample.elapsed_s)} cores" in said[place]


def test_the_axis_says_its_unit(context):
    assert figure(shown(context)).left == "Time per iteration (ms)"
    assert figure(shown(context, measure=Measure.RATE)).left == "Rate (images/s)"
    calls = figure(shown(context, Quantity.LATENCY, View.HISTOGRAM))
    assert calls.bottom == "Time of a single call (ms)"


def test_the_histogram_and_the_table_hold_every_call(context):
    asked = shown(context, Quantity.LATENCY, View.HISTOGRAM)
    for curve in figure(asked).curves:
        assert curve.ys[1:-1:2].sum() == pytest.approx(1.0)
    rows = data.calls_table(asked.series, "en").rows
    assert [row[1].key for row in rows] == [len(each.calls) for each in asked.series]


def test_the_cumulative_curve_passes_through_its_percentiles(context):
    made = figure(shown(context, Quantity.LATENCY, View.CUMULATIVE))
    for curve, cloud in zip(made.curves, made.clouds, strict=True):
        reached = np.interp(cloud.xs, curve.xs, curve.ys)
        assert reached == pytest.approx(cloud.ys, abs=0.01)
    assert made.targets[0].describe().startswith("PyTorch: 50% of calls took no longer than ")


def test_the_table_has_a_row_for_every_sample_and_marks_warm_up(context):
    asked = shown(context)
    table = data.samples_table(asked.series, asked.unit, "en")
    assert len(table.rows) == sum(len(each.points) for each in asked.series)
    assert [row[1].text for row in table.rows[:4]] == ["warm-up"] * 3 + ["0"]
    assert table.rows[3][2].key == asked.series[0].points[3].value(Measure.TIME)


times = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=60)


@given(st.lists(times, min_size=1, max_size=4), st.booleans())
def test_no_call_falls_out_of_the_bins(calls, logarithmic):
    edges = data.bin_edges([tuple(each) for each in calls], logarithmic=logarithmic)
    assert (np.diff(edges) > 0).all()
    for each in calls:
        assert math.isclose(data.shares(tuple(each), edges).sum(), 1.0)


@given(times)
def test_the_share_of_calls_only_grows_and_reaches_all(calls):
    at, reached = data.cumulative(tuple(calls))
    assert (np.diff(at) >= 0).all() and (np.diff(reached) > 0).all()
    assert reached[-1] == 1.0
    assert at[-1] == max(calls)
