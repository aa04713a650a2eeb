"""Interrupted, cancelled and paused runs: what is kept, and how they go on."""

import threading

import msgspec

from advisor.probes.model import (
    Outcome,
    SampleTaken,
    StopRule,
    WorkloadRun,
)
from tests.probes.doubles import (
    BUDGET,
    Fifo,
    assert_gone,
    budget,
    by_name,
    cancelled_at_round,
    candidate,
    logged,
    run,
)

PATIENCE_S = 60.0


def test_a_subject_that_joins_on_resuming_shares_the_rounds_from_then_on():
    stopped, _ = cancelled_at_round(3, candidates=[candidate("a")])
    finished = run([candidate("a"), candidate("late")], resume=stopped)
    rounds = {name: [s.round for s in r.samples] for name, r in by_name(finished).items()}
    assert min(rounds["late"]) == 4
    assert len(rounds["a"]) == 3 * len(set(rounds["a"]))
    assert finished.stop_rule is StopRule.PRECISE


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
