"""A few of the cancels of ``cancels.py``, which takes them by the thousand."""

import sys

import pytest

from advisor.assessment import pipeline


@pytest.mark.skipif(
    sys.platform == "win32", reason="the doubles' log is read by process id, and signals are POSIX'"
)
def test_cancelled_at_any_moment_nothing_runs_on_and_nothing_is_lost(tmp_path, monkeypatch):
    from tests.probes.cancels import series

    monkeypatch.setattr(pipeline, "calibrate", pipeline.calibrate)  # put back afterwards
    made = series(24, seed=16, folder=tmp_path)
    assert sum(made.where.values()) == 24
    assert len(made.where) > 4, "moments differ"
    assert made.finished > 0
