"""Killed at any system call that writes, before it or half-way: what was said to be saved is there, and whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from advisor import files
from tests.assessment.crashes import SCENARIOS, SUPPORTED


@pytest.mark.skipif(not SUPPORTED, reason="traces system calls of Linux on x86-64")
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_kill_at_every_write_loses_nothing_that_was_acknowledged(scenario):
    # In a process of its own, which is forked from: it has no threads.
    ended = subprocess.run(
        [sys.executable, "-m", "tests.assessment.crashes", scenario],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    assert int(ended.stdout) > 15


def test_what_a_killed_program_left_is_swept_away_once_it_is_old(tmp_path):
    old, young, others = (tmp_path / name for name in (f".{'0' * 16}.part", f".{'1' * 16}.part", "mine.part"))
    for path in (old, young, others):
        path.touch()
    os.utime(old, (0, 0))
    os.utime(others, (0, 0))
    files.sweep(tmp_path)
    assert [path.exists() for path in (old, young, others)] == [False, True, True]
