"""The order of measuring: load every subject, sample in interleaved rounds, then scaling, then memory.

A subject's failure is an outcome of that subject and of no other.
"""

import threading
from collections.abc import Callable, Sequence

import numpy as np

from advisor.hardware.model import Machine
from advisor.probes.context import Cancelled, RunContext
from advisor.probes.energy import Meter
from advisor.probes.equivalence import References, load_references
from advisor.probes.launch.process import Timeouts
from advisor.probes.model import (
    Budget,
    Candidate,
    Conditions,
    Outcome,
    ProbeEvent,
    ProbeResult,
    Stage,
    StopRule,
    Subject,
    WarningCode,
    WorkloadRun,
)
from advisor.probes.passes.memory import measure_memory, memory_s, room_for
from advisor.probes.passes.scaling import measure_scaling, scalable
from advisor.probes.preflight import postflight, preflight
from advisor.probes.rounds import check_stop, judge_samples, sample_rounds
from advisor.probes.subject_run import SubjectRun
from advisor.workloads.model import Workload

_LOADING_SHARE = 0.6
"""Subjects that are not loaded within this share of the time cap are skipped, so that others get rounds."""


def run_workload(
    workload: Workload,
    candidates: Sequence[Candidate],
    conditions: Conditions,
    budget: Budget,
    emit: Callable[[ProbeEvent], None],
    cancel: threading.Event,
    *,
    pause: threading.Event | None = None,
    resume: WorkloadRun | None = None,
    checkpoint: Callable[[WorkloadRun], None] | None = None,
    references: References | None = None,
    machine: Machine | None = None,
    rng_seed: int = 0,
    timeouts: Timeouts | None = None,
) -> WorkloadRun:
    """Measure a workload on every candidate, device and variant.

    Parameters
    ----------
    emit : callable
        Hears what happens, one event at a time, in this thread or one that works for it.
    cancel : threading.Event
        Set it, from any thread, to stop: every worker is killed within a quarter of a second, and what was
        measured is returned.
    pause : threading.Event, optional
        While it is set, no new sample begins. Pauses don't count against the time cap.
    resume : WorkloadRun, optional
        An interrupted run (``StopRule.CANCELLED``), taken up after its last finished round: its samples and
        final failures are kept, workers start anew, and the time cap counts from now.
    checkpoint : callable, optional
        Receives the run as it stands after every round and pass, as an interrupted one.
    references : References, optional
        What networks are compared with; the shipped ones by default.
    machine : Machine, optional
        Its limits bound how many workers are loaded at once.
    rng_seed : int
        Decides the order within rounds, nothing else.
    timeouts : Timeouts, optional
        Per part of a conversation.

    Returns
    -------
    WorkloadRun
        With a result for every subject, whatever became of it. Memory is read for every measured subject,
        scaling for every default variant on the processor.
    """
    context = RunContext(
        workload=workload,
        conditions=conditions,
        budget=budget,
        listener=emit,
        cancel=cancel,
        pause=pause,
        references=load_references() if references is None else references,
        machine=machine,
        timeouts=timeouts or Timeouts(),
        rng=np.random.default_rng(rng_seed),
        meter=Meter(),
    )
    return _Run(context, candidates, resume, checkpoint).run()


