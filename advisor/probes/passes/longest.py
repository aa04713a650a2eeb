"""Text at the longest context: what reading and writing it takes of memory, in a process of its own."""

from collections.abc import Sequence
from dataclasses import replace as copied

from msgspec.structs import replace

from advisor.probes.context import RunContext
from advisor.probes.launch.process import WorkerError
from advisor.probes.model import Candidate, Capability, ContextMemory, MemoryReading, Quantity, Stage, Subject
from advisor.probes.passes.export import exported
from advisor.probes.passes.memory import read_baseline, read_peak
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
                memory = _read(longest, run.candidate, run.subject)
                if memory is None:
                    run.note("memory-unreadable")
                else:
                    run.longest = ContextMemory(tokens, memory)
            except WorkerError as error:
                run.note(f"context-{error.outcome}")
            run.enter(Stage.DONE)


def _read(context: RunContext, candidate: Candidate, subject: Subject) -> MemoryReading | None:
    file = exported(context, candidate, subject.configuration).file if candidate.trainer else None
    worker = context.launch(candidate, subject)

    def work(steps: int) -> None:
        context.sample(worker, subject, Quantity.LATENCY, 1, 0)
        context.sample(worker, subject, Quantity.INFER, steps, 0)

    try:
        context.greet(worker)
        baseline = read_baseline(context, worker, subject)
        context.prepare(worker, subject.configuration, _ANSWERS, file)
        first = context.sample(worker, subject, Quantity.INFER, 1, 0)
        return read_peak(context, worker, subject, baseline, first, work)
    finally:
        context.dismiss(worker)
