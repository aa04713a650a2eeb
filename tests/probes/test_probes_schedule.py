"""The schedule: interleaved rounds, when they stop, what is kept, and what the passes after them read."""

import os
import sys
import threading

import msgspec
import pytest

from advisor.frameworks.model import Acts, Lever
from advisor.hardware.model import Cpu, Limits, Machine, Memory, OperatingSystem, Platform, System
from advisor.probes import rounds, schedule
from advisor.probes.configuration import DEFAULT, Configuration, ConfigurationOrigin, environment
from advisor.probes.launch.process import worker_environment
from advisor.probes.model import (
    IN_ROUNDS,
    Conditions,
    Eta,
    Outcome,
    Provisional,
    Quantity,
    SampleTaken,
    Stage,
    StageChanged,
    StopRule,
    WarningCode,
    WorkloadRun,
)
from advisor.probes.passes import memory, scaling
from advisor.probes.statistics import of_quantity, parallel_efficiency, summarise
from tests.probes.doubles import (
    BUDGET,
    RL_WORKLOAD,
    Fifo,
    assert_gone,
    by_name,
    candidate,
    logged,
    run,
)

PATIENCE_S = 60.0


def budget(**changes):
    return msgspec.structs.replace(BUDGET, **changes)


def codes(finished):
    return {warning.code for warning in finished.warnings}


def order_of_samples(**options):
    taken = []

    def listen(event):
        if isinstance(event, SampleTaken) and event.sample.round:
            taken.append((event.sample.round, event.sample.quantity, event.subject.alternative))

    run([candidate(name) for name in "abc"], emit=listen, **options)
    return taken


def test_every_round_takes_each_subjects_every_quantity_once():
    taken = order_of_samples()
    first = [each[1:] for each in taken if each[0] == 1]
    assert len(first) == len(set(first)) == 9
    assert [each[0] for each in taken] == sorted(each[0] for each in taken)


def test_one_quantity_is_compared_at_a_time():
    first = [each[1] for each in order_of_samples() if each[0] == 1]
    assert len({tuple(first[i : i + 3]) for i in (0, 3, 6)}) == 3
    assert all(len(set(first[i : i + 3])) == 1 for i in (0, 3, 6))


def test_subjects_take_turns_in_going_first():
    taken = order_of_samples(budget=budget(min_rounds=20, max_rounds=20))
    assert {each[2] for each in taken[::3]} == set("abc")
    blocks = {tuple(each[2] for each in taken[i : i + 3]) for i in range(0, len(taken), 3)}
    assert len(blocks) > 3


def test_the_order_is_random_and_repeatable():
    assert order_of_samples(rng_seed=1) == order_of_samples(rng_seed=1)
    assert order_of_samples(rng_seed=1) != order_of_samples(rng_seed=2)


def test_all_workers_are_loaded_before_the_first_round(tmp_path):
    log = tmp_path / "log"
    loaded = []

    def listen(event):
        if isinstance(event, SampleTaken) and event.sample.round and not loaded:
            loaded.append(len(logged(log, "prepare")))

    finished = run(
        [candidate(name, log=str(log)) for name in "abc"], emit=listen, conditions=Conditions(threads=1)
    )
    assert loaded == [3]
    assert finished.interleaved


def test_sampling_stops_once_every_ratio_is_precise():
    finished = run([candidate("a"), candidate("b")])
    assert (finished.stop_rule, finished.rounds) == (StopRule.PRECISE, BUDGET.min_rounds)


def test_sampling_stops_once_every_order_is_decided():
    slow = {"train": 0.2, "infer": 0.07, "latency": 0.01}
    finished = run(
        [candidate("a", noise=0.05), candidate("b", seed=1, noise=0.05, seconds=slow)],
        budget=budget(relative_half_width=0.001, max_rounds=100),
    )
    assert finished.stop_rule is StopRule.DECIDED
    assert finished.rounds < 100


def test_rounds_are_used_up_where_nothing_is_decided_and_settled_pairs_get_none_of_them():
    slow = {"train": 2.0, "infer": 0.7, "latency": 0.1}
    finished = run(
        [
            candidate("a", noise=0.2),
            candidate("b", seed=1, noise=0.2),
            candidate("slow", seed=2, noise=0.2, seconds=slow),
        ],
        budget=budget(relative_half_width=0.01, max_rounds=12),
    )
    assert (finished.stop_rule, finished.rounds) == (StopRule.ROUNDS, 12)
    taken = {name: {s.round for s in result.samples} for name, result in by_name(finished).items()}
    assert max(taken["a"]) == max(taken["b"]) == 12
    assert max(taken["slow"]) < 12


