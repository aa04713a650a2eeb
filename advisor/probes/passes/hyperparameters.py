"""A small search for hyper-parameters by Optuna: it proposes here, frameworks' workers train.

Every framework has the machine to itself, and a sampler of the same seed: as long as scores are the same, so are the
trials.
"""

import importlib.util
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from advisor.errors import AdvisorError
from advisor.hardware.model import Machine
from advisor.probes.context import Cancelled, RunContext
from advisor.probes.hyperparameters import HyperRun, HyperSearch, HyperTrial, Optimiser
from advisor.probes.launch import wire
from advisor.probes.launch.process import Timeouts, Worker, WorkerError
from advisor.probes.model import (
    Budget,
    Candidate,
    Capability,
    Conditions,
    LearningProgress,
    ProbeEvent,
    Subject,
)
from advisor.probes.passes.learning import able, context_of
from advisor.workloads import targets
from advisor.workloads.targets import LearningTarget

if TYPE_CHECKING:
    import optuna

STEPS = 100
"""Of a trial: about as many as good hyper-parameters need to read nine digits of ten."""


def require_optuna() -> None:
    """See that the sampler is there, before anything is measured.

    Raises
    ------
    AdvisorError
        It is not installed.
    """
    if importlib.util.find_spec("optuna") is None:
        raise AdvisorError(
            "A search for hyper-parameters needs Optuna, which is not installed beside this program.",
            "Install it with: pip install 'framework-advisor[hyperparameters]'.",
        )


def search(
    target: LearningTarget,
    candidates: Sequence[Candidate],
    conditions: Conditions,
    budget: Budget,
    trials: int,
    emit: Callable[[ProbeEvent], None],
    cancel: threading.Event,
    *,
    pause: threading.Event | None = None,
    machine: Machine | None = None,
    rng_seed: int = 0,
    timeouts: Timeouts | None = None,
) -> HyperRun:
    """Search with every candidate that trains; incomplete where it was cancelled."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    context = context_of(target, conditions, budget, emit, cancel, pause, machine, rng_seed, timeouts)
    run = HyperRun(target, conditions, STEPS, trials, f"Optuna {optuna.__version__} (TPE)")
    try:
        with context.supervised():
            for candidate in able(candidates):
                study = optuna.create_study(
                    direction="maximize", sampler=optuna.samplers.TPESampler(seed=rng_seed)
                )
                found = _search(context, target, candidate, study, trials)
                if found is not None:
                    run = replace(run, searches=(*run.searches, found))
    except Cancelled:
        return run
    return replace(run, complete=True)


def _search(
    context: RunContext, target: LearningTarget, candidate: Candidate, study: "optuna.Study", trials: int
) -> HyperSearch | None:
    """Search with one worker, which builds a network for each trial; None where it can't train."""
    subject = Subject(target.workload.id, candidate.alternative, device=candidate.devices[0])
    found = HyperSearch(subject)
    context.check()
    worker = None
    try:
        worker = context.launch(candidate, subject)
        if Capability.TRAIN not in context.greet(worker).capabilities:
            context.dismiss(worker)
            return None
        for number in range(1, trials + 1):
            asked = study.ask()
            trial = _train(context, target, worker, _suggested(asked))
            study.tell(asked, trial.score)
            found = replace(found, trials=(*found.trials, trial))
            context.emit(
                LearningProgress(
                    target.workload.id, candidate.alternative, number, trials, STEPS, trial.score, True
                )
            )
        context.dismiss(worker)
    except WorkerError as error:
        if worker is not None:
            context.discard(worker)
        return replace(found, outcome=error.outcome, reason=error.reason)
    return found


def _suggested(trial: "optuna.Trial") -> HyperTrial:
    kind = Optimiser(trial.suggest_categorical("optimiser", [str(each) for each in Optimiser]))
    rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    momentum = trial.suggest_float("momentum", 0.0, 0.99) if kind is Optimiser.SGD else None
    return HyperTrial(kind, rate, momentum)


def _train(context: RunContext, target: LearningTarget, worker: Worker, trial: HyperTrial) -> HyperTrial:
    context.check()
    network = targets.network(target)
    assert network is not None
    conditions, patience_s = context.conditions, context.timeouts.prepare_s
    build = wire.Prepare(
        target.workload,
        replace(network, optimiser=trial.settings()),
        {},
        conditions.seed,
        conditions.dtype,
        conditions.tf32,
        (),
    )
    began = time.perf_counter()
    context.within(lambda limit: worker.request(build, wire.Prepared, limit), patience_s)
    command = wire.Learn(STEPS, targets.data(target))
    learned = context.within(lambda limit: worker.request(command, wire.Learned, limit), patience_s)
    return replace(trial, score=learned.score, elapsed_s=time.perf_counter() - began)
