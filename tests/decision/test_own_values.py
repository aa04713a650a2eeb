"""Values of work whose operations nobody knows: they stand on what was measured best, and reorder nobody."""

import msgspec
import pytest

from advisor.decision.engine import decide
from advisor.decision.model import Criterion, Needs
from advisor.decision.shares import task_shares, wanted_workloads
from advisor.errors import AdvisorError
from advisor.workloads.model import Source, Task
from tests.decision.builders import framework, machine, result, run, wobble

OWN = "own-1a2b3c4d"
CATALOGUE = (framework("alpha"), framework("beta"))


def of_own(*results, known=False):
    """A run whose workload is a script's."""
    found = run(*results)
    workload = msgspec.structs.replace(found.workload, id=OWN, source=Source.SCRIPT, architecture="")
    if not known:
        workload = msgspec.structs.replace(workload, parameters=None, forward_flops=None)
    moved = tuple(
        msgspec.structs.replace(each, subject=msgspec.structs.replace(each.subject, workload=OWN))
        for each in found.results
    )
    return msgspec.structs.replace(found, workload=workload, results=moved)


def points(decision, criterion):
    return {each.alternative: each.points for each in decision.values if each.criterion is criterion}


def decided(*results, known=False):
    needs = Needs(workloads={OWN: 1.0})
    return decide(needs, CATALOGUE, machine(), (of_own(*results, known=known),), draws=300)


def test_the_fastest_is_worth_100_and_half_as_fast_a_third_of_the_scale_less():
    fast, slow = result("alpha", 0.1, noise=wobble(0.02)), result("beta", 0.2, noise=wobble(0.02))
    found = points(decided(fast, slow), Criterion.TRAINING_SPEED)
    assert found["alpha"] == pytest.approx(100, abs=1)
    assert found["alpha"] - found["beta"] == pytest.approx(100 / 3, abs=0.5)


def test_differences_are_those_of_known_operations():
    results = result("alpha", 0.1, noise=wobble(0.02)), result("beta", 0.3, noise=wobble(0.02))
    unknown, known = decided(*results), decided(*results, known=True)
    for criterion in (Criterion.TRAINING_SPEED, Criterion.INFERENCE_THROUGHPUT, Criterion.INFERENCE_LATENCY):
        apart = [
            points(each, criterion)["alpha"] - points(each, criterion)["beta"] for each in (unknown, known)
        ]
        assert apart[0] == pytest.approx(apart[1])
    assert not any(each.quantity == "largest_batch" for each in unknown.user_terms)


def test_own_work_is_for_the_tasks_that_the_needs_name():
    needs = Needs(workloads={OWN: 1.0, "bert-tiny": 1.0}, tasks={Task.RL: 2.0})
    assert task_shares(needs) == {Task.RL: 0.5, Task.NLP: 0.5}


def test_own_work_is_wanted_only_where_somebody_says_what_it_is():
    workload = of_own(result("alpha")).workload
    assert wanted_workloads(Needs(workloads={OWN: 1.0}), [workload]) == (workload,)
    with pytest.raises(AdvisorError):
        wanted_workloads(Needs(workloads={OWN: 1.0}))
