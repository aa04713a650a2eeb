"""Which workloads count, and by how much."""

import pytest
from msgspec.structs import replace

from advisor.decision.engine import decide
from advisor.decision.model import Criterion, Needs
from advisor.decision.random_streams import RandomStreams
from advisor.decision.shares import task_shares, wanted_workloads, workload_shares
from advisor.decision.values import Valuer
from advisor.errors import AdvisorError
from advisor.workloads.model import Size, Task
from tests.decision.builders import framework, machine, result, run
from tests.decision.scenarios import DRAWS

BOTH = {Task.IMAGE_CLASSIFICATION: 3.0, Task.NLP: 1.0}


def measured(id_, task=Task.IMAGE_CLASSIFICATION, size=Size.COMPACT, step_s=0.2):
    """A run on a workload with another name."""
    found = run(result("alpha", step_s, task=task), task=task)
    results = tuple(replace(each, subject=replace(each.subject, workload=id_)) for each in found.results)
    return replace(found, workload=replace(found.workload, id=id_, size=size), results=results)


def test_tasks_stand_for_their_presets_at_the_size():
    assert workload_shares(Needs(tasks=BOTH)) == {"resnet18-96": 0.75, "bert-tiny": 0.25}
    assert set(workload_shares(Needs(tasks=BOTH, size=Size.LARGE))) == {"resnet50-224", "bert-base"}


def test_named_workloads_count_as_named_whatever_the_tasks_say():
    needs = Needs(tasks=BOTH, workloads={"dqn-cartpole": 1, "bert-mini": 3})
    assert workload_shares(needs) == {"dqn-cartpole": 0.25, "bert-mini": 0.75}
    assert task_shares(needs) == {Task.RL: 0.25, Task.NLP: 0.75}
    assert [each.id for each in wanted_workloads(needs)] == ["dqn-cartpole", "bert-mini"]
    with pytest.raises(AdvisorError, match="bert-mini"):
        wanted_workloads(Needs(workloads={"bert-mni": 1.0}))


def test_a_second_workload_of_a_task_is_not_dropped():
    runs = (measured("resnet18-96"), measured("own-network"))
    assert workload_shares(Needs(), runs) == {"resnet18-96": 0.5, "own-network": 0.5}
    valuer = Valuer(Needs(), machine(), runs, RandomStreams(0, DRAWS))
    assert set(valuer.assessed_workloads(Criterion.TRAINING_SPEED)) == {"resnet18-96", "own-network"}


def test_both_workloads_of_a_task_move_its_value():
    def speed(runs):
        valuer = Valuer(Needs(), machine(), runs, RandomStreams(0, DRAWS))
        return valuer.belief("alpha", Criterion.TRAINING_SPEED).value.raw

    fast, slow = measured("resnet18-96", step_s=0.1), measured("own-network", step_s=0.4)
    assert speed((fast, slow)) == pytest.approx((speed((fast,)) * speed((slow,))) ** 0.5)


def test_where_another_size_was_measured_that_is_what_counts():
    runs = (measured("resnet18-96"), measured("bert-tiny", Task.NLP))
    needs = Needs(tasks=BOTH, size=Size.LARGE)
    assert workload_shares(needs, runs) == {"resnet18-96": 0.75, "bert-tiny": 0.25}
    larger = measured("resnet50-224", size=Size.LARGE)
    assert set(workload_shares(needs, (*runs, larger))) == {"resnet50-224", "bert-tiny"}


def test_figures_in_the_users_terms_are_given_for_each_workload():
    runs = (measured("resnet18-96"), measured("own-network"))
    decision = decide(Needs(), (framework("alpha"), framework("beta")), machine(), runs, draws=DRAWS)
    assert {term.workload for term in decision.user_terms} == {"resnet18-96", "own-network"}


def test_a_workload_that_was_asked_for_and_not_measured_is_missed():
    needs = Needs(workloads={"resnet18-96": 1.0, "bert-tiny": 1.0})
    decision = decide(needs, (framework("alpha"),), machine(), (measured("resnet18-96"),), draws=DRAWS)
    (gate,) = [each for each in decision.gates if each.gate == "measured"]
    assert gate.detail["workload"] == "bert-tiny"