def test_who_cannot_win_gets_no_further_rounds_and_keeps_its_scaling():
    slow = {"train": 0.1, "infer": 0.035, "latency": 0.005}
    finished = run(
        [
            candidate("a", noise=0.02),
            candidate("good-at-one", seed=1, noise=0.02, seconds=slow | {"latency": 0.001}),
            candidate("slow", seed=2, noise=0.02, seconds=slow),
        ]
    )
    results = by_name(finished)
    taken = {
        name: {
            q: len(of_quantity(result.samples, q)) for q in (Quantity.TRAIN, Quantity.INFER, Quantity.LATENCY)
        }
        for name, result in results.items()
    }
    assert taken["slow"][Quantity.INFER] == taken["slow"][Quantity.LATENCY] == rounds.FAR_ROUNDS
    assert min(min(taken[name].values()) for name in ("a", "good-at-one")) >= BUDGET.min_rounds
    assert [name for name, result in results.items() if rounds.FAR_NOTE in result.notes] == ["slow"]
    assert [len(point.samples) for point in results["slow"].scaling] == [BUDGET.scaling_rounds] * 2
    assert results["slow"].memory is not None


def test_the_time_cap_holds_and_keeps_what_was_measured():
    kept = []
    finished = run(
        [candidate("a", work="sleep", noise=0.3), candidate("b", seed=1, work="sleep", noise=0.3)],
        budget=budget(sample_s=0.05, time_cap_s=10.0, max_rounds=10_000, relative_half_width=1e-6),
        checkpoint=kept.append,
    )
    assert finished.stop_rule is StopRule.TIME
    assert finished.phases_s["rounds"] < 10.0
    assert WarningCode.TIME_CAP in codes(finished)
    assert {result.outcome for result in finished.results} == {Outcome.MEASURED}


def test_a_sample_that_would_outlast_the_time_cap_is_not_begun():
    events = []
    finished = run(
        [candidate("a", work="sleep", seconds={"train": 1.0})],
        budget=budget(sample_s=0.05, time_cap_s=9.0, min_rounds=20, max_rounds=20),
        emit=events.append,
        conditions=Conditions(threads=1),
    )
    assert finished.stop_rule is StopRule.TIME
    assert finished.results[0].outcome is Outcome.MEASURED
    assert not any(isinstance(event, StageChanged) and event.stage is Stage.FAILED for event in events)


def test_who_comes_after_the_time_cap_is_skipped():
    finished = run([candidate("a"), candidate("b")], budget=budget(time_cap_s=0.0))
    assert finished.stop_rule is StopRule.TIME
    assert [(r.outcome, r.reason) for r in finished.results] == [(Outcome.SKIPPED, "time-cap")] * 2


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


def test_a_subject_that_joins_on_resuming_shares_the_rounds_from_then_on():
    stopped, _ = cancelled_at_round(3, candidates=[candidate("a")])
    finished = run([candidate("a"), candidate("late")], resume=stopped)
    rounds = {name: [s.round for s in r.samples] for name, r in by_name(finished).items()}
    assert min(rounds["late"]) == 4
    assert len(rounds["a"]) == 3 * len(set(rounds["a"]))
    assert finished.stop_rule is StopRule.PRECISE


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


def test_a_blocked_worker_that_computes_is_noticed():
    finished = run(
        [candidate("busy", busy=True), candidate("victim", work="sleep", seconds={"train": 0.3})],
        budget=budget(sample_s=0.3, min_rounds=2, max_rounds=2),
    )
    assert WarningCode.BUSY_NEIGHBOUR in codes(finished)
    victim = by_name(finished)["victim"].samples
    assert max(sample.others_cpu_s for sample in victim) > 0.03


def test_the_parent_sleeps_while_a_sample_is_taken():
    finished = run(
        [candidate("a", work="sleep", seconds={"train": 0.3})],
        budget=budget(sample_s=0.3, min_rounds=2, max_rounds=2),
    )
    assert finished.parent_cpu_s < 0.1 * finished.sampling_s


