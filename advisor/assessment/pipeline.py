"""One run from needs to decision, saved as it goes. The doors call it and hear of it through ``emit``."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

import advisor
from advisor.assessment import own_work
from advisor.assessment.inventory import Inventory, candidates, chosen_alternatives, conditions
from advisor.assessment.model import SCHEMA_VERSION, Assessment, RunOptions, Status
from advisor.assessment.store import Store, new_id
from advisor.decision.engine import decide
from advisor.decision.model import Needs
from advisor.decision.shares import wanted_workloads
from advisor.frameworks.environments import Environments
from advisor.frameworks.model import InstallPlan, InstallProgress
from advisor.hardware.calibration import calibrate
from advisor.probes.accelerator import calibrate_accelerator
from advisor.probes.budget import BUDGETS, PARALLEL_S
from advisor.probes.equivalence import References
from advisor.probes.model import (
    Budget,
    Candidate,
    ProbeEvent,
    SearchRecord,
    StopRule,
    WorkloadRun,
)
from advisor.probes.passes import hyperparameters, learning
from advisor.probes.passes.trials import search_workload
from advisor.probes.schedule import run_workload
from advisor.workloads import datasets
from advisor.workloads.datasets import OwnData
from advisor.workloads.model import Workload
from advisor.workloads.own import OwnWork
from advisor.workloads.targets import TARGETS, LearningTarget


class Phase(StrEnum):
    """The parts of a run, in order."""

    INSTALL = "install"
    CALIBRATE = "calibrate"
    PROBE = "probe"
    DECIDE = "decide"


class PhaseStarted(Struct, frozen=True, tag="phase"):
    """A phase began."""

    phase: Phase


class WorkloadStarted(Struct, frozen=True, tag="workload"):
    """A workload's turn has come: the ``index``-th (from 0) of ``count``."""

    workload: Workload
    index: int
    count: int
    candidates: tuple[Candidate, ...]


class Saved(Struct, frozen=True, tag="saved"):
    """The assessment is on disk, complete up to here."""

    assessment: Assessment


Event = PhaseStarted | WorkloadStarted | Saved | InstallProgress | ProbeEvent
Emit = Callable[[Event], None]


class Request(Struct, frozen=True):
    """What a run is asked for."""

    needs: Needs
    options: RunOptions = RunOptions()
    own: tuple[OwnWork, ...] = ()  # where the options' own work lies
    data: OwnData | None = None  # where the options' own data lies
    id: str | None = None  # of the assessment to make; None: a new one


def install(
    plans: Sequence[InstallPlan], environments: Environments, emit: Emit, cancel: threading.Event
) -> dict[str, float]:
    """Set up managed environments and return the time it took, as :func:`run` takes it.

    One that fails says so through ``emit``; the others go on.
    """
    emit(PhaseStarted(Phase.INSTALL))
    clock = time.perf_counter()
    environments.install_all(plans, emit, cancel)
    return {Phase.INSTALL: time.perf_counter() - clock}


def budget_of(options: RunOptions) -> Budget:
    """Return how much is measured: what the budget buys, and what was asked for by name."""
    budget = BUDGETS[options.budget]
    if options.parallel is None:
        return budget
    parallel_s = (budget.parallel_s or PARALLEL_S) if options.parallel else 0.0
    return msgspec.structs.replace(budget, parallel_s=parallel_s, open_groups=options.parallel)


def start(request: Request, inventory: Inventory) -> Assessment:
    """Return the assessment of a run in which nothing has been measured yet."""
    wanted = {each.id for each in chosen_alternatives(request.needs, inventory.catalogue)}
    wanted_workloads(request.needs, request.options.own)  # refuses unknown names before any work
    now = datetime.now(UTC)
    return Assessment(
        schema_version=SCHEMA_VERSION,
        id=request.id or new_id(now),
        app_version=advisor.__version__,
        created_at=now.isoformat(timespec="seconds"),
        status=Status.RUNNING,
        needs=request.needs,
        options=request.options,
        machine=inventory.machine,
        catalogue=inventory.catalogue,
        installations=tuple(state for state in inventory.states if state.alternative in wanted),
        title=request.needs.title,
    )


