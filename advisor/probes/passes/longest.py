"""Text at the longest context: what reading and writing it takes of memory, in a process of its own."""

import math
from collections.abc import Sequence
from dataclasses import replace as copied

from msgspec.structs import replace

from advisor.probes.context import RunContext
from advisor.probes.launch import wire
from advisor.probes.launch.process import WorkerError
from advisor.probes.model import Candidate, Capability, ContextMemory, MemoryReading, Quantity, Stage, Subject
from advisor.probes.passes.export import exported
from advisor.probes.passes.memory import LEAST_S, PeakReader
from advisor.probes.subject_run import SubjectRun
from advisor.workloads.published import longest_context

_ANSWERS = (Quantity.INFER, Quantity.LATENCY)


def read_longest(context: RunContext, runs: Sequence[SubjectRun]) -> None:
    """Read the memory of every default configuration that was measured; one that fails gets the reason as a note."""
    tokens = longest_context(context.workload)
    if not tokens or not context.budget.longest_context:
        return
    workload = replace(context.workload, input_shape=(tokens,), batch=1)
    longest = copied(context, workload=workload, folder=context.folder / "longest", exports={})
    longest.folder.mkdir()
    for run in runs:
        measured = run.complete and run.failure is None and run.subject.configuration.is_default
        if measured and run.longest is None and Capability.INFER in run.capabilities:
            run.enter(Stage.MEMORY)
            try:
                run.longest = ContextMemory(tokens, _read(longest, run.candidate, run.subject))
            except WorkerError as error:
                run.note(f"context-{error.outcome}")
            run.enter(Stage.DONE)


def _read(context: RunContext, candidate: Candidate, subject: Subject) -> MemoryReading:
    file = exported(context, candidate, subject.configuration).file if candidate.trainer else None
    worker = context.launch(candidate, subject)

    def device_bytes() -> int | None:
        if subject.device == "cpu":
            return None
        limit_s = context.timeouts.memory_s
        ask = wire.ReadMemory()
        return context.within(
            lambda limit: worker.request(ask, wire.MemoryRead, limit), limit_s
        ).device_peak_bytes

    try:
        context.greet(worker)
        worker.tree.refresh()
        source = worker.tree.memory_source()
        held, device_held = worker.tree.memory_bytes(source) or 0, device_bytes()
        context.prepare(worker, subject.configuration, _ANSWERS, file)
        first = context.sample(worker, subject, Quantity.INFER, 1, 0)
        steps = max(context.budget.memory_steps, math.ceil(LEAST_S / first.elapsed_s))
        device_bytes()
        with PeakReader(worker.tree, source) as reader:
            context.sample(worker, subject, Quantity.LATENCY, 1, 0)
            context.sample(worker, subject, Quantity.INFER, steps, 0)
        return MemoryReading(
            peak_bytes=reader.peak_bytes or 0,
            baseline_bytes=held,
            steps=steps,
            samples=reader.readings,
            source=source,
            device_peak_bytes=device_bytes(),
            device_baseline_bytes=device_held,
            quantity=Quantity.INFER,
        )
    finally:
        context.dismiss(worker)
