"""A search for hyper-parameters: Optuna's proposals, a worker's scores, and the arithmetic of pace and best scores."""

import threading

import optuna
import pytest

from advisor.frameworks import catalogue as catalogue_file
from advisor.probes.budget import BUDGETS
from advisor.probes.hyperparameters import HyperRun, HyperSearch, HyperTrial, Optimiser
from advisor.probes.model import Candidate, Conditions, LearningProgress, Outcome, Subject
from advisor.probes.passes.hyperparameters import STEPS, search
from advisor.resources import worker_script
from advisor.workloads.model import Adam, Sgd, Task
from advisor.workloads.targets import TARGETS
from tests.probes.doubles import BUDGET, CONDITIONS, candidate

DIGITS = TARGETS[Task.IMAGE_CLASSIFICATION]


def trial(score, elapsed_s, rate=0.01, momentum=None):
    kind = Optimiser.ADAM if momentum is None else Optimiser.SGD
    return HyperTrial(kind, rate, momentum, score, elapsed_s)


def test_a_trial_trains_with_what_it_names():
    assert trial(0.5, 1.0, 0.02).settings() == Adam(0.02)
    assert trial(0.5, 1.0, 0.02, 0.0).settings() == Sgd(0.02, 0.0)


def test_pace_and_the_best_score_in_equal_time():
    quick = HyperSearch(Subject("digits", "a"), trials=(trial(0.2, 2.0), trial(0.6, 2.0), trial(0.4, 2.0)))
    slow = HyperSearch(Subject("digits", "b"), trials=(trial(0.3, 5.0), trial(0.9, 5.0), trial(0.4, 5.0)))
    broken = HyperSearch(Subject("digits", "c"), Outcome.CRASHED, "told", (trial(0.3, 0.1),))
    run = HyperRun(DIGITS, CONDITIONS, STEPS, 3, "", (quick, slow, broken))
    assert quick.per_hour == pytest.approx(1800.0)
    assert run.shared_s == 6.0  # of those that ended all trials
    assert (quick.best(6.0), slow.best(6.0), slow.best(4.9), slow.best(10.0)) == (0.6, 0.3, None, 0.9)
    assert HyperSearch(Subject("digits", "d")).per_hour is None


def test_trials_are_the_same_until_the_first_that_differs():
    one = HyperSearch(
        Subject("digits", "a"), trials=(trial(0.2, 1.0), trial(0.6, 1.0, 0.02), trial(0.4, 1.0))
    )
    other = HyperSearch(
        Subject("digits", "b"), trials=(trial(0.3, 9.0), trial(0.6, 1.0, 0.03), trial(0.4, 1.0))
    )
    assert HyperRun(DIGITS, CONDITIONS, STEPS, 3, "", (one, other)).same_trials == 1


def test_every_framework_is_asked_by_a_sampler_of_its_own_and_failures_stay_theirs():
    heard = []
    run = search(
        DIGITS,
        [
            candidate("one", scores=[0.5]),
            candidate("other", scores=[0.5]),
            candidate("dead", fault="memory", at="learn", after=1),
            candidate("serves", capabilities=["infer"]),
        ],
        CONDITIONS,
        BUDGET,
        14,  # beyond those that the sampler draws before it looks at scores
        heard.append,
        threading.Event(),
    )
    one, other, dead = run.searches
    assert run.complete and run.same_trials == 1  # the broken one had no more
    chosen = [[(each.optimiser, each.rate, each.momentum) for each in found.trials] for found in (one, other)]
    assert len(chosen[0]) == 14 and chosen[0] == chosen[1]
    assert {each.optimiser for each in one.trials} == set(Optimiser)
    assert (dead.outcome, len(dead.trials)) == (Outcome.OUT_OF_MEMORY, 1)
    assert all(isinstance(each, LearningProgress) and each.trial for each in heard)
    assert run.sampler.startswith(f"Optuna {optuna.__version__}")


def test_cancelling_ends_it_and_says_so():
    cancel = threading.Event()
    run = search(DIGITS, [candidate("one")], CONDITIONS, BUDGET, 5, lambda event: cancel.set(), cancel)
    assert not run.complete and run.searches == ()


@pytest.mark.frameworks
def test_real_frameworks_score_the_same_trials_alike(framework_pythons):
    catalogue = catalogue_file.load()
    candidates = [
        Candidate(
            name,
            name,
            None,
            framework_pythons[name],
            str(worker_script(catalogue_file.find(catalogue, name).worker)),
        )
        for name in ("pytorch", "tensorflow")
    ]
    run = search(
        DIGITS, candidates, Conditions(threads=1), BUDGETS["quick"], 3, lambda event: None, threading.Event()
    )
    scores = [[each.score for each in found.trials] for found in run.searches]
    assert run.same_trials == 3
    assert scores[0][:2] == pytest.approx(scores[1][:2], abs=0.02)
    assert max(scores[0]) > 0.7
