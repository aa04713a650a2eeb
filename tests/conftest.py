"""Real frameworks for every test that needs them: set up once, by the program itself, and kept between runs."""

import os
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from advisor.assessment import host_lock
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks.environments import Environments
from advisor.hardware.detection import detect

ENVIRONMENTS_VARIABLE = "FRAMEWORK_ADVISOR_TEST_DATA"
"""Names a data folder whose managed environments the tests use instead of making their own."""

# A busy machine makes a slow example, not a wrong one; and the same examples every time.
settings.register_profile(
    "steady", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

# Tests that run at once measure invented frameworks; those that measure real ones go one after the other anyway.
os.environ.setdefault(host_lock.FOLDER_VARIABLE, tempfile.mkdtemp(prefix="advisor-lock-"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what measures go last and in one process: real measurements disturb each other, and so do units them."""
    measuring = [
        each for each in items if each.get_closest_marker("frameworks") or each.get_closest_marker("desktop")
    ]
    for item in measuring:
        item.add_marker(pytest.mark.xdist_group("measuring"))
    apart = set(measuring)
    items[:] = [*(each for each in items if each not in apart), *measuring]


@pytest.fixture(scope="session")
def framework_data(request: pytest.FixtureRequest) -> Path:
    """A data folder in which every framework of the catalogue is set up."""
    named = os.environ.get(ENVIRONMENTS_VARIABLE)
    folder = Path(named) if named else request.config.cache.mkdir("framework-environments")
    catalogue = catalogue_file.load()
    environments = Environments(folder)
    machine = detect(folder=folder)
    plans = [
        environments.plan(framework, machine)
        for framework in catalogue
        if environments.installation(framework.id) is None
    ]
    failures = []
    environments.install_all(
        plans,
        lambda progress: failures.append(progress.reason) if progress.reason else None,
        threading.Event(),
    )
    assert not failures, failures
    return folder


@pytest.fixture(scope="session")
def framework_pythons(framework_data: Path) -> dict[str, str]:
    """The interpreter of every framework, by the framework's id."""
    return {each.framework: each.interpreter for each in Environments(framework_data).list()}
