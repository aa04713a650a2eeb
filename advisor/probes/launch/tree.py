"""A worker's process tree: started in a group of its own, measured, and killed as a whole."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

_REAP_S = 10.0  # for a killed process to go; one that is stuck in a driver may take for ever

_TOKEN_VARIABLE = "ADVISOR_WORKER"
"""Is inherited by whatever a worker starts, and tells whose it is."""

_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


class ProcessTree:
    """A process and its descendants.

    On POSIX the root leads a session, on Windows the tree is in a job object that ends with this program.

    Parameters
    ----------
    command : list of str
        Interpreter, script, arguments.
    environment : dict
        The whole environment of the tree.
    folder : str
        Its working directory.

    Raises
    ------
    OSError
        The program can't be started.
    """

    def __init__(self, command: list[str], environment: dict[str, str], folder: str) -> None:
        options: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            options = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
        self._token = secrets.token_hex(16)
        environment = {**environment, _TOKEN_VARIABLE: self._token}
        self.process: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=folder,
            **options,
        )
        self._job: Any = None
        if sys.platform == "win32":
            from advisor.probes.launch.windows_job import Job

            self._job = Job()
            self._job.add(self.process)
        self._members: tuple[psutil.Process, ...] = ()
        with contextlib.suppress(psutil.NoSuchProcess):
            self._members = (psutil.Process(self.process.pid),)

    @property
    def pid(self) -> int:
        """The root's process id."""
        return self.process.pid

    def refresh(self) -> None:
        """Look for descendants anew: a walk over every process, so not while anything is timed."""
        if self._members:
            root = self._members[0]
            with contextlib.suppress(*_GONE):
                self._members = (root, *root.children(recursive=True))

    def cpu_s(self) -> float:
        """Return the CPU time of the members known since the last ``refresh``."""
        total = 0.0
        for member in self._members:
            with contextlib.suppress(*_GONE):
                times = member.cpu_times()
                total += times.user + times.system
        return total

    def memory_source(self) -> str:
        """Return the best of "anonymous", "uss" and "rss" that is readable of every member."""
        return next((each for each in ("anonymous", "uss") if self.memory_bytes(each) is not None), "rss")

    def memory_bytes(self, source: str) -> int | None:
        """Return what the members hold of memory; None where it isn't readable.

        Parameters
        ----------
        source : str
            "anonymous": what no file stands behind, shared pages counted by their share (Linux). "uss": what no
            other process has mapped, which on Linux changes as others map the same libraries. "rss": all that
            is resident.
        """
        total = 0
        for member in self._members:
            try:
                if source == "anonymous":
                    total += _anonymous_bytes(member.pid)
                else:
                    total += member.memory_full_info().uss if source == "uss" else member.memory_info().rss
            except (psutil.NoSuchProcess, psutil.ZombieProcess, ProcessLookupError):
                continue
            except (psutil.AccessDenied, OSError, AttributeError):  # or the platform has no such field
                return None
        return total

    def kill(self) -> None:
        """End the whole tree at once. Any thread may call this, any number of times."""
        strays: list[psutil.Process] = []
        if self._members:
            with contextlib.suppress(*_GONE):
                strays = self._members[0].children(recursive=True)
        if self._job is not None:
            self._job.kill()
        elif sys.platform != "win32":
            # The group outlives its leader while any member lives, and its number isn't given out again.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        # A member may have left the group with a session of its own.
        for stray in (*strays, *self._members[1:], *self._runaways()):
            with contextlib.suppress(*_GONE):
                stray.kill()

    def _runaways(self) -> Iterator[psutil.Process]:
        """Yield what has left both the group and the tree, as a daemon does: its parent is nobody's child.

        Where the system ends the tree as a whole, or tells nobody's variables, there are none.
        """
        if sys.platform != "linux":
            return
        for process in psutil.process_iter():
            with contextlib.suppress(*_GONE, OSError):
                if process.environ().get(_TOKEN_VARIABLE) == self._token:
                    yield process

    def close(self) -> None:
        """Kill what is left, reap the root and release the job."""
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=_REAP_S)
        if self._job is not None:
            self._job.close()


def _anonymous_bytes(pid: int) -> int:
    """Return a process' memory that is its own or shared without a file (Linux 5.4).

    Raises
    ------
    OSError
        Not readable, or a kernel that doesn't tell.
    """
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        key, _, value = line.partition(":")
        fields[key] = int(value.split()[0]) * 1024
    if "Pss_Anon" not in fields:
        raise OSError("this kernel doesn't tell anonymous memory apart")
    return fields["Pss_Anon"] + fields["Pss_Shmem"] + fields["SwapPss"]


def oom_kills(root: Path = Path("/")) -> int | None:
    """Return how often the kernel's out-of-memory killer has struck, or None where nothing tells.

    Counted per machine in ``/proc/vmstat`` (Linux 4.13) and per cgroup in ``memory.events`` (cgroup v2).
    """
    counts = []
    for path in (root / "proc/vmstat", *_memory_events(root)):
        with contextlib.suppress(OSError, ValueError):
            for line in path.read_text().splitlines():
                key, _, value = line.partition(" ")
                if key == "oom_kill":
                    counts.append(int(value))
    return sum(counts) if counts else None


def _memory_events(root: Path) -> list[Path]:
    """The counters of the cgroup that this program is in; in a namespace of its own that is the top one."""
    top = root / "sys/fs/cgroup"
    paths = [top / "memory.events"]
    with contextlib.suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::/") and line != "0::/":
                paths.append(top / line.removeprefix("0::/") / "memory.events")
    return paths
