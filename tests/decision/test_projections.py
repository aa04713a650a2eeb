"""The user's terms and the advice, from synthetic measurements whose answers are known."""

import math

import pytest
from msgspec.structs import replace

from advisor.decision import projections
from advisor.decision.advice import Code, advise, item_bytes
from advisor.decision.model import Constraints, Needs, ProjectStage, WorkloadNeeds
from advisor.decision.projections import Assumption
from advisor.decision.random_streams import RandomStreams
from advisor.decision.values import Valuer
from advisor.hardware.model import Gpu
from advisor.probes.model import MemoryReading, Quantity
from advisor.probes.statistics import summarise
from advisor.workloads.model import Task
from tests.decision.builders import COMPILED, GIB, framework, machine, result, run, workload

MIB = 2**20
ALPHA = framework("alpha")


def of(needs, *results, task=Task.IMAGE_CLASSIFICATION, on=None):
    valuer = Valuer(needs, on or machine(), (run(*results, task=task),), RandomStreams(0, 2000))
    found = projections.terms(needs, on or machine(), ["alpha"], valuer)
    return {each.quantity: each for each in found}, valuer


def advice(needs, *results, on=None, entry=ALPHA, **options):
    _found, valuer = of(needs, *results, on=on, **options)
    given = advise(needs, on or machine(), entry, entry.alternatives[0], valuer)
    return {each.code: each for each in given}


def test_epochs_hours_and_requests_follow_from_the_speed():
    needs = Needs(workload=WorkloadNeeds(dataset_items=1000, epochs=10))
    found, _ = of(needs, result("alpha", 0.2, first_s=2.0))
    assert found["epoch_s"].value == pytest.approx(20)  # 1,000 items in steps of 10 items and 0.2 s
    assert found["training_run_s"].value == pytest.approx(200 + 1.0 + 0.5 + 2.0)
    assert found["requests_per_s"].value == pytest.approx(150)
    for term in found.values():
        assert term.low <= term.value <= term.high
        assert Assumption.WORKLOAD_LIKE_PROBE in term.assumptions
    assert Assumption.START_INCLUDED in found["training_run_s"].assumptions


def test_reinforcement_learning_counts_environment_steps():
    needs = Needs(tasks={Task.RL: 1.0}, workload=WorkloadNeeds(dataset_items=1000, epochs=1))
    found, _ = of(needs, result("alpha", 0.02, task=Task.RL), task=Task.RL)
    assert found["epoch_s"].value == pytest.approx(20)
    assert Assumption.ITEMS_ARE_STEPS in found["epoch_s"].assumptions


def test_another_batch_than_the_probes_is_said_to_be_an_assumption():
    needs = Needs(workload=WorkloadNeeds(batch=64))
    found, _ = of(needs, result("alpha"))
    assert Assumption.BATCH_AS_PROBED in found["epoch_s"].assumptions


@pytest.mark.parametrize(("target_s", "holds"), [(0.012, False), (0.0150, None), (0.018, True), (None, None)])
def test_a_latency_target_is_held_against_the_slow_calls(target_s, holds):
    # Calls take 10 ms; one in fifty takes 15 ms, so the 99th percentile is 15 ms.
    needs = Needs(workload=WorkloadNeeds(latency_target_s=target_s))
    found, _ = of(needs, result("alpha", 0.2, noise={1: 0.98, 2: 0.99, 3: 0.99, 6: 1.01, 7: 1.01, 8: 1.02}))
    assert found["latency_s"].value == pytest.approx(0.0101)
    tail = found["latency_p99_s"]
    assert tail.low < 0.015 < tail.high
    assert tail.value == pytest.approx(0.015, rel=0.02)
    assert found["latency_s"].holds is holds
    too_near = target_s is not None and holds is None
    assert (Assumption.TARGET_TOO_NEAR in found["latency_s"].assumptions) is too_near


def test_few_calls_prove_no_target_and_claim_no_slowest_of_a_hundred():
    needs = Needs(workload=WorkloadNeeds(latency_target_s=1.0))
    found, _ = of(needs, result("alpha", 0.2, rounds=5))  # 250 calls
    assert "latency_p99_s" not in found
    assert found["latency_s"].holds is None
    assert Assumption.TOO_FEW_CALLS in found["latency_s"].assumptions
    missed, _ = of(Needs(workload=WorkloadNeeds(latency_target_s=1e-4)), result("alpha", 0.2, rounds=5))
    assert missed["latency_s"].holds is False


def test_hours_are_never_surer_than_the_rate_they_come_from_and_count_their_steps():
    needs = Needs(workload=WorkloadNeeds(dataset_items=1000, epochs=10))
    noise = {1: 0.7, 2: 0.8, 3: 0.9, 6: 1.1, 7: 1.2, 8: 1.3}
    alpha = result("alpha", 0.2, first_s=100.0, noise=noise)
    found, _ = of(needs, alpha)
    rate, hours = summarise(alpha.samples, Quantity.TRAIN), found["training_run_s"]
    assert hours.high / hours.value >= rate.high_s / rate.median_s - 1e-9
    assert hours.low / hours.value <= rate.low_s / rate.median_s + 1e-9
    assert (hours.steps, hours.timed_steps) == (1000, 80)


def test_the_largest_batch_fills_the_memory_allowed_and_no_more():
    found, _ = of(Needs(), result("alpha", used_bytes=512 * MIB))
    term = found["largest_batch"]
    room = 0.9 * 16 * GIB - 300 * MIB
    parameters = workload().parameters
    for bound, per_parameter in ((term.low, 0), (term.value, 12), (term.high, 16)):
        fixed = per_parameter * parameters
        per_item = (512 * MIB - fixed) / 10
        assert bound == math.floor((room - fixed) / per_item)
        assert fixed + bound * per_item <= room
    assert term.low < term.value < term.high