def run(
    request: Request,
    inventory: Inventory,
    store: Store,
    emit: Emit,
    cancel: threading.Event,
    *,
    pause: threading.Event | None = None,
    resume: Assessment | None = None,
    phases_s: dict[str, float] | None = None,
    ready: tuple[Candidate, ...] | None = None,
    references: References | None = None,
) -> Assessment:
    """Calibrate, probe every workload, decide; save after every round.

    Parameters
    ----------
    emit : callable
        Hears every event, in the thread that runs this.
    cancel : threading.Event
        Set it to stop; what was measured is kept and decided on.
    pause : threading.Event, optional
        While set, no new sample begins.
    resume : Assessment, optional
        An interrupted run of this machine: what it measured isn't measured again. It goes on as it was
        begun: its own needs and options hold, not the request's, which only says where own work lies.
    phases_s : dict, optional
        Wall times of phases that went before (installing), to be kept in the assessment.
    ready, references : optional
        What to probe and to compare with instead of the inventory's frameworks and the shipped
        references: doubles, for tests and the self-test of an installed program.
    """
    if resume is not None:
        request = Request(resume.needs, resume.options, request.own, request.data)
    own_work.check(request.options, request.own, request.data)
    if request.options.trials:
        hyperparameters.require_optuna()
    assessment = resume or start(request, inventory)
    if ready is None:
        ready = candidates(inventory, request.needs, request.options)
    with store.running(assessment.id):
        return _run(assessment, store, emit, cancel, pause, phases_s or {}, ready, references, request)


def _run(
    assessment: Assessment,
    store: Store,
    emit: Emit,
    cancel: threading.Event,
    pause: threading.Event | None,
    earlier_s: dict[str, float],
    ready: tuple[Candidate, ...],
    references: References | None,
    request: Request,
) -> Assessment:
    began = time.perf_counter()
    elapsed_before = assessment.elapsed_s + sum(earlier_s.values())
    phases = {**assessment.phases_s, **earlier_s}

    def save(**changes: object) -> None:
        nonlocal assessment
        assessment = msgspec.structs.replace(
            assessment,
            elapsed_s=elapsed_before + time.perf_counter() - began,
            phases_s=dict(phases),
            **changes,
        )
        store.save(assessment)
        emit(Saved(assessment))

    same = conditions(assessment.machine)
    # What was decided on an earlier part says nothing of the whole, nor how far the run is.
    save(status=Status.RUNNING, decision=None)
    if assessment.machine.calibration is None and not cancel.is_set():
        emit(PhaseStarted(Phase.CALIBRATE))
        clock = time.perf_counter()
        calibration = calibrate(assessment.machine, store.folder, cancel=cancel)
        if assessment.machine.gpus and not cancel.is_set():
            calibration = calibrate_accelerator(calibration, ready, same)
        phases[Phase.CALIBRATE] = time.perf_counter() - clock
        if not cancel.is_set():
            save(machine=msgspec.structs.replace(assessment.machine, calibration=calibration))

    emit(PhaseStarted(Phase.PROBE))
    clock = time.perf_counter()
    workloads = wanted_workloads(assessment.needs, assessment.options.own)
    reading = datasets.read_with(request.data.description, workloads) if request.data else ()
    of_own = {
        work.workload.id: own_work.candidates(ready, work, assessment.catalogue) for work in request.own
    }
    for index, workload in enumerate(workloads):
        kept = {each.workload.id: each for each in assessment.runs}
        before = kept.get(workload.id)
        if cancel.is_set() or (before is not None and before.stop_rule is not StopRule.CANCELLED):
            continue
        measured = of_own.get(workload.id, ready)
        emit(WorkloadStarted(workload, index, len(workloads), measured))

        def checkpoint(partial: WorkloadRun, kept: dict[str, WorkloadRun] = kept) -> None:
            save(runs=tuple({**kept, partial.workload.id: partial}.values()))

        def searched(record: SearchRecord) -> None:
            save(searches=(*assessment.searches, record))

        budget = budget_of(assessment.options)
        searches = search_workload(
            workload,
            measured,
            same,
            budget,
            assessment.options.search,
            emit,
            cancel,
            pause=pause,
            done=assessment.searches,
            checkpoint=searched,
            references=references,
            machine=assessment.machine,
            rng_seed=assessment.options.seed,
        )
        finished = run_workload(
            workload,
            with_proposals(measured, searches, workload.id),
            same,
            budget,
            emit,
            cancel,
            pause=pause,
            resume=before,
            checkpoint=checkpoint,
            references=references,
            machine=assessment.machine,
            rng_seed=assessment.options.seed,
            data=request.data if workload.id in reading else None,
        )
        save(runs=tuple({**kept, workload.id: finished}.values()))
    budget = budget_of(assessment.options)
    seed = assessment.options.seed
    for target in _wanted_targets(assessment):
        if not cancel.is_set():
            reached = learning.reach(
                target,
                ready,
                same,
                budget,
                emit,
                cancel,
                pause=pause,
                machine=assessment.machine,
                rng_seed=seed,
            )
            earlier = (each for each in assessment.targets if each.target.workload.id != target.workload.id)
            save(targets=(*earlier, reached))
    for target in _wanted_searches(assessment):
        if not cancel.is_set():
            searched_by = hyperparameters.search(
                target,
                ready,
                same,
                budget,
                assessment.options.trials,
                emit,
                cancel,
                pause=pause,
                machine=assessment.machine,
                rng_seed=seed,
            )
            save(hyper_runs=(searched_by,))
    phases[Phase.PROBE] = phases.get(Phase.PROBE, 0.0) + time.perf_counter() - clock

    emit(PhaseStarted(Phase.DECIDE))
    clock = time.perf_counter()
    status = Status.CANCELLED if cancel.is_set() else Status.COMPLETE
    decision = decided(msgspec.structs.replace(assessment, status=status)).decision
    phases[Phase.DECIDE] = time.perf_counter() - clock
    save(decision=decision, status=status)
    return assessment


