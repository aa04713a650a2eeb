"""Comparisons and scenarios as documents: what they lead with, and that every writer takes them."""

import msgspec
import pypdfium2
import pytest

from advisor.assessment import redeciding, scenarios
from advisor.decision.model import Constraints, Criterion, ProjectStage, Target
from advisor.report import comparison, writing
from advisor.report import scenarios as scenarios_report
from advisor.report.model import Paragraph, Table
from tests.samples import sample_assessment


@pytest.fixture(scope="module")
def original():
    return sample_assessment("standard")


@pytest.fixture(scope="module")
def copy(original):
    moved = redeciding.redecided(
        original, points={Criterion.EASE_OF_USE: 100.0, Criterion.TRAINING_SPEED: 5.0}
    )
    return msgspec.structs.replace(moved, id=f"{original.id}-2", title="Other weights")


@pytest.fixture(scope="module")
def with_scenarios(original):
    needs = original.needs
    phone = msgspec.structs.replace(needs, constraints=Constraints(targets=(Target.IOS,)))
    serving = msgspec.structs.replace(needs, stage=ProjectStage.SERVING)
    kept = scenarios.put(scenarios.put((), "Phone", phone), "Serving", serving)
    return msgspec.structs.replace(original, scenarios=kept)


def test_a_comparison_leads_with_the_answers_that_differ(original, copy):
    report = comparison.build(original, copy, "en")
    (lead,) = report.summary
    assert isinstance(lead, Table)
    assert [[cell.text for cell in row] for row in lead.rows] == [
        ["Weight of training speed", "100", "5"],
        ["Weight of ease of use", "13", "100"],
    ]
    assert report.verdict.headline == "The verdict changed"
    assert report.verdict.sentence == "Adopt PyTorch → Lean towards PyTorch"
    assert [section.id for section in report.sections] == ["measured", "verdicts", "ranks"]
    said = [block.text for block in report.sections[0].blocks if isinstance(block, Paragraph)]
    assert "Both rest on the same measurements, so no speed differs." in said


def test_two_runs_of_the_same_answers_say_so_and_show_the_speeds(original):
    other = sample_assessment("three-gpus")
    report = comparison.build(original, msgspec.structs.replace(other, needs=original.needs), "en")
    assert report.summary == (Paragraph("Every question was answered alike."),)
    ids = [block.id for block in report.sections[0].blocks if isinstance(block, Table)]
    assert ids[0] == "circumstances" and "speeds-resnet18-96" in ids


def test_scenarios_stand_beside_the_saved_answer(with_scenarios):
    decided = scenarios_report.decide_all(with_scenarios, "en")
    table = scenarios_report.table(decided, "en")
    names, answers, verdicts, firsts, points = zip(
        *([cell.text for cell in row] for row in table.rows), strict=True
    )
    assert names == ("As saved", "Phone", "Serving")
    assert answers[0] == "—" and answers[2] == "Purpose: Production training → Serving"
    assert "Must run on: " in answers[1]
    assert verdicts[0] == "Adopt PyTorch"
    assert firsts[0].startswith("1 PyTorch, 2 ")
    assert points[0].startswith(f"{with_scenarios.decision.ranking[0].points:.1f} / ")
    (chart,) = scenarios_report.charts(decided, "en")
    assert [panel.title for panel in chart.panels] == list(names)
    report = scenarios_report.build(with_scenarios, "en", decided=decided)
    assert [section.title for section in report.sections] == ["Phone", "Serving"]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_writer_takes_both_documents(original, copy, with_scenarios, tmp_path, language):
    for name, report, about in (
        ("comparison", comparison.build(original, copy, language), (original, copy)),
        ("scenarios", scenarios_report.build(with_scenarios, language), with_scenarios),
    ):
        for kind in writing.FORMATS:
            writing.write(report, tmp_path / f"{name}.{kind}", kind, about)
        markdown = (tmp_path / f"{name}.markdown").read_text("utf-8")
        assert report.title in markdown and report.verdict.headline in markdown
        assert report.title in (tmp_path / f"{name}.html").read_text("utf-8")
        tables = {path.stem for path in (tmp_path / f"{name}.csv").iterdir()}
        assert tables == {*(table.id for table in report.tables()), "notes"}
        with pypdfium2.PdfDocument(tmp_path / f"{name}.pdf") as pdf:
            text = pdf[0].get_textpage().get_text_range()
        assert report.subtitle.split(" → ")[0] in text
