"""What is loaded together, and what the passes read: memory, scaling over cores."""

import sys

import msgspec
import pytest

from advisor.hardware.model import Cpu, Limits, Machine, Memory, OperatingSystem, Platform, System
from advisor.probes import schedule
from advisor.probes.equivalence import References
from advisor.probes.model import (
    Conditions,
    Outcome,
    Quantity,
    WarningCode,
)
from advisor.probes.passes import memory, scaling
from advisor.probes.statistics import parallel_efficiency
from advisor.workloads.model import Task
from tests.probes.doubles import (
    BUDGET,
    REFERENCES,
    WORKLOAD,
    budget,
    by_name,
    cancelled_at_round,
    candidate,
    codes,
    logged,
    run,
)


def test_workers_that_do_not_fit_in_memory_together_are_measured_one_after_the_other(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "available_bytes", lambda context: 0)
    log = tmp_path / "log"
    finished = run([candidate(name, log=str(log)) for name in "abc"])
    assert not finished.interleaved
    assert WarningCode.SEQUENTIAL in codes(finished)
    assert {result.outcome for result in finished.results} == {Outcome.MEASURED}
    assert {len(result.samples) for result in finished.results} == {3 * BUDGET.min_rounds}


def test_who_runs_out_of_memory_in_company_is_tried_alone(tmp_path):
    log = tmp_path / "log"
    lonely = candidate("lonely", most_company=1, log=str(log))
    finished = run(
        [candidate("a", log=str(log)), lonely],
        conditions=Conditions(threads=1),
    )
    assert not finished.interleaved
    assert by_name(finished)["lonely"].outcome is Outcome.MEASURED


def test_who_failed_is_not_tried_again_alone(tmp_path):
    log = tmp_path / "log"
    lonely = candidate("lonely", most_company=1, log=str(log))
    bad_log = tmp_path / "bad"
    bad = candidate("bad", parameters=11, log=str(bad_log))
    finished = run([bad, candidate("a", log=str(log)), lonely], conditions=Conditions(threads=1))
    assert not finished.interleaved
    assert len(logged(bad_log, "start")) == 1
    assert by_name(finished)["bad"].outcome is Outcome.NOT_EQUIVALENT


def test_a_containers_limit_bounds_what_is_loaded_together():
    machine = Machine(
        cpu=Cpu("x86_64"),
        memory=Memory(),
        limits=Limits(cores=2, memory_bytes=1, memory_source="cgroup v2"),
        os=OperatingSystem(System.LINUX, "x"),
        platform=Platform(),
        detected_at="2026-01-01T00:00:00Z",
    )
    assert not run([candidate("a"), candidate("b")], machine=machine).interleaved
    unlimited = msgspec.structs.replace(machine, limits=Limits(cores=2, memory_bytes=1))
    assert run([candidate("a"), candidate("b")], machine=unlimited).interleaved


def test_memory_is_what_the_workload_adds():
    size = 64 * 2**20
    results = by_name(run([candidate("big", memory_bytes=size), candidate("small")]))
    big, small = results["big"].memory, results["small"].memory
    assert size <= big.used_bytes < 1.2 * size
    assert small.used_bytes < 0.2 * size
    assert big.source == ("anonymous" if sys.platform == "linux" else "uss")
    assert big.samples >= 1 and big.steps >= BUDGET.memory_steps


def test_a_peak_that_is_over_before_the_steps_are_is_seen():
    size = 64 * 2**20
    result = run([candidate("a", spike_bytes=size, work="sleep")], budget=budget(sample_s=0.05)).results[0]
    assert result.memory.used_bytes >= size
    assert result.memory.samples > 1


def test_scaling_compares_one_core_with_all():
    result = run([candidate("a", speedup=1.6)]).results[0]
    assert [len(point.samples) for point in result.scaling] == [BUDGET.scaling_rounds] * 2
    assert parallel_efficiency(result).median == pytest.approx(0.8)


def test_scaling_pins_the_twin_to_one_core(tmp_path):
    result = run([candidate("a")], conditions=Conditions(threads=2, cpus=(0, 1))).results[0]
    assert "scaling-not-pinned" not in result.notes
    assert "scaling-not-pinned" in run([candidate("a")]).results[0].notes


def test_with_one_core_scaling_says_why_it_is_missing():
    result = run([candidate("a")], conditions=Conditions(threads=1)).results[0]
    assert result.notes == ("scaling-one-core",)
    assert not result.scaling


