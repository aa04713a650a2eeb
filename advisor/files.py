"""Writing files so that nothing is ever half written or lost."""

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from advisor.errors import AdvisorError

_REASONS = {
    errno.ENOSPC: ("the disk is full", "Free some space and try again."),
    errno.EDQUOT: ("your disk quota is used up", "Free some space and try again."),
    errno.EACCES: ("there is no permission to write there", "Choose another folder."),
    errno.EPERM: ("there is no permission to write there", "Choose another folder."),
    errno.EROFS: ("the file system is read-only", "Choose another folder."),
    errno.ENOENT: ("the folder does not exist", "Create it or choose another."),
    errno.ENOTDIR: ("part of the path is not a folder", "Choose another folder."),
    errno.EISDIR: ("that is a folder", "Name a file."),
}


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: to a neighbour first, then renamed over the target.

    Raises
    ------
    AdvisorError
        If it can't be written; an existing file is then as it was.
    """
    temporary = None
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files private; a report should have the permissions of any new file.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        reason, remedy = _REASONS.get(error.errno or 0, (error.strerror or str(error), None))
        if os.name == "nt" and isinstance(error, PermissionError) and path.exists():
            reason, remedy = "another program has it open", "Close it there and try again."
        raise AdvisorError(f"{path} could not be written: {reason}.", remedy) from None
