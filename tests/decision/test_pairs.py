"""Pairs of what trains and what serves: where they rank, whose figures they have, and what is advised of them."""

import pytest
from msgspec.structs import replace

from advisor.decision.advice import Code
from advisor.decision.engine import Model
from advisor.decision.model import Constraints, Criterion, GateStatus, Needs, ProjectStage, ValueSource
from advisor.decision.values import TRAINED
from advisor.frameworks.model import Role, Serves
from advisor.probes.model import Capability, Export, Outcome, Quantity
from tests.decision.builders import framework, machine, result, run
from tests.decision.scenarios import DRAWS

ROW = Serves("alpha", "onnx", "exporter", "2026-11", "https://example.org/synthetic")
ENGINE = replace(
    framework("engine", language__java="infer", last_release="2026-01", target__ios=True),
    roles=(Role.SERVE,),
    serves=(ROW,),
)
ALPHA, BETA = framework("alpha"), framework("beta")
PAIR = "alpha-engine"


def served(step_s=0.02, outcome=Outcome.MEASURED):
    """What was measured of the pair: its runtime, which only infers."""
    found = result(PAIR, step_s, efficiency=None)
    samples = tuple(each for each in found.samples if each.quantity is not Quantity.TRAIN)
    return replace(
        found,
        outcome=outcome,
        reason="unreadable: Erfc" if outcome is Outcome.EXPORT_FAILED else None,
        capabilities=(Capability.INFER,),
        samples=samples if outcome is Outcome.MEASURED else (),
        startup=replace(found.startup, first_train_s=None),
        memory=replace(found.memory, quantity=Quantity.INFER, peak_bytes=found.memory.baseline_bytes + 2**20),
        export=Export("onnx", 1000, 2.0, 2.0, 1e-6),
    )


def decided(stage=ProjectStage.SERVING, pair=None, trainer=True, **constraints):
    results = [result("beta", 0.21), pair or served()] + ([result("alpha", 0.2)] if trainer else [])
    needs = Needs(stage=stage, constraints=Constraints(**constraints))
    return Model(needs, (ALPHA, BETA, ENGINE), machine(), (run(*results),), draws=DRAWS).decide()


def values(decision, name):
    return {each.criterion: each for each in decision.values if each.alternative == name}


@pytest.mark.parametrize("stage", ProjectStage)
def test_a_pair_is_ranked_where_it_is_to_serve_and_the_runtime_alone_never(stage):
    ranked = {each.alternative for each in decided(stage).ranking}
    serves = stage in (ProjectStage.SERVING, ProjectStage.EDGE)
    assert ranked == {"alpha", "beta", *([PAIR] if serves else [])}


@pytest.mark.parametrize("criterion", TRAINED)
def test_training_is_what_trains_own_to_the_last_digit(criterion):
    decision = decided()
    own, paired = (values(decision, name)[criterion] for name in ("alpha", PAIR))
    assert replace(paired, alternative="alpha") == own


def test_what_was_not_measured_of_the_trainer_is_unknown_of_the_pair():
    found = values(decided(trainer=False), PAIR)[Criterion.TRAINING_SPEED]
    assert found.source is ValueSource.MISSING


def test_inference_and_the_start_are_the_runtimes_own():
    decision = decided()
    for criterion in (Criterion.INFERENCE_THROUGHPUT, Criterion.INFERENCE_LATENCY):
        assert values(decision, PAIR)[criterion].points > values(decision, "alpha")[criterion].points
    # A service waits for its first answer, whoever could train as well.
    start = values(decision, "alpha")[Criterion.STARTUP].raw
    trained = values(decided(ProjectStage.RESEARCH), "alpha")[Criterion.STARTUP].raw
    assert start < trained


def test_facts_come_from_who_has_the_word():
    decision = decided(languages=("java",), targets=("ios",))
    gates = {(each.alternative, each.gate): each for each in decision.gates}
    assert gates[PAIR, "language:java"].status is GateStatus.PASS
    assert gates[PAIR, "target:ios"].status is GateStatus.PASS
    assert gates["alpha", "target:ios"].status is GateStatus.FAIL
    old, new = (values(decision, name)[Criterion.MAINTENANCE] for name in (PAIR, "alpha"))
    assert old.points < new.points, "the weaker of the two speaks"
    assert values(decision, PAIR)[Criterion.COMMUNITY].points == pytest.approx(
        values(decision, "alpha")[Criterion.COMMUNITY].points
    )


def test_an_export_that_fails_rules_out_the_pair_alone():
    decision = decided(pair=served(outcome=Outcome.EXPORT_FAILED))
    held = {each.alternative: each.blocked_by for each in decision.ranking}
    assert held == {"alpha": (), "beta": (), PAIR: ("measured",)}


def test_where_it_is_not_ranked_its_gain_is_advised():
    decision = decided(ProjectStage.RESEARCH)
    assert decision.verdict.recommended[0] == "alpha"
    (found,) = [each for each in decision.advice if each.code == Code.SERVE_BY]
    assert found.detail["pair"] == PAIR and found.detail["speedup_low"] > 1