class _Run:
    """The phases of one workload, and the run as it stands at any moment."""

    def __init__(
        self,
        context: RunContext,
        candidates: Sequence[Candidate],
        resume: WorkloadRun | None,
        checkpoint: Callable[[WorkloadRun], None] | None,
    ) -> None:
        self._context = context
        self._resume = resume
        self._checkpoint = checkpoint
        self._rounds = resume.rounds if resume else 0
        self._interleaved = True
        self._loads_s: list[float] = []
        self._round_s = 0.0
        self._passes_end_s: float | None = None
        earlier = {result.subject: result for result in resume.results} if resume else {}
        if resume:
            context.warnings.extend(resume.warnings)
            context.phases_s.update(resume.phases_s)
        self._runs = [
            SubjectRun(context, subject, candidate, earlier.pop(subject, None), self._rounds)
            for subject, candidate in _subjects(context, candidates)
        ]
        self._others = tuple(earlier.values())  # whose candidate is gone meanwhile: nothing is lost

    def run(self) -> WorkloadRun:
        """Measure, and return what was measured also when cancelled."""
        context = self._context
        context.estimate_s = self._estimate_s
        with context.supervised():
            try:
                before = preflight(context)
                rule = self._measure()
                postflight(context, before)
            except Cancelled:
                rule = StopRule.CANCELLED
                judge_samples(context, self._runs)
        return self._state(rule)

    def _measure(self) -> StopRule:
        context = self._context
        waiting = [run for run in self._runs if run.failure is None]
        for run in waiting:
            run.enter(Stage.WAITING)
        known = [run for run in waiting if run.complete]
        rule = None
        if known and len(known) == len(waiting):
            rule = check_stop([run.samples for run in known], context.quantities, context.budget).rule
        if rule is None:
            rule = self._sample(waiting)
        self._passes_end_s = context.elapsed_s + self._passes_s()
        judge_samples(context, self._runs)
        self._save()
        measured = [run for run in self._runs if run.result().outcome is Outcome.MEASURED]
        with context.phase("scaling"):
            self._scale(measured)
        for run in self._runs:
            run.unload()
        self._save()
        with context.phase("memory"):
            self._measure_memory(measured)
        return rule

    def _sample(self, waiting: list[SubjectRun]) -> StopRule:
        if self._load_together(waiting):
            return self._take_rounds(waiting, self._rounds + 1)
        self._interleaved = False
        self._context.warn(WarningCode.SEQUENTIAL, "during", subjects=len(waiting))
        alone = [run for run in waiting if run.failure is None]
        rules = [self._sample_alone(run, len(alone) - index) for index, run in enumerate(alone)]
        # The weakest reason to have stopped holds for all.
        weakest_first = (StopRule.TIME, StopRule.ROUNDS, StopRule.DECIDED, StopRule.PRECISE)
        return min(rules, key=weakest_first.index, default=StopRule.DECIDED)

    def _load_together(self, waiting: Sequence[SubjectRun]) -> bool:
        """Load one run after the other, since start-up is timed; False where memory can't hold them all."""
        context = self._context
        for index, run in enumerate(waiting):
            if self._late():
                run.fail(Outcome.SKIPPED, "time-cap")
                continue
            left = len(waiting) - index
            crowded = index > 0 and room_for(context, left) < left
            if not crowded:
                self._load(run)
                crowded = run.starved and any(each.live for each in waiting)
            if crowded:
                for each in waiting:
                    each.reset()
                return False
        return True

    def _sample_alone(self, run: SubjectRun, runs_left: int) -> StopRule:
        context = self._context
        if self._late():
            run.fail(Outcome.SKIPPED, "time-cap")
            return StopRule.TIME
        share_s = context.elapsed_s + (context.remaining_s - self._passes_s()) / runs_left
        self._load(run)
        rule = self._take_rounds([run], run.last_round + 1, share_s)
        run.unload()
        return rule

    def _take_rounds(
        self, runs: Sequence[SubjectRun], first_round: int, deadline_s: float | None = None
    ) -> StopRule:
        context = self._context
        if deadline_s is None:
            deadline_s = context.budget.time_cap_s - self._passes_s()
        since = context.elapsed_s

        def finished(number: int) -> None:
            nonlocal since
            self._round_s, since = context.elapsed_s - since, context.elapsed_s
            self._rounds = max(self._rounds, number)
            self._save()

        with context.phase("rounds"):
            return sample_rounds(context, runs, first_round, deadline_s, finished)

    def _load(self, run: SubjectRun) -> None:
        since = self._context.elapsed_s
        run.load()
        self._loads_s.append(self._context.elapsed_s - since)

    def _late(self) -> bool:
        return self._context.elapsed_s > _LOADING_SHARE * self._context.budget.time_cap_s

    def _scale(self, measured: Sequence[SubjectRun]) -> None:
        context = self._context
        defaults = [run for run in measured if run.subject.configuration.is_default]
        wanted = [
            run
            for run in scalable(context, defaults)
            if len(run.one_core_samples) < context.budget.scaling_rounds
        ]
        for run in self._runs:
            if run not in wanted:
                run.unload()
        reserve_s = self._memory_s(measured)
        if context.remaining_s - reserve_s < self._one_core_start_s(wanted):
            for run in wanted:
                run.note("scaling-time-cap")
            return
        if wanted:
            measure_scaling(context, wanted, reserve_s)

    def _measure_memory(self, measured: Sequence[SubjectRun]) -> None:
        wanted = [run for run in measured if run.memory is None]
        if wanted:
            measure_memory(self._context, wanted)

    def _passes_s(self) -> float:
        """What scaling and memory will take, going by how long the same things took before."""
        runs = [run for run in self._runs if run.failure is None]
        return self._scaling_s([x for x in runs if x.subject.configuration.is_default]) + self._memory_s(runs)

    def _scaling_s(self, runs: Sequence[SubjectRun]) -> float:
        context = self._context
        if context.conditions.threads < 2:
            return 0.0
        aim_s, threads = context.budget.sample_s, context.conditions.threads
        pairs_s = sum(max(aim_s, x.step_s) + max(aim_s, threads * x.step_s) for x in runs)
        return context.budget.scaling_rounds * pairs_s + self._one_core_start_s(runs)

    def _one_core_start_s(self, runs: Sequence[SubjectRun]) -> float:
        """How long workers on one core each take to start, several at once."""
        # What one core lacks and what the others take cancels what starting together saves.
        return sum(run.start_s for run in runs)

    def _memory_s(self, runs: Sequence[SubjectRun]) -> float:
        return memory_s(self._context, runs)

    def _estimate_s(self) -> float:
        """How long the run will still take, from what has been seen."""
        if self._passes_end_s is not None:
            return self._passes_end_s - self._context.elapsed_s
        context, budget = self._context, self._context.budget
        unloaded = sum(1 for run in self._runs if run.failure is None and not run.loaded)
        # Until the first is loaded, what it took so far; then the mean.
        loading_s = unloaded * (sum(self._loads_s) or context.elapsed_s) / max(len(self._loads_s), 1)
        goal = budget.min_rounds if self._rounds < budget.min_rounds else budget.max_rounds
        runs = sum(1 for run in self._runs if run.failure is None)
        round_s = self._round_s or runs * len(context.quantities) * budget.sample_s
        return loading_s + (goal - self._rounds) * round_s + self._passes_s()

    def _save(self) -> None:
        if self._checkpoint is not None:
            self._checkpoint(self._state(StopRule.CANCELLED))

    def _state(self, rule: StopRule) -> WorkloadRun:
        context, before = self._context, self._resume
        results: list[ProbeResult] = [run.result() for run in self._runs]
        return WorkloadRun(
            workload=context.workload,
            conditions=context.conditions,
            results=(*results, *self._others),
            rounds=self._rounds,
            stop_rule=rule,
            interleaved=self._interleaved and (before is None or before.interleaved),
            elapsed_s=context.elapsed_s + (before.elapsed_s if before else 0.0),
            sampling_s=context.sampling_s + (before.sampling_s if before else 0.0),
            parent_cpu_s=context.parent_cpu_s + (before.parent_cpu_s if before else 0.0),
            warnings=tuple(context.warnings),
            phases_s=dict(context.phases_s),
        )


def _subjects(context: RunContext, candidates: Sequence[Candidate]) -> list[tuple[Subject, Candidate]]:
    """Every subject with its candidate, default variants first: should time run out, they are what counts."""
    pairs = [
        (Subject(context.workload.id, candidate.alternative, configuration, device), candidate)
        for candidate in candidates
        for configuration in candidate.configurations
        for device in candidate.devices
    ]
    return sorted(pairs, key=lambda pair: not pair[0].configuration.is_default)
