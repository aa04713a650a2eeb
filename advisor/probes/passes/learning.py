"""Time to a target: every framework trains the same small network from the same weights, in the same order.

Seeds come one after the other and frameworks take turns within each, so that a slow minute of the machine meets more
than one. Nothing here ranks anybody.
"""

import threading
from collections.abc import Callable, Sequence

import numpy as np
from msgspec.structs import replace

from advisor.hardware.model import Machine
from advisor.probes.context import Cancelled, RunContext
from advisor.probes.energy import Meter
from advisor.probes.equivalence import References
from advisor.probes.launch import wire
from advisor.probes.launch.process import Timeouts, Worker, WorkerError
from advisor.probes.learning import CurvePoint, Learner, LearningCurve, TargetRun
from advisor.probes.model import (
    Budget,
    Candidate,
    Capability,
    Conditions,
    LearningProgress,
    Outcome,
    ProbeEvent,
    Subject,
    Warned,
)
from advisor.probes.passes.memory import room_for
from advisor.workloads import targets
from advisor.workloads.targets import LearningTarget

_CAP_S = 86_400.0
"""Of the whole pass, which every curve's own limit bounds long before."""

_SEED_STRIDE = 10
"""Between seeds: a seed's neighbours make the streams beside its weights."""


def reach(
    target: LearningTarget,
    candidates: Sequence[Candidate],
    conditions: Conditions,
    budget: Budget,
    emit: Callable[[ProbeEvent], None],
    cancel: threading.Event,
    *,
    pause: threading.Event | None = None,
    machine: Machine | None = None,
    rng_seed: int = 0,
    timeouts: Timeouts | None = None,
) -> TargetRun:
    """Have every candidate that trains reach a target, once for each seed of the budget.

    Returns
    -------
    TargetRun
        With a learner for every candidate that could be asked, whatever became of it; incomplete where it was
        cancelled.
    """
    context = context_of(target, conditions, budget, emit, cancel, pause, machine, rng_seed, timeouts)
    with context.supervised():
        return _Pass(context, target, candidates).run()


def context_of(
    target: LearningTarget,
    conditions: Conditions,
    budget: Budget,
    emit: Callable[[ProbeEvent], None],
    cancel: threading.Event,
    pause: threading.Event | None,
    machine: Machine | None,
    rng_seed: int,
    timeouts: Timeouts | None,
) -> RunContext:
    """Return what a pass on a target shares; its workers are no rows of the run."""

    def hear(event: ProbeEvent) -> None:
        if isinstance(event, LearningProgress | Warned):
            emit(event)

    return RunContext(
        workload=target.workload,
        conditions=conditions,
        budget=replace(budget, time_cap_s=_CAP_S),
        listener=hear,
        cancel=cancel,
        pause=pause,
        references=References(conditions.seed, {}),
        machine=machine,
        timeouts=timeouts or Timeouts(),
        rng=np.random.default_rng(rng_seed),
        meter=Meter(),
    )


def able(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return those that may train a network of ours: no pairs, nobody's own work."""
    return [
        each for each in candidates if each.trainer is None and each.file is None and each.refusal is None
    ]


class _Pass:
    """The workers of everybody, as many as memory holds, and what they have learnt so far."""

    def __init__(self, context: RunContext, target: LearningTarget, candidates: Sequence[Candidate]) -> None:
        self._context, self._target = context, target
        self._candidates = able(candidates)
        self._workers: dict[str, Worker] = {}
        self._learners: dict[str, Learner] = {}

    def run(self) -> TargetRun:
        """Take a curve of everybody for each seed."""
        context = self._context
        complete = True
        try:
            for number in range(context.budget.learning_seeds):
                order = context.rng.permutation(len(self._candidates))
                for candidate in [self._candidates[index] for index in order]:
                    self._take(candidate, number)
        except Cancelled:
            complete = False
        return TargetRun(
            self._target,
            context.conditions,
            tuple(
                self._learners[each.alternative]
                for each in self._candidates
                if each.alternative in self._learners
            ),
            context.budget.learning_seeds,
            complete,
        )

    def _take(self, candidate: Candidate, number: int) -> None:
        """Take one curve. Failing is an outcome of that candidate, and of no other."""
        name = candidate.alternative
        subject = Subject(self._target.workload.id, name, device=candidate.devices[0])
        learner = self._learners.get(name, Learner(subject))
        if learner.outcome is not Outcome.MEASURED:
            return
        try:
            worker = self._worker(candidate, subject)
            if worker is None:
                return
            curve = self._curve(worker, subject, number)
            learner = replace(learner, curves=(*learner.curves, curve))
        except WorkerError as error:
            learner = replace(learner, outcome=error.outcome, reason=error.reason)
            if name in self._workers:
                self._context.discard(self._workers.pop(name))
        self._learners[name] = learner

    def _worker(self, candidate: Candidate, subject: Subject) -> Worker | None:
        """Return a candidate's worker, started if need be; None where it can't train."""
        context, name = self._context, candidate.alternative
        context.check()
        if name in self._workers:
            return self._workers[name]
        if self._workers and room_for(context, 1) < 1:
            while self._workers:
                context.dismiss(self._workers.popitem()[1])
        worker = self._workers[name] = context.launch(candidate, subject)
        if Capability.TRAIN in context.greet(worker).capabilities:
            return worker
        self._candidates = [each for each in self._candidates if each.alternative != name]
        context.dismiss(self._workers.pop(name))
        return None

    def _curve(self, worker: Worker, subject: Subject, number: int) -> LearningCurve:
        context, target = self._context, self._target
        seed = context.conditions.seed + _SEED_STRIDE * number
        build = wire.Prepare(
            target.workload,
            targets.network(target),
            {},
            seed,
            context.conditions.dtype,
            context.conditions.tf32,
            (),
        )
        context.within(lambda limit: worker.request(build, wire.Prepared, limit), context.timeouts.prepare_s)
        curve = LearningCurve(seed)
        for aim in (0, target.first_steps, *range(target.every, target.most_steps + 1, target.every)):
            context.check()
            before = curve.points[-1] if curve.points else CurvePoint(0, 0.0, 0.0, 0.0)
            command = wire.Learn(aim - before.steps, targets.data(target))
            learned = context.within(
                lambda limit, command=command: worker.request(command, wire.Learned, limit),  # type: ignore[misc]
                context.timeouts.prepare_s,
            )
            point = CurvePoint(
                aim, before.elapsed_s + learned.elapsed_s, before.cpu_s + learned.cpu_s, learned.score
            )
            curve = LearningCurve(seed, (*curve.points, point))
            context.emit(
                LearningProgress(
                    target.workload.id,
                    subject.alternative,
                    number + 1,
                    context.budget.learning_seeds,
                    aim,
                    point.score,
                )
            )
            if point.score >= target.score or point.elapsed_s > context.budget.learning_s:
                break
        return curve
