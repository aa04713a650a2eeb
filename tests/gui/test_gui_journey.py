"""The whole way under a real X server with real frameworks: what stands in the PDF is what was measured."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pdfplumber
import pytest

from advisor.assessment.model import Status
from advisor.assessment.store import Store
from advisor.decision.model import VerdictKind
from advisor.probes.model import Outcome
from advisor.report.wording.names import alternative_names

ROOT = Path(__file__).parents[2]
PATIENCE_S = 1500


@pytest.mark.xdist_group("assessments")
@pytest.mark.desktop
@pytest.mark.frameworks
@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs Xvfb (apt install xvfb)")
def test_from_the_start_page_to_a_pdf(tmp_path) -> None:
    data, pdf = tmp_path / "data", tmp_path / "report.pdf"
    data.mkdir()
    (data / "settings.json").write_text('{"language": "en"}')
    done = subprocess.run(
        [
            *("xvfb-run", "-a", "-s", "-screen 0 1280x900x24"),
            *(sys.executable, "-m", "tests.gui.journey", str(data), str(pdf)),
        ],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (entry,) = Store(data).entries()
    assessment = Store(data).load(entry.id)
    assert assessment.title == "A journey"
    assert assessment.status is Status.COMPLETE
    measured = {
        result.subject.alternative
        for run in assessment.runs
        for result in run.results
        if result.outcome is Outcome.MEASURED
    }
    assert measured == {"pytorch", "mxnet"}
    verdict = assessment.decision.verdict
    assert verdict.kind is not VerdictKind.NONE
    with pdfplumber.open(pdf) as document:
        text = "\n".join(page.extract_text() for page in document.pages)
    assert "A journey" in text
    names = alternative_names(assessment.catalogue)
    for alternative in (*verdict.recommended, *measured):
        assert names[alternative] in text