def test_warm_up_is_found_and_kept_apart():
    finished = run([candidate("a", warm_up=3.0)])
    result = finished.results[0]
    summary = summarise(result.samples, Quantity.TRAIN)
    warm_up = [s.elapsed_s / s.iterations for s in result.warmup_samples if s.quantity is Quantity.TRAIN]
    assert warm_up[0] == pytest.approx(0.08)
    assert warm_up[-1] == pytest.approx(0.02, rel=0.2)
    assert summary.median_s == pytest.approx(0.02, rel=0.1)
    assert all(sample.round > 0 for sample in result.samples)


def test_samples_are_as_long_as_the_budget_wants():
    result = run([candidate("a")]).results[0]
    for sample in result.samples:
        assert BUDGET.sample_s <= sample.elapsed_s <= 2 * BUDGET.sample_s


def test_who_keeps_getting_slower_is_called_not_steady():
    finished = run(
        [candidate("a"), candidate("b"), candidate("drifts", drift=0.01)],
        budget=budget(max_rounds=8, min_rounds=8),
    )
    results = by_name(finished)
    assert not any(results["drifts"].steady.values())
    assert all(results["a"].steady.values())
    assert {w.subject.alternative for w in finished.warnings if w.code is WarningCode.NOT_STEADY} == {
        "drifts"
    }


def test_what_drifts_with_all_the_others_is_the_machine_and_not_called_unsteady():
    finished = run(
        [candidate("a", drift=0.01), candidate("b", drift=0.01)],
        budget=budget(max_rounds=8, min_rounds=8),
    )
    assert all(all(result.steady.values()) for result in finished.results)


def test_short_samples_are_warned_of():
    finished = run([candidate("a", seconds={"latency": 1e-6})])
    assert WarningCode.SHORT_SAMPLES in codes(finished)


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


def test_reinforcement_learning_has_its_loop_sampled():
    finished = run([candidate("a")], workload=RL_WORKLOAD)
    assert {sample.quantity for sample in finished.results[0].samples} == set(IN_ROUNDS)


FAST = Configuration(ConfigurationOrigin.USER, (("speed", "high"),))


def with_lever(name, **script):
    """A candidate that is measured as it comes, and with a lever pulled."""
    return msgspec.structs.replace(candidate(name, **script), configurations=(DEFAULT, FAST))


def test_every_configuration_is_a_subject_of_its_own_after_the_defaults():
    finished = run([with_lever("a"), with_lever("b")])
    subjects = [(r.subject.alternative, r.subject.configuration) for r in finished.results]
    assert subjects == [("a", DEFAULT), ("b", DEFAULT), ("a", FAST), ("b", FAST)]
    assert {r.outcome for r in finished.results} == {Outcome.MEASURED}
    assert [r.applied for r in finished.results] == [{}, {}, {"speed": "high"}, {"speed": "high"}]


@pytest.mark.parametrize("applied", [{}, {"speed": "low"}, {"other": "high"}])
def test_a_lever_that_did_nothing_is_noticed(applied):
    default, fast = run([with_lever("a", applied=applied)]).results
    assert "lever-ignored: speed" in fast.notes
    assert not any(note.startswith("lever-ignored") for note in default.notes)
    assert not any(note.startswith("lever") for r in run([with_lever("a")]).results for note in r.notes)


def test_a_process_lever_sets_its_variable_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setenv("SPEED_SWITCH", "from the parent")
    lever = Lever("speed", ("high",), Acts.PROCESS, "2026-11-24", "made up", variable="SPEED_SWITCH")
    assert environment((lever,), FAST) == {"SPEED_SWITCH": "high"}
    assert environment((lever,), DEFAULT) == {}
    assert worker_environment(os.environ, environment((lever,), FAST))["SPEED_SWITCH"] == "high"
    assert "SPEED_SWITCH" not in worker_environment(os.environ)


def test_who_only_infers_is_measured_on_what_it_can_do():
    finished = run([candidate("serves", capabilities=["infer"]), candidate("trains")])
    serves, trains = finished.results
    assert serves.outcome is trains.outcome is Outcome.MEASURED
    assert {sample.quantity for sample in serves.samples} == {Quantity.INFER, Quantity.LATENCY}
    assert {sample.quantity for sample in trains.samples} >= {Quantity.TRAIN}
    assert serves.equivalence.passed and serves.equivalence.loss_errors == ()
    assert serves.memory.quantity is Quantity.INFER and trains.memory.quantity is Quantity.TRAIN
    assert serves.startup.first_train_s is None and serves.startup.first_infer_s is not None
    assert "scaling-no-training" in serves.notes and not serves.scaling


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


