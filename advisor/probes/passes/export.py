"""A pair's network on its way from what trains it to what serves it: exported once per format, timed, compared."""

from msgspec import Struct

from advisor.frameworks.model import Acts
from advisor.probes.configuration import DEFAULT, Configuration
from advisor.probes.context import RunContext
from advisor.probes.launch import wire
from advisor.probes.launch.process import WorkerError
from advisor.probes.model import Candidate, Export, Outcome, Quantity, Trainer

_KEPT = frozenset({Outcome.OUT_OF_MEMORY, Outcome.TIMED_OUT, Outcome.SKIPPED, Outcome.IMPORT_FAILED})
"""Outcomes of an export that say more than that it failed."""


class Exported(Struct, frozen=True):
    """A network in a file, and what its trainer made of it: what the runtime's outputs are held against."""

    file: wire.ModelFile
    made: Export
    outputs: list[list[float | None]]
    parameters: int


def exported(context: RunContext, candidate: Candidate, configuration: Configuration) -> Exported:
    """Return a pair's exported network; pairs of one trainer, format and levers share it, and its failure.

    Raises
    ------
    WorkerError
        EXPORT_FAILED, or what befell the worker of what trains.
    """
    trainer = candidate.trainer
    assert trainer is not None
    acting = {lever.id for lever in candidate.levers if lever.acts is Acts.EXPORT}
    key = trainer, tuple(each for each in configuration.levers if each[0] in acting)
    if key not in context.exports:
        try:
            context.exports[key] = _export(context, *key, candidate.interpreter)
        except WorkerError as error:
            outcome = error.outcome if error.outcome in _KEPT else Outcome.EXPORT_FAILED
            context.exports[key] = WorkerError(outcome, error.reason)
    found = context.exports[key]
    if isinstance(found, WorkerError):
        raise found
    return found


def _export(
    context: RunContext, trainer: Trainer, levers: tuple[tuple[str, str], ...], packages: str
) -> Exported:
    pulled = (f"{lever}-{value}" for lever, value in levers)
    folder = context.folder / "-".join((trainer.alternative, trainer.format, *pulled))
    folder.mkdir()
    worker = context.launch_trainer(trainer)
    try:
        context.greet(worker)
        prepared = context.prepare(worker, DEFAULT, (Quantity.INFER,))
        command = wire.ExportNetwork(trainer.format, str(folder), packages, dict(levers))
        reply = context.within(
            lambda limit: worker.request(command, wire.Exported, limit), context.timeouts.prepare_s
        )
    finally:
        context.dismiss(worker)
    made = Export(trainer.format, reply.bytes, reply.elapsed_s, reply.cpu_s, versions=reply.versions)
    return Exported(reply.file, made, prepared.outputs, prepared.parameters)


def output_error(outputs: list[list[float | None]], source: list[list[float | None]]) -> float | None:
    """Return the largest difference over the source's largest output; None where they can't be compared."""
    if [len(row) for row in outputs] != [len(row) for row in source]:
        return None
    pairs = [each for rows in zip(outputs, source, strict=True) for each in zip(*rows, strict=True)]
    if not pairs or any(own is None or other is None for own, other in pairs):
        return None
    known = [(own, other) for own, other in pairs if own is not None and other is not None]
    scale = max(abs(other) for _, other in known)
    return max(abs(own - other) for own, other in known) / scale if scale else None
