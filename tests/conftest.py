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

# Several processes test at once: each has a host of its own, as far as the lock goes.
os.environ[host_lock.FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="advisor-lock-")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let real frameworks go last; among them first, since they take long, the group that makes whole assessments."""
    items.sort(
        key=lambda item: (
            bool(item.get_closest_marker("frameworks")),
            not item.get_closest_marker("xdist_group"),
        )
    )


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
