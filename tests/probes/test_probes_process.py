"""One worker process: how it is started, how it can end, and that nothing of it stays behind."""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psutil
import pytest

from advisor.probes.launch import process, tree, wire
from advisor.probes.launch.process import STDERR_TAIL_BYTES, Worker, WorkerError, worker_environment
from advisor.probes.model import Outcome, Quantity
from advisor.resources import worker_script
from tests.probes.doubles import WORKLOAD, Fifo, assert_gone, candidate

PATIENCE_S = 60.0
MIB = 2**20


@pytest.fixture
def start():
    """Start fake workers; what is left of them ends with the test."""
    workers = []

    def start(root: Path = Path("/"), **script) -> Worker:
        made = candidate("double", **script)
        worker = Worker(made.interpreter, made.worker, threads=1, backend=made.backend, root=root)
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.close()


@pytest.fixture
def fifo(tmp_path):
    made = Fifo(tmp_path / "log")
    yield made
    made.close()


def greet(worker: Worker) -> None:
    worker.receive(wire.Hello, PATIENCE_S)
    worker.receive(wire.Ready, PATIENCE_S)


def prepare(worker: Worker) -> wire.Prepared:
    command = wire.Prepare(WORKLOAD, None, {}, 0, "float32", False, (Quantity.LATENCY,))
    return worker.request(command, wire.Prepared, PATIENCE_S)


def test_a_worker_gets_what_a_framework_needs_and_nothing_of_a_frozen_parent():
    environment = worker_environment(
        {
            "PATH": "/bin",
            "HOME": "/home/u",
            "LC_ALL": "C",
            "TMPDIR": "/t",
            "CUDA_VISIBLE_DEVICES": "1",
            "Path": "windows spells it so",
            "PYTHONPATH": "/evil",
            "PYTHONHOME": "/evil",
            "QT_PLUGIN_PATH": "/evil",
            "_PYI_ARCHIVE_FILE": "/evil",
            "_MEIPASS2": "/evil",
            "LD_LIBRARY_PATH": "/frozen",
            "LD_PRELOAD": "/evil.so",
            "HTTPS_PROXY": "secret",
        }
    )
    assert environment["PATH"] == "/bin"
    assert environment["Path"] == "windows spells it so"
    assert {"HOME", "LC_ALL", "TMPDIR", "CUDA_VISIBLE_DEVICES"} <= environment.keys()
    assert not any("evil" in value or value in ("/frozen", "secret") for value in environment.values())


def test_the_library_path_is_the_one_from_before_the_freeze():
    environment = worker_environment({"LD_LIBRARY_PATH": "/frozen", "LD_LIBRARY_PATH_ORIG": "/user"})
    assert environment["LD_LIBRARY_PATH"] == "/user"


