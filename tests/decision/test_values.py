"""Values on fixed references: what was measured, what is cited, what the user says."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from advisor.decision import criteria, values
from advisor.decision.evidence import GRADE_SD, Evidence
from advisor.decision.model import Criterion, Needs, ProjectStage, Team, ValueSource, WorkloadNeeds
from advisor.decision.random_streams import RandomStreams
from advisor.decision.values import Valuer
from advisor.frameworks.model import Grade
from advisor.probes.configuration import DEFAULT
from advisor.probes.model import (
    MemoryReading,
    Outcome,
    Quantity,
)
from advisor.workloads.model import Task
from tests.decision.builders import COMPILED, framework, machine, result, run, wobble, workload

DRAWS = 4000
SPEED = Criterion.TRAINING_SPEED


def valuer(*results, needs=None, task=Task.IMAGE_CLASSIFICATION, threads=4):
    return Valuer(
        needs or Needs(), machine(), (run(*results, task=task, threads=threads),), RandomStreams(0, DRAWS)
    )


def cited(entry, criterion, needs=None):
    (alternative, *_) = entry.alternatives
    return Evidence(needs or Needs(), machine(), RandomStreams(0, DRAWS)).belief(
        entry, alternative, criterion
    )


def test_the_ideal_step_earns_100_points_and_eight_times_it_none():
    work = workload()
    ideal = values.reference_s(work, Quantity.TRAIN, 100e9) / 8 * work.batch
    assert ideal == pytest.approx(0.2, rel=0.01)  # half the peak, and a little for the call
    found = valuer(result("alpha", ideal), result("beta", 8 * ideal))
    assert found.belief("alpha", SPEED).value.points == pytest.approx(100)
    assert found.belief("beta", SPEED).value.points == pytest.approx(0, abs=1e-9)


def test_a_machine_without_calibration_has_a_nominal_peak():
    uncalibrated = replace(machine(2.0), calibration=None)
    assert values.peak_flops(uncalibrated, "cpu") == 2 * values.NOMINAL_FLOPS_PER_CORE


@pytest.mark.parametrize(("items", "configuration"), [(20_000, DEFAULT), (2_000_000, COMPILED)])
def test_the_way_of_running_is_the_one_that_does_the_planned_work_soonest(items, configuration):
    # Compiled: 40 s more to start, 10 ms a step saved: pays after 4,000 steps of 10 items.
    needs = Needs(workload=WorkloadNeeds(dataset_items=items, epochs=1))
    default = result("alpha", 0.20, first_s=1.0)
    compiled = result("alpha", 0.19, first_s=41.0, configuration=COMPILED)
    found = valuer(default, compiled, needs=needs)
    assert found.belief("alpha", SPEED).value.configuration == configuration
    assert found.belief("alpha", Criterion.STARTUP).value.configuration == configuration


def test_a_service_answers_many_calls_so_its_start_weighs_little():
    small = WorkloadNeeds(dataset_items=100, epochs=1)
    default = result("alpha", 0.20, first_s=3.0)
    compiled = result("alpha", 0.15, first_s=60.0, configuration=COMPILED)
    chosen = {
        stage: valuer(default, compiled, needs=Needs(workload=small, stage=stage))
        .belief("alpha", Criterion.INFERENCE_LATENCY)
        .value.configuration
        for stage in (ProjectStage.RESEARCH, ProjectStage.SERVING)
    }
    assert chosen == {ProjectStage.RESEARCH: DEFAULT, ProjectStage.SERVING: COMPILED}


def test_reinforcement_learning_trains_with_its_environment_in_the_loop():
    found = valuer(result("alpha", 0.02, task=Task.RL), needs=Needs(tasks={Task.RL: 1.0}), task=Task.RL)
    assert found.belief("alpha", SPEED).value.raw == pytest.approx(50)  # environment steps a second


def test_several_tasks_count_by_their_weights_as_a_geometric_mean():
    needs = Needs(tasks={Task.IMAGE_CLASSIFICATION: 3.0, Task.NLP: 1.0})
    runs = (run(result("alpha", 0.2)), run(result("alpha", 0.05, task=Task.NLP), task=Task.NLP))
    found = Valuer(needs, machine(), runs, RandomStreams(0, DRAWS)).belief("alpha", SPEED).value
    assert found.raw == pytest.approx(math.exp(0.75 * math.log(50) + 0.25 * math.log(200)))


def test_scaling_is_taken_from_the_way_it_was_measured_in():
    compiled = result("alpha", 0.1, configuration=COMPILED, efficiency=None)
    found = valuer(result("alpha", 0.2, efficiency=0.6), compiled)
    assert found.belief("alpha", SPEED).value.configuration == COMPILED
    scalability = found.belief("alpha", Criterion.SCALABILITY).value
    assert (scalability.raw, scalability.configuration) == (pytest.approx(0.6), DEFAULT)


def test_a_cancelled_run_counts_with_the_rounds_it_has():
    stopped = replace(result("alpha", 0.2, rounds=2), outcome=Outcome.CANCELLED)
    found = valuer(stopped, result("beta", 0.2)).belief("alpha", SPEED)
    assert found.known
    assert found.value.raw == pytest.approx(50)
    unproven = replace(stopped, equivalence=None)
    assert not valuer(unproven, result("beta", 0.2)).belief("alpha", SPEED).known


def test_fewer_and_rougher_rounds_make_a_figure_less_certain():
    def width(**options):
        value = valuer(result("alpha", **options)).belief("alpha", SPEED).value
        return value.high - value.low

    assert width(noise=wobble(0.2)) > 2 * width()
    assert width(rounds=1) > 2 * width(rounds=8)
    assert width() > 0  # however calm the rounds, another run may differ


def test_bootstrap_intervals_have_the_width_of_the_t_interval():
    # Ten rounds of 10 %: the standard error of their mean is 3.2 %, and 3 % from run to run.
    rng = np.random.default_rng(5)
    noise = {number: math.exp(each) for number, each in enumerate(rng.normal(0, 0.1, 10), 1)}
    value = valuer(result("alpha", 0.2, rounds=10, noise=noise)).belief("alpha", SPEED).value
    se = np.std([math.log(each) for each in noise.values()], ddof=1) / math.sqrt(10)
    expected = 2 * 1.96 * math.hypot(se, 0.03) * 100 / math.log(8)
    assert value.high - value.low == pytest.approx(expected, rel=0.1)


def test_memory_is_worth_what_it_is_felt_by():
    def points(used_bytes):
        return valuer(result("alpha", used_bytes=used_bytes)).belief("alpha", Criterion.MEMORY).value.points

    assert points(20 * 2**20) - points(40 * 2**20) < 5  # a factor of two nobody feels
    assert points(20 * 2**30) - points(40 * 2**30) == pytest.approx(100 / 3, abs=0.5)
    ideal = criteria.BYTES_PER_PARAMETER * workload().parameters
    assert points(ideal) == pytest.approx(100)


def test_on_an_accelerator_its_own_memory_counts():
    reading = MemoryReading(9 * 2**30, 2**30, 5, 20, "anonymous", 3 * 2**30, 2**30)
    found = valuer(replace(result("alpha", device="cuda:0"), memory=reading))
    assert found.belief("alpha", Criterion.MEMORY).value.raw == pytest.approx(2 * 2**30)
    unread = replace(reading, device_peak_bytes=None)
    assert (
        not valuer(replace(result("alpha", device="cuda:0"), memory=unread))
        .belief("alpha", Criterion.MEMORY)
        .known
    )


def test_energy_counts_where_it_could_be_measured():
    work = workload()
    ideal = work.training_flops / criteria.FLOPS_PER_JOULE
    found = valuer(replace(result("alpha"), energy_j_per_item=2 * ideal), result("beta"))
    assert found.belief("alpha", Criterion.ENERGY).value.points == pytest.approx(200 / 3)
    assert found.belief("beta", Criterion.ENERGY).value.source is ValueSource.MISSING


def test_a_rubric_level_is_25_points_and_its_doubt_goes_by_grade():
    spreads = []
    for grade in Grade:
        value = cited(framework("alpha", grade=grade, ease_of_use=3), Criterion.EASE_OF_USE).value
        assert (value.points, value.raw, value.grade) == (75, 3, grade)
        assert value.facts == ("ease_of_use",)
        spreads.append(value.high - value.low)
        assert spreads[-1] == pytest.approx(2 * 1.96 * GRADE_SD[grade], rel=0.06)
    assert spreads == sorted(spreads)


def test_a_fact_that_states_nothing_is_missing():
    for entry in (framework("alpha", ease_of_use=None), framework("alpha", without=("ease_of_use",))):
        found = cited(entry, Criterion.EASE_OF_USE)
        assert (found.known, found.value.source) == (False, ValueSource.MISSING)


def test_a_larger_community_has_more_points_and_a_rank_stands_in_for_downloads():
    def points(**facts):
        return cited(framework("alpha", **facts), Criterion.COMMUNITY).value.points

    assert points(downloads_month=70e6) > points(downloads_month=10e6) > points(downloads_month=1e6)
    ranked = framework("alpha", without=("downloads_month",), pypi_rank=2300)
    value = cited(ranked, Criterion.COMMUNITY).value
    assert value.points == pytest.approx(points(downloads_month=10e6))
    assert "pypi_rank" in value.facts
    assert value.raw is None  # no download figure is made up from the rank


def test_a_missing_indicator_spans_its_share():
    whole = cited(framework("alpha"), Criterion.COMMUNITY).value
    part = cited(framework("alpha", without=("contributors",)), Criterion.COMMUNITY).value
    assert part.high - part.low > whole.high - whole.low
    assert part.source is ValueSource.CATALOGUE


def test_maintenance_falls_with_the_months_since_the_last_release():
    # "Now" is the day the machine was detected: 2026-11-01.
    fresh = cited(framework("alpha", last_release="2026-11-01"), Criterion.MAINTENANCE).value
    assert (fresh.points, fresh.raw) == (100, 0)
    aged = cited(framework("alpha", last_release="2025-11-01"), Criterion.MAINTENANCE).value
    assert aged.points == pytest.approx(50, abs=1)
    assert aged.raw == pytest.approx(12, abs=0.1)
    assert cited(framework("alpha", last_release="2019"), Criterion.MAINTENANCE).value.points == 0
    assert not cited(framework("alpha", last_release="soon"), Criterion.MAINTENANCE).known
    assert not cited(framework("alpha", last_release="2026-13"), Criterion.MAINTENANCE).known
    retired = cited(framework("alpha", maintained=False), Criterion.MAINTENANCE).value
    assert retired.points == 0


def test_willingness_makes_up_for_part_of_a_missing_skill():
    def points(level, willingness):
        needs = Needs(team=Team(skills={"alpha": level}, willingness=willingness))
        value = cited(framework("alpha"), Criterion.TEAM_SKILL, needs).value
        assert value.source is ValueSource.USER
        return value.points

    assert points(4, 0) == points(4, 4) == 100
    assert points(0, 0) == 0
    assert points(0, 4) == 50
    assert points(1, 2) < points(2, 2)


def test_a_skill_in_a_backend_stands_before_that_in_its_framework():
    many = framework("many", backends=("one", "two"))
    needs = Needs(team=Team(skills={"many": 1, "many-two": 4}, willingness=0))
    evidence = Evidence(needs, machine(), RandomStreams(0, DRAWS))
    points = {a.id: evidence.belief(many, a, Criterion.TEAM_SKILL).value.points for a in many.alternatives}
    assert points == {"many-one": 25, "many-two": 100}


def test_the_ecosystem_is_that_of_the_tasks_asked_for():
    needs = Needs(tasks={Task.NLP: 3.0, Task.RL: 1.0})
    value = cited(framework("alpha", ecosystem__nlp=4, ecosystem__rl=0), Criterion.ECOSYSTEM, needs).value
    assert (value.points, value.raw) == (75, 3)
