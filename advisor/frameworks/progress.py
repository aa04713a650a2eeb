"""How far a download is, read from the lines that uv writes where no terminal is attached."""

import re
from collections.abc import Callable

from advisor.frameworks.model import InstallPlan, InstallProgress, InstallState

_STARTED = re.compile(r"Downloading (\S+) \(([\d.]+)([KMG]?i?B)\)")
_FINISHED = re.compile(r"Downloaded (\S+)")
_UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


class Downloads:
    """Turns uv's lines into progress.

    uv names a large package with its size when it starts on it and again when it has it, so progress
    moves package by package. What comes from its cache is never named; once it installs, it has all.
    """

    def __init__(self, plan: InstallPlan, emit: Callable[[InstallProgress], None]) -> None:
        self._plan = plan
        self._emit = emit
        self._sizes: dict[str, int] = {}
        self._done: set[str] = set()
        self._state = InstallState.DOWNLOADING

    def on_line(self, line: str) -> None:
        """Take one line of uv's."""
        if match := _STARTED.search(line):
            self._sizes[match[1]] = round(float(match[2]) * _UNITS.get(match[3], 1))
        elif match := _FINISHED.search(line):
            self._done.add(match[1])
        elif line.startswith(("Prepared ", "Installed ")):
            self._state = InstallState.INSTALLING
        self._emit(self.progress(line))

    def progress(self, line: str | None = None) -> InstallProgress:
        """Return how far it is now."""
        total = max(self._plan.requirements.download_bytes or 0, sum(self._sizes.values()))
        done = sum(size for name, size in self._sizes.items() if name in self._done)
        return InstallProgress(
            framework=self._plan.framework,
            state=self._state,
            line=line,
            done_bytes=total if self._state is InstallState.INSTALLING else done,
            total_bytes=total or None,
        )
