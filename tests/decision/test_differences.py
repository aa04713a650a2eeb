"""Which answers differ between two needs."""

from dataclasses import dataclass

from msgspec.structs import replace

from advisor.decision.differences import answers
from advisor.decision.model import (
    Answer,
    Constraints,
    Criterion,
    Needs,
    Priorities,
    PriorityMode,
    ProjectStage,
    Target,
    Team,
    WorkloadNeeds,
)
from advisor.decision.weights import swing_points
from advisor.workloads.model import Task


@dataclass
class Told:
    before: object
    after: object


def told(before, after):
    return {each.place: Told(each.before, each.after) for each in answers(before, after)}


def test_the_same_answers_differ_in_nothing():
    needs = Needs(constraints=Constraints(targets=(Target.IOS,)), team=Team(skills={"pytorch": 3}))
    assert answers(needs, needs) == ()
    # Another title is another name, and shares count as shares of the whole.
    one, two = (
        Needs(tasks={Task.NLP: 1.0, Task.RL: 1.0}),
        Needs(tasks={Task.NLP: 4.0, Task.RL: 4.0}, title="x"),
    )
    assert answers(one, two) == ()


def test_every_answer_that_differs_is_told_with_both_values():
    before = Needs(team=Team(skills={"pytorch": 3}))
    after = Needs(
        stage=ProjectStage.EDGE,
        workload=WorkloadNeeds(dataset_items=7, latency_target_s=0.01),
        constraints=Constraints(targets=(Target.IOS,), maintained=False),
        team=Team(skills={"mxnet": 1}, size=4),
    )
    found = told(before, after)
    assert set(found) == {
        ("stage",),
        ("workload", "dataset_items"),
        ("workload", "latency_target_s"),
        ("constraints", "targets"),
        ("constraints", "maintained"),
        ("team", "skills", "pytorch"),
        ("team", "skills", "mxnet"),
        ("team", "size"),
    }
    assert found["team", "skills", "mxnet"] == Told(None, 1)
    assert found["constraints", "maintained"] == Told(True, False)


def test_weights_are_told_by_the_points_that_they_come_to():
    before = Needs()
    preset = swing_points(before)[Criterion.MEMORY]
    after = Needs(priorities=Priorities(weights={Criterion.MEMORY: 90.0}))
    assert told(before, after) == {("priorities", "weights", "memory"): Told(preset, 90.0)}
    # Stating what the preset says anyway changes nothing.
    stated = Needs(priorities=Priorities(weights={Criterion.MEMORY: preset}))
    assert answers(before, stated) == ()


def test_points_that_follow_from_another_goal_are_not_told_as_answers():
    assert set(told(Needs(), Needs(stage=ProjectStage.SERVING))) == {("stage",)}


def test_another_way_of_weighing_tells_the_points_that_moved():
    before = Needs(priorities=Priorities(mode=PriorityMode.NONE))
    points = swing_points(before)
    moved = {**points, Criterion.STARTUP: 0.0}
    after = replace(before, priorities=Priorities(weights=moved))
    assert set(told(before, after)) == {("priorities", "mode"), ("priorities", "weights", "startup")}


def test_saying_a_default_aloud_is_no_other_answer():
    assert answers(Needs(), Needs(stated=(Answer.STAGE, Answer.SURENESS))) == ()
