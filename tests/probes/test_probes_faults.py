"""Every fault of a worker is an outcome of its own subject: the others are measured, nothing stays behind."""

import msgspec
import pytest

from advisor.probes.equivalence import References
from advisor.probes.launch.process import Timeouts
from advisor.probes.model import Outcome, Stage, StageChanged
from tests.probes.doubles import BUDGET, assert_gone, by_name, candidate, logged, run

FAULTS = {
    "import fails": (
        {"fault": "failed", "at": "import", "outcome": "import-failed"},
        Outcome.IMPORT_FAILED,
        "as-told",
    ),
    "unsupported": ({"fault": "failed", "at": "prepare"}, Outcome.UNSUPPORTED, "as-told"),
    "says it crashed": ({"fault": "failed", "outcome": "crashed"}, Outcome.CRASHED, "as-told"),
    "wrong outputs": ({"outputs": [[1.0, -2.0], [0.5, 0.26]]}, Outcome.NOT_EQUIVALENT, "outputs-differ"),
    "too few outputs": ({"outputs": [[1.0, -2.0]]}, Outcome.NOT_EQUIVALENT, "outputs-unusable"),
    "not a number": ({"outputs": [[1.0, None], [0.5, 0.25]]}, Outcome.NOT_EQUIVALENT, "outputs-unusable"),
    "wrong losses": ({"losses": [2.0, 1.51]}, Outcome.NOT_EQUIVALENT, "losses-differ"),
    "lost losses": ({"losses": [2.0, None]}, Outcome.NOT_EQUIVALENT, "losses-unusable"),
    "wrong parameters": ({"parameters": 11}, Outcome.NOT_EQUIVALENT, "parameters-differ"),
    "memory error": ({"fault": "memory", "at": "prepare"}, Outcome.OUT_OF_MEMORY, "MemoryError"),
    "crash at once": ({"fault": "SIGSEGV", "at": "start"}, Outcome.CRASHED, "SIGSEGV"),
    "crash in import": ({"fault": "SIGILL", "at": "import"}, Outcome.CRASHED, "SIGILL"),
    "crash in prepare": ({"fault": "SIGABRT", "at": "prepare"}, Outcome.CRASHED, "SIGABRT"),
    "crash in warm-up": ({"fault": "SIGSEGV"}, Outcome.CRASHED, "SIGSEGV"),
    "crash in rounds": ({"fault": "SIGBUS", "after": 15}, Outcome.CRASHED, "SIGBUS"),
    "leaves with a status": ({"fault": "status", "after": 15}, Outcome.CRASHED, "exit-status: 3"),
    "leaves silently": ({"fault": "exit", "after": 15}, Outcome.PROTOCOL_ERROR, "left-without"),
    "half a line": ({"fault": "half-line", "after": 15}, Outcome.PROTOCOL_ERROR, "left-without"),
    "garbage": ({"fault": "garbage", "after": 15}, Outcome.PROTOCOL_ERROR, "not-a-message"),
    "huge line": ({"fault": "huge-line", "after": 15}, Outcome.PROTOCOL_ERROR, "line-too-long"),
    "babble": ({"fault": "babble"}, Outcome.PROTOCOL_ERROR, "bye-instead-of-sampled"),
    "another message": ({"fault": "wrong-message"}, Outcome.PROTOCOL_ERROR, "bye-instead-of-sampled"),
    "another protocol": ({"protocol": 99}, Outcome.PROTOCOL_ERROR, "protocol-version: 99"),
}


@pytest.mark.parametrize(("script", "outcome", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_an_outcome_of_one_subject(tmp_path, script, outcome, reason):
    log = tmp_path / "log"
    events = []
    finished = run(
        [candidate("bad", child=True, log=str(log), **script), candidate("good", log=str(log))],
        emit=events.append,
    )
    results = by_name(finished)
    assert results["bad"].outcome is outcome
    assert reason in results["bad"].reason
    failed = [e for e in events if isinstance(e, StageChanged) and e.stage is Stage.FAILED]
    assert [(e.subject.alternative, e.outcome) for e in failed] == [("bad", outcome)]
    assert results["good"].outcome is Outcome.MEASURED
    assert {sample.round for sample in results["good"].samples} == set(range(1, finished.rounds + 1))
    assert finished.rounds >= BUDGET.min_rounds
    assert_gone(logged(log, "start", "child"))


@pytest.mark.parametrize("at", ["start", "import", "prepare", "sample"])
def test_a_hang_times_out(tmp_path, at):
    log = tmp_path / "log"
    phase = {"start": "hello_s", "import": "ready_s", "prepare": "prepare_s", "sample": "sample_s"}[at]
    finished = run(
        [candidate("bad", fault="hang", at=at, stubborn=True, log=str(log)), candidate("good")],
        timeouts=Timeouts(**{phase: 5.0}),
    )
    results = by_name(finished)
    assert results["bad"].outcome is Outcome.TIMED_OUT
    assert results["good"].outcome is Outcome.MEASURED
    assert_gone(logged(log, "start"))


def test_a_missing_interpreter_is_not_installed(tmp_path):
    missing = msgspec.structs.replace(candidate("bad"), interpreter=str(tmp_path / "python"))
    results = by_name(run([missing, candidate("good")]))
    assert results["bad"].outcome is Outcome.NOT_INSTALLED
    assert results["good"].outcome is Outcome.MEASURED


def test_nothing_is_timed_before_equivalence_holds(tmp_path):
    log = tmp_path / "log"
    run([candidate("bad", parameters=11, log=str(log))])
    assert logged(log, "prepare") and not logged(log, "sample")


def test_without_a_reference_nothing_is_called_equivalent():
    results = by_name(run([candidate("a")], references=References(0, {})))
    assert results["a"].outcome is Outcome.NOT_EQUIVALENT
    assert results["a"].reason == "no-reference"


def test_evidence_of_a_crash_is_kept():
    results = by_name(run([candidate("bad", fault="SIGSEGV", flood_bytes=200_000)]))
    assert results["bad"].stderr_tail


def test_samples_from_before_a_crash_are_kept_though_not_called_measured():
    results = by_name(run([candidate("bad", fault="SIGSEGV", after=18), candidate("good")]))
    assert results["bad"].outcome is Outcome.CRASHED
    assert results["bad"].samples


@pytest.mark.parametrize("at", ["prepare", "sample"])
@pytest.mark.parametrize("fault", ["SIGSEGV", "memory", "garbage"])
def test_a_fault_on_one_core_leaves_the_times_valid(fault, at):
    """The worker with one thread is a process of its own."""
    after = 3 if at == "sample" else 0
    bad = by_name(run([candidate("a", fault=fault, at=at, after=after, on_threads=1)]))["a"]
    assert bad.outcome is Outcome.MEASURED
    assert len(bad.samples) == 3 * 5
    assert bad.memory is not None
    assert any(
        note in bad.notes for note in ("scaling-crashed", "scaling-out-of-memory", "scaling-protocol-error")
    )
    assert sum(len(point.samples) for point in bad.scaling) == (4 if at == "sample" else 0)