def test_no_batch_is_made_up_where_the_network_alone_takes_the_memory():
    found, _ = of(Needs(), result("alpha", used_bytes=100 * MIB))
    assert "largest_batch" not in found


def test_on_an_accelerator_its_own_memory_bounds_the_batch():
    gpu = Gpu(0, "nvidia", "Synthetic", "cuda", memory_bytes=8 * GIB)
    reading = MemoryReading(2 * GIB, GIB, 5, 20, "anonymous", 512 * MIB, 0)
    on_gpu = replace(result("alpha", device="cuda:0"), memory=reading)
    found, _ = of(Needs(), on_gpu, on=machine(gpus=(gpu,)))
    assert found["largest_batch"].low == math.floor(0.9 * 8 * GIB / (512 * MIB / 10))
    unknown, _ = of(Needs(), on_gpu, on=machine())
    assert "largest_batch" not in unknown


def test_nothing_measured_gives_no_terms():
    found, _ = of(Needs(), result("beta"))
    assert not found


@pytest.mark.parametrize(("items", "code"), [(20_000, Code.STAY_DEFAULT), (2_000_000, Code.USE_COMPILED)])
def test_compiling_is_advised_where_it_pays_for_the_steps_planned(items, code):
    needs = Needs(workload=WorkloadNeeds(dataset_items=items, epochs=1))
    compiled = result("alpha", 0.19, first_s=41.0, configuration=COMPILED)
    found = advice(needs, result("alpha", 0.20, first_s=1.0), compiled)
    detail = found[code].detail
    assert found[code].basis == "measured"
    assert detail["break_even_steps"] == pytest.approx(4000)
    assert detail["speedup"] == pytest.approx(0.20 / 0.19)
    assert {Code.STAY_DEFAULT, Code.USE_COMPILED} & set(found) == {code}


def test_a_compiled_way_that_is_slower_never_breaks_even():
    slower = result("alpha", 0.25, first_s=41.0, configuration=COMPILED)
    found = advice(Needs(), result("alpha", 0.20), slower)
    assert "break_even_steps" not in found[Code.STAY_DEFAULT].detail


@pytest.mark.parametrize(
    ("efficiency", "code"), [(0.3, Code.JOBS_SIDE_BY_SIDE), (0.97, Code.MORE_CORES), (0.75, None)]
)
def test_cores_are_advised_on_by_the_efficiency_measured(efficiency, code):
    found = advice(Needs(), result("alpha", efficiency=efficiency))
    assert {Code.JOBS_SIDE_BY_SIDE, Code.MORE_CORES} & set(found) == ({code} if code else set())


def test_storage_is_held_against_what_training_reads():
    assert item_bytes(workload()) == 64 * 64 * 3
    assert item_bytes(workload(Task.RL)) is None
    fast = advice(Needs(), result("alpha", 0.2))[Code.STORAGE_KEEPS_UP]
    assert fast.detail["needed_bytes_per_s"] == pytest.approx(64 * 64 * 3 * 50)
    slow = machine()
    slow = replace(slow, calibration=replace(slow.calibration, storage_read=(500e3,)))
    assert Code.STORAGE_LIMITS in advice(Needs(), result("alpha", 0.2), on=slow)


def test_half_precision_is_advised_where_the_hardware_has_it():
    assert Code.MIXED_PRECISION not in advice(Needs(), result("alpha"))
    cited = advice(Needs(), result("alpha"), on=machine(features=("avx2", "amx_bf16")))[Code.MIXED_PRECISION]
    assert (cited.basis, cited.fact) == ("cited", "mixed_precision")
    assert cited.detail == {"tool": "amp", "feature": "amx_bf16"}
    gpu = machine(gpus=(Gpu(0, "nvidia", "Synthetic", "cuda"),))
    halves = replace(
        gpu, calibration=replace(gpu.calibration, gpu_gemm_fp32=(10e12,), gpu_gemm_half=(80e12,))
    )
    measured = advice(Needs(), result("alpha"), on=halves)[Code.MIXED_PRECISION]
    assert (measured.basis, measured.detail["ratio"]) == ("concluded", pytest.approx(8))


def test_tools_are_advised_where_the_stage_or_the_constraints_call_for_them():
    def codes(needs, entry=ALPHA):
        tools = {Code.QUANTISE, Code.PRUNE, Code.EXPORT, Code.FEDERATED, Code.AUTOML, Code.DISTRIBUTE}
        return tools & set(advice(needs, result("alpha"), entry=entry))

    assert codes(Needs()) == set()
    assert codes(Needs(stage=ProjectStage.SERVING)) == {Code.QUANTISE, Code.EXPORT}
    assert codes(Needs(stage=ProjectStage.EDGE)) == {Code.QUANTISE, Code.PRUNE, Code.EXPORT}
    # What the catalogue doesn't know, or denies, is not advised.
    assert codes(Needs(stage=ProjectStage.EDGE), framework("alpha", pruning=None)) == {
        Code.QUANTISE,
        Code.EXPORT,
    }
    wanted = Needs(constraints=Constraints(federated=True, automl=True, distributed=True))
    entry = framework("alpha", federated=True, automl=True, distributed=False)
    assert codes(wanted, entry) == {Code.FEDERATED, Code.AUTOML}