def _targets(assessment: Assessment) -> list[LearningTarget]:
    """Return what can be learnt for the tasks that count."""
    return [TARGETS[task] for task, share in assessment.needs.tasks.items() if share and task in TARGETS]


def _wanted_targets(assessment: Assessment) -> list[LearningTarget]:
    """Return what is still to be learnt, where that was asked for."""
    done = {each.target.workload.id for each in assessment.targets if each.complete}
    return [
        each for each in _targets(assessment) if assessment.options.target and each.workload.id not in done
    ]


def _wanted_searches(assessment: Assessment) -> list[LearningTarget]:
    """Return what is still to be searched for hyper-parameters: one target, and none of a game, which takes longer."""
    if not assessment.options.trials or any(each.complete for each in assessment.hyper_runs):
        return []
    return [each for each in _targets(assessment) if not each.workload.loops][:1]


def with_proposals(
    ready: Sequence[Candidate], searches: Sequence[SearchRecord], workload: str
) -> tuple[Candidate, ...]:
    """Return candidates with what searches propose for a workload among their configurations.

    The same levers are the same thing to measure, whoever asks for them.
    """
    completed = []
    for candidate in ready:
        configurations = list(candidate.configurations)
        for each in searches:
            if (each.workload, each.alternative) != (workload, candidate.alternative):
                continue
            for proposed in (each.proposed, *each.approximate):
                if all(proposed.levers != known.levers for known in configurations):
                    configurations.append(proposed)
        completed.append(msgspec.structs.replace(candidate, configurations=tuple(configurations)))
    return tuple(completed)


def settle(store: Store, identity: str) -> None:
    """Bring a run that was killed to where a cancelled one stands: decided on as far as it came, to be resumed.

    Raises
    ------
    AdvisorError
        If it is running, or can't be read or written.
    """
    with store.running(identity):
        assessment = store.load(identity)
        if assessment.status is Status.RUNNING:
            store.save(decided(msgspec.structs.replace(assessment, status=Status.CANCELLED)))


def decided(assessment: Assessment) -> Assessment:
    """Return an assessment with the decision on what it has measured; with none where it was stopped before.

    That nothing was measured would read as if nothing met the requirements.
    """
    measured = any(result.samples for run in assessment.runs for result in run.results)
    if assessment.status is Status.CANCELLED and not measured:
        return msgspec.structs.replace(assessment, decision=None)
    decision = decide(
        assessment.needs,
        assessment.catalogue,
        assessment.machine,
        assessment.runs,
        seed=assessment.options.seed,
    )
    return msgspec.structs.replace(assessment, decision=decision)
