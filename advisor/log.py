"""The program's log: what happened at which step, in a file of bounded size that holds no secrets."""

import contextlib
import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from advisor.escapes import terminal
from advisor.redaction import redacted

SIZE_BYTES = 2**20
KEPT = 2  # older files beside the current one

ROOT = logging.getLogger("advisor")
ROOT.propagate = False
ROOT.addHandler(logging.NullHandler())  # or what is logged before the start would be printed


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return terminal(redacted(super().format(record)))


class _File(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Stay silent: a full disk must not fill the terminal besides."""


def start(folder: Path, *, verbose: bool = False) -> None:
    """Log into a data folder from now on; where that can't be written, do without.

    Parameters
    ----------
    folder : Path
        The data folder; it exists.
    verbose : bool
        Log details, too: lines of the installer, and what failing workers wrote to stderr.
    """
    place = folder / "logs" / "advisor.log"
    with contextlib.suppress(OSError):
        place.parent.mkdir(exist_ok=True)
        handler = _File(
            place, maxBytes=SIZE_BYTES, backupCount=KEPT, encoding="utf-8", errors="backslashreplace"
        )
        _add(handler, "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
    ROOT.setLevel(logging.DEBUG if verbose else logging.INFO)


def echo() -> None:
    """Show everything that is logged on stderr as well, with the time since the start."""
    _add(logging.StreamHandler(sys.stderr), "%(relativeCreated)7d ms %(name)s: %(message)s")
    ROOT.setLevel(logging.DEBUG)


def file() -> Path | None:
    """Return the file that is logged to, ``None`` while there is none."""
    return next((Path(each.baseFilename) for each in ROOT.handlers if isinstance(each, _File)), None)


def stop() -> None:
    """Log nowhere any more."""
    for handler in ROOT.handlers[1:]:
        ROOT.removeHandler(handler)
        handler.close()


def _add(handler: logging.Handler, form: str) -> None:
    handler.setFormatter(_Formatter(form))
    ROOT.addHandler(handler)