def test_no_round_beyond_the_fewest_begins_after_the_target_and_nobody_is_warned():
    finished = run(
        [candidate("a", noise=0.3), candidate("b", seed=1, noise=0.3)],
        budget=budget(target_s=0.0, max_rounds=100, relative_half_width=1e-6),
    )
    assert (finished.stop_rule, finished.rounds) == (StopRule.TARGET, BUDGET.min_rounds)
    assert WarningCode.TIME_CAP not in codes(finished)


def test_a_first_ranking_is_announced_once_everyone_has_an_interval():
    events = []
    finished = run([candidate("a"), candidate("b")], emit=events.append)
    place = next(i for i, event in enumerate(events) if isinstance(event, Provisional))
    before = [event for event in events[:place] if isinstance(event, SampleTaken)]
    assert {(e.subject.alternative, e.sample.quantity) for e in before} == {
        (name, quantity) for name in "ab" for quantity in (Quantity.TRAIN, Quantity.INFER, Quantity.LATENCY)
    }
    assert all(event.low_s <= event.median_s <= event.high_s for event in before)
    assert finished.provisional_s == events[place].elapsed_s


def test_the_first_ranking_does_not_wait_for_what_is_compiled():
    events = []
    run([with_lever("a"), with_lever("b")], emit=events.append)
    place = next(i for i, event in enumerate(events) if isinstance(event, Provisional))
    started = [
        event.subject.configuration
        for event in events[:place]
        if isinstance(event, StageChanged) and event.stage is Stage.STARTING
    ]
    assert started == [DEFAULT, DEFAULT]


def test_a_hung_framework_is_called_so_and_the_others_are_measured():
    finished = run(
        [candidate("hangs", fault="hang", at="prepare"), candidate("a")],
        budget=budget(time_cap_s=10.0),
    )
    assert by_name(finished)["hangs"].outcome is Outcome.TIMED_OUT
    assert by_name(finished)["a"].outcome is Outcome.MEASURED


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


def test_listeners_hear_every_stage_and_an_eta_that_only_falls():
    events = []
    run([candidate("a")], emit=events.append)
    stages = [event.stage for event in events if isinstance(event, StageChanged)]
    assert stages == [
        Stage.WAITING,
        Stage.STARTING,
        Stage.PREPARING,
        Stage.WARMING_UP,
        Stage.SCALING,
        Stage.SAMPLING,
        Stage.DONE,
    ]
    etas = [event for event in events if isinstance(event, Eta)]
    fractions = [eta.fraction for eta in etas]
    assert etas and fractions == sorted(fractions)
    assert all(0 <= eta.fraction <= 1 and eta.remaining_s >= 0 for eta in etas)


def cancelled_at_round(number, **options):
    cancel = threading.Event()
    kept = []

    def checkpoint(state):
        kept.append(state)
        if state.rounds == number:
            cancel.set()

    return run(cancel=cancel, checkpoint=checkpoint, **options), kept


def test_every_round_is_kept_as_an_interrupted_run():
    _, kept = cancelled_at_round(3, candidates=[candidate("a")])
    assert [state.rounds for state in kept] == [1, 2, 3]
    assert {state.stop_rule for state in kept} == {StopRule.CANCELLED}
    assert [len(state.results[0].samples) for state in kept] == [3, 6, 9]


def test_an_interrupted_run_goes_on_after_its_last_round_from_its_document(tmp_path):
    log = tmp_path / "log"
    names = [candidate("a"), candidate("b"), candidate("bad", parameters=11, log=str(log))]
    stopped, _ = cancelled_at_round(3, candidates=names)
    assert stopped.stop_rule is StopRule.CANCELLED
    read_back = msgspec.json.decode(msgspec.json.encode(stopped), type=WorkloadRun)
    assert read_back == stopped
    finished = run(names, resume=read_back)
    assert finished.stop_rule is StopRule.PRECISE
    assert finished.rounds == BUDGET.min_rounds
    for before, after in zip(stopped.results, finished.results, strict=True):
        assert after.samples[: len(before.samples)] == before.samples
        assert after.startup == before.startup
    assert {sample.round for sample in finished.results[0].samples} == set(range(1, BUDGET.min_rounds + 1))
    assert by_name(finished)["bad"].outcome is Outcome.NOT_EQUIVALENT
    assert len(logged(log, "start")) == 1
    assert finished.elapsed_s > stopped.elapsed_s


