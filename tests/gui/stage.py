"""A stage for the window: a synthetic machine, frameworks that are said to be installed, and fake workers.

What is replaced lies outside the window's own code: detection, discovery, and the scripts that a run starts.
The pipeline, the scheduler, the store and the decision are the real ones.
"""

from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from advisor.assessment import inventory, pipeline
from advisor.assessment.inventory import Inventory
from advisor.assessment.model import FrameworkState
from advisor.assessment.settings import Settings
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks.environments import Environments
from advisor.frameworks.model import Installation, InstallPlan, Origin
from advisor.gui.app_state import AppState
from advisor.hardware.model import Calibration
from advisor.probes import preflight
from tests import samples
from tests.probes import doubles

PATIENCE_MS = 60_000
"""How long a test waits for something that comes at once on a machine that isn't busy."""


def make_inventory(*, missing: tuple[str, ...] = ()) -> Inventory:
    """Return a synthetic machine with every framework installed but those named."""
    catalogue = catalogue_file.load()
    installations = tuple(
        Installation(
            framework=framework.id,
            version="9.9.9",
            interpreter=f"/synthetic/{framework.id}/bin/python",
            python_version="3.12.0",
            origin=Origin.VENV,
            backends=framework.backends,
        )
        for framework in catalogue
        if framework.id not in missing
    )
    by_framework = {each.framework: each for each in installations}
    states = tuple(
        FrameworkState(
            alternative.id,
            by_framework.get(alternative.framework),
            None if alternative.framework in by_framework else "not-installed",
        )
        for alternative in catalogue_file.alternatives(catalogue)
    )
    return Inventory(samples.sample_assessment("no-gpu").machine, catalogue, installations, states)


def make_context(folder: Path, **settings: Any) -> AppState:
    """Return the window's state over a data folder, in English and light."""
    return AppState(folder, msgspec.structs.replace(Settings(language="en", theme="light"), **settings))


def replace_outside(monkeypatch: pytest.MonkeyPatch, found: Inventory | None = None) -> None:
    """Let inventories find a synthetic machine, and let plans be made without running uv."""
    found = found or make_inventory()
    monkeypatch.setattr(inventory, "take_inventory", lambda folder, settings, machine=None: found)

    def plan(self: Environments, framework: Any, machine: Any) -> InstallPlan:
        requirements = next(iter(framework.requirements.values()))
        return InstallPlan(framework.id, "cpu", requirements, f"/synthetic/{framework.id}", None, "3.12")

    monkeypatch.setattr(Environments, "plan", plan)
    monkeypatch.setattr(preflight, "warnings_now", lambda: ())


def replace_workers(monkeypatch: pytest.MonkeyPatch, scripts: dict[str, dict[str, Any]]) -> None:
    """Let runs start fake workers: alternative id -> script (see ``fake_worker.DEFAULTS``)."""
    candidates = tuple(doubles.candidate(name, **script) for name, script in scripts.items())
    monkeypatch.setattr(pipeline, "calibrate", lambda *_args, **_options: Calibration())
    monkeypatch.setattr(pipeline, "wanted_workloads", lambda *_args: (doubles.WORKLOAD,))
    monkeypatch.setattr(
        pipeline, "run", partial(pipeline.run, ready=candidates, references=doubles.REFERENCES)
    )


def texts(widget: QWidget) -> str:
    """Return every text that is visible inside a widget, a line each."""
    # Layouts show what was added to them only in the next turn of the event loop.
    QApplication.processEvents()
    found = []
    for child in widget.findChildren(QWidget):
        text = getattr(child, "text", None)
        if callable(text) and child.isVisibleTo(widget):
            found.append(text())
    return "\n".join(found)
