"""The search with real workers: every configuration in a worker of its own, beside the default's, in rounds.

What is sampled here chooses what is measured afterwards, and ranks nobody.
"""

import math
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from msgspec.structs import replace

from advisor.frameworks.model import Affects
from advisor.hardware.conditions import compare, read_conditions
from advisor.hardware.model import Machine
from advisor.hardware.quiet import BUSY_SHARE
from advisor.probes.budget import search_cap_s
from advisor.probes.context import Cancelled, RunContext
from advisor.probes.energy import Meter
from advisor.probes.equivalence import References, load_references
from advisor.probes.fidelity import comparable
from advisor.probes.launch.process import Timeouts, WorkerError
from advisor.probes.model import (
    Budget,
    Candidate,
    Conditions,
    Outcome,
    ProbeEvent,
    Quantity,
    SearchExtent,
    SearchProgress,
    SearchRecord,
    Subject,
    Trial,
    Warned,
)
from advisor.probes.passes.memory import room_for
from advisor.probes.search import ROUNDS, WORTH, Measure, Pulled, Search, space, tuned
from advisor.probes.subject_run import SubjectRun
from advisor.workloads.model import Workload

_SAMPLE_SHARE = 0.5
"""Of an ordinary sample's length, as long as a search's are: it takes more of them."""

_WATCH_S = 0.5  # over which others' load is seen before a search begins


def search_workload(
    workload: Workload,
    candidates: Sequence[Candidate],
    conditions: Conditions,
    budget: Budget,
    extent: SearchExtent,
    emit: Callable[[ProbeEvent], None],
    cancel: threading.Event,
    *,
    pause: threading.Event | None = None,
    done: Sequence[SearchRecord] = (),
    checkpoint: Callable[[SearchRecord], None] | None = None,
    references: References | None = None,
    machine: Machine | None = None,
    rng_seed: int = 0,
    timeouts: Timeouts | None = None,
) -> tuple[SearchRecord, ...]:
    """Search faster configurations of every candidate, for training and for inference apart.

    Parameters
    ----------
    done : sequence of SearchRecord
        What an interrupted run has searched already; it is kept.
    checkpoint : callable, optional
        Receives every record as it comes.

    Returns
    -------
    tuple of SearchRecord
        Those done, and one per candidate and goal that has levers; without those that were cancelled.
    """
    records = list(done)
    if extent is SearchExtent.NONE:
        return tuple(records)
    for candidate in candidates:
        goals = tuple(
            goal
            for goal in Affects
            if any(
                goal in lever.affects and (lever.exact or goal is Affects.INFER) for lever in candidate.levers
            )
            and not any(
                (each.workload, each.alternative, each.goal) == (workload.id, candidate.alternative, goal)
                for each in records
            )
        )
        if not goals or cancel.is_set():
            continue
        context = _context(
            workload, conditions, budget, emit, cancel, pause, references, machine, rng_seed, timeouts
        )
        context.budget = replace(context.budget, time_cap_s=search_cap_s(budget, len(goals)))
        with tempfile.TemporaryDirectory(prefix="advisor-search-") as folder, context.supervised():
            context.folder = Path(folder)  # for what pairs export
            trials = _Trials(context, candidate)
            try:
                for goal in goals:
                    record = trials.search(goal, extent, budget.search_s)
                    if record is not None:
                        records.append(record)
                        if checkpoint is not None:
                            checkpoint(record)
            except Cancelled:
                pass
    return tuple(records)


def _context(
    workload: Workload,
    conditions: Conditions,
    budget: Budget,
    emit: Callable[[ProbeEvent], None],
    cancel: threading.Event,
    pause: threading.Event | None,
    references: References | None,
    machine: Machine | None,
    rng_seed: int,
    timeouts: Timeouts | None,
) -> RunContext:
    def hear(event: ProbeEvent) -> None:
        # Stages and samples of a search are no rows of the run.
        if isinstance(event, SearchProgress | Warned):
            emit(event)

    loop = (Quantity.LOOP,) if workload.loops else ()
    return RunContext(
        workload=workload,
        conditions=conditions,
        budget=replace(budget, sample_s=_SAMPLE_SHARE * budget.sample_s, memory_steps=1, least_steps=1),
        listener=hear,
        cancel=cancel,
        pause=pause,
        references=load_references() if references is None else references,
        machine=machine,
        timeouts=timeouts or Timeouts(),
        rng=np.random.default_rng(rng_seed),
        meter=Meter(),
        only=(Quantity.TRAIN, Quantity.INFER, *loop),
    )


