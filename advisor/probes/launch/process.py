"""One worker process and the conversation with it. Every way it can end is a typed outcome.

A thread blocks on the worker's replies and another on its stderr; whoever asks blocks on a queue. Nothing
polls: while a sample is taken this program sleeps.
"""

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec
from msgspec import Struct

from advisor.probes.launch import wire
from advisor.probes.launch.tree import ProcessTree, oom_kills
from advisor.probes.model import Outcome

STDERR_TAIL_BYTES = 64 * 1024

_UNASKED_LINES = 8  # nobody has to read more from a worker that talks without being asked
_FAREWELL_S = 10.0  # for a process to end after its wire has closed, and for pipes to empty

# What a framework needs to find its files, its temporary folder, its compiler and its devices. Everything
# else stays out: PYTHON* and the variables of Qt and of a frozen program break a foreign interpreter.
_ALLOWED = {
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TMP", "TEMP", "LANG", "LANGUAGE", "TZ", "XDG_CACHE_HOME"),
    *("USERPROFILE", "USERNAME", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
    *("PROGRAMFILES", "PROGRAMFILES(X86)", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"),
    *("NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "CC", "CXX", "SDKROOT", "CUDA_HOME", "CUDA_PATH"),
    *("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "NVIDIA_VISIBLE_DEVICES", "ROCM_PATH"),
    *("HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HSA_OVERRIDE_GFX_VERSION", "ZE_AFFINITY_MASK"),
    *("ZE_FLAT_DEVICE_HIERARCHY", "ONEAPI_DEVICE_SELECTOR"),
    # Set by people on whose processor an older OpenBLAS chooses a kernel that computes wrongly.
    *("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"),
}

T = TypeVar("T", bound=Struct)


class Timeouts(Struct, frozen=True):
    """How long each part of a conversation may take, in seconds. Generous: only a hang should meet them."""

    hello_s: float = 60.0
    ready_s: float = 300.0
    prepare_s: float = 900.0
    sample_s: float = 120.0
    memory_s: float = 60.0
    quit_s: float = 20.0


class WorkerError(Exception):
    """A conversation that ended other than with ``bye``."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome = outcome
        self.reason = reason


def worker_environment(
    parent: Mapping[str, str], variables: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return a worker's whole environment: what is allowed out of the parent's, and its levers' variables.

    ``LD_LIBRARY_PATH`` is passed on only as it was before a frozen program's loader changed it. CUDA
    counts along the PCI bus, as the driver's own tools do, unless the user chose cards or an order.
    """
    allowed = {
        name: value
        for name, value in parent.items()
        if name.upper() in _ALLOWED or name.upper().startswith("LC_")
    }
    if "LD_LIBRARY_PATH_ORIG" in parent:
        allowed["LD_LIBRARY_PATH"] = parent["LD_LIBRARY_PATH_ORIG"]
    if not {"CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"} & allowed.keys():
        allowed["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    return {**allowed, "PYTHONUTF8": "1", "PYTHONFAULTHANDLER": "1", **(variables or {})}


class Worker:
    """A running worker script.

    Parameters
    ----------
    interpreter, script : str
        Both are used as they are; a virtual environment's interpreter is a link that must stay one.
    threads : int
        How many threads the framework may compute with.
    device, backend, cpus
        See ``workers/README.md``.
    variables : Mapping, optional
        Environment variables of the levers that act on the process.
    file : str, optional
        The user's own model or script, for the worker to open.
    group : Place, optional
        Its place in a group.
    root : Path
        Stands for ``/`` where the kernel's out-of-memory counters are read.

    Raises
    ------
    WorkerError
        The interpreter isn't there or won't start.
    """

    def __init__(
        self,
        interpreter: str,
        script: str,
        *,
        threads: int,
        device: str = "cpu",
        backend: str | None = None,
        cpus: tuple[int, ...] = (),
        variables: Mapping[str, str] | None = None,
        file: str | None = None,
        group: wire.Place | None = None,
        root: Path = Path("/"),
    ) -> None:
        command = [interpreter, script, "--threads", str(threads), "--device", device]
        if backend is not None:
            command += ["--backend", backend]
        if cpus:
            command += ["--cpus", ",".join(map(str, cpus))]
        if file is not None:
            command += ["--file", file]
        if group is not None:
            command += ["--group", msgspec.json.encode(group).decode()]
        self._root = root
        self._oom_kills_before = oom_kills(root)
        self._lock = threading.Lock()
        self._ended_by: WorkerError | None = None
        self._closed = False
        # Python processes that a framework starts import from where they are: from a folder that nobody else fills.
        self._folder = tempfile.mkdtemp(prefix="advisor-worker-")
        try:
            self.tree = ProcessTree(command, worker_environment(os.environ, variables), self._folder)
        except FileNotFoundError:
            self._remove_folder()
            raise WorkerError(Outcome.NOT_INSTALLED, f"no-interpreter: {interpreter}") from None
        except OSError as error:
            self._remove_folder()
            raise WorkerError(Outcome.CRASHED, f"cannot-start: {error.strerror}") from None
        process = self.tree.process
        assert process.stdin and process.stdout and process.stderr
        self._stdin: IO[bytes] = process.stdin
        self._stdout: IO[bytes] = process.stdout
        self._stderr: IO[bytes] = process.stderr
        self._tail = bytearray()
        self._replies: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=target, name=f"worker-{self.tree.pid}-{name}", daemon=True)
            for name, target in (
                ("replies", self._read_replies),
                ("stderr", self._read_stderr),
                ("end", self._await_end),
            )
        ]
        for thread in self._threads:
            thread.start()

    def _read_replies(self) -> None:
        while line := self._stdout.readline(wire.LINE_LIMIT_BYTES + 1):
            self._replies.put(line)
            if self._replies.qsize() > _UNASKED_LINES:
                break
        self._replies.put(None)

    def _read_stderr(self) -> None:
        while chunk := os.read(self._stderr.fileno(), STDERR_TAIL_BYTES):
            with self._lock:
                self._tail += chunk
                del self._tail[:-STDERR_TAIL_BYTES]

    def _await_end(self) -> None:
        """End what outlives the worker: it may hold the pipes open, and whoever reads them would wait for it."""
        self.tree.process.wait()
        self.tree.kill()

    @property
    def stderr_tail(self) -> str:
        """The last of what the worker wrote to stderr."""
        with self._lock:
            return bytes(self._tail).decode("utf-8", "replace")

    def send(self, command: wire.Command) -> None:
        """Send a command. A worker that is gone is noticed by the next ``receive``."""
        with contextlib.suppress(OSError, ValueError):
            self._stdin.write(wire.encode(command))
            self._stdin.flush()

    def receive(self, expected: type[T], timeout_s: float) -> T:
        """Wait for a reply of the expected kind.

        Raises
        ------
        WorkerError
            It failed, died, hung, was killed, or sent something else; the tree is gone then.
        """
        if self._ended_by is not None:
            self.close()
            raise self._ended_by
        try:
            line = self._replies.get(timeout=max(timeout_s, 0.0))
        except queue.Empty:
            raise self._end(
                Outcome.TIMED_OUT, f"no-{_name(expected)}-within-seconds: {timeout_s:.0f}"
            ) from None
        if self._ended_by is not None:
            self.close()
            raise self._ended_by
        if line is None or (not line.endswith(b"\n") and len(line) <= wire.LINE_LIMIT_BYTES):
            raise self._autopsy()
        try:
            reply = wire.decode(line)
        except wire.ProtocolError as error:
            raise self._end(Outcome.PROTOCOL_ERROR, str(error)) from None
        if isinstance(reply, wire.Failed):
            raise self._end(Outcome(reply.outcome), reply.reason)
        if not isinstance(reply, expected):
            raise self._end(Outcome.PROTOCOL_ERROR, f"{_name(type(reply))}-instead-of-{_name(expected)}")
        return reply

    def request(self, command: wire.Command, expected: type[T], timeout_s: float) -> T:
        """Send a command and wait for its reply; see ``receive``."""
        self.send(command)
        return self.receive(expected, timeout_s)

    def sample(self, command: wire.TakeSample, timeout_s: float, items: int | None = None) -> wire.Sampled:
        """Take a sample, and see that it is the one asked for, of so many items."""
        sampled = self.request(command, wire.Sampled, timeout_s)
        if (sampled.quantity, sampled.iterations) != (command.quantity, command.iterations) or (
            items is not None and sampled.items != items
        ):
            raise self._end(Outcome.PROTOCOL_ERROR, "another-sample-than-asked-for")
        return sampled

    def quit(self, timeout_s: float) -> None:
        """End the conversation in good order, and the process in any case.

        Raises
        ------
        WorkerError
            It said no goodbye. What it said before holds all the same.
        """
        try:
            self.request(wire.Quit(), wire.Bye, timeout_s)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.tree.process.wait(timeout_s)
        finally:
            self.close()

    def kill(self, outcome: Outcome = Outcome.CANCELLED, reason: str = "cancelled") -> None:
        """End the worker from any thread; whoever waits for a reply hears the outcome at once."""
        with self._lock:
            if self._closed:
                return
            if self._ended_by is None:
                self._ended_by = WorkerError(outcome, reason)
        self.tree.kill()
        self._replies.put(None)

    def close(self) -> None:
        """Kill what is left of the tree and release everything. Any number of times."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self.tree.close()
        for thread in self._threads:
            thread.join(timeout=_FAREWELL_S)
        for stream, thread in zip((self._stdout, self._stderr), self._threads, strict=False):
            if not thread.is_alive():  # closing a stream under a blocked reader would block as well
                stream.close()
        with contextlib.suppress(OSError):  # a command may still be in its buffer
            self._stdin.close()
        self._remove_folder()

    def _remove_folder(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, outcome: Outcome, reason: str) -> WorkerError:
        with self._lock:
            if self._ended_by is None:
                self._ended_by = WorkerError(outcome, reason)
        self.close()
        return self._ended_by

    def _autopsy(self) -> WorkerError:
        """The worker closed its wire without a terminal message: why?"""
        try:
            status = self.tree.process.wait(timeout=_FAREWELL_S)
        except subprocess.TimeoutExpired:
            return self._end(Outcome.PROTOCOL_ERROR, "wire-closed")
        # The last words are on their way through the pipe still.
        self.tree.kill()
        self._threads[1].join(timeout=_FAREWELL_S)
        if status == 0:
            return self._end(Outcome.PROTOCOL_ERROR, "left-without-a-terminal-message")
        if status > 0:
            code = f"{status:#x}" if status > 255 else str(status)
            return self._end(Outcome.CRASHED, f"exit-status: {code}")
        name = _signal_name(-status)
        struck = oom_kills(self._root)
        if name == "SIGKILL" and struck is not None and struck > (self._oom_kills_before or 0):
            return self._end(Outcome.OUT_OF_MEMORY, "oom-killer")
        if name == "SIGABRT" and "bad_alloc" in self.stderr_tail:
            return self._end(Outcome.OUT_OF_MEMORY, "bad_alloc")
        return self._end(Outcome.CRASHED, name)


def _name(message: type[Any]) -> str:
    return str(message.__struct_config__.tag)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal-{number}"
