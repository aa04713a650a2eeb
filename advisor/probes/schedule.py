"""The order of measuring: load what fits, sample in interleaved rounds, go on with what didn't fit.

Memory is read over every subject's first steps, and one core is measured in the rounds of all cores, so that each
framework starts once. A subject's failure is an outcome of that subject and of no other.
"""

import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from advisor.hardware.model import Machine
from advisor.probes.context import Cancelled, RunContext
from advisor.probes.energy import Meter
from advisor.probes.equivalence import References, load_references
from advisor.probes.forecast import Forecast
from advisor.probes.launch.process import Timeouts
from advisor.probes.model import (
    Block,
    Budget,
    Candidate,
    Conditions,
    Outcome,
    ProbeEvent,
    ProbeResult,
    Provisional,
    Stage,
    StopRule,
    Subject,
    WarningCode,
    WorkloadRun,
)
from advisor.probes.passes.loading import read_data
from advisor.probes.passes.longest import read_longest
from advisor.probes.passes.memory import room_for
from advisor.probes.passes.parallel import measure_parallel
from advisor.probes.passes.scaling import start_one_core
from advisor.probes.preflight import postflight, preflight
from advisor.probes.rounds import check_stop, judge_samples, sample_rounds
from advisor.probes.subject_run import SubjectRun
from advisor.workloads.datasets import OwnData
from advisor.workloads.model import Workload

_LOADING_SHARE = 0.6
"""Subjects that are not loaded within this share of the time cap are skipped, so that others get rounds."""

