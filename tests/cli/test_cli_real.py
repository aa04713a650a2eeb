"""The main job from the command line, with real frameworks: from nothing measured to a PDF, stopped and resumed."""

import json
import os
import re
import signal
import subprocess
import sys

import pdfplumber
import psutil
import pytest

from advisor.assessment import document
from advisor.assessment.model import Status
from advisor.assessment.store import Store
from advisor.cli.console import Exit
from advisor.frameworks import catalogue
from advisor.probes.model import Outcome, Quantity
from advisor.report import format as fmt

pytestmark = [pytest.mark.frameworks, pytest.mark.xdist_group("assessments")]

ALTERNATIVES = catalogue.alternatives(catalogue.load())


def advisor(data, *arguments, **options):
    """Start the program as a user does."""
    return subprocess.Popen(
        [sys.executable, "-m", "advisor", "--data", str(data), "--lang", "en", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **options,
    )


@pytest.fixture
def data(framework_data, tmp_path):
    """A data folder of this test's own that shares the frameworks."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "environments").symlink_to(framework_data / "environments")
    return folder


def test_every_framework_is_found_with_the_backends_of_keras(data):
    process = advisor(data, "frameworks", "list", "--json")
    out, err = process.communicate()
    assert process.returncode == Exit.DONE, err
    states = {each["alternative"]: each["installation"] for each in json.loads(out)["alternatives"]}
    assert set(states) == {each.id for each in ALTERNATIVES}
    assert all(states.values())
    out, _ = advisor(data, "frameworks", "list").communicate()
    assert len(re.findall("set up by this program", out)) >= 4


def test_where_it_is_to_serve_a_pair_is_exported_measured_and_ranked(data, tmp_path):
    saved = tmp_path / "assessment.json"
    wanted = ("--task", "rl", "--stage", "serving", "--frameworks", "pytorch,onnxruntime", "--no-compiled")
    process = advisor(data, "recommend", *wanted, "--yes", "--json", saved)
    out, err = process.communicate()
    assert process.returncode == Exit.DONE, err
    assessment = document.read(saved)
    results = {each.subject.alternative: each for each in assessment.runs[0].results}
    assert set(results) == {"pytorch", "pytorch-onnxruntime"}
    pair = results["pytorch-onnxruntime"]
    assert pair.outcome is Outcome.MEASURED and pair.equivalence.passed
    assert {each.quantity for each in pair.samples} == {Quantity.INFER, Quantity.LATENCY}
    assert pair.export.format == "onnx" and pair.export.output_error < 1e-5
    assert pair.export.elapsed_s > 0 and pair.export.bytes > 0
    assert {each.alternative for each in assessment.decision.ranking} == set(results)
    assert "PyTorch → ONNX Runtime" in out


def test_recommendation_measures_every_alternative_and_the_pdf_says_the_same(data, tmp_path):
    pdf, saved = tmp_path / "recommendation.pdf", tmp_path / "assessment.json"
    process = advisor(data, "recommend", "--task", "rl", "--yes", "--pdf", pdf, "--json", saved)
    out, err = process.communicate()
    assert process.returncode == Exit.DONE, err
    assessment = document.read(saved)
    results = assessment.runs[0].results
    assert {each.subject.alternative for each in results} == {
        each.id for each in ALTERNATIVES if each.runtime is None
    }
    assert {each.outcome for each in results} == {Outcome.MEASURED}, err
    assert all(each.equivalence.passed for each in results)
    with pdfplumber.open(pdf) as file:
        text = "".join(page.extract_text() for page in file.pages)
    for ranked in assessment.decision.ranking:
        assert fmt.points(ranked.points) in text
        assert fmt.points(ranked.points) in out


def test_interrupted_run_is_kept_leaves_no_process_and_goes_on(data, tmp_path):
    process = advisor(data, "recommend", "--task", "rl", "--frameworks", "pytorch", "--yes")
    parent = psutil.Process(process.pid)
    workers = set()
    for line in process.stderr:
        workers |= set(parent.children(recursive=True))
        if "CartPole" in line or "Reinforcement" in line:
            break
    store = Store(data)
    # The first saved round says that samples are being taken.
    while not (entries := store.entries()) or not store.load(entries[0].id).runs:
        assert process.poll() is None
        workers |= set(parent.children(recursive=True))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == Exit.INTERRUPTED
    assert "what was measured is kept" in err
    assert not [each for each in workers if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    interrupted = store.load("latest")
    assert interrupted.status is Status.CANCELLED
    assert any(result.samples for result in interrupted.runs[0].results)

    process = advisor(data, "recommend", "--resume", interrupted.id, "--yes")
    _, err = process.communicate()
    assert process.returncode == Exit.NO_ANSWER, err  # one framework is compared with nothing
    finished = store.load(interrupted.id)
    assert finished.status is Status.COMPLETE
    assert finished.runs[0].rounds >= interrupted.runs[0].rounds


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_probe_on_a_terminal_shows_rates_as_they_come_and_no_verdict(data, tmp_path):
    import pty

    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "advisor", "--data", str(data), "--lang", "en",
         "probe", "--task", "rl", "--frameworks", "mxnet", "--output", str(tmp_path / "probe.json")],
        stdin=child, stdout=child, stderr=child,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    )  # fmt: skip
    os.close(child)
    shown = bytearray()
    try:
        while chunk := os.read(parent, 65536):
            shown += chunk
    except OSError:
        pass  # Linux's way to say that the other side has closed
    finally:
        os.close(parent)
    assert process.wait() == Exit.DONE
    text = shown.decode("utf-8", "replace")
    assert "warming up" in text or "measuring" in text
    assert "transitions/s" in text
    (run,) = document.read(tmp_path / "probe.json").runs
    assert run.results[0].outcome is Outcome.MEASURED
    assert {each.quantity for each in run.results[0].samples} == {
        Quantity.TRAIN, Quantity.INFER, Quantity.LATENCY, Quantity.LOOP,
    }  # fmt: skip
    assert "Adopt" not in text
