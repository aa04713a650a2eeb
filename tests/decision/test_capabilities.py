"""Alternatives that can't train: what they are measured by, what they are asked for, what training is worth then."""

import pytest
from msgspec.structs import replace

from advisor.decision.engine import Model
from advisor.decision.model import Constraints, Criterion, GateStatus, Needs, ProjectStage, ValueSource
from advisor.decision.values import TRAINING
from advisor.frameworks.model import Role
from advisor.probes.model import Capability, Quantity
from tests.decision.builders import framework, machine, result, run
from tests.decision.scenarios import DRAWS


def serving(name="engine", step_s=0.1):
    """What was measured of something that only infers."""
    found = result(name, step_s, efficiency=None)
    return replace(
        found,
        capabilities=(Capability.INFER,),
        samples=tuple(sample for sample in found.samples if sample.quantity is not Quantity.TRAIN),
        startup=replace(found.startup, first_train_s=None),
        memory=replace(found.memory, quantity=Quantity.INFER),
    )


ENGINE = replace(framework("engine"), roles=(Role.SERVE,))
TRAINER, OTHER = framework("alpha"), framework("beta")


def decided(stage, *more, waived=()):
    needs = Needs(stage=stage, constraints=Constraints(waived=waived))
    runs = (run(serving(), result("alpha", 0.2), result("beta", 0.21)),)
    return Model(needs, (TRAINER, OTHER, *more), machine(), runs, draws=DRAWS).decide()


def value(decision, criterion, name="engine"):
    return next(each for each in decision.values if (each.alternative, each.criterion) == (name, criterion))


@pytest.mark.parametrize("stage", ProjectStage)
def test_training_is_asked_for_unless_models_come_trained(stage):
    decision = decided(stage, ENGINE)
    found = {each.alternative: each.status for each in decision.gates if each.gate == "training"}
    if stage in (ProjectStage.SERVING, ProjectStage.EDGE):
        assert found == {}
    else:
        assert found == {"alpha": GateStatus.PASS, "beta": GateStatus.PASS, "engine": GateStatus.FAIL}


def test_the_gate_can_be_waived():
    decision = decided(ProjectStage.RESEARCH, ENGINE, waived=("training",))
    assert next(each for each in decision.ranking if each.alternative == "engine").eligible


@pytest.mark.parametrize("criterion", TRAINING)
def test_what_it_cannot_do_is_worth_nothing_and_is_not_called_unknown(criterion):
    decision = decided(ProjectStage.SERVING, ENGINE)
    found = value(decision, criterion)
    assert (found.points, found.low, found.high, found.source) == (0, 0, 0, ValueSource.NOT_APPLICABLE)
    asked = {(each.alternative, each.criterion) for each in decision.sensitivity.measure_next}
    assert ("engine", criterion) not in asked


@pytest.mark.parametrize(
    "criterion",
    [Criterion.STARTUP, Criterion.MEMORY, Criterion.INFERENCE_LATENCY, Criterion.INFERENCE_THROUGHPUT],
)
def test_the_rest_is_measured_by_what_it_can_do(criterion):
    found = value(decided(ProjectStage.SERVING, ENGINE), criterion)
    assert found.source is ValueSource.MEASURED and found.raw is not None


def test_its_start_ends_with_the_first_inference():
    found = value(decided(ProjectStage.SERVING, ENGINE), Criterion.STARTUP)
    startup = serving().startup
    assert found.raw == pytest.approx(startup.import_s + startup.build_s + startup.first_infer_s)


def test_it_moves_nobody_elses_points():
    for stage in ProjectStage:
        alone, beside = decided(stage), decided(stage, ENGINE)
        points = {each.alternative: each.points for each in beside.ranking}
        for each in alone.ranking:
            assert points[each.alternative] == pytest.approx(each.points)


def test_a_faster_engine_serves_better():
    decision = decided(ProjectStage.SERVING, ENGINE)
    latency = Criterion.INFERENCE_LATENCY
    assert value(decision, latency).points > value(decision, latency, "alpha").points
