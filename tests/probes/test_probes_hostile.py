"""Workers that attack pipes, processes and clocks: each is its own failure, others are measured, nothing is left."""

import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from advisor.probes.launch.process import Timeouts
from advisor.probes.model import Outcome
from tests.probes.doubles import assert_gone, by_name, candidate, run

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the double speaks to POSIX' pipes and signals"
)

MODES = {
    "floods its output without an end": (Outcome.PROTOCOL_ERROR, "line-too-long"),
    "floods its output with lines": (Outcome.PROTOCOL_ERROR, "not-a-message"),
    "says half and waits": (Outcome.TIMED_OUT, "no-hello"),
    "stops in the middle of a sample": (Outcome.TIMED_OUT, "no-sampled"),
    "answers twice": (Outcome.PROTOCOL_ERROR, "hello-instead-of-ready"),
    "answers byte by byte": (Outcome.MEASURED, None),
    "answers of no bounds": (Outcome.NOT_EQUIVALENT, "outputs-unusable"),
    "answers for another quantity": (Outcome.PROTOCOL_ERROR, "another-sample"),
    "counts ten times as many": (Outcome.PROTOCOL_ERROR, "another-sample"),
    "repeats less": (Outcome.PROTOCOL_ERROR, "another-sample"),
    "clock runs backwards": (Outcome.PROTOCOL_ERROR, "elapsed_s"),
    "clock stands still": (Outcome.PROTOCOL_ERROR, "elapsed_s"),
    "clock of a day": (Outcome.PROTOCOL_ERROR, "elapsed_s"),
    "no processor time": (Outcome.PROTOCOL_ERROR, "cpu_s"),
    "closes its input": (Outcome.TIMED_OUT, "no-prepared"),
    "closes its errors": (Outcome.MEASURED, None),
    "forks without an end in sight": (Outcome.MEASURED, None),
    "runs away": (Outcome.CRASHED, "SIGSEGV"),
    "won't leave": (Outcome.MEASURED, None),
}


@pytest.mark.parametrize(("mode", "expected"), MODES.items(), ids=MODES)
def test_a_hostile_worker_harms_nobody_else(tmp_path, monkeypatch, mode, expected):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    hostile = msgspec.structs.replace(
        candidate("bad"), backend=mode, worker=str(Path(__file__).with_name("hostile_worker.py"))
    )
    before = set(psutil.pids())
    finished = run(
        [hostile, candidate("good")],
        timeouts=Timeouts(hello_s=4.0, prepare_s=4.0, sample_s=4.0, quit_s=1.0),
    )
    results = by_name(finished)
    outcome, reason = expected
    assert (results["bad"].outcome, results["bad"].reason) == (outcome, results["bad"].reason)
    assert reason is None or reason in results["bad"].reason
    assert results["good"].outcome is Outcome.MEASURED
    assert msgspec.json.decode(msgspec.json.encode(finished), type=type(finished)) == finished
    left = [pid for pid in set(psutil.pids()) - before if _is_hostile(pid)]
    told = tmp_path / "hostile"
    assert_gone([*left, *(int(line.split()[1]) for line in _lines(told))])
    assert told.exists() == (mode == "runs away")


def _lines(path):
    return path.read_text().splitlines() if path.exists() else []


def _is_hostile(pid):
    try:
        return "hostile_worker.py" in " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return False
