"""Same work: a worker's network is compared with the float64 reference before anything is timed."""

from pathlib import Path

import msgspec
from msgspec import Struct

from advisor.bounds import LARGEST
from advisor.errors import AdvisorError
from advisor.probes.launch.wire import Prepared
from advisor.probes.model import Conditions, Equivalence
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
    output_error = _output_error(prepared, reference)
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


def _output_error(prepared: Prepared, reference: Reference) -> float | None:
    """None where the shapes differ or something isn't finite."""
    if [len(row) for row in prepared.outputs] != [len(row) for row in reference.outputs]:
        return None
    scale = max(abs(value) for row in reference.outputs for value in row)
    largest = 0.0
    for row, expected_row in zip(prepared.outputs, reference.outputs, strict=True):
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
