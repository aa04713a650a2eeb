"""Reading and writing files so that nothing is ever half written or lost, and nothing odd stops the program."""

import contextlib
import errno
import os
import secrets
import stat
import time
from pathlib import Path

from advisor.errors import AdvisorError

_PART = ".part"

_REASONS = {
    errno.ENOSPC: ("the disk is full", "Free some space and try again."),
    errno.EDQUOT: ("your disk quota is used up", "Free some space and try again."),
    errno.EACCES: ("there is no permission to write there", "Choose another folder."),
    errno.EPERM: ("there is no permission to write there", "Choose another folder."),
    errno.EROFS: ("the file system is read-only", "Choose another folder."),
    errno.ENOENT: ("the folder does not exist", "Create it or choose another."),
    errno.ENOTDIR: ("part of the path is not a folder", "Choose another folder."),
    errno.EISDIR: ("that is a folder", "Name a file."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter one."),
    errno.ELOOP: ("its links lead in a circle", "Name another file."),
}


def make_folder(folder: Path) -> Path:
    """Make a folder, and what is missing above it; return it.

    Raises
    ------
    AdvisorError
        It can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        there = isinstance(error, FileExistsError)
        reason, remedy = ("a file is in the way", "Name another.") if there else _explained(error)
        raise AdvisorError(f"The folder {folder} can't be made: {reason}.", remedy) from None
    return folder


def read_bounded(path: Path, limit_bytes: int) -> bytes:
    """Read a file that may be anything; a pipe that is being written to is read to its end.

    Raises
    ------
    AdvisorError
        It can't be read, is a device or a folder, or is longer than the limit.
    """
    try:
        # Opening a pipe that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            kind = os.fstat(descriptor).st_mode
            if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):
                raise AdvisorError(f"{path} is no file that can be read.", "Name a file.")
            if stat.S_ISFIFO(kind):
                os.set_blocking(descriptor, True)
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise AdvisorError(f"{path} can't be read: {error.strerror or error}.", "Check the name.") from None
    if len(data) > limit_bytes:
        raise AdvisorError(
            f"{path} is larger than {_megabytes(limit_bytes)}.", "Check that it is the right file."
        )
    return data


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: to a neighbour first, then renamed over the target.

    Raises
    ------
    AdvisorError
        If it can't be written; an existing file is then as it was. A device or a pipe is refused.
    """
    # Not named after the target: a name that just fits would no longer.
    temporary = path.parent / f".{secrets.token_hex(8)}{_PART}"
    made = False
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists() and not path.is_file():
            raise AdvisorError(f"{path} is a device or a pipe, not a file.", "Name a file.")
        # Made by open, not by mkstemp, so that it has the permissions of any new file: the mask that says which
        # these are can't be read without changing it for every thread.
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666
        )
        made = True
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _settle(path.parent)
    except OSError as error:
        if made:
            with contextlib.suppress(OSError):
                temporary.unlink()
        reason, remedy = _explained(error)
        if os.name == "nt" and isinstance(error, PermissionError) and path.exists():
            reason, remedy = "another program has it open", "Close it there and try again."
        raise AdvisorError(f"{path} could not be written: {reason}.", remedy) from None


def sweep(folder: Path, older_than_s: float = 3600.0) -> None:
    """Delete what :func:`write_atomically` left in a folder when its program was killed.

    Younger files may be another program's that is writing now.
    """
    with contextlib.suppress(OSError):
        for path in folder.glob(f".????????????????{_PART}"):
            if time.time() - path.stat().st_mtime > older_than_s:
                path.unlink()


def _settle(folder: Path) -> None:
    """See that a renamed file's new name outlives a power cut. Not every system lets a folder be synchronised."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _explained(error: OSError) -> tuple[str, str | None]:
    return _REASONS.get(error.errno or 0, (error.strerror or str(error), None))


def _megabytes(size: int) -> str:
    return f"{size // 2**20} MiB" if size >= 2**20 else f"{size // 2**10} KiB"