class _Trials:
    """One candidate's workers: the default's stays loaded, the others as long as they are in the race."""

    def __init__(self, context: RunContext, candidate: Candidate) -> None:
        self._context = context
        self._candidate = candidate
        self._device = candidate.devices[0]
        self._runs: dict[Pulled, SubjectRun] = {}
        self._round = 0
        self._inert: set[str] = set()
        self._by_cpu = False  # others take wall time from whoever they meet; seconds of the processor, hardly
        self._tried: list[Pulled] = []  # for the goal that is searched for
        self._gains: dict[tuple[Pulled, Quantity], list[tuple[float, float]]] = {}  # wall, CPU

    def search(self, goal: Affects, extent: SearchExtent, allowed_s: float) -> SearchRecord | None:
        """Search for one goal; None where the default itself can't be measured on it."""
        default = self._load(())
        quantity = self._quantity(goal)
        if not default.live or quantity not in default.quantities:
            return None
        began = time.perf_counter()
        paused_s = self._context.paused_s
        self._tried.clear()
        busy = self._busy()
        room, unjudged = space(self._candidate.levers, self._candidate.priors, goal, busy=busy)
        self._by_cpu = busy and self._device == "cpu"
        best = [0.0]

        def over() -> bool:
            spent_s = time.perf_counter() - began - (self._context.paused_s - paused_s)
            return spent_s > allowed_s or not default.live

        def measure(pulled: Sequence[Pulled], rounds: int) -> Mapping[Pulled, Mapping[int, float]]:
            found = self._measure(pulled, rounds, quantity)
            best[0] = max([best[0], *(median(each.values()) for each in found.values())])
            self._context.emit(
                SearchProgress(
                    self._context.workload.id,
                    self._candidate.alternative,
                    goal,
                    len(self._tried),
                    math.exp(best[0]),
                )
            )
            return found

        found = Search(room, measure, over, self._inert).run(full=extent is SearchExtent.FULL)
        approximate: tuple[Pulled, ...] = ()
        if goal is Affects.INFER and extent is SearchExtent.FULL and comparable(self._context.workload):
            approximate = self._approximate(found.best, measure, over)
        return SearchRecord(
            workload=self._context.workload.id,
            alternative=self._candidate.alternative,
            device=self._device,
            goal=goal,
            extent=extent,
            quantity=quantity,
            trials=tuple(self._trial(pulled, quantity) for pulled in self._tried),
            proposed=tuned(found.best),
            approximate=tuple(map(tuned, approximate)),
            steps=found.steps,
            unjudged=unjudged,
            by_cpu=self._by_cpu,
            space=room.size,
            stopped=found.stopped,
            elapsed_s=time.perf_counter() - began,
        )

    def _approximate(self, best: Pulled, measure: Measure, over: Callable[[], bool]) -> tuple[Pulled, ...]:
        """Return approximations that seem faster than the best found, each by itself or on top of that."""
        levers = [each for each in self._candidate.levers if not each.exact and Affects.INFER in each.affects]
        if not levers or over():
            return ()
        default = self._runs[()]
        try:
            default.answer()
        except WorkerError as error:
            default.fail(error.outcome, error.reason)
            return ()
        found: list[Pulled] = []
        for lever in levers:
            for value in lever.values:
                alone = {**lever.needs, lever.id: value}
                forms = dict.fromkeys(
                    tuple(sorted(each.items())) for each in (alone, {**dict(best), **alone})
                )
                if over():
                    return tuple(found)
                wanted = [each for each in (*forms, best) if each]
                gains = {each: median(of.values()) for each, of in measure(wanted, ROUNDS).items()}
                fastest = max((each for each in forms if each in gains), key=gains.__getitem__, default=None)
                if fastest and gains[fastest] > gains.get(best, 0.0) + WORTH:
                    found.append(fastest)
        return tuple(found)

    def _quantity(self, goal: Affects) -> Quantity:
        if goal is Affects.INFER:
            return Quantity.INFER
        return Quantity.LOOP if self._context.workload.loops else Quantity.TRAIN

    def _busy(self) -> bool:
        """Whether others keep the machine so busy that waiting threads would say more of them."""
        before = read_conditions()
        self._context.cancel.wait(_WATCH_S)
        change = compare(before, read_conditions())
        return sum(share or 0.0 for share in (change.others_share, change.steal_share)) > BUSY_SHARE

    def _measure(
        self, pulled: Sequence[Pulled], rounds: int, quantity: Quantity
    ) -> dict[Pulled, dict[int, float]]:
        """Take rounds in which everyone has a sample, the default too; those that fit into memory together."""
        found: dict[Pulled, dict[int, float]] = {}
        self._make_room(pulled)
        left = list(pulled)
        while left:
            together: list[SubjectRun] = []
            while left and (not together or self._fits(left[0])):
                run = self._load(left.pop(0))
                if run.live:
                    together.append(run)
            for run in together:
                found[run.subject.configuration.levers] = {}
            for _ in range(rounds if together else 0):
                self._take_round(together, quantity, found)
            if left:
                self._make_room(left)
        return {each: gains for each, gains in found.items() if gains}

    def _take_round(
        self, together: Sequence[SubjectRun], quantity: Quantity, found: dict[Pulled, dict[int, float]]
    ) -> None:
        context, default = self._context, self._runs[()]
        self._round += 1
        runs = [default, *together]
        for index in context.rng.permutation(len(runs)):
            if runs[index].live:
                runs[index].take(quantity, self._round)
        beside = default.samples[-1] if default.live and default.last_round == self._round else None
        if beside is None:
            return
        for run in together:
            if run.live and run.last_round == self._round:
                own, pulled = run.samples[-1], run.subject.configuration.levers
                wall = (beside.elapsed_s / beside.iterations) / (own.elapsed_s / own.iterations)
                cpu = (beside.cpu_s / beside.iterations) / max(own.cpu_s / own.iterations, 1e-9)
                found[pulled][self._round] = math.log(max(cpu, 1e-9) if self._by_cpu else wall)
                self._gains.setdefault((pulled, quantity), []).append((wall, cpu))

    def _load(self, pulled: Pulled) -> SubjectRun:
        """Return a configuration's run, loaded unless it failed before. A lever without effect is a failure."""
        run = self._runs.get(pulled)
        if pulled and pulled not in self._tried:
            self._tried.append(pulled)
        if run is None:
            subject = Subject(
                self._context.workload.id, self._candidate.alternative, tuned(pulled), self._device
            )
            run = self._runs[pulled] = SubjectRun(self._context, subject, self._candidate)
        if run.failure is None and run.worker is None:
            run.warm_up_samples.clear()
            run.load()
            ignored = next((note for note in run.notes if note.startswith("lever-ignored")), None)
            if run.live and ignored:
                run.fail(Outcome.UNSUPPORTED, ignored)
            if ignored:
                self._inert.add(ignored.partition(": ")[2])
        return run

    def _fits(self, pulled: Pulled) -> bool:
        run = self._runs.get(pulled)
        return (run is not None and run.live) or room_for(self._context, 1) > 0

    def _make_room(self, wanted: Sequence[Pulled]) -> None:
        """Unload who isn't wanted now, as far as memory is short: starting again takes longer than many samples."""
        for pulled, run in self._runs.items():
            if (
                pulled
                and pulled not in wanted
                and run.live
                and room_for(self._context, len(wanted)) < len(wanted)
            ):
                run.unload()

    def _trial(self, pulled: Pulled, quantity: Quantity) -> Trial:
        result = self._runs[pulled].result()
        gains = self._gains.get((pulled, quantity), [])
        failed = self._runs[pulled].failure
        return Trial(
            levers=pulled,
            outcome=failed[0] if failed else Outcome.MEASURED,
            reason=failed[1] if failed else None,
            gains=tuple(wall for wall, _ in gains),
            cpu_gains=tuple(cpu for _, cpu in gains),
            output_error=result.equivalence.output_error if result.equivalence else None,
            start_s=self._runs[pulled].startup.total_s or None,
            fidelity=self._runs[pulled].fidelity,
        )
