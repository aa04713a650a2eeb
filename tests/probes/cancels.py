"""Cancels runs at random moments: ``python -m tests.probes.cancels --times 1000``.

Workers are doubles; some hang, ignore SIGTERM, start children or crash. After every cancel nothing may run any more,
what was acknowledged must be in a document that can be read, and the run must go on from there: each assessment is
cancelled a few times and then let through.
"""

import argparse
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import psutil

from advisor.assessment import pipeline
from advisor.assessment.inventory import Inventory
from advisor.assessment.model import Assessment, FrameworkState, Status
from advisor.assessment.pipeline import PhaseStarted, Request, Saved
from advisor.assessment.store import Store
from advisor.decision.model import Needs
from advisor.frameworks import catalogue as catalogue_file
from advisor.hardware.calibration import calibrate
from advisor.hardware.detection import detect
from advisor.hardware.model import Calibration
from advisor.probes import preflight
from advisor.probes.equivalence import Reference, References
from advisor.probes.model import Candidate, StageChanged
from advisor.workloads.model import Task
from advisor.workloads.published import WORKLOADS
from tests.probes.doubles import assert_gone, candidate, logged

PATIENCE_S = 60.0
LONGEST_RUN_S = 1.2
"""What a run with these doubles takes on a slow machine; later moments come after its end."""

REFERENCES = References(
    0, {identity: Reference(10, ((1.0, -2.0), (0.5, 0.25)), (2.0, 1.5)) for identity in WORKLOADS}
)
FAULTS: tuple[dict[str, Any], ...] = (
    *({}, {}, {}, {"adjustable_threads": True}, {"child": True, "stubborn": True}, {"flood_bytes": 100_000}),
    *({"fault": "hang", "at": at, "stubborn": True, "child": True} for at in ("start", "import", "prepare")),
    *({"fault": "hang", "after": 12}, {"fault": "SIGSEGV", "after": 9}, {"fault": "garbage", "after": 3}),
    *({"fault": "close-wire", "after": 5}, {"work": "sleep"}, {"work": "burn", "busy": True}),
)


