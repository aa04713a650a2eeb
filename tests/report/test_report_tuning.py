"""What the report says of settings that were searched: every lever, the total, and what was tried in vain."""

import pytest
from msgspec.structs import replace

from advisor.decision.model import Basis
from advisor.frameworks.model import Affects
from advisor.probes.configuration import ConfigurationOrigin, configuration
from advisor.probes.model import Fidelity, Outcome, Quantity, SearchExtent, SearchRecord, Trial
from advisor.probes.statistics import paired_ratio
from advisor.report import document, markdown, tuning
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Bullets, Table
from tests.samples import sample_assessment

TUNED = configuration({"compile": "on", "fused_optimizer": "on"}, ConfigurationOrigin.TUNED)
FUSED, BOTH, THREADS, MMAP = (
    (("fused_optimizer", "on"),),
    TUNED.levers,
    (("threads", "half"),),
    (("mmap", "off"),),
)


@pytest.fixture
def assessment():
    """The standard one, with the compiled way of an alternative as if a search had found it."""
    before = sample_assessment("standard")
    run = before.runs[0]
    compiled = next(
        each
        for each in run.results
        if each.subject.configuration.origin is ConfigurationOrigin.COMPILED
        and each.outcome is Outcome.MEASURED
    )
    found = replace(compiled, subject=replace(compiled.subject, configuration=TUNED))
    record = SearchRecord(
        run.workload.id,
        found.subject.alternative,
        found.subject.device,
        Affects.TRAIN,
        SearchExtent.FULL,
        Quantity.TRAIN,
        trials=(
            Trial(FUSED, Outcome.MEASURED, None, (1.1, 1.12, 1.09), (1.1, 1.1, 1.1), 2e-6, 4.0),
            Trial(BOTH, Outcome.MEASURED, None, (1.5, 1.6, 1.55), (1.5, 1.5, 1.5), 2e-6, 4.0),
            Trial(MMAP, Outcome.MEASURED, None, (0.98, 1.01, 1.0), (1.0, 1.0, 1.0), 2e-6, 4.0),
            Trial((("memory_format", "channels_last"),), Outcome.UNSUPPORTED, "lever-ignored: memory_format"),
        ),
        proposed=TUNED,
        steps=(FUSED, BOTH),
        unjudged=("wait_policy",),
        space=64,
    )
    results = tuple(found if each is compiled else each for each in run.results)
    return replace(before, runs=(replace(run, results=results), *before.runs[1:]), searches=(record,))


def of(assessment):
    found = tuning.section(ReportContext(assessment, "en"))
    assert found is not None
    return found


def test_the_total_is_the_paired_ratio_of_the_ordinary_rounds(assessment):
    table = next(block for block in of(assessment).blocks if isinstance(block, Table))
    step, total = table.rows
    assert step[2].text == "fused_optimizer=on"
    assert step[3].text.startswith("1.10×")
    assert total[2].text == TUNED.label
    default, tuned = (
        next(
            each
            for each in assessment.runs[0].results
            if each.subject.alternative == assessment.searches[0].alternative
            and each.subject.configuration.is_default is plain
        )
        for plain in (True, False)
    )
    ratio = paired_ratio(default.samples, tuned.samples, Quantity.TRAIN)
    assert total[3].text == f"{fmt.ratio(ratio.median)} ({fmt.interval(ratio.low, ratio.high)})"
    assert total[3].value == ratio.median
    assert total[5].value == pytest.approx(
        sum(
            sign * (each.startup.import_s + each.startup.build_s + each.startup.first_train_s)
            for sign, each in ((-1, default), (1, tuned))
        )
    )


@pytest.mark.parametrize(("loss", "counts"), [(0.0, "not ranked"), (0.02, "accepted")])
def test_an_approximation_has_a_line_with_its_gain_and_how_often_it_answers_alike(assessment, loss, counts):
    run = assessment.runs[0]
    rough = next(each for each in run.results if each.subject.configuration == TUNED)
    default = next(
        each
        for each in run.results
        if each.subject.alternative == rough.subject.alternative and each.subject.configuration.is_default
    )
    fast = tuple(replace(each, elapsed_s=each.elapsed_s / 3) for each in default.samples)
    rough = replace(rough, samples=fast, fidelity=Fidelity(256, 252))
    needs = replace(assessment.needs, basis=Basis.APPROXIMATE, accepted_loss=loss)
    for searches in (assessment.searches, ()):
        tried = replace(
            assessment, searches=searches, needs=needs, runs=(replace(run, results=(default, rough)),)
        )
        table = next(
            each for each in of(tried).blocks if isinstance(each, Table) and each.id == "approximations"
        )
        ((_who, _work, setting, gain, same, said),) = table.rows
        assert setting.text == TUNED.label
        assert gain.value == pytest.approx(3.0)
        assert same.text == "98.4% (252 of 256)"
        assert said.text == counts


def test_what_was_tried_in_vain_is_listed_with_its_figures(assessment):
    (said,) = next(block for block in of(assessment).blocks if isinstance(block, Bullets)).items
    assert "mmap=off: 1.00×" in said
    assert "memory_format=channels_last: does nothing here" in said
    assert "wait_policy: no verdict, because others kept the machine busy" in said
    assert "fused_optimizer" not in said


def test_a_proposal_that_was_not_measured_anew_claims_no_figure(assessment):
    run = assessment.runs[0]
    left = tuple(each for each in run.results if each.subject.configuration != TUNED)
    table = next(
        block
        for block in of(replace(assessment, runs=(replace(run, results=left),))).blocks
        if isinstance(block, Table)
    )
    assert table.rows[-1][3].text == "found, and not measured anew"


def test_it_stands_in_the_report_where_something_was_searched_and_nowhere_else(assessment):
    assert "## Faster settings" in markdown.render(document.build(assessment))
    assert tuning.section(ReportContext(sample_assessment("standard"), "en")) is None
