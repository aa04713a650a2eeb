"""A small search for hyper-parameters: its trials, and how fast and how far it came."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from advisor.bounds import Count, Positive, Seconds
from advisor.probes.model import Conditions, Outcome, Subject
from advisor.workloads.model import Adam, Sgd
from advisor.workloads.targets import LearningTarget, Score

MOST_TRIALS = 1000


class Optimiser(StrEnum):
    """What a trial trains with."""

    ADAM = "adam"
    SGD = "sgd"


class HyperTrial(Struct, frozen=True):
    """One choice of hyper-parameters, trained for a while and tested."""

    optimiser: Optimiser
    rate: Annotated[float, Meta(gt=0, le=1e3)]
    momentum: Annotated[float, Meta(ge=0, le=1)] | None = None  # of SGD
    score: Score = 0.0
    elapsed_s: Seconds = 0.0  # the whole trial: building, compiling, training, testing

    def settings(self) -> Adam | Sgd:
        """Return the optimiser as networks have it."""
        return Adam(self.rate) if self.momentum is None else Sgd(self.rate, self.momentum)


class HyperSearch(Struct, frozen=True):
    """One subject's trials, in their order."""

    subject: Subject
    outcome: Outcome = Outcome.MEASURED
    reason: str | None = None
    trials: tuple[HyperTrial, ...] = ()

    @property
    def elapsed_s(self) -> float:
        """How long all trials took, the sampler's own thinking left out."""
        return sum(each.elapsed_s for each in self.trials)

    @property
    def per_hour(self) -> float | None:
        """Trials in an hour at this pace."""
        return 3600.0 * len(self.trials) / self.elapsed_s if self.elapsed_s else None

    def best(self, within_s: float) -> float | None:
        """Return the best score of trials that had ended after so long; None where none had."""
        best, clock_s = None, 0.0
        for trial in self.trials:
            clock_s += trial.elapsed_s
            if clock_s > within_s:
                break
            best = trial.score if best is None else max(best, trial.score)
        return best


class HyperRun(Struct, frozen=True):
    """The same search with the same sampler and seed by everybody, one after the other."""

    target: LearningTarget
    conditions: Conditions
    steps: Positive  # of each trial
    wanted: Count  # trials
    sampler: str  # "Optuna 4.9.0 (TPE)"
    searches: tuple[HyperSearch, ...] = ()
    complete: bool = False

    @property
    def shared_s(self) -> float:
        """When the quickest had all its trials: the time at which best scores are held against each other."""
        done = [each.elapsed_s for each in self.searches if len(each.trials) == self.wanted]
        return min(done, default=0.0)

    @property
    def same_trials(self) -> int:
        """How many first trials had the same hyper-parameters with everybody."""
        columns = zip(*(each.trials for each in self.searches if each.trials), strict=False)
        count = 0
        for trials in columns:
            if len({(each.optimiser, each.rate, each.momentum) for each in trials}) > 1:
                break
            count += 1
        return count