class Cancels:
    """A series of cancelled runs in one folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = Random(seed)
        self.store = Store(folder)
        self.where: Counter[str] = Counter()
        self.finished = 0
        catalogue = catalogue_file.load()
        states = tuple(
            FrameworkState(each.id, None, "not-installed") for each in catalogue_file.alternatives(catalogue)
        )
        self.inventory = Inventory(detect(folder=folder), catalogue, (), states)

    def cancelled(self, before: Assessment | None) -> Assessment:
        """Run (on), cancel at a random moment, and check what is left; return it."""
        log = self.folder / "workers"
        log.unlink(missing_ok=True)
        cancel = threading.Event()
        pause = threading.Event()
        at_event = self.random.randrange(1, 60) if self.random.random() < 0.5 else None
        heard: list[str] = []
        acknowledged: list[Assessment] = []
        moments: list[str] = []

        def stop() -> None:
            moments.append(heard[-1] if heard else "the start")
            cancel.set()

        timer = threading.Timer(self.random.uniform(0, LONGEST_RUN_S), stop)

        def emit(event: object) -> None:
            if isinstance(event, Saved):
                acknowledged.append(event.assessment)
            if isinstance(event, PhaseStarted | StageChanged):
                heard.append(str(event.phase if isinstance(event, PhaseStarted) else event.stage))
            else:
                heard.append(heard[-1] if heard else "the start")
            if at_event is not None and len(heard) >= at_event and not moments:
                stop()
            elif self.random.random() < 0.02:
                pause.set()
                threading.Timer(0.05, pause.clear).start()

        if at_event is None:
            timer.start()
        found = self._run(self._candidates(log), emit, stop, (cancel, pause), before)
        timer.cancel()
        self.where[moments[0] if moments else "not at all"] += 1
        assert_gone(logged(log, "start", "child") if log.exists() else ())
        self._check(found, acknowledged)
        return found

    def let_through(self, before: Assessment) -> None:
        """Go on with a cancelled run to its end."""
        honest = tuple(candidate(name) for name in ("pytorch", "tensorflow"))
        found = self._run(honest, lambda event: None, None, (threading.Event(), threading.Event()), before)
        assert found.status is Status.COMPLETE
        assert _samples(before) <= _samples(found), "what was measured before is not measured again"
        self.finished += 1

    def _candidates(self, log: Path) -> tuple[Candidate, ...]:
        names = self.random.sample(("pytorch", "tensorflow", "mxnet"), self.random.randint(1, 3))
        return tuple(candidate(name, log=str(log), **self.random.choice(FAULTS)) for name in names)

    def _run(
        self,
        ready: tuple[Candidate, ...],
        emit: Callable[[object], None],
        stop: Callable[[], None] | None,
        events: tuple[threading.Event, threading.Event],
        before: Assessment | None,
    ) -> Assessment:
        others = set(psutil.Process().children(recursive=True))
        threads = threading.active_count()
        found: list[Assessment] = []
        task = {self.random.choice(list(Task)): 1.0}
        runner = threading.Thread(
            target=lambda: found.append(
                pipeline.run(
                    Request(Needs(tasks=task)),
                    self.inventory,
                    self.store,
                    emit,
                    events[0],
                    pause=events[1],
                    resume=before,
                    ready=ready,
                    references=REFERENCES,
                )
            )
        )
        runner.start()
        if stop is not None:
            runner.join(LONGEST_RUN_S)
            if runner.is_alive() and not events[0].is_set():
                stop()
        runner.join(PATIENCE_S)
        assert not runner.is_alive(), "a cancelled run doesn't end"
        assert found, "a cancelled run failed"
        left = set(psutil.Process().children(recursive=True)) - others
        assert not left, left
        assert threading.active_count() <= threads + 2, threading.enumerate()
        return found[0]

    def _check(self, found: Assessment, acknowledged: list[Assessment]) -> None:
        reopened = Store(self.folder)
        assert reopened.load(found.id) == found, "what is on disk is what was told"
        assert not reopened.interrupted()
        assert not reopened.unreadable()
        for each in acknowledged:
            assert _samples(each) <= _samples(found), "an acknowledged sample was lost"


def _samples(assessment: Assessment) -> set[bytes]:
    """Return the samples of whole rounds: one that was interrupted is begun anew, since its samples are compared."""
    return {
        msgspec.json.encode((result.subject, sample))
        for run in assessment.runs
        for result in run.results
        for sample in result.samples
        if sample.round <= run.rounds
    }


def series(times: int, seed: int, folder: Path) -> Cancels:
    """Cancel so many runs; return what was seen."""
    made = Cancels(folder, seed)
    before: Assessment | None = None
    for number in range(times):
        if number % 100 == 0 and number:
            print(f"{number} of {times}", flush=True)
        # A processor's real calibration takes seconds: now and then, to be cancelled, too.
        real = made.random.random() < 0.05
        pipeline.calibrate = calibrate if real else lambda *_, **__: Calibration(gemm_fp32=(1e12,))
        before = made.cancelled(before)
        if before.status is Status.COMPLETE:
            before = None
        elif made.random.random() < 0.3:
            pipeline.calibrate = lambda *_, **__: Calibration(gemm_fp32=(1e12,))
            made.let_through(before)
            before = None
    return made


def main() -> None:
    """Run a series and say where its runs were cancelled."""
    parser = argparse.ArgumentParser(prog="python -m tests.probes.cancels", description=__doc__)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    arguments = parser.parse_args()
    preflight._WINDOW_S = 0.0  # spares every run the half second in which other programs' load is looked at
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="advisor-cancels-") as folder:
        made = series(arguments.times, arguments.seed, Path(folder))
    where = ", ".join(f"{name} {count}" for name, count in made.where.most_common())
    print(f"{arguments.times} cancels, {made.finished} runs let through afterwards; cancelled in: {where}")


if __name__ == "__main__":
    main()
