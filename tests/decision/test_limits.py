"""Latency, memory and fit: met, missed, or not proven where the limit lies inside the interval."""

import pytest

from advisor.decision import gates, projections
from advisor.decision.licences import refused
from advisor.decision.limits import MICROCONTROLLER_FLASH_BYTES
from advisor.decision.model import (
    Constraints,
    Criterion,
    Device,
    GateStatus,
    Needs,
    ProjectStage,
    Target,
    Team,
    UserTerm,
    WorkloadNeeds,
)
from advisor.workloads.model import Task
from advisor.workloads.published import WORKLOADS
from tests.decision.builders import framework, machine, result, run
from tests.decision.scenarios import decided, points

PASS, FAIL, UNKNOWN = GateStatus.PASS, GateStatus.FAIL, GateStatus.UNKNOWN
MIB = 2**20
PEAK = (512 + 300) * MIB  # of the built result: what a step adds, and the framework


def found(needs, gate, terms=(), catalogue=None, runs=None):
    runs = (run(result("alpha")),) if runs is None else runs
    results = gates.evaluate(needs, catalogue or (framework("alpha"),), machine(), runs, terms)
    return {each.alternative: each for each in results if each.gate == gate}


def limited(limit, stage=ProjectStage.TRAINING, **constraints):
    return Needs(
        stage=stage,
        workload=WorkloadNeeds(memory_limit_bytes=round(limit)),
        constraints=Constraints(**constraints),
    )


@pytest.mark.parametrize(
    ("limit", "status"),
    [(PEAK * 1.2, PASS), (PEAK * 0.8, FAIL), (PEAK * 1.03, UNKNOWN), (PEAK * 0.97, UNKNOWN)],
)
def test_a_memory_limit_is_held_against_the_interval_of_the_peak(limit, status):
    gate = found(limited(limit), "memory_limit")["alpha"]
    assert gate.status is status
    assert gate.detail["low"] < gate.detail["value"] == PEAK < gate.detail["high"]


def test_what_trains_in_more_may_answer_in_less():
    serving = found(limited(PEAK * 0.8, ProjectStage.SERVING), "memory_limit")["alpha"]
    assert serving.status is UNKNOWN
    assert found(limited(PEAK * 1.2, ProjectStage.SERVING), "memory_limit")["alpha"].status is PASS


def test_limits_are_not_asked_of_this_machine_where_the_network_answers_elsewhere():
    assert not found(limited(1, targets=(Target.ANDROID,)), "memory_limit")
    assert found(limited(1, targets=(Target.ANDROID, Target.SERVER)), "memory_limit")
    assert not found(Needs(), "memory_limit")


@pytest.mark.parametrize(("holds", "status"), [(True, PASS), (False, FAIL), (None, UNKNOWN)])
def test_a_latency_target_is_a_gate_on_what_the_projections_say(holds, status):
    needs = Needs(workload=WorkloadNeeds(latency_target_s=0.01))
    typical = UserTerm("alpha", "w", "latency_s", 0.008, 0.007, 0.009, holds=holds)
    tail = UserTerm("alpha", "w", "latency_p99_s", 0.012, 0.009, 0.02)
    gate = found(needs, "latency", (typical, tail))["alpha"]
    assert gate.status is status
    assert (gate.detail["value"], gate.detail["high"], gate.detail["limit"]) == (0.012, 0.02, 0.01)
    assert not found(Needs(), "latency", (typical, tail))


def test_who_misses_the_target_is_not_recommended_however_good():
    # alpha answers in 10 ms, beta in 12.5, gamma in 20, one call of fifty half as slow again.
    alone = decided(Needs(workload=WorkloadNeeds(latency_target_s=0.017)))
    assert alone.verdict.recommended == ("alpha",)
    assert {r.alternative: r.blocked_by for r in alone.ranking}["gamma"] == ("latency",)
    none = decided(Needs(workload=WorkloadNeeds(latency_target_s=0.001)))
    assert none.verdict.recommended == ()
    terms = [t for t in none.user_terms if t.quantity == "latency_s"]
    assert [t.holds for t in terms] == [False] * 3
    assert projections.Assumption.TARGET_AT_P99 in terms[0].assumptions


def device(target, **figures):
    return Needs(
        tasks={Task.RL: 1.0},
        workload=WorkloadNeeds(latency_target_s=figures.pop("latency_target_s", None)),
        constraints=Constraints(targets=(target,), device=Device(**figures)),
    )


