"""The assessment document: one run, kept whole. Written as JSON, read by every door."""

from enum import StrEnum

from msgspec import Struct

from advisor.decision.model import Decision, Needs
from advisor.frameworks.model import Framework, Installation
from advisor.hardware.model import Machine
from advisor.probes.model import ProbeWarning, WorkloadRun

SCHEMA_VERSION = 1
"""History of the format. 1: first."""


class Status(StrEnum):
    """How far a run came."""

    RUNNING = "running"  # also what a killed run looks like: resumable
    COMPLETE = "complete"
    CANCELLED = "cancelled"


class FrameworkState(Struct, frozen=True):
    """What was known of one alternative's installation when the run started."""

    alternative: str
    installation: Installation | None
    reason: str | None = None  # why there is none


class Assessment(Struct, frozen=True):
    """Needs, machine, frameworks, every sample, evidence, decision. A report needs nothing else."""

    schema_version: int
    id: str
    app_version: str
    created_at: str  # ISO 8601, UTC
    status: Status
    needs: Needs
    budget: str
    seed: int
    machine: Machine
    catalogue: tuple[Framework, ...]
    installations: tuple[FrameworkState, ...]
    runs: tuple[WorkloadRun, ...] = ()
    warnings: tuple[ProbeWarning, ...] = ()
    decision: Decision | None = None
    elapsed_s: float = 0.0
    phases_s: dict[str, float] = {}  # "detect", "install", "calibrate", "probe", "decide"
    title: str = ""
