"""Running uv: where it is, what it says line by line, and what its failures mean to a user."""

import contextlib
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import IO

import psutil
from msgspec import Struct

from advisor.errors import AdvisorError
from advisor.redaction import redacted

_POLL_S = 0.1


class InstallCancelled(AdvisorError):  # noqa: N818 - an outcome that the user asked for, not a fault
    """The user cancelled an installation; nothing of it is left."""

    def __init__(self) -> None:
        super().__init__("The installation was cancelled.")


class Completed(Struct, frozen=True):
    """How a command ended. ``output`` holds both of its streams without secrets, ``stdout`` the first alone."""

    returncode: int
    stdout: str
    output: str


def find_uv() -> str:
    """Return the path of uv: the dependency's, which a frozen program carries, or the user's own.

    Raises
    ------
    AdvisorError
        There is none.
    """
    try:
        import uv

        return str(uv.find_uv_bin())
    except (ImportError, FileNotFoundError):
        on_path = shutil.which("uv")
    if on_path is None:
        raise AdvisorError("uv, which makes the environments, was not found.", "Reinstall the program.")
    return on_path


def run(
    command: list[str],
    environment: Mapping[str, str],
    folder: Path,
    cancel: threading.Event,
    on_line: Callable[[str], None] = lambda line: None,
    stdin: str = "",
    timeout_s: float | None = None,
) -> Completed:
    """Run a command to its end, handing on what it writes to stderr line by line.

    On cancel or time-out its whole process tree is killed.

    Raises
    ------
    InstallCancelled
        ``cancel`` was set.
    AdvisorError
        It can't be started, or ran out of time.
    """
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        process = subprocess.Popen(
            [*_leash(), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            creationflags=flags,
        )
    except OSError as error:
        raise AdvisorError(
            f"{command[0]} can't be started: {error.strerror}.", "Reinstall the program."
        ) from error
    with process:
        lines: queue.SimpleQueue[tuple[str, str | None]] = queue.SimpleQueue()
        threads = [
            threading.Thread(target=_write, args=(process.stdin, stdin), daemon=True),
            threading.Thread(target=_read, args=("out", process.stdout, lines), daemon=True),
            threading.Thread(target=_read, args=("err", process.stderr, lines), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            stdout, output = _collect(lines, cancel, on_line, timeout_s, command[0])
            returncode = process.wait()
        except BaseException:
            kill_tree(process)
            raise
        finally:
            for thread in threads:
                thread.join()
    return Completed(returncode, stdout, output)


@cache
def _leash() -> tuple[str, ...]:
    """What to put before a command so that it dies with this program, where the system has such a thing."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv is None:
        return ()
    leash = (setpriv, "--pdeathsig", "KILL", "--")
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        # That of BusyBox knows no such option.
        if (
            subprocess.run(
                [*leash, "true"], capture_output=True, timeout=_POLL_S * 100, check=False
            ).returncode
            == 0
        ):
            return leash
    return ()


def kill_tree(process: "subprocess.Popen[str]") -> None:
    """Kill a process and everything it started."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        children = []
    if sys.platform != "win32":
        # The process leads a session of its own, so its group holds whatever was orphaned meanwhile.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    for child in children:
        with contextlib.suppress(psutil.Error):
            child.kill()
    process.kill()


def explain(what: str, output: str, folder: Path) -> AdvisorError:
    """Say what a failure of uv's means, and what to do about it.

    Parameters
    ----------
    what : str
        What was being done, as the beginning of a sentence: "MXNet can't be installed".
    output : str
        What uv wrote.
    folder : Path
        Where the environment was being made.
    """
    for pattern, reason, remedy in _FAILURES:
        if re.search(pattern, output, re.IGNORECASE):
            return AdvisorError(f"{what}: {reason}.{_cause(output)}", remedy.format(folder=folder))
    return AdvisorError(f"{what}.{_cause(output)}")


# Told apart by what uv 0.8 to 0.13 and the operating systems write; the first that fits holds.
_FAILURES = (
    (
        r"no space left|os error (28|112)\b|not enough space|disk quota|os error 122\b",
        "the disk is full",
        "Free some space on the disk of {folder}, or in uv's cache with `uv cache clean`.",
    ),
    (
        r"permission denied|os error (13|5)\b|read-only file system|os error 30\b",
        "a folder can't be written to",
        "Make {folder} and uv's cache folder (`uv cache dir`) writable for you.",
    ),
    (
        r"certificate|unknownissuer|tls handshake|invalid peer",
        "the package index' certificate is not trusted",
        "Name your organisation's certificates in SSL_CERT_FILE or pip's `cert` setting.",
    ),
    (
        r"40[13] (unauthorized|forbidden)|authentication|credentials",
        "the package index refused access",
        "Check the user name and password in the index' address, or in your netrc file.",
    ),
    (
        r"dns error|failed to (fetch|download)|error sending request|tcp connect|timed? ?out|network was",
        "the package index could not be reached",
        "Check the connection. Behind a proxy or with a mirror of your own, set `proxy` or `index-url` "
        "with `pip config set`, or HTTPS_PROXY or UV_DEFAULT_INDEX.",
    ),
    (
        r"no solution found|no matching|has no wheels|was not found in",
        "the package index has no build that fits this machine",
        "If you use a mirror, see that it holds the packages named.",
    ),
)


def _cause(output: str) -> str:
    """The line that says most, in brackets: the last of uv's causes."""
    lines = [
        line.strip() for line in output.splitlines() if re.match(r"\s*(error|cause|caused by)\b", line, re.I)
    ]
    text = lines[-1].partition(":")[2].strip() if lines else ""
    return f" ({text[:200]})" if text else ""


def _collect(
    lines: "queue.SimpleQueue[tuple[str, str | None]]",
    cancel: threading.Event,
    on_line: Callable[[str], None],
    timeout_s: float | None,
    command: str,
) -> tuple[str, str]:
    output: list[str] = []
    stdout: list[str] = []
    open_streams, waited_s = 2, 0.0
    while open_streams:
        if cancel.is_set():
            raise InstallCancelled
        try:
            stream, line = lines.get(timeout=_POLL_S)
        except queue.Empty:
            waited_s += _POLL_S
            if timeout_s is not None and waited_s > timeout_s:
                raise AdvisorError(f"{command} did not answer for {timeout_s:.0f} s.") from None
            continue
        if line is None:
            open_streams -= 1
            continue
        waited_s = 0.0
        if stream == "out":
            stdout.append(line)  # what is asked for, addresses included
        told = redacted(line)
        output.append(told)
        if stream == "err":
            on_line(told.rstrip())
    return "".join(stdout), "".join(output)


def _read(name: str, stream: IO[str], lines: "queue.SimpleQueue[tuple[str, str | None]]") -> None:
    for line in stream:
        lines.put((name, line))
    lines.put((name, None))


def _write(stream: IO[str], text: str) -> None:
    # A child that doesn't read its input, or is gone already, closes the pipe.
    with contextlib.suppress(BrokenPipeError):
        stream.write(text)
    with contextlib.suppress(BrokenPipeError):
        stream.close()