PARAMETERS = WORKLOADS["dqn-cartpole"].parameters
OPERATIONS = WORKLOADS["dqn-cartpole"].forward_flops


@pytest.mark.parametrize(
    ("flash", "status", "quantised"),
    [(4 * PARAMETERS, PASS, False), (4 * PARAMETERS - 1, PASS, True), (PARAMETERS - 1, FAIL, True)],
)
def test_parameters_are_held_against_the_room_there_is(flash, status, quantised):
    gate = found(device(Target.MICROCONTROLLER, flash_bytes=flash), "fits:microcontroller", runs=())["alpha"]
    assert gate.status is status
    assert ("quantised" in gate.detail) is quantised


def test_a_size_that_is_assumed_rules_nobody_out():
    picture = Needs(constraints=Constraints(targets=(Target.MICROCONTROLLER, Target.IOS)))
    gate = found(picture, "fits:microcontroller", runs=())["alpha"]
    assert (gate.status, gate.detail["limit"]) == (UNKNOWN, MICROCONTROLLER_FLASH_BYTES)
    assert gate.detail["reason"] == "room-assumed"
    assert not found(picture, "fits:ios", runs=())  # nothing is known of the phone
    assert found(device(Target.MICROCONTROLLER), "fits:microcontroller", runs=())["alpha"].status is PASS


@pytest.mark.parametrize(("times", "status"), [(0.9, PASS), (1.1, FAIL)])
def test_operations_are_held_against_what_the_processor_can_do(times, status):
    needs = device(Target.ANDROID, operations_per_s=1e6, latency_target_s=OPERATIONS / 1e6 / times)
    assert found(needs, "fits:android", runs=())["alpha"].status is status


@pytest.mark.parametrize(
    ("stage", "languages", "status"),
    [
        (ProjectStage.TRAINING, ("java",), FAIL),
        (ProjectStage.TRAINING, ("python", "java"), PASS),
        (ProjectStage.SERVING, ("java",), PASS),
    ],
)
def test_a_language_that_only_infers_will_do_where_another_trains_or_nothing_is_trained(
    stage, languages, status
):
    one = framework("alpha", language__python="train", language__java="infer")
    needs = Needs(stage=stage, constraints=Constraints(languages=languages))
    assert found(needs, "language:java", catalogue=(one,))["alpha"].status is status
    # Catalogues of old don't tell one from the other.
    old = framework("alpha", language__java=True)
    assert found(needs, "language:java", catalogue=(old,))["alpha"].status is PASS


@pytest.mark.parametrize(
    ("expression", "allowed", "missing"),
    [
        ("MIT", ("mit",), ()),
        ("MIT AND BSD-3-Clause", ("MIT",), ("BSD-3-Clause",)),
        ("Apache-2.0 OR BSD-2-Clause", ("BSD-2-Clause",), ()),
        ("Apache-2.0 WITH LLVM-exception AND MIT", ("Apache-2.0",), ("MIT",)),
        ("MIT AND ISC OR Zlib AND 0BSD", ("Zlib",), ("0BSD",)),
    ],
)
def test_of_an_expression_every_part_has_to_be_allowed(expression, allowed, missing):
    assert refused(expression, allowed) == missing


def test_an_alternative_answers_for_its_backends_licence():
    many = framework(
        "many",
        backends=("one", "two"),
        licence__many="MIT",
        licence__one___one="MIT",
        licence__two___two="ISC",
    )
    gate = found(Needs(constraints=Constraints(licences=("MIT",))), "licence", catalogue=(many,))
    assert (gate["many-one"].status, gate["many-two"].status) == (PASS, FAIL)
    assert gate["many-two"].detail["distribution"] == "two"
    assert gate["many-two"].fact == "licence.two@two"


@pytest.mark.parametrize("willingness", range(5))
def test_no_answer_on_a_skill_is_worth_what_none_is(willingness):
    silent = points(
        decided(Needs(team=Team(skills={"alpha": 3}, willingness=willingness))), Criterion.TEAM_SKILL
    )
    told = points(
        decided(Needs(team=Team(skills={"alpha": 3, "beta": 0, "gamma": 0}, willingness=willingness))),
        Criterion.TEAM_SKILL,
    )
    assert silent == told
