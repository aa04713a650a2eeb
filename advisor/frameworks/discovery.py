"""Installed frameworks, found in the interpreters of this machine from package metadata alone."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from advisor.frameworks import interpreters
from advisor.frameworks.interpreters import Inspection
from advisor.frameworks.model import (
    Absence,
    Alternative,
    Choice,
    Framework,
    Installation,
    Origin,
    Problem,
)

OLDEST_PYTHON = (3, 9)
"""The oldest Python that worker scripts run on."""

_BESIDE = ("numpy", "jax", "jaxlib", "keras", "torch")
_ACCELERATOR_PACKAGES = {
    "nvidia-cudnn-cu13": "cu13",
    "nvidia-cudnn-cu12": "cu12",
    "nvidia-cudnn-cu11": "cu11",
    "jax-cuda13-plugin": "cu13",
    "jax-cuda12-plugin": "cu12",
    "jax-rocm7-plugin": "rocm7",
}
_ORIGINS = (Origin.MANAGED, Origin.USER, Origin.VENV, Origin.CONDA, Origin.UV, Origin.PYENV, Origin.PATH)


def discover(
    catalogue: Sequence[Framework],
    extra: Sequence[Path] = (),
    managed: Sequence[Installation] = (),
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
    folder: Path | None = None,
) -> tuple[Installation, ...]:
    """Find every installation of the catalogue's frameworks, managed ones first.

    Parameters
    ----------
    catalogue : sequence of Framework
        What to look for.
    extra : sequence of Path
        Interpreters or environment folders that the user added.
    managed : sequence of Installation
        What ``Environments.list`` returns; taken as it is.
    environ, home, folder
        The environment, home and working folder to look through; the user's own by default.
    """
    taken = {item.interpreter for item in managed}
    candidates = [item for item in interpreters.find(extra, environ, home, folder) if item.path not in taken]
    found = [
        installation
        for interpreter, inspection in interpreters.inspect_all(candidates, distributions(catalogue))
        for installation in read(catalogue, interpreter.path, interpreter.origin, inspection)
    ]
    order = {framework.id: place for place, framework in enumerate(catalogue)}
    listed = [*(item for item in managed if item.framework in order), *found]
    return tuple(sorted(listed, key=lambda item: (order[item.framework], _ORIGINS.index(item.origin))))


def distributions(catalogue: Sequence[Framework]) -> tuple[str, ...]:
    """Return the distribution names to ask an interpreter for."""
    names = dict.fromkeys(name for framework in catalogue for name in _names(framework))
    beside = (name for framework in catalogue for name in framework.beside)
    return tuple(dict.fromkeys((*names, *beside, *_BESIDE, *_ACCELERATOR_PACKAGES)))


def read(
    catalogue: Sequence[Framework], interpreter: str, origin: Origin, inspection: Inspection
) -> tuple[Installation, ...]:
    """Return the frameworks that an inspected interpreter holds."""
    packages = inspection.packages
    installations = []
    for framework in catalogue:
        distribution = next((name for name in _names(framework) if name in packages), None)
        if distribution is None:
            continue
        backends = tuple(
            backend
            for backend in framework.backends
            if any(name in packages for name in _backend_names(catalogue, framework, backend))
        )
        installations.append(
            Installation(
                framework=framework.id,
                version=packages[distribution],
                interpreter=interpreter,
                python_version=inspection.python_version,
                origin=origin,
                backends=backends,
                wheel=None if framework.backends else _wheel(framework, distribution, packages),
                packages={name: version for name, version in packages.items() if name != distribution},
                problem=_problem(framework, packages[distribution], backends, inspection),
            )
        )
    return tuple(installations)


def choose(alternatives: Iterable[Alternative], installations: Sequence[Installation]) -> dict[str, Choice]:
    """Pick the installation that each alternative is probed with: a managed one first, then the newest.

    Of equal versions the one with most backends is taken, so that backends are compared in one place.
    """
    return {alternative.id: _choose(alternative, installations) for alternative in alternatives}


def _choose(alternative: Alternative, installations: Sequence[Installation]) -> Choice:
    if alternative.runtime is not None:
        return _choose_pair(alternative, installations)
    # Stable: among equals the earlier found stays first.
    ranked = sorted(
        (item for item in installations if item.framework == alternative.framework),
        key=lambda item: (item.origin is Origin.MANAGED, release(item.version), len(item.backends)),
        reverse=True,
    )
    usable = [item for item in ranked if item.problem is None]
    fitting = [item for item in usable if alternative.backend is None or alternative.backend in item.backends]
    if fitting:
        return Choice(alternative.id, fitting[0])
    if usable:
        return Choice(alternative.id, None, Absence.BACKEND_MISSING)
    return Choice(alternative.id, None, ranked[0].problem if ranked else Absence.NOT_INSTALLED)


def _choose_pair(pair: Alternative, installations: Sequence[Installation]) -> Choice:
    """What serves a pair, as long as there is also what trains."""
    assert pair.runtime is not None
    serves = _choose(Alternative(pair.id, pair.runtime, pair.name), installations)
    trains = _choose(replace(pair, runtime=None), installations)
    if serves.installation is not None and trains.installation is None:
        return Choice(pair.id, None, Absence.TRAINER_MISSING)
    return serves


def release(version: str) -> tuple[int, ...]:
    """Return a version's release numbers, for comparing: (2, 13, 0) of "2.13.0+cpu"."""
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def _names(framework: Framework) -> tuple[str, ...]:
    return framework.distributions or (framework.package,)


def _backend_names(catalogue: Sequence[Framework], framework: Framework, backend: str) -> tuple[str, ...]:
    module = framework.backend_modules[backend]
    provider = next((item for item in catalogue if item.module == module), None)
    return _names(provider) if provider else (module,)


def _wheel(framework: Framework, distribution: str, packages: Mapping[str, str]) -> str | None:
    _, _, local = packages[distribution].partition("+")
    if local:
        return local
    if match := re.search(r"-(cpu|gpu|macos|rocm|cu\d+)(-|$)", distribution):
        return match[1]
    accelerated = next((build for name, build in _ACCELERATOR_PACKAGES.items() if name in packages), None)
    # Where builds for graphics cards have names of their own, the one without is for processors.
    apart = re.compile(r"-cu\d+$" if "cuda" in framework.requirements else r"-(cu\d+|gpu)$")
    return "cpu" if any(map(apart.search, _names(framework))) else accelerated


def _problem(
    framework: Framework, version: str, backends: tuple[str, ...], inspection: Inspection
) -> Problem | None:
    if release(inspection.python_version) < OLDEST_PYTHON:
        return Problem.PYTHON_TOO_OLD
    if framework.minimum_version and release(version) < release(framework.minimum_version):
        return Problem.VERSION_TOO_OLD
    limit = framework.facts.get("numpy_limit")
    numpy = inspection.packages.get("numpy")
    if limit and numpy and release(numpy) >= release(str(limit.value)):
        return Problem.NUMPY_TOO_NEW
    for name, oldest in framework.beside.items():
        if release(inspection.packages.get(name, "")) < release(oldest):
            return Problem.INCOMPLETE
    return Problem.NO_BACKEND if framework.backends and not backends else None
