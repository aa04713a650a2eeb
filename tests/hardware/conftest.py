"""Recorded machines, and small trees made on the spot."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from advisor.hardware.source import Source, recorded_commands

MACHINES = Path(__file__).parent / "machines"


@pytest.fixture
def recorded() -> Callable[[str], Path]:
    """Return the folder of a recorded machine by its name."""
    return lambda name: MACHINES / name


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[Mapping[str, str]], Source]:
    """Make a machine of the files given as path and text."""

    def make(files: Mapping[str, str]) -> Source:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Source(root=tmp_path, run=recorded_commands(tmp_path))

    return make
