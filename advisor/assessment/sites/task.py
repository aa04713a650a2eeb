"""The program on the host that this runs on: started, listened to, told to stop. Also what a Dask worker runs.

A worker gets this function by its name and values as bytes: no object of ours is pickled, and a host may have another
version of the program.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable

CHUNK_BYTES = 2**16
TAIL_LINES = 20

LAST = b'{"type":"finished"'
"""How the line begins that holds the assessment."""

_RUNNING: dict[str, Callable[[], None]] = {}
"""By job, how to tell the program that it should stop."""


def own_command() -> tuple[str, ...]:
    """Return the command that starts this program once more."""
    return (sys.executable,) if getattr(sys, "frozen", False) else (sys.executable, "-m", "advisor")


def converse(
    identity: str, command: tuple[str, ...], order: bytes, take: Callable[[bytes], None]
) -> tuple[int, str]:
    """Run a command, give it its order, and hand on what it writes.

    Its standard input stays open while it is wanted: it stops when that closes, so that it never outlives who started
    it, not even one that was killed.

    Returns
    -------
    tuple of int and str
        Its exit code, negative where a signal ended it, and what it wrote last on stderr.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=os.name != "nt",  # Ctrl-C is for us; the program hears of it by its input
    )
    given, written, said = process.stdin, process.stdout, process.stderr
    assert given and written and said
    tail: deque[bytes] = deque(maxlen=TAIL_LINES)
    reader = threading.Thread(target=tail.extend, args=(said,), name="stderr", daemon=True)
    reader.start()

    def stop() -> None:
        with contextlib.suppress(OSError, ValueError):
            given.close()

    _RUNNING[identity] = stop
    try:
        with contextlib.suppress(BrokenPipeError):
            given.write(order)
            given.flush()
        while data := os.read(written.fileno(), CHUNK_BYTES):
            take(data)
        code = process.wait()
        reader.join()
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        _RUNNING.pop(identity, None)
        for stream in (given, written, said):
            with contextlib.suppress(OSError):
                stream.close()
    return code, b"".join(tail).decode(errors="replace")


def stop(identity: str) -> None:
    """Tell a job's program to stop, if it runs in this process."""
    call = _RUNNING.get(identity)
    if call is not None:
        call()


def run_on_worker(
    identity: str, command: tuple[str, ...], order: bytes, topic: str
) -> tuple[int, str, bytes]:
    """Do a job in a Dask worker; its events go to a topic of the scheduler's, its assessment comes back.

    Topics are kept by the scheduler and may be behind: what mustn't be late or kept is the result.
    """
    from distributed import get_worker

    worker = get_worker()
    rest, last = bytearray(), bytearray()

    def take(data: bytes) -> None:
        rest.extend(data)
        *lines, unfinished = bytes(rest).split(b"\n")
        rest[:] = unfinished
        events = b""
        for line in lines:
            if line.startswith(LAST):
                last[:] = line + b"\n"
            else:
                events += line + b"\n"
        if events:
            worker.log_event(topic, events)

    code, said = converse(identity, (*(command or own_command()), "fleet", "work"), order, take)
    return code, said, bytes(last)
