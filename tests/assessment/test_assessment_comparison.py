"""Comparing two assessments: the interval of a ratio between runs that share no rounds, and what is paired."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.assessment import comparison
from advisor.assessment.comparison import independent_ratio
from advisor.probes.model import Quantity
from advisor.probes.statistics import Summary
from tests.samples import sample_assessment


def summary(median, low, high, n=10):
    return Summary(Quantity.TRAIN, median, low, high, n, 1.0, 1.0)


@st.composite
def summaries(draw):
    median = draw(st.floats(1e-6, 1e3))
    return summary(
        median, median / draw(st.floats(1, 3)), median * draw(st.floats(1, 3)), draw(st.integers(2, 50))
    )


@given(summaries(), summaries())
def test_a_ratio_lies_in_its_interval_and_turns_with_the_sides(before, after):
    there, back = independent_ratio(before, after), independent_ratio(after, before)
    assert there.low <= there.median * (1 + 1e-12) and there.median <= there.high * (1 + 1e-12)
    assert there.median == pytest.approx(before.median_s / after.median_s)
    assert (back.low, back.median, back.high) == pytest.approx(
        (1 / there.high, 1 / there.median, 1 / there.low)
    )
    assert there.n == min(before.n, after.n)


@given(summaries(), summaries(), st.floats(1e-3, 1e3))
def test_a_ratio_has_no_unit(before, after, factor):
    scaled = [
        summary(each.median_s * factor, each.low_s * factor, each.high_s * factor, each.n)
        for each in (before, after)
    ]
    assert independent_ratio(*scaled).low == pytest.approx(independent_ratio(before, after).low)


def test_with_one_side_exact_the_interval_is_the_others():
    ratio = independent_ratio(summary(2.0, 1.6, 2.5), summary(1.0, 1.0, 1.0))
    assert (ratio.low, ratio.median, ratio.high) == pytest.approx((1.6, 2.0, 2.5))


def test_equal_uncertainties_widen_by_the_root_of_two():
    width = math.log(1.1)
    ratio = independent_ratio(summary(1.0, 1 / 1.1, 1.1), summary(1.0, 1 / 1.1, 1.1))
    assert math.log(ratio.high) == pytest.approx(math.sqrt(2) * width)
    assert ratio.tie


def test_an_assessment_against_itself_shows_no_difference():
    assessment = sample_assessment("too-close")
    found = comparison.speeds(assessment, assessment)
    assert found and all(each.ratio.tie and each.ratio.median == 1.0 for each in found)
    assert all(each.before == each.after for each in comparison.versions(assessment, assessment))
    assert all(each.rank_before == each.rank_after for each in comparison.standings(assessment, assessment))


def test_a_run_on_another_device_meets_its_counterpart():
    before, after = sample_assessment("standard"), sample_assessment("three-gpus")
    found = comparison.speeds(before, after)
    assert {(each.before_subject.device, each.after_subject.device) for each in found} == {("cpu", "cuda:0")}
    assert all(each.ratio.low > 1 for each in found)
    assert "mxnet" not in {each.after_subject.alternative for each in found}  # it failed on the accelerator


def test_a_subject_meets_itself_before_one_on_another_device():
    before, after = sample_assessment("too-close"), sample_assessment("too-close")
    run = after.runs[0]
    moved = tuple(
        msgspec.structs.replace(each, subject=msgspec.structs.replace(each.subject, device="cuda:0"))
        for each in run.results
    )
    both = msgspec.structs.replace(run, results=(*moved, *run.results))
    found = comparison.speeds(before, msgspec.structs.replace(after, runs=(both,)))
    assert found and all(each.after_subject == each.before_subject for each in found)


def test_what_only_one_side_has_is_kept_as_missing():
    before, after = sample_assessment("minimal"), sample_assessment("standard")
    assert all(each.before is None and each.after for each in comparison.versions(before, after))
    assert comparison.speeds(before, after) == ()
    undecided = msgspec.structs.replace(before, decision=None)
    assert all(each.rank_before is None for each in comparison.standings(undecided, after))
