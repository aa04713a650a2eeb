"""Shared by the tests of the probes room."""

import pytest

from advisor.probes import preflight
from advisor.probes.passes import trials


@pytest.fixture(autouse=True)
def no_look_at_the_load(monkeypatch):
    """Spare every run the half second in which other programs' load is looked at."""
    monkeypatch.setattr(preflight, "_WINDOW_S", 0.0)
    monkeypatch.setattr(trials, "_WATCH_S", 0.0)
