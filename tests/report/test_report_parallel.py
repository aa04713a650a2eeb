"""Scaling over processes and the forecast in a report: the figures of the statistics, and what they assume."""

import msgspec
import pytest

from advisor.assessment import document as assessments
from advisor.cli.console import Exit
from advisor.cli.main import run as cli
from advisor.probes import parallel as figures
from advisor.probes.model import ParallelPoint, Quantity, Sample
from advisor.report import html, pdf
from advisor.report.context import ReportContext
from advisor.report.document import build
from advisor.report.parallel import section
from tests.samples import sample_assessment


def samples(step_s, items, wobble=0.01):
    return tuple(
        Sample(Quantity.TRAIN, number, 10, 10 * step_s * (1 + wobble * (number % 3)), 0.0, 10 * items)
        for number in range(1, 6)
    )


@pytest.fixture(scope="module")
def assessment():
    """The usual sample, the first subject of which was measured on two processes, too."""
    found = sample_assessment("standard")
    run = found.runs[0]
    batch = run.workload.batch
    points = (
        ParallelPoint(1, 2, True, samples(0.06, batch), samples(0.1, batch)),
        ParallelPoint(
            2,
            1,
            False,
            samples(0.125, 2 * batch),
            samples(0.1, batch),
            (0.02,) * 5,
            4_000_000,
            (0.001,) * 5,
            True,
        ),
    )
    first, *others = run.results
    results = (msgspec.structs.replace(first, parallel=points), *others)
    return msgspec.structs.replace(
        found, runs=(msgspec.structs.replace(run, results=results), *found.runs[1:])
    )


def test_table_has_the_figures_of_the_statistics(assessment):
    made = section(ReportContext(assessment, "en"))
    table = next(
        block
        for block in made.blocks
        if getattr(block, "id", "").startswith("parallel-") and hasattr(block, "rows")
    )
    point = assessment.runs[0].results[0].parallel[1]
    row = next(row for row in table.rows if row[1].value == "2x1")
    assert row[2].value == figures.speed_up(point).median
    assert row[3].value == figures.efficiency(point).median == pytest.approx(0.8, rel=0.01)
    assert row[4].value == pytest.approx(0.02 / 0.125, rel=0.05)
    assert row[5].text == "the same"


def test_forecast_says_that_it_is_one_and_what_it_assumes(assessment):
    page = html.render(build(assessment))
    assert "forecast" in page
    assert "No machine but this one was measured" in page
    assert "two thirds of a step" in page


def test_section_is_left_out_where_nothing_was_measured():
    assert section(ReportContext(sample_assessment("standard"), "en")) is None


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_pdf_holds_it(assessment, language):
    assert pdf.render(assessment, language).startswith(b"%PDF-")


def test_network_of_ones_own_is_forecast_from_a_file(assessment, tmp_path, capsys):
    path = tmp_path / "a.json"
    path.write_bytes(assessments.encode(assessment))
    arguments = ["--data", str(tmp_path), "--lang", "en", "forecast", str(path)]
    assert cli([*arguments, "--machines", "16", "--bandwidth", "40", "--latency", "20"]) == Exit.DONE
    out = capsys.readouterr().out
    assert "40 Gb/s" in out and "20" in out and "16" in out
    path.write_bytes(assessments.encode(sample_assessment("standard")))
    assert cli(arguments) == Exit.NO_ANSWER
    assert "--parallel" in capsys.readouterr().err
