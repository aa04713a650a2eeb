"""The conversation as ``common.py`` holds it, with a stand-in for the framework."""

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conversation import WORKERS, Conversation

from advisor.probes.launch import wire
from advisor.probes.model import Quantity, Variant
from advisor.workloads.published import WORKLOADS

CARTPOLE = WORKLOADS["dqn-cartpole"]
Start = Callable[..., Conversation]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts the stand-in beside the real modules, under a path with a space."""
    folder = tmp_path / "with a space"
    folder.mkdir()
    for name in ("common.py", "seeds.py", "architectures.py", "games.py"):
        shutil.copy(WORKERS / name, folder)
    shutil.copy(Path(__file__).with_name("standin_worker.py"), folder)

    def start(mode: str = "well", **options: int) -> Conversation:
        return Conversation(sys.executable, folder / "standin_worker.py", "--backend", mode, **options)

    return start


def test_a_whole_conversation(start: Start) -> None:
    with start(threads=2) as talk:
        hello = talk.receive()
        assert (hello.protocol, hello.pid, hello.worker) == (1, talk.process.pid, "standin_worker")
        ready = talk.receive()
        assert ready.versions == {"standin": "2"}
        assert ready.device_name == "stand-in"
        prepared = talk.prepare(CARTPOLE)
        assert prepared.parameters == 1
        assert prepared.outputs == [[1.0] * 8] * 8
        assert prepared.losses == [2.0, 3.0]
        assert prepared.first_s.keys() == set(Quantity)
        train = talk.sample(Quantity.TRAIN, 3)
        assert (train.iterations, train.items, train.durations_s) == (3, 3 * 128, [])
        infer = talk.sample(Quantity.INFER, 2)
        assert infer.items == 2 * 128
        latency = talk.sample(Quantity.LATENCY, 5)
        assert latency.items == len(latency.durations_s) == 5
        assert sum(latency.durations_s) <= latency.elapsed_s
        assert talk.sample(Quantity.LOOP, 7).items == 7
        memory = talk.ask(wire.ReadMemory())
        assert memory.peak_rss_bytes > 10 * 2**20
        assert memory.device_peak_bytes is None
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


def test_a_variant_that_is_no_other_is_unsupported(start: Start) -> None:
    with start() as talk:
        talk.receive(), talk.receive()
        assert talk.prepare(CARTPOLE, Variant.COMPILED) == wire.Failed("unsupported", "same-as-default")


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
    command = wire.Prepare(CARTPOLE, Variant.DEFAULT, 0, "float32", False, (Quantity.INFER,))
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
    code = f"import sys, advisor; sys.path.insert(0, {str(WORKERS)!r}); import common; common.run(object)"
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
