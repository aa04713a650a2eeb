"""Time to a target in a report: figures of the arithmetic, censored ones told so, and no weight claimed."""

import msgspec
import pytest

from advisor.assessment import document as assessments
from advisor.probes.hyperparameters import HyperRun, HyperSearch, HyperTrial, Optimiser
from advisor.probes.learning import CurvePoint, Learner, LearningCurve, TargetRun
from advisor.probes.model import Conditions, Outcome, Subject
from advisor.report import html, markdown, pdf
from advisor.report.context import ReportContext
from advisor.report.document import build
from advisor.report.hyperparameters import section as hyper_section
from advisor.report.learning import section
from advisor.report.model import Chart, Paragraph, Table
from advisor.workloads.model import Task
from advisor.workloads.targets import TARGETS
from tests.samples import sample_assessment

DIGITS = TARGETS[Task.IMAGE_CLASSIFICATION]


def curve(seed, step_s, *scores):
    steps = (0, 1, *range(10, 10 * (len(scores) - 1), 10))
    points = (CurvePoint(n, n * step_s, n * step_s, score) for n, score in zip(steps, scores, strict=True))
    return LearningCurve(seed, tuple(points))


def made_of(*learners, target=DIGITS):
    run = TargetRun(target, Conditions(threads=2), tuple(learners), seeds=2, complete=True)
    return msgspec.structs.replace(sample_assessment("standard"), targets=(run,))


@pytest.fixture
def assessment():
    """Two frameworks, one of which is too slow for one seed; and one that broke."""
    return made_of(
        Learner(
            Subject("digits", "pytorch"),
            curves=(curve(0, 0.1, 0.1, 0.1, 0.92), curve(10, 0.1, 0.1, 0.1, 0.5, 0.9)),
        ),
        Learner(
            Subject("digits", "mxnet"), curves=(curve(0, 0.2, 0.1, 0.1, 0.92), curve(10, 0.2, 0.1, 0.1, 0.5))
        ),
        Learner(Subject("digits", "tensorflow"), Outcome.OUT_OF_MEMORY, "MemoryError"),
    )


def parts(assessment, kind, language="en"):
    return [each for each in section(ReportContext(assessment, language)).blocks if isinstance(each, kind)]


def test_times_are_medians_of_seeds_and_censored_ones_say_so(assessment):
    times, curves = parts(assessment, Table)
    rows = {row[0].value: row for row in times.rows}
    _, reached, steps, seconds, _, step = rows["pytorch"]
    assert (reached.text, steps.value, seconds.value) == ("2/2", 15, 1.5)
    assert (seconds.low, seconds.high) == (1.0, 2.0)
    assert step.value == pytest.approx(0.1)
    _, reached, _, seconds, *_ = rows["mxnet"]
    assert reached.text == "1/2"
    assert (
        seconds.text.startswith(">") and seconds.text.count(">") == 2
    )  # the median is not known, nor the slowest
    assert seconds.high is None
    assert "MemoryError" in rows["tensorflow"][1].text
    assert [column.title for column in curves.columns[1:]] == ["PyTorch", "MXNet"]
    assert curves.rows[-1][0].value == 10


def test_what_it_means_hangs_on_whether_the_curves_are_one(assessment):
    said = parts(assessment, Paragraph)[1].text
    assert "is not known" in said and "no weight" in said
    later = Learner(Subject("digits", "keras-jax"), curves=(curve(0, 0.3, 0.1, 0.1, 0.5, 0.92),))
    (run,) = assessment.targets
    said = parts(made_of(*run.learners, later), Paragraph)[1].text
    assert "different numbers of steps" in said and "up to 42.0% apart" in said and "no weight" in said
    first = Learner(Subject("digits", "pytorch"), curves=(curve(0, 0.1, 0.1, 0.1, 0.92),))
    slower = Learner(Subject("digits", "mxnet"), curves=(curve(0, 0.3, 0.1, 0.1, 0.91),))
    said = parts(made_of(first, slower), Paragraph)[1].text
    assert "the same number of steps" in said and "1.0" in said and "no weight" in said
    assert "nothing to compare" in parts(made_of(first), Paragraph)[1].text


def test_every_writer_and_the_file_keep_it(assessment):
    again = assessments.decode(assessments.encode(assessment))
    assert again.targets == assessment.targets
    for language, title in (("en", "Time to a target"), ("zh_CN", "达到目标的时间")):
        document = build(again, language)
        assert any(each.title == title for each in document.sections)
        assert title in html.render(document) and title in markdown.render(document)
        assert {"target-digits", "curves-digits"} <= {each.id for each in document.tables()}
    assert pdf.render(again).startswith(b"%PDF")
    assert parts(again, Chart)[0].panels[0].bars[1].text.startswith(">")


def test_there_is_no_section_where_nothing_was_asked_for():
    assert section(ReportContext(sample_assessment("standard"), "en")) is None
    assert (
        section(ReportContext(made_of(Learner(Subject("digits", "pytorch"), Outcome.CRASHED)), "en")) is None
    )


def test_a_search_shows_its_pace_and_the_best_score_in_equal_time():
    def found(name, seconds, *scores):
        trials = tuple(
            HyperTrial(Optimiser.ADAM, 0.01 * n, None, s, seconds) for n, s in enumerate(scores, 1)
        )
        return HyperSearch(Subject("digits", name), trials=trials)

    run = HyperRun(
        DIGITS,
        Conditions(threads=2),
        100,
        3,
        "Optuna 4, TPE",
        (
            found("mxnet", 4.0, 0.3, 0.8, 0.9),
            found("pytorch", 2.0, 0.3, 0.8, 0.9),
            HyperSearch(Subject("digits", "tensorflow"), Outcome.CRASHED, "SIGSEGV"),
        ),
        complete=True,
    )
    assessment = msgspec.structs.replace(sample_assessment("standard"), hyper_runs=(run,))
    (table,) = (
        each for each in hyper_section(ReportContext(assessment, "en")).blocks if isinstance(each, Table)
    )
    rows = {row[0].value: row for row in table.rows}
    assert rows["pytorch"][2].value == 1800 and rows["mxnet"][2].value == 900
    assert (rows["pytorch"][3].value, rows["mxnet"][3].value) == (0.9, 0.3)
    assert "0.03" in rows["mxnet"][5].text
    assert "SIGSEGV" in rows["tensorflow"][1].text
    document = build(assessments.decode(assessments.encode(assessment)), "zh_CN")
    assert any(each.title == "搜索超参数" for each in document.sections)
