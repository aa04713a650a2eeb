"""Two alternatives side by side: parts add up to the gap, and ratios are paired only where rounds were shared."""

import msgspec
import pytest

from advisor.assessment.comparison import independent_ratio
from advisor.gui.charts_card import ChartView
from advisor.gui.results import contrast
from advisor.gui.results.contrast_card import ContrastCard
from advisor.gui.theme import LIGHT
from advisor.probes.configuration import DEFAULT
from advisor.probes.model import Quantity
from advisor.probes.statistics import paired_ratio, summarise
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from tests.gui.kept import kept


@pytest.fixture
def context():
    return ReportContext(kept("standard"), "en")


@pytest.fixture
def card(context, qtbot):
    made = ContrastCard(context, context.decision, ("pytorch", "tensorflow"), ChartView, LIGHT)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    return made


def result_of(run, alternative, configuration=DEFAULT):
    return next(
        each
        for each in run.results
        if (each.subject.alternative, each.subject.configuration) == (alternative, configuration)
    )


def test_parts_add_up_to_the_gap_between_any_two(context):
    ranking = context.decision.ranking
    points = {each.alternative: each.points for each in ranking}
    for one in points:
        for other in points:
            found = contrast.contrast(context.decision, one, other).contributions
            assert sum(each.points for each in found) == pytest.approx(points[one] - points[other])
            assert [abs(each.points) for each in found] == sorted(
                (abs(each.points) for each in found), reverse=True
            )


def test_the_decisions_own_contrasts_are_the_same(context):
    for stated in context.decision.contrasts:
        mine = contrast.contrast(context.decision, stated.winner, stated.loser)
        assert {e.criterion: e.points for e in mine.contributions} == pytest.approx(
            {e.criterion: e.points for e in stated.contributions}
        )


def test_the_verdicts_two_come_first():
    close = kept("too-close").decision
    assert contrast.first_two(close) == close.verdict.recommended
    clear = kept("standard").decision
    assert contrast.first_two(clear) == (clear.verdict.recommended[0], clear.verdict.runner_up)
    alone = msgspec.structs.replace(clear, ranking=clear.ranking[:1])
    assert contrast.first_two(alone) is None


def test_speeds_are_paired_within_rounds(context):
    chart = contrast.speed_chart(context, "pytorch", "tensorflow")
    run = context.assessment.runs[0]
    mine, theirs = result_of(run, "pytorch"), result_of(run, "tensorflow")
    expected = paired_ratio(theirs.samples, mine.samples, Quantity.TRAIN)
    bar = chart.panels[0].bars[0]
    assert (bar.low, bar.high, bar.text) == (expected.low, expected.high, fmt.ratio(expected.median))
    assert expected.median > 1  # TensorFlow takes longer, so PyTorch is that many times as fast
    assert "Paired within rounds." in chart.caption


def test_speeds_measured_one_after_the_other_are_not_paired():
    assessment = kept("long-names")
    context = ReportContext(assessment, "en")
    run = assessment.runs[0]
    assert not run.interleaved
    chart = contrast.speed_chart(context, "pytorch", "tensorflow")
    summaries = [
        summarise(result_of(run, name).samples, Quantity.TRAIN) for name in ("tensorflow", "pytorch")
    ]
    expected = independent_ratio(*summaries)
    bar = chart.panels[0].bars[0]
    assert (bar.low, bar.high) == (expected.low, expected.high)
    assert "Not paired" in chart.caption


def test_swapping_turns_every_ratio_over(context):
    there = contrast.speed_chart(context, "pytorch", "mxnet").panels[0].bars
    back = contrast.speed_chart(context, "mxnet", "pytorch").panels[0].bars
    for one, other in zip(there, back, strict=True):
        assert one.low * other.high == pytest.approx(1.0)
        assert one.high * other.low == pytest.approx(1.0)


def test_a_tie_is_pale_and_two_backends_of_a_framework_can_be_told_apart(context):
    chart = contrast.speed_chart(context, "keras-torch", "keras-tensorflow")
    (mine, pale), (theirs, paler) = ((entry.colour, entry.pale) for entry in chart.legend)
    assert mine == theirs and pale != paler
    close = ReportContext(kept("too-close"), "en")
    for bar in contrast.speed_chart(close, "pytorch", "tensorflow").panels[0].bars:
        if bar.low <= 1 <= bar.high:
            assert bar.segments[0].pale


def test_one_that_never_ran_has_no_speeds():
    context = ReportContext(kept("minimal"), "en")
    assert contrast.speed_chart(context, "pytorch", "tensorflow") is None


def test_the_sentence_says_gap_and_odds(context):
    said = contrast.sentences(context, context.decision, "pytorch", "tensorflow")
    ranked = {each.alternative: each.points for each in context.decision.ranking}
    assert fmt.points(ranked["pytorch"] - ranked["tensorflow"]) in said
    assert fmt.probability(context.decision.pairwise["pytorch"]["tensorflow"]) in said


def test_choosing_another_shows_it(card, context):
    card.other.setCurrentIndex(card.other.findData("mxnet"))
    assert card.pair == ("pytorch", "mxnet")
    assert card.sentence.text() == contrast.sentences(context, context.decision, "pytorch", "mxnet")
    assert card.points.chart == contrast.points_chart(context, context.decision, "pytorch", "mxnet")
    card.swap_button.click()
    assert card.pair == ("mxnet", "pytorch")
    assert card.speed.chart == contrast.speed_chart(context, "mxnet", "pytorch")


def test_nobody_is_held_against_itself(card):
    card.one.setCurrentIndex(card.one.findData("tensorflow"))
    assert card.one.currentData() == "tensorflow"
    assert card.other.currentData() != "tensorflow"
    assert card.other.currentText() == card._context.name(card.other.currentData())
    for widget in (card.one, card.other, card.swap_button):
        assert widget.accessibleName()
