"""Same work: a worker's network is compared with the float64 reference before anything is timed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from advisor.bounds import LARGEST
from advisor.errors import AdvisorError
from advisor.probes.launch.wire import Prepared
from advisor.probes.model import Basis, Conditions, Equivalence
from advisor.resources import resource

TOLERANCE = 1e-3
"""Relative. FP32 sums of a few thousand terms in another order differ by less than 1e-4."""


class Reference(Struct, frozen=True):
    """What float64 gives for one workload's seeded weights on its fixed input."""

    parameters: int
    outputs: tuple[tuple[float, ...], ...]
    losses: tuple[float, float]


class References(Struct, frozen=True):
    """The stored references of every workload, for one seed."""

    seed: int
    workloads: dict[str, Reference]


def load_references(path: Path | None = None) -> References:
    """Read the shipped references, or those at ``path``.

    Raises
    ------
    AdvisorError
        The file is missing or damaged.
    """
    path = path or resource("workloads", "references.json")
    try:
        return msgspec.json.decode(path.read_bytes(), type=References)
    except OSError:
        raise AdvisorError(f"{path} can't be read.", "Install the program again.") from None
    except msgspec.DecodeError as error:
        raise AdvisorError(f"{path} is damaged: {error}.", "Install the program again.") from None


def compare(
    prepared: Prepared,
    workload: str,
    references: References,
    conditions: Conditions,
    *,
    trains: bool = True,
) -> Equivalence:
    """Compare parameter count, outputs and the losses around one training step with the reference.

    ``output_error`` is the largest difference over the largest reference output. What doesn't train has no
    losses to compare.
    """
    reference = references.workloads.get(workload)
    if reference is None or references.seed != conditions.seed:
        return Equivalence(False, prepared.parameters, 0, tolerance=TOLERANCE, reason="no-reference")
    output_error = _output_error(prepared, reference.outputs)
    loss_errors = _loss_errors(prepared, reference) if trains else ()
    reason = None
    if prepared.parameters != reference.parameters:
        reason = "parameters-differ"
    elif output_error is None:
        reason = "outputs-unusable"
    elif loss_errors is None:
        reason = "losses-unusable"
    elif output_error > TOLERANCE:
        reason = "outputs-differ"
    elif max(loss_errors, default=0.0) > TOLERANCE:
        reason = "losses-differ"
    return Equivalence(
        passed=reason is None,
        parameters=prepared.parameters,
        expected_parameters=reference.parameters,
        output_error=output_error,
        loss_errors=loss_errors or (),
        tolerance=TOLERANCE,
        reason=reason,
    )


@dataclass
class Peers:
    """What the first of those that open the user's own work put out: the others of its run are held against it.

    Whether the first is right nobody knows. A file's own runtime goes first where it is there.
    """

    _outputs: Sequence[Sequence[float]] | None = None
    _basis: Basis = Basis.PEER

    def compare(self, prepared: Prepared, *, own_runtime: bool) -> Equivalence:
        """Hold outputs against the first ones; who is first, or has none, stands alone."""
        alone = Equivalence(
            True, prepared.parameters, prepared.parameters, tolerance=TOLERANCE, basis=Basis.NONE
        )
        if not prepared.outputs:
            return alone
        if self._outputs is None:
            rows = [[value for value in row if value is not None] for row in prepared.outputs]
            if rows != prepared.outputs:
                return replace(alone, passed=False, reason="outputs-not-finite")
            self._outputs = rows
            self._basis = Basis.RUNTIME if own_runtime else Basis.PEER
            return alone
        error = _output_error(prepared, self._outputs)
        reason = (
            "outputs-unlike" if error is None else "outputs-differ-from-first" if error > TOLERANCE else None
        )
        return replace(alone, passed=reason is None, output_error=error, reason=reason, basis=self._basis)


def _output_error(prepared: Prepared, reference: Sequence[Sequence[float]]) -> float | None:
    """None where the shapes differ or something isn't finite."""
    if [len(row) for row in prepared.outputs] != [len(row) for row in reference]:
        return None
    scale = max((abs(value) for row in reference for value in row), default=0.0) or 1.0
    largest = 0.0
    for row, expected_row in zip(prepared.outputs, reference, strict=True):
        for value, expected in zip(row, expected_row, strict=True):
            if value is None:
                return None
            largest = max(largest, abs(value - expected))
    return _bounded(largest / scale)


def _loss_errors(prepared: Prepared, reference: Reference) -> tuple[float, ...] | None:
    if len(prepared.losses) != len(reference.losses):
        return None
    errors = []
    for value, expected in zip(prepared.losses, reference.losses, strict=True):
        if value is None:
            return None
        error = _bounded(abs(value - expected) / abs(expected))
        if error is None:
            return None
        errors.append(error)
    return tuple(errors)


def _bounded(number: float) -> float | None:
    """None for what overflowed, or would in a document."""
    return number if number <= LARGEST else None
