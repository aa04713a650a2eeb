"""Adding a framework is local: one catalogue file and one worker, and it goes all the way to the window."""

import json
import threading

import pytest

from advisor.assessment import inventory, pipeline
from advisor.assessment.model import FrameworkState, RunOptions
from advisor.assessment.pipeline import Request
from advisor.assessment.settings import Settings
from advisor.assessment.store import Store
from advisor.decision.model import Needs, VerdictKind
from advisor.frameworks import catalogue, discovery
from advisor.gui.results.page import ResultsPage
from advisor.gui.theme import LIGHT
from advisor.hardware.detection import detect
from advisor.hardware.model import Calibration
from advisor.probes.configuration import Configuration, ConfigurationOrigin
from advisor.probes.model import Outcome
from advisor.report import html
from advisor.report.context import ReportContext
from tests.assessment.test_assessment_pipeline import REFERENCES
from tests.frameworks.environments import make_environment
from tests.gui.stage import PATIENCE_MS

WORKER = {"seconds": {"train": 0.01, "infer": 0.003, "latency": 0.001, "loop": 0.001}, "noise": 0.01}

ENTRY = """
id = "quilt"
name = "Quilt"
homepage = "https://example.org/quilt"
package = "quilt-learn"
module = "quilt"
worker = "fake_worker"
licence = "MIT"
order = 5
colour = { light = "#0A5C36", dark = "#7AE0B0" }
roles = ["train", "serve"]
backends = [BACKEND]
backend_modules = { BACKEND = "quilt" }
backend_names = { BACKEND = "Threads" }
compiled = { weave = "tight" }

[[levers]]
id = "weave"
values = ["tight", "loose"]
acts = "build"
date = "2026-11"
source = "https://example.org/quilt/weave"

[requirements.cpu]
python = "3.12"
packages = ["quilt-learn==1.0"]

[facts.maintained]
value = true
date = "2026-11"
source = "https://example.org/quilt"
grade = "A"

[facts."platform.linux"]
value = true
date = "2026-11"
source = "https://example.org/quilt"
grade = "A"
"""
# The worker without a framework takes its script for a backend.
BACKEND = json.dumps(json.dumps(WORKER))


@pytest.fixture
def frameworks(tmp_path):
    folder = tmp_path / "catalogue"
    folder.mkdir()
    (folder / "quilt.toml").write_text(ENTRY.replace("BACKEND", BACKEND), "utf-8")
    return (*catalogue.load(folder), *catalogue.load())


@pytest.fixture
def found(frameworks, tmp_path):
    """What discovery makes of an environment that holds the made-up package."""
    interpreter = make_environment(tmp_path / "venv", {"quilt-learn": "1.0"})
    installations = discovery.discover(
        frameworks, [interpreter], environ={"PATH": ""}, home=tmp_path, folder=tmp_path
    )
    choices = discovery.choose(catalogue.alternatives(frameworks), installations).values()
    states = tuple(FrameworkState(each.alternative, each.installation, each.reason) for each in choices)
    return inventory.Inventory(detect(folder=tmp_path), frameworks, installations, states)


@pytest.fixture
def assessment(found, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "calibrate", lambda *_, **__: Calibration(gemm_fp32=(1e12,)))
    request = Request(Needs(frameworks=("quilt",)), RunOptions(compiled=True))
    return pipeline.run(
        request, found, Store(tmp_path), lambda event: None, threading.Event(), references=REFERENCES
    )


def test_it_is_found_measured_ranked_and_reported(assessment, tmp_path):
    name = f"quilt-{json.dumps(WORKER)}"
    (run,) = assessment.runs
    tight = Configuration(ConfigurationOrigin.COMPILED, (("weave", "tight"),))
    assert {each.subject.configuration for each in run.results} == {Configuration(), tight}
    assert {each.outcome for each in run.results} == {Outcome.MEASURED}
    assert assessment.decision.ranking[0].alternative == name
    assert (
        assessment.decision.verdict.kind is VerdictKind.TOO_LITTLE
    )  # nothing else is there to compare it with
    assert Store(tmp_path).load(assessment.id) == assessment
    html.write(assessment, tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text("utf-8")
    assert "Quilt (Threads)" in report and "#0A5C36" in report and "compiled" in report


def test_it_is_listed_first_and_has_its_own_colour(frameworks, assessment):
    assert sorted(frameworks, key=lambda each: (each.order, each.id))[0].id == "quilt"
    context = ReportContext(assessment, "en")
    assert context.colour(assessment.decision.ranking[0].alternative).light == "#0A5C36"


def test_the_window_shows_it(assessment, qtbot, tmp_path):
    page = ResultsPage(Store(tmp_path), Settings())
    qtbot.addWidget(page)
    page.apply_theme(LIGHT)
    page.show()
    page.show_assessment(assessment)
    page.show_tab("measurements")
    tab = page.measurements
    qtbot.waitUntil(lambda: tab.complete, timeout=PATIENCE_MS)
    shown = {row[1].text for row in tab.table.source.table.rows}
    assert shown == {"Quilt (Threads)", "Quilt (Threads) · compiled"}
    offered = [tab.variant.itemText(index) for index in range(tab.variant.count())]
    assert offered == ["All configurations", "default", "compiled"]
    page.close()