def test_half_a_round_is_taken_again_on_resuming():
    cancel = threading.Event()

    def listen(event):
        if isinstance(event, SampleTaken) and event.sample.round == 4:
            cancel.set()

    stopped = run([candidate("a"), candidate("b")], cancel=cancel, emit=listen)
    assert stopped.rounds == 3
    assert sum(len(result.samples) for result in stopped.results) == 2 * 3 * 3 + 1
    finished = run([candidate("a"), candidate("b")], resume=stopped)
    for result in finished.results:
        taken = [(sample.round, sample.quantity) for sample in result.samples]
        assert len(taken) == len(set(taken)) == 3 * BUDGET.min_rounds


def test_a_run_that_was_as_good_as_over_starts_nobody_anew(tmp_path):
    log = tmp_path / "log"
    kept = []
    run([candidate("a", log=str(log))], checkpoint=kept.append)
    after_rounds = next(each for each in kept if each.rounds == BUDGET.min_rounds)
    started = len(logged(log, "start"))
    finished = run([candidate("a", log=str(log))], resume=after_rounds)
    assert len(logged(log, "start")) == started
    assert (finished.rounds, finished.stop_rule) == (BUDGET.min_rounds, StopRule.PRECISE)
    assert finished.results[0].samples == after_rounds.results[0].samples
    assert finished.results[0].memory == after_rounds.results[0].memory


def test_what_can_no_longer_be_measured_is_not_lost_on_resuming():
    stopped, _ = cancelled_at_round(3, candidates=[candidate("a"), candidate("gone")])
    finished = run([candidate("a")], resume=stopped)
    assert by_name(finished)["gone"] == by_name(stopped)["gone"]


def test_cancelling_in_mid_sample_keeps_what_was_measured(tmp_path):
    fifo = Fifo(tmp_path / "log")
    cancel = threading.Event()
    found = []

    def work():
        found.append(
            run(
                [candidate("a"), candidate("hangs", fault="hang", after=25, child=True, log=fifo.path)],
                cancel=cancel,
                budget=budget(min_rounds=20, max_rounds=20),
            )
        )

    thread = threading.Thread(target=work)
    thread.start()
    pids = [fifo.wait_for("child"), fifo.wait_for("fault")]
    cancel.set()
    thread.join(PATIENCE_S)
    fifo.close()
    finished = found[0]
    assert finished.stop_rule is StopRule.CANCELLED
    assert {result.outcome for result in finished.results} == {Outcome.MEASURED}
    assert all(len(result.samples) >= 3 * finished.rounds > 0 for result in finished.results)
    assert_gone(pids)


def test_who_was_not_measured_when_cancelled_says_so():
    cancel = threading.Event()
    cancel.set()
    finished = run([candidate("a")], cancel=cancel)
    assert finished.results[0].outcome is Outcome.CANCELLED
    assert finished.stop_rule is StopRule.CANCELLED


def test_no_sample_begins_while_paused():
    pause, paused = threading.Event(), threading.Event()
    taken, found = [], []

    def listen(event):
        if isinstance(event, SampleTaken) and event.sample.round:
            taken.append(event)
            if len(taken) == 3:
                pause.set()
                paused.set()

    thread = threading.Thread(target=lambda: found.append(run([candidate("a")], emit=listen, pause=pause)))
    thread.start()
    assert paused.wait(PATIENCE_S)
    thread.join(1.0)
    assert thread.is_alive() and len(taken) == 3
    pause.clear()
    thread.join(PATIENCE_S)
    assert found[0].results[0].outcome is Outcome.MEASURED
    assert found[0].elapsed_s < PATIENCE_S


def test_a_listener_that_fails_leaves_no_worker_behind(tmp_path):
    log = tmp_path / "log"

    def listen(event):
        if isinstance(event, SampleTaken):
            raise RuntimeError("the window is gone")

    with pytest.raises(RuntimeError):
        run([candidate("a", log=str(log))], emit=listen)
    assert_gone(logged(log, "start"))
