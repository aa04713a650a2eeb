"""How the program ends: one way out for every command, whatever became of its input, its output or itself.

Imported before anything else, so that a signal in the first moments ends in good order: standard library only.
"""

import contextlib
import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from types import FrameType
from typing import TextIO

from advisor.errors import AdvisorError, HostBusyError
from advisor.escapes import terminal
from advisor.redaction import redacted


class Exit(IntEnum):
    """Exit codes, as ``advisor --help`` documents them."""

    DONE = 0
    FAULT = 1  # a defect of the program
    INPUT = 2  # bad input, or circumstances that the message explains
    NO_ANSWER = 3  # nothing could be recommended
    BUSY = 75  # another benchmark runs on this host; later is better (EX_TEMPFAIL of sysexits.h)
    INTERRUPTED = 130  # stopped by the user; what was measured is kept


def prepare() -> None:
    """Make the standard streams usable whatever they are, and end on signals as on Ctrl-C."""
    for number, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        # A closed one would be the number of the next file that is opened, and get what is printed.
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, mode)
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as the program
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # Code pages lack letters that we write; a question mark is better than an end.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    for name in ("SIGTERM", "SIGHUP"):
        each = getattr(signal, name, None)
        if each is not None and signal.getsignal(each) is signal.SIG_DFL:  # ignored under nohup
            signal.signal(each, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def ending(work: Callable[[], int]) -> int:
    """Do something and return the exit code; whatever goes wrong is one message on stderr."""
    try:
        code = work()
        if sys.stdout is not None:
            sys.stdout.flush()  # what can't be written is known only now
        return int(code)
    except AdvisorError as error:
        complain(f"Error: {error}")
        return Exit.BUSY if isinstance(error, HostBusyError) else Exit.INPUT
    except KeyboardInterrupt:
        complain("Interrupted.")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe (head, less) left: not an error, but nothing more can be written.
        _abandon(sys.stdout)
        return Exit.DONE
    except OSError as error:
        complain(f"Error: {_circumstances(error)}")
        _abandon(sys.stdout)
        return Exit.INPUT
    except Exception as error:
        confess(error)
        return Exit.FAULT


def confess(error: Exception) -> None:
    """Say that the program has a defect, and where the details are."""
    from advisor import log

    log.ROOT.error("a defect", exc_info=error)
    place = log.file()
    complain(f"Framework Advisor has failed; that is a defect of it ({type(error).__name__}: {error}).")
    if place is not None:
        complain(f"Please report it together with the log, which holds no passwords: {place}")
    else:
        complain(redacted("".join(traceback.format_exception(error))))


def complain(text: str) -> None:
    """Print a line to stderr, if anybody can hear it."""
    try:
        print(terminal(redacted(text)), file=sys.stderr, flush=True)
    except OSError:
        _abandon(sys.stderr)


def _circumstances(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {reason}."
    if error.errno == errno.ENOENT:
        with contextlib.suppress(OSError):
            Path.cwd()
            return f"{reason}."
        return "The folder that you are in has been deleted. Change to another one."
    if error.errno == errno.ENOSPC:
        return "What was to be printed could not be written: the disk is full."
    return f"Reading or writing failed: {reason}."


def _abandon(stream: TextIO) -> None:
    """Let what is still to be written vanish, or Python would try it once more at its end, and fail."""
    with contextlib.suppress(OSError, ValueError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)
