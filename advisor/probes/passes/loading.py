"""The user's own data: how fast each framework's loader reads it, and whether training steps wait for it.

Every measurement is the start of an epoch, loader included, so that no batch was read before the clock ran and none
is read after it. Where the network takes no such items, they are loaded and no more. Who is measured has the machine
to itself: subjects come one after the other.
"""

import math
from collections.abc import Sequence

from advisor.probes.context import RunContext
from advisor.probes.launch import wire
from advisor.probes.launch.process import WorkerError
from advisor.probes.model import Capability, DataPass, Outcome, Quantity, Sample, Stage
from advisor.probes.subject_run import SubjectRun
from advisor.workloads import datasets
from advisor.workloads.datasets import OwnData

ROUNDS = 5
QUANTITIES = (Quantity.LOAD, Quantity.TRAIN, Quantity.FED)

_SPAN_SAMPLES = 3  # samples' worth of time that an epoch's start takes
_FEWEST_STEPS = 2
_MOST_STEPS = 500


def read_data(context: RunContext, runs: Sequence[SubjectRun], data: OwnData) -> None:
    """Measure every default configuration that trains; a worker that can't leaves, and keeps what it measured."""
    for run in runs:
        trains = Capability.TRAIN in run.capabilities
        if run.live and run.data is None and run.subject.configuration.is_default and trains:
            context.check()
            run.enter(Stage.LOADING)
            try:
                run.data = DataPass(tuple(_rounds(context, run, data)))
            except WorkerError as error:
                reason = error.reason if error.outcome is not Outcome.SKIPPED else "time-cap"
                run.data = DataPass(reason=reason.replace(data.reading.path, "***"))
                run.let_go()


def _rounds(context: RunContext, run: SubjectRun, data: OwnData) -> list[Sample]:
    feeds = datasets.feeds(data.description, context.workload)
    quantities = QUANTITIES if feeds else (Quantity.LOAD,)
    # Whoever is fed for the first time may compile.
    warm = [_take(context, run, data, quantity, _FEWEST_STEPS, 0, feeds) for quantity in quantities]
    step_s = max(run.step_s if feeds else warm[0].elapsed_s / warm[0].iterations, 1e-6)
    steps = max(_FEWEST_STEPS, min(_MOST_STEPS, math.ceil(_SPAN_SAMPLES * context.budget.sample_s / step_s)))
    return [
        _take(context, run, data, quantities[index], steps, number, feeds)
        for number in range(1, ROUNDS + 1)
        for index in context.rng.permutation(len(quantities))
    ]


def _take(
    context: RunContext,
    run: SubjectRun,
    data: OwnData,
    quantity: Quantity,
    steps: int,
    number: int,
    feeds: bool,
) -> Sample:
    worker = run.worker
    assert worker is not None
    context.check()
    conditions = context.conditions
    command = wire.Feed(data.reading, feeds, quantity, steps, conditions.threads, conditions.seed + number)
    reply = context.within(
        lambda limit: worker.request(command, wire.Sampled, limit), context.timeouts.prepare_s
    )
    return Sample(quantity, number, reply.iterations, reply.elapsed_s, reply.cpu_s, reply.items)
