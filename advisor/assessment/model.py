"""The assessment document: one run, kept whole. Written as JSON, read by every door."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from advisor.decision.model import Decision, Needs
from advisor.frameworks.model import Framework, Installation
from advisor.hardware.model import Machine
from advisor.probes.configuration import Configuration
from advisor.probes.hyperparameters import MOST_TRIALS, HyperRun
from advisor.probes.learning import TargetRun
from advisor.probes.model import ProbeWarning, SearchExtent, SearchRecord, WorkloadRun
from advisor.workloads.datasets import DataSet
from advisor.workloads.model import Workload

SCHEMA_VERSION = 2
"""History of the format. 1: first. 2: configurations instead of variants, scaling points, options, figures by
workload."""


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


class RunOptions(Struct, frozen=True):
    """How a run is to measure: what isn't part of the needs, and is kept so that it can be gone on with."""

    budget: str = "quick"
    device: str = "auto"  # or "cpu", "cuda:0", …
    frameworks: tuple[
        str, ...
    ] = ()  # of those compared, only these (or alternatives) are measured; empty: all
    configurations: dict[str, tuple[Configuration, ...]] = {}  # the user's own, by alternative
    compiled: bool | None = (
        None  # whether the compiled configurations are measured; None: as the budget has it
    )
    parallel: bool | None = None  # whether scaling over processes is measured; None: as the budget has it
    seed: int = 0
    search: SearchExtent = SearchExtent.NONE  # for faster configurations, before the rounds
    target: bool = False  # whether time to a target is measured, which decides nothing
    trials: Annotated[int, Meta(ge=0, le=MOST_TRIALS)] = 0  # of a search for hyper-parameters; 0: none
    own: tuple[Workload, ...] = ()  # the user's own work that is measured; where it lies isn't kept
    data: DataSet | None = None  # the user's own data that is read; where it lies isn't kept


class Scenario(Struct, frozen=True):
    """Other answers to the same measurements, under a name that no other scenario of the assessment has."""

    name: str
    needs: Needs


class Assessment(Struct, frozen=True):
    """Needs, machine, frameworks, every sample, evidence, decision. A report needs nothing else."""

    schema_version: int
    id: str
    app_version: str
    created_at: str  # ISO 8601, UTC
    status: Status
    needs: Needs
    options: RunOptions
    machine: Machine
    catalogue: tuple[Framework, ...]
    installations: tuple[FrameworkState, ...]
    runs: tuple[WorkloadRun, ...] = ()
    searches: tuple[SearchRecord, ...] = ()
    targets: tuple[TargetRun, ...] = ()
    hyper_runs: tuple[HyperRun, ...] = ()
    warnings: tuple[ProbeWarning, ...] = ()
    decision: Decision | None = None
    elapsed_s: float = 0.0
    phases_s: dict[str, float] = {}  # "detect", "install", "calibrate", "probe", "decide"
    title: str = ""
    scenarios: tuple[Scenario, ...] = ()
    tags: tuple[str, ...] = ()  # the user's own words to find it by
