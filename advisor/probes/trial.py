"""One worker tried once, outside of any run: whether it starts, builds, and what it can do."""

from msgspec import Struct

from advisor.probes.launch import wire
from advisor.probes.launch.process import Timeouts, Worker, WorkerError
from advisor.probes.model import Candidate, Conditions, Outcome, Quantity
from advisor.workloads.model import Workload
from advisor.workloads.own import Contents

_QUANTITIES = (Quantity.INFER, Quantity.TRAIN)


class Trial(Struct, frozen=True):
    """What came of it. ``first_s`` are seconds of each first call, which nobody should take for its speed."""

    outcome: Outcome
    reason: str | None = None
    stderr_tail: str = ""
    versions: dict[str, str] = {}
    import_s: float | None = None
    build_s: float | None = None
    first_s: dict[Quantity, float] = {}
    outputs: tuple[int, int] | None = (
        None  # rows and columns that are compared; None: there is nothing to compare
    )


class Look(Struct, frozen=True):
    """What a worker found in a model file, or why it can't open it."""

    outcome: Outcome
    reason: str | None = None
    contents: Contents | None = None


def inspect(candidate: Candidate, conditions: Conditions) -> Look:
    """Have a candidate's worker say what its model file holds; the file isn't opened in this process."""
    limits = Timeouts()
    worker = None
    try:
        worker = _started(candidate, conditions, limits)
        worker.receive(wire.Ready, limits.ready_s)
        found = worker.request(wire.Inspect(), wire.Inspected, limits.prepare_s)
        worker.quit(limits.quit_s)
    except WorkerError as error:
        return Look(error.outcome, error.reason)
    finally:
        if worker is not None:
            worker.close()
    contents = Contents(
        found.format, tuple(found.ports), found.parameters, found.operators, found.single, tuple(found.beside)
    )
    return Look(Outcome.MEASURED, None, contents)


def _started(candidate: Candidate, conditions: Conditions, limits: Timeouts) -> Worker:
    """Start a candidate's worker; its greetings are left to be read."""
    worker = Worker(
        candidate.interpreter,
        candidate.worker,
        threads=conditions.threads,
        device=candidate.devices[0],
        backend=candidate.backend,
        cpus=conditions.cpus,
        file=candidate.file,
    )
    try:
        worker.receive(wire.Hello, limits.hello_s)
    except WorkerError:
        worker.close()
        raise
    return worker


def attempt(candidate: Candidate, workload: Workload, conditions: Conditions) -> Trial:
    """Start a candidate's worker, have it build a workload and make its first calls, and end it."""
    limits = Timeouts()
    worker = None
    try:
        worker = _started(candidate, conditions, limits)
        ready = worker.receive(wire.Ready, limits.ready_s)
        command = wire.Prepare(
            workload, None, {}, conditions.seed, conditions.dtype, conditions.tf32, _QUANTITIES
        )
        prepared = worker.request(command, wire.Prepared, limits.prepare_s)
        worker.quit(limits.quit_s)
    except WorkerError as error:
        tail = worker.stderr_tail if worker is not None else ""
        return Trial(error.outcome, error.reason, tail)
    finally:
        if worker is not None:
            worker.close()
    rows = prepared.outputs
    return Trial(
        Outcome.MEASURED,
        None,
        worker.stderr_tail,
        ready.versions,
        ready.import_s,
        prepared.build_s,
        prepared.first_s,
        (len(rows), len(rows[0])) if rows else None,
    )