_LAST_LOAD_SHARE = 0.9
"""The same for subjects that wait until others have made room."""


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
    data: OwnData | None = None,
) -> WorkloadRun:
    """Measure a workload on every candidate, device and configuration.

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
    data : OwnData, optional
        The user's own, which is read after the rounds, and fed to the training where it takes such items.

    Returns
    -------
    WorkloadRun
        With a result for every subject, whatever became of it. Memory is read for every measured subject,
        scaling for every default configuration on the processor.
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
        data=data,
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
        self._interleaved = resume is None or resume.interleaved
        self._blocks: list[Block] = list(resume.blocks) if resume else []
        earlier = {result.subject: result for result in resume.results} if resume else {}
        if resume:
            context.warnings.extend(resume.warnings)
            context.phases_s.update(resume.phases_s)
            context.provisional_s = resume.provisional_s
        self._runs = [
            SubjectRun(context, subject, candidate, earlier.pop(subject, None), self._rounds)
            for subject, candidate in _subjects(context, candidates)
        ]
        self._others = tuple(earlier.values())  # whose candidate is gone meanwhile: nothing is lost
        self._anchor = next((r for r in self._runs if resume and r.subject == resume.anchor), None)
        self._forecast = Forecast(context, self._runs)

    def run(self) -> WorkloadRun:
        """Measure, and return what was measured also when cancelled."""
        context = self._context
        context.estimate_s = self._forecast.remaining_s
        with tempfile.TemporaryDirectory(prefix="advisor-run-") as folder, context.supervised():
            context.folder = Path(folder)
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
        rule = self._earlier_rule(waiting)
        if rule is None:
            if self._blocks:  # who was measured in an earlier block needs no other one
                waiting = [run for run in waiting if not run.complete]
            rule = self._sample(waiting)
        judge_samples(context, self._runs)
        for run in self._runs:
            if run.live:
                run.enter(Stage.DONE)
            run.unload()
        self._save()
        read_longest(context, self._runs)
        if context.budget.parallel_s:
            measure_parallel(context, self._runs)
            self._save()
        return rule

    def _earlier_rule(self, waiting: Sequence[SubjectRun]) -> StopRule | None:
        """Why nothing needs to be sampled any more, if an interrupted run was as good as over."""
        wanted = self._context.budget.scaling_rounds
        if not waiting or not all(
            run.complete and (run.memory or run.notes) and len(run.one_core_samples) in (0, wanted)
            for run in waiting
        ):
            return None
        return check_stop(
            [run.samples for run in waiting], self._context.quantities, self._context.budget
        ).rule

    def _sample(self, waiting: list[SubjectRun]) -> StopRule:
        """Measure block after block: what fits into memory together, and with it the anchor of all blocks."""
        rest, rules = list(waiting), []
        while rest:
            block = self._load_block(rest)
            if block:
                rules.append(self._take_rounds(block, rest))
                self._keep_anchor(block, rest)
        # The weakest reason to have stopped holds for all.
        weakest_first = (StopRule.TIME, StopRule.TARGET, StopRule.ROUNDS, StopRule.DECIDED, StopRule.PRECISE)
        return min(rules, key=weakest_first.index, default=self._rule_of_none())

    def _rule_of_none(self) -> StopRule:
        capped = any(warning.code is WarningCode.TIME_CAP for warning in self._context.warnings)
        return StopRule.TIME if capped else StopRule.DECIDED

    def _load_block(self, rest: list[SubjectRun]) -> list[SubjectRun]:
        """Load one after the other, since start-up is timed, as many as fit; take these from ``rest``."""
        context = self._context
        share = _LAST_LOAD_SHARE if self._blocks else _LOADING_SHARE
        anchor = self._anchor
        block: list[SubjectRun] = []
        if anchor is not None and anchor not in rest and anchor.failure is None:
            if not anchor.live:
                self._forecast.time_load(anchor)
            if anchor.live:
                block.append(anchor)
        progress = False
        while rest:
            run = rest[0]
            if context.elapsed_s > share * context.budget.time_cap_s:
                run.fail(Outcome.SKIPPED, "time-cap")
                rest.pop(0)
                progress = True
                continue
            if block and room_for(context, 1) < 1:
                break
            self._forecast.time_load(run)
            if run.starved and block:
                run.reset()
                break
            rest.pop(0)
            progress = True
            if run.live:
                block.append(run)
            self._announce()
        if not progress and anchor is not None:  # it doesn't even fit beside the anchor
            anchor.unload()
            self._anchor = None
            self._interleaved = False
            return []
        return block

    def _announce(self) -> None:
        """Say once that every default has a first interval: what is compiled may take minutes more to load."""
        context = self._context
        defaults = [run for run in self._runs if run.subject.configuration.is_default and run.failure is None]
        if context.provisional_s is None and defaults and all(run.loaded for run in defaults):
            context.provisional_s = context.elapsed_s
            context.emit(Provisional(context.provisional_s))

    def _keep_anchor(self, block: Sequence[SubjectRun], rest: Sequence[SubjectRun]) -> None:
        """Unload a block but for what links it to the next one."""
        if not rest:
            return
        if not self._blocks[1:] and self._anchor is None and len(block) > 1:
            self._anchor = next((run for run in block if run.live and run.complete), None)
        if self._anchor is None:
            self._interleaved = False
        for run in block:
            if run is not self._anchor:
                if run.live:
                    run.enter(Stage.DONE)
                run.unload()

    def _take_rounds(self, block: Sequence[SubjectRun], rest: Sequence[SubjectRun]) -> StopRule:
        context = self._context
        # An interrupted run's rounds count where everybody is loaded together again.
        since_round = self._rounds + 1 if self._blocks else 1
        first_round = self._rounds + 1
        if rest and not self._blocks:
            code = WarningCode.BLOCKS if len(block) > 1 else WarningCode.SEQUENTIAL
            context.warn(code, "during", subjects=len(block) + len(rest), together=len(block))
        left_s = max(0.0, context.budget.target_s - context.elapsed_s)
        target_s = context.elapsed_s + left_s * len(block) / (len(block) + len(rest))
        one_core = start_one_core(context, block)
        self._forecast.one_core = one_core

        def finished(number: int) -> None:
            self._rounds = max(self._rounds, number)
            self._save()

        try:
            with context.phase("rounds"):
                rule = sample_rounds(
                    context,
                    block,
                    first_round,
                    target_s,
                    finished,
                    one_core,
                    since_round=since_round,
                    linking=bool(rest or self._blocks),
                )
        finally:
            for each in one_core.values():
                each.close()
            if rest or self._blocks:
                subjects = tuple(run.subject for run in block)
                self._blocks.append(Block(first_round, max(self._rounds, first_round), subjects))
        if context.data is not None:
            with context.phase("data"):
                read_data(context, block, context.data)
            self._save()
        return rule

    def _save(self) -> None:
        if self._checkpoint is not None:
            with self._context.quiet():
                self._checkpoint(self._state(StopRule.CANCELLED))

    def _state(self, rule: StopRule) -> WorkloadRun:
        context, before = self._context, self._resume
        results = (*(run.result() for run in self._runs), *self._others)
        return WorkloadRun(
            workload=context.workload,
            conditions=context.conditions,
            results=results,
            rounds=self._rounds,
            stop_rule=rule,
            interleaved=self._interleaved,
            elapsed_s=context.elapsed_s + (before.elapsed_s if before else 0.0),
            sampling_s=context.sampling_s + (before.sampling_s if before else 0.0),
            parent_cpu_s=context.parent_cpu_s + (before.parent_cpu_s if before else 0.0),
            warnings=tuple(context.warnings),
            phases_s=dict(context.phases_s),
            blocks=tuple(self._blocks),
            anchor=self._anchor.subject if self._anchor and self._blocks else None,
            unavoidable_s=sum(map(_unavoidable_s, results)),
            provisional_s=context.provisional_s,
        )


def _unavoidable_s(result: ProbeResult) -> float:
    """Import, build, first calls, and the samples that the figures rest on."""
    one_core = (s for point in result.scaling if point.threads == 1 for s in point.samples)
    return result.startup.total_s + sum(s.elapsed_s for s in (*result.samples, *one_core))


def _subjects(context: RunContext, candidates: Sequence[Candidate]) -> list[tuple[Subject, Candidate]]:
    """Every subject with its candidate, defaults first: should time run out, they are what counts."""
    pairs = [
        (Subject(context.workload.id, candidate.alternative, configuration, device), candidate)
        for candidate in candidates
        for configuration in candidate.configurations
        for device in candidate.devices
    ]
    return sorted(pairs, key=lambda pair: not pair[0].configuration.is_default)