def test_cuda_counts_along_the_bus_unless_the_user_chose():
    assert worker_environment({})["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert "CUDA_DEVICE_ORDER" not in worker_environment({"CUDA_VISIBLE_DEVICES": "1"})
    chosen = worker_environment({"CUDA_DEVICE_ORDER": "FASTEST_FIRST"})
    assert chosen["CUDA_DEVICE_ORDER"] == "FASTEST_FIRST"


def test_the_worker_really_runs_in_that_environment(start, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("QT_PLUGIN_PATH", "/somewhere")
    worker = start()
    worker.receive(wire.Hello, PATIENCE_S)
    environment = psutil.Process(worker.tree.pid).environ()
    assert environment.keys().isdisjoint({"PYTHONPATH", "QT_PLUGIN_PATH"})


def test_a_worker_leads_a_session_of_its_own(start):
    worker = start()
    worker.receive(wire.Hello, PATIENCE_S)
    assert os.getsid(worker.tree.pid) == worker.tree.pid != os.getsid(0)


def test_a_conversation_ends_in_good_order(start):
    worker = start()
    greet(worker)
    prepare(worker)
    sampled = worker.sample(wire.TakeSample(Quantity.LATENCY, 3), PATIENCE_S)
    assert sampled.iterations == len(sampled.durations_s) == 3
    worker.quit(PATIENCE_S)
    assert worker.tree.process.returncode == 0


def test_a_flood_of_stderr_blocks_nobody_and_only_its_end_is_kept(start):
    worker = start(flood_bytes=4 * 2**20)
    greet(worker)
    prepare(worker)
    worker.quit(PATIENCE_S)
    assert worker.stderr_tail.endswith("x\n")
    assert len(worker.stderr_tail) <= STDERR_TAIL_BYTES


def test_a_worker_that_talks_unasked_fills_no_memory(start, fifo):
    worker = start(fault="babble", at="import", log=fifo.path)
    fifo.wait_for("fault")
    worker.receive(wire.Hello, PATIENCE_S)
    worker._threads[0].join(PATIENCE_S)
    assert not worker._threads[0].is_alive()
    assert worker._replies.qsize() < 100


def test_what_is_printed_to_stdout_stays_off_the_wire(start):
    worker = start(chatter=True)
    greet(worker)
    prepare(worker)
    worker.quit(PATIENCE_S)
    assert "chatter on stdout" in worker.stderr_tail


@pytest.mark.parametrize("stubborn", [False, True])
def test_killing_from_another_thread_wakes_who_waits(start, fifo, stubborn):
    worker = start(fault="hang", at="prepare", stubborn=stubborn, log=fifo.path)
    greet(worker)
    caught = []

    def wait() -> None:
        with pytest.raises(WorkerError) as caught_here:
            prepare(worker)
        caught.append(caught_here.value.outcome)

    waiting = threading.Thread(target=wait)
    waiting.start()
    pid = fifo.wait_for("fault")
    worker.kill()
    waiting.join(PATIENCE_S)
    assert caught == [Outcome.CANCELLED]
    assert_gone([pid])


def test_who_waits_for_a_process_that_cannot_be_killed_is_woken_all_the_same(start, fifo, monkeypatch):
    monkeypatch.setattr(process, "_FAREWELL_S", 0.1)
    monkeypatch.setattr(tree, "_REAP_S", 0.1)
    worker = start(fault="hang", at="prepare", log=fifo.path)
    greet(worker)
    kill = worker.tree.kill
    monkeypatch.setattr(worker.tree, "kill", lambda: None)
    caught = []

    def wait() -> None:
        with pytest.raises(WorkerError) as caught_here:
            prepare(worker)
        caught.append(caught_here.value.outcome)

    waiting = threading.Thread(target=wait)
    waiting.start()
    fifo.wait_for("fault")
    worker.kill()
    waiting.join(PATIENCE_S)
    assert caught == [Outcome.CANCELLED]
    kill()
    worker.tree.process.wait(PATIENCE_S)
    for thread, stream in zip(worker._threads[:2], (worker._stdout, worker._stderr), strict=True):
        thread.join(PATIENCE_S)
        stream.close()


def test_killing_takes_the_whole_tree(start, fifo):
    worker = start(child=True, log=fifo.path)
    child = fifo.wait_for("child")
    greet(worker)
    worker.close()
    assert_gone([child, worker.tree.pid])


def test_a_childs_memory_is_the_trees(start, fifo):
    worker = start(child=True, log=fifo.path)
    child = fifo.wait_for("child")
    greet(worker)
    source = worker.tree.memory_source()
    alone_bytes = worker.tree.memory_bytes(source)
    worker.tree.refresh()
    both_bytes = worker.tree.memory_bytes(source)
    assert both_bytes - alone_bytes >= psutil.Process(child).memory_full_info().uss / 4 > 0


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/PID/smaps_rollup is Linux'")
def test_who_else_maps_the_same_library_changes_nothing(tmp_path):
    # Two workers of one framework share its libraries' pages, so a unique set falls when the second starts.
    library = tmp_path / "library"
    library.write_bytes(bytes(64 * MIB))
    program = (
        "import mmap, sys; file = open(sys.argv[1], 'rb'); own = bytearray(b'x' * (32 << 20));"
        "pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ);"
        "sum(pages[::4096]); print('mapped', flush=True); sys.stdin.read()"
    )

    def start():
        started = tree.ProcessTree(
            [sys.executable, "-c", program, str(library)], dict(os.environ), str(tmp_path)
        )
        assert started.process.stdout.readline() == b"mapped\n"
        return started

    trees = [start()]
    try:
        alone = {source: trees[0].memory_bytes(source) for source in ("anonymous", "uss")}
        trees.append(start())
        beside = {source: trees[0].memory_bytes(source) for source in ("anonymous", "uss")}
        assert trees[0].memory_source() == "anonymous"
    finally:
        for each in trees:
            each.close()
            for stream in (each.process.stdin, each.process.stdout, each.process.stderr):
                stream.close()
    assert 32 * MIB <= alone["anonymous"] < 64 * MIB
    assert beside["anonymous"] == pytest.approx(alone["anonymous"], abs=2 * MIB)
    assert beside["uss"] < alone["uss"] - 60 * MIB


def test_a_dead_workers_child_cannot_keep_its_reader_waiting(start, fifo):
    worker = start(child=True, fault="SIGSEGV", at="prepare", log=fifo.path)
    child = fifo.wait_for("child")
    greet(worker)
    with pytest.raises(WorkerError) as caught:
        prepare(worker)
    assert caught.value.outcome is Outcome.CRASHED
    assert_gone([child, worker.tree.pid])


def test_closing_twice_and_killing_what_is_gone_are_harmless(start):
    worker = start()
    worker.close()
    worker.close()
    worker.kill()
    with pytest.raises(WorkerError):
        worker.receive(wire.Hello, PATIENCE_S)


def test_an_interpreter_that_is_not_there_is_not_installed(tmp_path):
    with pytest.raises(WorkerError) as caught:
        Worker(str(tmp_path / "python"), "x.py", threads=1)
    assert caught.value.outcome is Outcome.NOT_INSTALLED


def test_an_interpreter_that_does_not_start_has_crashed(tmp_path):
    (tmp_path / "python").write_bytes(b"no program")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(WorkerError) as caught:
        Worker(str(tmp_path / "python"), "x.py", threads=1)
    assert caught.value.outcome is Outcome.CRASHED


OOM_COUNTERS = {
    "machine": "proc/vmstat",
    "cgroup": "sys/fs/cgroup/memory.events",
    "nested cgroup": "sys/fs/cgroup/user.slice/memory.events",
}


@pytest.mark.parametrize("counter", OOM_COUNTERS.values(), ids=OOM_COUNTERS)
@pytest.mark.parametrize("struck", [False, True])
def test_a_kill_is_out_of_memory_only_where_the_kernel_says_so(start, tmp_path, counter, struck):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/user.slice\n")
    (tmp_path / counter).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / counter).write_text("low 0\noom_kill 4\n")
    worker = start(root=tmp_path, fault="SIGKILL", at="prepare")
    greet(worker)
    if struck:
        (tmp_path / counter).write_text("low 0\noom_kill 5\n")
    with pytest.raises(WorkerError) as caught:
        prepare(worker)
    assert caught.value.outcome is (Outcome.OUT_OF_MEMORY if struck else Outcome.CRASHED)


def test_a_closed_wire_with_a_living_process_behind_it_breaks_the_protocol(start, monkeypatch):
    monkeypatch.setattr(process, "_FAREWELL_S", 0.1)
    worker = start(fault="close-wire", at="prepare")
    greet(worker)
    with pytest.raises(WorkerError) as caught:
        prepare(worker)
    assert caught.value.outcome is Outcome.PROTOCOL_ERROR
    assert_gone([worker.tree.pid])


def test_no_worker_outlives_a_parent_that_is_killed(fifo, tmp_path):
    made = candidate("double", fault="hang", at="prepare", child=False, log=fifo.path)
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys\n"
        "from advisor.probes.launch import wire\n"
        "from advisor.probes.launch.process import Worker\n"
        "from tests.probes.test_probes_process import greet, prepare\n"
        "idle = Worker(*sys.argv[1:3], threads=1, backend=sys.argv[3])\n"
        "greet(idle)\n"
        "hanging = Worker(*sys.argv[1:3], threads=1, backend=sys.argv[3])\n"
        "greet(hanging)\n"
        "prepare(hanging)\n"
    )
    command = [sys.executable, str(script), made.interpreter, made.worker, made.backend]
    root = worker_script("fake_worker").parents[3]
    parent = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(root)})
    try:
        pids = [fifo.wait_for("start"), fifo.wait_for("start"), fifo.wait_for("fault")]
    finally:
        parent.kill()
        parent.wait()
    assert_gone(pids)


def test_a_worker_works_in_a_folder_of_its_own_which_goes_with_it(start, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    worker = start()
    folders = list(tmp_path.glob("advisor-worker-*"))
    assert [Path(psutil.Process(worker.tree.pid).cwd())] == folders
    assert not list(folders[0].iterdir())
    worker.close()
    assert not folders[0].exists()