def test_threads_are_changed_in_the_same_process_where_that_works(tmp_path):
    log = tmp_path / "log"
    result = run([candidate("a", speedup=1.6, adjustable_threads=True, log=str(log))]).results[0]
    assert parallel_efficiency(result).median == pytest.approx(0.8)
    assert len(logged(log, "start")) == 1
    assert len(logged(log, "threads")) == 2 * BUDGET.scaling_rounds


def test_each_framework_starts_once_more_only_where_threads_cannot_be_changed(tmp_path):
    log = tmp_path / "log"
    run([candidate("a", log=str(log))])
    assert len(logged(log, "start")) == 2


def test_one_core_is_measured_in_the_rounds_of_all_cores():
    result = run([candidate("a", speedup=1.6)]).results[0]
    one, every = result.scaling
    assert (one.threads, every.threads) == (1, 2)
    assert [s.round for s in one.samples] == [s.round for s in every.samples] == [1, 2, 3, 4, 5]
    assert set(every.samples) <= set(result.samples)


def test_ten_training_steps_stand_behind_every_figure():
    result = run([candidate("slow", seconds={"train": 3.0})]).results[0]
    assert sum(s.iterations for s in result.samples if s.quantity is Quantity.TRAIN) >= 10


def test_memory_is_read_over_the_first_steps_which_are_no_samples(tmp_path):
    log = tmp_path / "log"
    finished = run([candidate("a", log=str(log))], conditions=Conditions(threads=1))
    assert finished.results[0].memory.steps >= BUDGET.memory_steps
    assert len(logged(log, "prepare")) == 1
    assert all(sample.round > 0 for sample in finished.results[0].samples)


def test_memory_of_the_longest_text_is_read_in_a_process_of_its_own(tmp_path):
    workload = msgspec.structs.replace(WORKLOAD, id="gpt-compact", task=Task.TEXT_GENERATION)
    references = References(0, {workload.id: REFERENCES.workloads[WORKLOAD.id]})
    asked = {"workload": workload, "references": references, "conditions": Conditions(threads=1)}
    log = tmp_path / "log"
    candidates = [candidate("a", log=str(log))]
    assert run(candidates, **asked).results[0].longest is None
    log.unlink()
    read = run(candidates, budget=budget(longest_context=True), **asked).results[0].longest
    assert read.tokens == 1024
    assert read.memory.peak_bytes > read.memory.baseline_bytes
    assert len(logged(log, "start")) == 2


def room_for_so_many(monkeypatch, count):
    """Pretend that memory holds so many workers at once."""

    def room(context, more):
        return max(0, min(more, count - len(context.workers_bytes())))

    for module in (schedule, scaling):
        monkeypatch.setattr(module, "room_for", room)


def test_more_subjects_than_memory_holds_are_measured_in_blocks_that_share_an_anchor(monkeypatch):
    room_for_so_many(monkeypatch, 3)
    finished = run([candidate(name) for name in "abcdef"], conditions=Conditions(threads=1))
    assert finished.interleaved
    assert finished.anchor.alternative == "a"
    blocks = [[subject.alternative for subject in block.subjects] for block in finished.blocks]
    assert blocks == [["a", "b", "c"], ["a", "d", "e"], ["a", "f"]]
    assert {result.outcome for result in finished.results} == {Outcome.MEASURED}
    assert WarningCode.BLOCKS in codes(finished) and WarningCode.SEQUENTIAL not in codes(finished)
    anchor = by_name(finished)["a"]
    for block in finished.blocks:
        rounds = set(range(block.first_round, block.last_round + 1))
        for subject in block.subjects[1:]:
            taken = {sample.round for sample in by_name(finished)[subject.alternative].samples}
            assert taken == rounds <= {sample.round for sample in anchor.samples}


def test_blocks_go_on_where_they_were_interrupted(monkeypatch):
    room_for_so_many(monkeypatch, 2)
    names = [candidate(name) for name in "abc"]
    stopped, _ = cancelled_at_round(7, candidates=names, conditions=Conditions(threads=1))
    assert [len(block.subjects) for block in stopped.blocks] == [2, 2]
    finished = run(names, resume=stopped, conditions=Conditions(threads=1))
    assert finished.interleaved
    assert {result.outcome for result in finished.results} == {Outcome.MEASURED}
    assert by_name(finished)["b"].samples == by_name(stopped)["b"].samples
    rounds_c = {sample.round for sample in by_name(finished)["c"].samples}
    assert rounds_c <= {sample.round for sample in by_name(finished)["a"].samples}
