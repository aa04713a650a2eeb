"""One benchmark at a time on a host, whoever runs it and with whichever data folder: two would measure each other.

A file that everybody may lock and nobody writes to. The system gives the lock back when its holder ends, however
that happens. Containers that share a processor but no file system don't see each other's.
"""

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from advisor.errors import HostBusyError

FOLDER_VARIABLE = "FRAMEWORK_ADVISOR_LOCK_FOLDER"
"""Names another folder for the lock: several sandboxes on one host may agree on one, tests have their own."""

NAME = "framework-advisor-benchmark.lock"
RETRY_S = 0.5


@contextlib.contextmanager
def hold(waiting: Callable[[], None] | None = None, cancel: threading.Event | None = None) -> Iterator[None]:
    """Hold the host while something is measured on it.

    Parameters
    ----------
    waiting : callable, optional
        Called once if the host is busy; its turn is then waited for. Without it nobody waits.
    cancel : threading.Event, optional
        Ends the waiting.

    Raises
    ------
    HostBusyError
        Another benchmark is running, and waiting was not wanted or was cancelled.
    """
    descriptor = _open(_folder() / NAME)
    try:
        if not _lock(descriptor):
            if waiting is None:
                raise _busy()
            waiting()
            cancel = cancel or threading.Event()
            while not _lock(descriptor):
                if cancel.wait(RETRY_S):
                    raise _busy()
        yield
    finally:
        os.close(descriptor)


def _busy() -> HostBusyError:
    return HostBusyError(
        "Another benchmark is running on this host.",
        "Wait for it to end (--wait does), or two would measure each other.",
    )


def _folder() -> Path:
    """Return a folder that all users of the host share: their temporary folders may differ."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    shared = Path(os.environ.get("PROGRAMDATA", "") if sys.platform == "win32" else "/tmp")
    return shared if shared.is_dir() and os.access(shared, os.W_OK) else Path(tempfile.gettempdir())


def _open(path: Path) -> int:
    """Open the lock's file for reading, which is all that locking takes; make it where there is none.

    Never opened for writing: whoever made it may be another user, and systems refuse to write to a stranger's file
    in a folder that everybody writes to.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    while True:
        with contextlib.suppress(FileNotFoundError):
            return os.open(path, flags)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o444)
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o444)  # whatever the user's mask says
            return descriptor


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
