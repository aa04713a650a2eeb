"""The one place that says what the installed program is called, described and identified by.

Version, summary, licence and author come from ``pyproject.toml``; what only installers need stands here.
"""

import os
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
BUILD = ROOT / "build"
ICON = ROOT / "resources" / "icons" / "advisor.svg"

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def _version() -> str:
    found = re.search(r'^__version__ = "([^"]+)"', (ROOT / "advisor/__init__.py").read_text("utf-8"), re.M)
    assert found is not None
    return found[1]


def _homepage() -> str | None:
    """Return the project's address, or ``None`` where neither the project nor a release workflow names it."""
    stated = _PROJECT.get("urls", {}).get("Homepage")
    server, repository = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    return stated or (f"{server}/{repository}" if server and repository else None)


NAME = "Framework Advisor"
SLUG: str = _PROJECT["name"]  # of packages, folders and the desktop file
COMMAND = "advisor"
WINDOW_COMMAND = "framework-advisor"  # Windows has programs with a console and programs without one
VERSION = _version()
SUMMARY: str = _PROJECT["description"]
DESCRIPTION = (
    "Framework Advisor answers which deep-learning framework to adopt: for a given job, on this computer, with "
    "your team. It detects the hardware, runs short, honest benchmarks of PyTorch, TensorFlow, Keras, JAX, "
    "PaddlePaddle and MXNet on it, weighs them with cited facts and your needs, and says what to adopt, how sure "
    "that is, and what would change the answer.",
    "Frameworks that you have are found and used as they are; the others can be installed into environments of "
    "their own. Nothing is sent anywhere.",
)
LICENCE: str = _PROJECT["license"]
AUTHOR: str = _PROJECT["authors"][0]["name"]
EMAIL = "framework-advisor@users.noreply.github.com"
HOMEPAGE = _homepage()
COMPONENT_ID = "io.github.frameworkadvisor.advisor"  # AppStream's and Apple's name of the program
COPYRIGHT = f"Copyright 2026 {AUTHOR}"

ASSESSMENT_SUFFIX = ".advisor"
ASSESSMENT_NAME = "Framework Advisor assessment"
ASSESSMENT_MIME = "application/vnd.framework-advisor.assessment+json"
