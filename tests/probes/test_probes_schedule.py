"""The schedule: interleaved rounds, when they stop, and what is heard of them."""

import os
from statistics import median

import msgspec
import pytest

from advisor.frameworks.model import Acts, Lever
from advisor.probes import rounds
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
)
from advisor.probes.statistics import of_quantity, summarise
from tests.probes.doubles import (
    BUDGET,
    RL_WORKLOAD,
    assert_gone,
    budget,
    by_name,
    candidate,
    codes,
    logged,
    run,
)

PATIENCE_S = 60.0


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


def test_a_blocked_worker_that_computes_is_noticed():
    finished = run(
        [candidate("busy", busy=True), candidate("victim", work="sleep", seconds={"train": 0.3})],
        budget=budget(sample_s=0.3, min_rounds=2, max_rounds=2),
    )
    assert WarningCode.BUSY_NEIGHBOUR in codes(finished)
    victim = by_name(finished)["victim"].samples
    assert max(sample.others_cpu_s for sample in victim) > 0.03


def test_a_worker_that_waits_busily_after_its_sample_is_given_time_to_rest():
    finished = run(
        [candidate("spins", spin_s=0.15), candidate("next", work="sleep", seconds={"train": 0.1})],
        budget=budget(sample_s=0.1, min_rounds=3, max_rounds=3),
    )
    following = by_name(finished)["next"].samples
    # Most of them: on a busy machine, who spins may not be let near a processor while it is looked at.
    assert median(sample.others_cpu_s for sample in following) <= 0.02


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


def test_a_listener_that_fails_leaves_no_worker_behind(tmp_path):
    log = tmp_path / "log"

    def listen(event):
        if isinstance(event, SampleTaken):
            raise RuntimeError("the window is gone")

    with pytest.raises(RuntimeError):
        run([candidate("a", log=str(log))], emit=listen)
    assert_gone(logged(log, "start"))
