"""Candidates, workloads and references made for the fake worker, and ways to run and watch it."""

import contextlib
import json
import os
import select
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import psutil

from advisor.probes.budget import BUDGETS
from advisor.probes.equivalence import Reference, References
from advisor.probes.launch.process import Timeouts
from advisor.probes.model import (
    Budget,
    Candidate,
    Conditions,
    ProbeEvent,
    ProbeResult,
    WorkloadRun,
)
from advisor.probes.schedule import run_workload
from advisor.resources import worker_script
from advisor.workloads.model import Size, Task, Workload

WORKLOAD = Workload(
    id="double",
    task=Task.IMAGE_CLASSIFICATION,
    size=Size.COMPACT,
    architecture="none",
    input_shape=(2,),
    batch=4,
    classes=2,
    parameters=10,
    forward_flops=100,
    reference="none",
)
RL_WORKLOAD = msgspec.structs.replace(WORKLOAD, task=Task.RL)
REFERENCES = References(0, {"double": Reference(10, ((1.0, -2.0), (0.5, 0.25)), (2.0, 1.5))})
CONDITIONS = Conditions(threads=2, cpus=())
BUDGET = msgspec.structs.replace(BUDGETS["quick"], time_cap_s=600.0, target_s=600.0)


def candidate(name: str, **script: Any) -> Candidate:
    """A candidate whose worker follows a script (see ``fake_worker.DEFAULTS``)."""
    return Candidate(
        alternative=name,
        framework=name,
        backend=json.dumps(script),
        interpreter=sys.executable,
        worker=str(worker_script("fake_worker")),
    )


def run(
    candidates: Iterable[Candidate],
    *,
    workload: Workload = WORKLOAD,
    conditions: Conditions = CONDITIONS,
    budget: Budget = BUDGET,
    emit: Callable[[ProbeEvent], None] = lambda event: None,
    cancel: threading.Event | None = None,
    timeouts: Timeouts | None = None,
    **options: Any,
) -> WorkloadRun:
    """Run the double's workload."""
    return run_workload(
        workload,
        tuple(candidates),
        conditions,
        budget,
        emit,
        cancel or threading.Event(),
        references=options.pop("references", REFERENCES),
        timeouts=timeouts,
        **options,
    )


def by_name(finished: WorkloadRun) -> dict[str, ProbeResult]:
    """Results by alternative."""
    return {result.subject.alternative: result for result in finished.results}


def logged(log: Path, *kinds: str) -> list[int]:
    """Process ids in a fake worker's log, in order, of lines of some kinds."""
    lines = [line.split() for line in log.read_text().splitlines()]
    return [int(pid) for kind, pid in lines if kind in kinds]


class Fifo:
    """A fake worker's log that can be waited for, line by line."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = str(path)
        # Also open for writing: no end of file comes between two writers.
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._text = ""

    def wait_for(self, kind: str, patience_s: float = 60.0) -> int:
        """Return the process id of the next line of a kind."""
        while True:
            line, newline, rest = self._text.partition("\n")
            if newline:
                self._text = rest
                if line.split()[0] == kind:
                    return int(line.split()[1])
                continue
            readable, _, _ = select.select([self._descriptor], [], [], patience_s)
            assert readable, f"no {kind} in {patience_s} s"
            self._text += os.read(self._descriptor, 65536).decode()

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)


def assert_gone(pids: Iterable[int]) -> None:
    """Every process ends within a generous time. Reaping is awaited, not slept for."""
    found = []
    for pid in set(pids):
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(pid))
    _, alive = psutil.wait_procs(found, timeout=30)
    alive = [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]
    assert not alive


def budget(**changes):
    """Return the quick budget of these tests, changed."""
    return msgspec.structs.replace(BUDGET, **changes)


def codes(finished):
    """Return what was warned of."""
    return {warning.code for warning in finished.warnings}


def cancelled_at_round(number, **options):
    """Run until so many rounds are kept; return the run, and all that was kept."""
    cancel = threading.Event()
    kept = []

    def checkpoint(state):
        kept.append(state)
        if state.rounds == number:
            cancel.set()

    return run(cancel=cancel, checkpoint=checkpoint, **options), kept
