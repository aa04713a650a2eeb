"""Several processes as one worker: what a group measures, and that one that fails leaves none behind."""

import sys

import msgspec
import pytest

from advisor.probes import parallel
from advisor.probes.launch import wire
from advisor.probes.launch.group import WorkerGroup, addresses
from advisor.probes.launch.process import Worker, WorkerError
from advisor.probes.model import Outcome, Quantity
from advisor.probes.parallel import Exchange, Link
from advisor.probes.passes.parallel import shapes
from advisor.resources import worker_script
from tests.probes.doubles import BUDGET, CONDITIONS, WORKLOAD, assert_gone, by_name, candidate, logged, run

PARALLEL = msgspec.structs.replace(BUDGET, parallel_s=600.0, min_rounds=2, max_rounds=2, scaling_rounds=3)
FOUR = msgspec.structs.replace(CONDITIONS, threads=4)


def start(count=2, **script):
    """A group of fake workers that follow one script."""
    reached = addresses(count)
    backend = msgspec.json.encode({"groups": True, **script}).decode()
    return WorkerGroup(
        [
            Worker(
                sys.executable,
                str(worker_script("fake_worker")),
                threads=1,
                backend=backend,
                group=wire.Place(rank, reached),
            )
            for rank in range(count)
        ]
    )


def greet(group):
    group.receive(wire.Hello, 60.0)
    group.receive(wire.Ready, 60.0)
    shard = wire.Shard(0, group.size, True)
    command = wire.Prepare(WORKLOAD, None, {}, 0, "float32", False, (Quantity.TRAIN,), shard)
    group.request(command, wire.Prepared, 60.0)


def test_rank_0_answers_and_items_are_everybodys():
    group = start()
    greet(group)
    sampled = group.sample(wire.TakeSample(Quantity.TRAIN, 3), 60.0)
    assert sampled.items == 3 * WORKLOAD.batch
    assert group.in_step(60.0)
    group.quit(60.0)


def test_ranks_that_drifted_apart_are_found_out():
    group = start(in_step=False)
    greet(group)
    assert not group.in_step(60.0)
    group.close()


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("failed", Outcome.UNSUPPORTED), ("exit", Outcome.PROTOCOL_ERROR), ("hang", Outcome.TIMED_OUT)],
)
def test_rank_that_fails_dies_or_hangs_ends_all_with_a_reason(tmp_path, fault, outcome):
    log = tmp_path / "log"
    group = start(3, fault=fault, at="sample", on_rank=1, work="sleep", log=str(log), child=True)
    greet(group)
    with pytest.raises(WorkerError) as caught:
        group.sample(
            wire.TakeSample(Quantity.TRAIN, 3 if fault == "hang" else 10_000_000),
            5.0 if fault == "hang" else 60.0,
        )
    assert caught.value.outcome is outcome
    assert caught.value.reason.startswith("rank-1: ")
    assert_gone(logged(log, "start", "child"))


def test_group_is_killed_from_outside(tmp_path):
    log = tmp_path / "log"
    group = start(log=str(log))
    greet(group)
    group.kill()
    with pytest.raises(WorkerError) as caught:
        group.sample(wire.TakeSample(Quantity.TRAIN, 1), 60.0)
    assert caught.value.outcome is Outcome.CANCELLED
    group.close()
    assert_gone(logged(log, "start"))


def test_shapes_are_powers_of_two_and_all_cores():
    assert shapes(1) == []
    assert shapes(2) == [(1, 2), (2, 1)]
    assert shapes(6) == [(1, 2), (1, 4), (1, 6), (2, 1), (4, 1), (6, 1)]


