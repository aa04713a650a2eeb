"""Where detectors read from: a folder that stands for ``/``, and a runner of commands.

A recorded machine is replayed by giving both; nothing else may be asked of the live system then.
"""

import string
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct

from advisor.hardware.model import Absence

_MAX_BYTES = 4 << 20
"""More than any file of proc or sys that is read here (cpuinfo of 1,000 threads: 1.5 MB)."""

_COMMAND_TIMEOUT_S = 30.0


class CommandError(Exception):
    """A command is missing, failed or took too long."""


Runner = Callable[[Sequence[str]], str]
"""Runs a command and returns what it printed; raises :class:`CommandError`."""


def run_command(command: Sequence[str]) -> str:
    """Run a command of the live system and return its standard output.

    Raises
    ------
    CommandError
        If it is missing, exits with an error or takes longer than 30 s.
    """
    try:
        finished = subprocess.run(
            list(command),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_COMMAND_TIMEOUT_S,
            check=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CommandError(str(error)) from error
    return finished.stdout.decode("utf-8", errors="replace")


def recorded_commands(root: Path) -> Runner:
    """Return a runner that answers from ``commands/`` in a recorded machine's folder.

    The answer of ``system_profiler -json SPMemoryDataType`` is in
    ``system_profiler-SPMemoryDataType.txt``, that of ``sysctl -a`` in ``sysctl.txt``; a script is
    named by its first line, a comment of one word.
    """

    def run(command: Sequence[str]) -> str:
        program = PurePosixPath(command[0]).stem
        word = command[-1].partition("\n")[0].lstrip("# ")
        names = [f"{program}-{word}.txt"] if word.isidentifier() else []
        for name in (*names, f"{program}.txt"):
            path = root / "commands" / name
            if path.is_file():
                return path.read_text(encoding="utf-8")
        raise CommandError(f"not recorded: {program}")

    return run


class Source(Struct, frozen=True):
    """One machine's files and commands. ``live`` is true where ``root`` is the running system."""

    root: Path = Path("/")
    run: Runner = run_command

    @property
    def live(self) -> bool:
        return self.root == Path("/")

    def path(self, name: str) -> Path:
        """Return where a file named from ``/`` lies, whether or not it exists."""
        return self.root / name.lstrip("/")

    def _inside(self, path: Path) -> bool:
        # A link in a recorded tree that leads out of it would read the live machine.
        return self.live or path.resolve().is_relative_to(self.root.resolve())

    def read(self, name: str) -> str | None:
        """Return a file's text without surrounding white space, or None if it can't be read."""
        data = self.read_bytes(name)
        return None if data is None else data.decode("utf-8", errors="replace").strip("\n\0 \t")

    def read_bytes(self, name: str) -> bytes | None:
        """Return a file's first bytes, or None if it can't be read."""
        path = self.path(name)
        try:
            if not self._inside(path):
                return None
            with path.open("rb") as file:
                return file.read(_MAX_BYTES)
        except (OSError, ValueError):
            return None

    def read_int(self, name: str) -> int | None:
        """Return a file's decimal number, or None."""
        return to_int(self.read(name))

    def exists(self, name: str) -> bool:
        path = self.path(name)
        try:
            return self._inside(path) and path.exists()
        except (OSError, ValueError):
            return False

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in a folder; none if it can't be listed."""
        path = self.path(folder)
        try:
            return tuple(sorted(entry.name for entry in path.iterdir())) if self._inside(path) else ()
        except (OSError, ValueError):
            return ()

    def link_name(self, name: str) -> str | None:
        """Return the last part of what a link points to, or None if it is no link.

        Only the link itself is read: in a recorded tree its goal need not exist.
        """
        try:
            return self.path(name).readlink().name if self._inside(self.path(name).parent) else None
        except (OSError, ValueError):
            return None

    def why_missing(self, name: str) -> Absence:
        """Say why :meth:`read` returned None for a file."""
        if not self.exists(name):
            return Absence.NOT_REPORTED if self.live else Absence.RECORDED
        try:
            with self.path(name).open("rb"):
                return Absence.UNREADABLE
        except PermissionError:
            return Absence.NEEDS_ROOT
        except OSError:
            return Absence.UNREADABLE


def to_int(text: str | None) -> int | None:
    """Return the decimal number that a text is, or None."""
    try:
        return int(text) if text is not None and text.isascii() and len(text) <= 20 else None
    except ValueError:
        return None


def parse_cpu_list(text: str | None, limit: int = 65_536) -> tuple[int, ...]:
    """Return the CPU numbers of a kernel list such as ``0-3,8,10-11``.

    Parts that are no range of numbers below ``limit`` are left out.
    """
    numbers: set[int] = set()
    for part in (text or "").split(","):
        first, dash, last = part.strip().partition("-")
        low = to_int(first)
        high = to_int(last) if dash else low
        if low is not None and high is not None and 0 <= low <= high < limit:
            numbers.update(range(low, high + 1))
    return tuple(sorted(numbers))


def parse_cpu_mask(text: str | None, limit: int = 65_536) -> tuple[int, ...]:
    """Return the CPU numbers of a kernel mask such as ``000000ff,ffff0000``; empty where it is none."""
    words = (text or "").replace(",", "").strip()
    if not words or len(words) > limit // 4 or any(each not in string.hexdigits for each in words):
        return ()
    bits = int(words, 16)
    return tuple(number for number in range(bits.bit_length()) if bits >> number & 1)


def parse_size(text: str | None) -> int | None:
    """Return the bytes of a kernel size such as ``480K`` or ``32M``."""
    if not text:
        return None
    factor = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1].upper(), 1)
    number = to_int(text[:-1] if factor > 1 else text)
    return number * factor if number is not None and number > 0 else None
