"""The conversation as ``serving.py`` and ``session.py`` hold it, with a stand-in for the framework."""

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conversation import WORKERS, Conversation

from advisor.frameworks import catalogue
from advisor.frameworks.model import Acts, Framework, Lever
from advisor.probes import configuration
from advisor.probes.configuration import ConfigurationOrigin
from advisor.probes.launch import wire
from advisor.probes.model import IN_ROUNDS, Capability, Quantity
from advisor.workloads.published import WORKLOADS, network

CARTPOLE = WORKLOADS["dqn-cartpole"]
Start = Callable[..., Conversation]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts the stand-in beside the real modules, under a path with a space."""
    folder = tmp_path / "with a space"
    folder.mkdir()
    for name in ("common.py", "session.py", "serving.py", "seeds.py", "networks.py", "games.py"):
        shutil.copy(WORKERS / name, folder)
    shutil.copy(Path(__file__).with_name("standin_worker.py"), folder)

    def start(mode: str = "well", *arguments: str, **options: Any) -> Conversation:
        script = folder / "standin_worker.py"
        return Conversation(sys.executable, script, "--backend", mode, *arguments, **options)

    return start


def test_a_whole_conversation(start: Start) -> None:
    with start(threads=2) as talk:
        hello = talk.receive()
        assert (hello.protocol, hello.pid, hello.worker) == (
            wire.PROTOCOL,
            talk.process.pid,
            "standin_worker",
        )
        ready = talk.receive()
        assert ready.versions == {"standin": "2"}
        assert ready.device_name == "stand-in"
        assert ready.capabilities == (Capability.TRAIN, Capability.INFER)
        assert not ready.adjustable_threads
        prepared = talk.prepare(CARTPOLE)
        assert prepared.parameters == 1
        assert prepared.outputs == [[1.0] * 8] * 8
        assert prepared.losses == [2.0, 3.0]
        assert prepared.first_s.keys() == set(IN_ROUNDS)
        train = talk.sample(Quantity.TRAIN, 3)
        assert (train.iterations, train.items, train.durations_s) == (3, 3 * 128, [])
        infer = talk.sample(Quantity.INFER, 2)
        assert infer.items == 2 * 128
        latency = talk.sample(Quantity.LATENCY, 5)
        assert latency.items == len(latency.durations_s) == 5
        assert sum(latency.durations_s) <= latency.elapsed_s
        assert talk.sample(Quantity.LOOP, 7).items == 7
        assert talk.ask(wire.ReadMemory()) == wire.MemoryRead(device_peak_bytes=None)
        assert talk.ask(wire.Multiply(100, "float32", 3)).flops == [1e6] * 3  # the first call is left out
        assert talk.ask(wire.Quit()) == wire.Bye()
        assert talk.finish() == ([], 0)


def test_only_what_is_asked_for_is_prepared(start: Start) -> None:
    with start() as talk:
        talk.receive(), talk.receive()
        prepared = talk.prepare(CARTPOLE, quantities=[Quantity.TRAIN])
        assert prepared.first_s.keys() == {Quantity.TRAIN}
        assert prepared.outputs == []


def test_chatter_on_stdout_reaches_stderr_only(start: Start) -> None:
    with start("chatter") as talk:
        assert isinstance(talk.receive(), wire.Hello)
        assert isinstance(talk.receive(), wire.Ready)
        assert isinstance(talk.prepare(CARTPOLE), wire.Prepared)
        assert isinstance(talk.ask(wire.Quit()), wire.Bye)
        assert talk.finish() == ([], 0)
    assert talk.errors.count(b"from a child") == 3


@pytest.mark.parametrize(
    ("mode", "outcome", "reason"),
    [
        ("memory", "out-of-memory", "can't allocate memory"),
        ("crash", "crashed", "ValueError: first line"),
        ("tool", "unsupported", "no-hammer"),
    ],
)
def test_a_failure_is_the_one_terminal_message(start: Start, mode: str, outcome: str, reason: str) -> None:
    with start(mode) as talk:
        talk.receive(), talk.receive()
        failed = talk.prepare(CARTPOLE)
        assert failed.outcome == outcome
        assert reason in failed.reason
        assert "second line" not in failed.reason
        assert talk.finish() == ([], 1)
    assert b"Traceback" in talk.errors  # the evidence


def test_a_framework_that_cannot_be_imported_says_so(start: Start) -> None:
    with start("unimportable") as talk:
        talk.receive()
        assert talk.receive() == wire.Failed(
            "import-failed", "ImportError: libmissing.so: cannot open shared object file"
        )
        assert talk.finish() == ([], 1)


def test_a_lever_is_one_row_and_its_line_in_the_worker(start: Start) -> None:
    """A row added to a catalogue entry is pulled by a configuration and echoed by the worker."""
    rows = (
        Lever("gear", ("high",), Acts.BUILD, date="2026-11-24", source="of this test"),
        Lever("process", ("set",), Acts.PROCESS, "2026-11-24", "of this test", variable="STANDIN_PROCESS"),
        Lever("stuck", ("on",), Acts.BUILD, date="2026-11-24", source="of this test"),
    )
    copy: Framework = msgspec.structs.replace(catalogue.find(catalogue.load(), "pytorch"), levers=rows)
    pulled = configuration.chosen(copy, {"gear": "high", "process": "set", "stuck": "on"})
    assert pulled.origin is ConfigurationOrigin.USER
    with start(**configuration.environment(copy.levers, pulled)) as talk:
        talk.receive(), talk.receive()
        prepared = talk.prepare(CARTPOLE, dict(pulled.levers))
        assert prepared.applied == {"gear": "high", "process": "set"}  # what did nothing isn't claimed


def test_no_lever_pulled_is_none_applied(start: Start) -> None:
    with start() as talk:
        talk.receive(), talk.receive()
        assert talk.prepare(CARTPOLE).applied == {}


def test_a_lever_that_a_worker_does_not_know_is_unsupported(start: Start) -> None:
    with start() as talk:
        talk.receive(), talk.receive()
        assert talk.prepare(CARTPOLE, {"nitro": "on"}) == wire.Failed("unsupported", "lever-nitro")


def test_a_workload_without_a_network_is_unsupported(start: Start) -> None:
    with start() as talk:
        talk.receive(), talk.receive()
        command = wire.Prepare(CARTPOLE, None, {}, 0, "float32", False, (Quantity.INFER,))
        assert talk.ask(command) == wire.Failed("unsupported", "no-network")


def test_a_worker_that_only_infers_needs_no_training_step(start: Start) -> None:
    with start("inferring") as talk:
        talk.receive()
        assert talk.receive().capabilities == (Capability.INFER,)
        prepared = talk.prepare(CARTPOLE, quantities=[Quantity.INFER, Quantity.LATENCY])
        assert prepared.outputs == [[1.0] * 8] * 8
        assert prepared.losses == []
        assert prepared.first_s.keys() == {Quantity.INFER, Quantity.LATENCY}
        assert talk.sample(Quantity.INFER, 2).items == 2 * 128
        assert talk.sample(Quantity.LATENCY, 2).items == 2


def test_threads_that_are_fixed_are_unsupported(start: Start) -> None:
    with start() as talk:
        talk.receive(), talk.receive()
        assert talk.ask(wire.SetThreads(1)) == wire.Failed("unsupported", "fixed-threads")


def test_a_clock_that_stood_still_makes_no_infinite_figure(start: Start) -> None:
    with start("still") as talk:
        talk.receive(), talk.receive()
        assert all(flops > 0 for flops in talk.ask(wire.Multiply(10, "float32", 2)).flops)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system knows no affinity")
def test_one_thread_keeps_all_of_the_worker_to_one_processor(start: Start) -> None:
    """The thread that reads commands stands for those of a framework: it was there before."""
    cpus = sorted(os.sched_getaffinity(0))[:2]
    with start("adjustable", "--cpus", ",".join(map(str, cpus)), threads=2) as talk:
        talk.receive()
        assert talk.receive().adjustable_threads

        def affinities() -> list[set[int]]:
            tasks = Path(f"/proc/{talk.process.pid}/task").iterdir()
            return [os.sched_getaffinity(int(task.name)) for task in tasks]

        assert talk.ask(wire.SetThreads(1)) == wire.ThreadsSet(1)
        assert talk.ask(wire.Multiply(10, "float32", 1)).flops == [1000.0]
        assert affinities() == [{cpus[0]}] * 2
        assert talk.ask(wire.SetThreads(2)) == wire.ThreadsSet(2)
        assert talk.ask(wire.Multiply(10, "float32", 1)).flops == [2000.0]
        assert affinities() == [set(cpus)] * 2


def test_a_dtype_that_no_reference_covers_is_unsupported(start: Start) -> None:
    with start() as talk:
        talk.receive(), talk.receive()
        assert talk.prepare(CARTPOLE, dtype="bfloat16") == wire.Failed("unsupported", "dtype-bfloat16")


def test_what_is_not_finite_travels_as_null(start: Start) -> None:
    with start("nan") as talk:
        talk.receive(), talk.receive()
        assert talk.prepare(CARTPOLE).outputs == [[None, 1.0]]


def test_a_command_that_is_none_ends_it(start: Start) -> None:
    with start() as talk:
        talk.receive(), talk.receive()
        talk.send(b"not json\n")
        assert talk.receive().outcome == "crashed"
        assert talk.finish() == ([], 1)


def test_commands_sent_ahead_are_all_answered_after_the_wire_closed(start: Start) -> None:
    with start() as talk:
        for _ in range(3):
            talk.send(wire.encode(wire.ReadMemory()))
        replies, status = talk.finish()
    assert [type(reply).__name__ for reply in replies] == ["Hello", "Ready"] + ["MemoryRead"] * 3
    assert status == 0


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits on a Linux process descriptor")
def test_a_worker_does_not_outlive_its_parent_even_in_mid_call(start: Start) -> None:
    """The parent is killed while the worker is busy with a call that would take an hour."""
    with start("slow") as talk:
        arguments = talk.process.args
    code = (
        "import json, subprocess, sys\n"
        f"worker = subprocess.Popen({arguments!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "print(json.loads(worker.stdout.readline())['pid'], flush=True)\n"
        "worker.stdout.readline()\n"
        "worker.stdin.write(sys.stdin.buffer.readline())\n"
        "worker.stdin.flush()\n"
        "worker.wait()\n"
    )
    command = wire.Prepare(CARTPOLE, network(CARTPOLE.id), {}, 0, "float32", False, (Quantity.INFER,))
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stderr is not None
        pid = int(parent.stdout.readline())
        parent.stdin.write(wire.encode(command).decode())
        parent.stdin.flush()
        assert parent.stderr.readline() == "asleep\n"
        watch = os.pidfd_open(pid)
        parent.send_signal(signal.SIGKILL)
    ended, _, _ = select.select([watch], [], [], 60)
    if not ended:
        signal.pidfd_send_signal(watch, signal.SIGKILL)
    os.close(watch)
    assert ended


def test_a_worker_refuses_to_run_inside_the_application(start: Start) -> None:
    code = f"import sys, advisor; sys.path.insert(0, {str(WORKERS)!r}); import serving; serving.run(object)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 1
    assert "must not import the application" in run.stderr
    assert run.stdout == ""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system knows no affinity")
def test_a_worker_stays_on_its_processors(start: Start) -> None:
    cpu = min(os.sched_getaffinity(0))
    with start() as plain:
        arguments = list(plain.process.args)  # type: ignore[call-overload]
    with Conversation(arguments[0], Path(arguments[1]), "--cpus", str(cpu)) as talk:
        talk.receive(), talk.receive()
        assert os.sched_getaffinity(talk.process.pid) == {cpu}