def test_threads_and_processes_are_measured_and_their_efficiency_is_what_was_made_up():
    finished = run(
        [candidate("able", groups=True, group_cost=1.25, speedup=3.2), candidate("unable", speedup=4.0)],
        budget=PARALLEL,
        conditions=FOUR,
    )
    able, unable = (by_name(finished)[name] for name in ("able", "unable"))
    kinds = [(point.processes, point.threads, point.split) for point in able.parallel]
    assert kinds == [(1, 2, True), (1, 4, True), (2, 1, False), (2, 1, True), (4, 1, False), (4, 1, True)]
    by_kind = dict(zip(kinds, able.parallel, strict=True))
    assert parallel.speed_up(by_kind[1, 4, True]).median == pytest.approx(3.2)
    assert parallel.efficiency(by_kind[1, 4, True]).median == pytest.approx(0.8)
    assert parallel.speed_up(by_kind[4, 1, False]).median == pytest.approx(4 / 1.25)
    assert parallel.speed_up(by_kind[4, 1, True]).median == pytest.approx(4 / 1.25)
    assert by_kind[4, 1, False].equal_weights
    assert {point.processes for point in unable.parallel} == {1}
    assert "parallel-no-groups" in unable.notes


def test_processes_that_others_could_reach_are_started_only_where_that_was_asked_for():
    listening = candidate("listening", groups=True, groups_listen=True)
    unasked = by_name(run([listening], budget=PARALLEL))["listening"]
    assert {each.processes for each in unasked.parallel} == {1}
    assert "parallel-listens" in unasked.notes
    asked = by_name(run([listening], budget=msgspec.structs.replace(PARALLEL, open_groups=True)))["listening"]
    assert max(each.processes for each in asked.parallel) > 1


def test_group_that_fails_is_noted_and_the_rest_is_measured(tmp_path):
    log = tmp_path / "log"
    script = {"groups": True, "fault": "exit", "at": "weights", "on_rank": 1, "log": str(log)}
    finished = run([candidate("broken", **script)], budget=PARALLEL)
    result = by_name(finished)["broken"]
    assert result.outcome is Outcome.MEASURED
    assert [point.processes for point in result.parallel] == [1]
    assert any(note.startswith("parallel-protocol-error: rank-1") for note in result.notes)
    assert_gone(logged(log, "start"))


def test_quick_budget_leaves_it_out():
    assert not by_name(run([candidate("able", groups=True)]))["able"].parallel


EXCHANGE = Exchange(bytes=100_000_000, hop_s=1e-4, byte_s=1e-10)
TEN = Link(10e9, 30e-6)


def test_ring_moves_twice_the_bytes_however_many_machines():
    free = Exchange(bytes=100_000_000, hop_s=0.0, byte_s=0.0)
    instant = Link(10e9, 0.0)
    assert parallel.exchange_s(free, 1, instant) == 0.0
    assert parallel.exchange_s(free, 2, instant) == pytest.approx(0.08)
    assert parallel.exchange_s(free, 1000, instant) == pytest.approx(0.16, rel=0.01)


@pytest.mark.parametrize("machines", [2, 8, 32])
@pytest.mark.parametrize("link", parallel.LINKS)
def test_forecast_agrees_with_the_exchange_played_out(machines, link):
    expected = parallel.expect(0.25, EXCHANGE, machines, link)
    played = parallel.simulate([[0.25] * machines] * 3, EXCHANGE, link)
    assert expected.step_s == pytest.approx(played, rel=1e-6)
    assert 0 < expected.low <= expected.high <= 1


def test_software_of_an_exchange_is_read_back_from_what_it_takes():
    point = by_name(run([candidate("able", groups=True)], budget=PARALLEL))["able"].parallel[-1]
    hops, count = 2, 2
    size = 40_000_000
    least_s = hops * EXCHANGE.hop_s
    whole_s = least_s + hops * size / count * EXCHANGE.byte_s
    made_up = msgspec.structs.replace(
        point, reduce_bytes=size, reduce_s=(whole_s,) * 3, reduce_least_s=(least_s,) * 3
    )
    result = msgspec.structs.replace(by_name(run([candidate("any")]))["any"], parallel=(made_up,))
    found = parallel.exchange(result)
    assert (found.bytes, found.hop_s, found.byte_s) == (
        size,
        pytest.approx(EXCHANGE.hop_s),
        pytest.approx(EXCHANGE.byte_s),
    )
