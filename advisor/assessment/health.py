"""What stands in the way of a good assessment on this machine, as codes and figures (``advisor doctor``)."""

import ctypes.util
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from advisor.assessment.inventory import Inventory
from advisor.decision.gates import cuda_misfit
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks.environments import Environments
from advisor.frameworks.installer import find_uv
from advisor.frameworks.pairs import offered
from advisor.hardware.devices import reachable
from advisor.hardware.model import Absence, Gpu, Machine, System
from advisor.probes.model import ProbeWarning

SPACE_BYTES = 8 * 2**30
"""All four managed environments take about 5 GiB; the rest is for their download cache."""

MEMORY_BYTES = 4 * 2**30
"""Below this a framework's import, weights and activations of a compact workload may not fit at once."""

QT_LIBRARIES = ("EGL", "GL", "xkbcommon", "dbus-1", "fontconfig")
"""System libraries that Qt's wheels leave to the Linux distribution."""

COMPILERS = ("c++", "g++", "clang++")
"""What torch.compile looks for on Linux and macOS to build its CPU kernels."""


class Severity(StrEnum):
    """How much a finding matters."""

    FINE = "fine"
    REMARK = "remark"  # works, with less
    PROBLEM = "problem"  # something can't be done


class Finding(Struct, frozen=True):
    """One thing that was looked at. ``detail`` carries names and figures for its sentence."""

    code: str
    severity: Severity
    detail: dict[str, str | float] = {}


def examine(
    folder: Path, inventory: Inventory, environments: Environments, warnings: Sequence[ProbeWarning]
) -> tuple[Finding, ...]:
    """Look at everything that assessments depend on.

    Parameters
    ----------
    folder : Path
        The user's data folder.
    inventory : Inventory
        The machine and the frameworks on it.
    environments : Environments
        Where missing frameworks would be set up.
    warnings : sequence of ProbeWarning
        What the pre-flight check of the probes says right now.
    """
    return (
        *_folder(folder),
        *_memory(inventory),
        *_installer(),
        *_frameworks(inventory, environments),
        *_accelerators(inventory),
        *_compiler(inventory),
        *_window(inventory),
        *_conditions(warnings),
    )


def _folder(folder: Path) -> Iterator[Finding]:
    detail: dict[str, str | float] = {"folder": str(folder)}
    if not os.access(folder, os.W_OK):
        yield Finding("folder-unwritable", Severity.PROBLEM, detail)
        return
    free = shutil.disk_usage(folder).free
    low = free < SPACE_BYTES
    detail |= {"free_bytes": free, "wanted_bytes": SPACE_BYTES}
    yield Finding("space-low" if low else "space", Severity.REMARK if low else Severity.FINE, detail)


def _memory(inventory: Inventory) -> Iterator[Finding]:
    allowed = inventory.machine.limits.memory_bytes or inventory.machine.memory.total_bytes
    if allowed is None:
        return
    low = allowed < MEMORY_BYTES
    yield Finding(
        "memory-low" if low else "memory",
        Severity.REMARK if low else Severity.FINE,
        {"allowed_bytes": allowed, "wanted_bytes": MEMORY_BYTES},
    )


def _installer() -> Iterator[Finding]:
    try:
        yield Finding("uv", Severity.FINE, {"path": find_uv()})
    except AdvisorError:
        yield Finding("uv-missing", Severity.PROBLEM)


def _frameworks(inventory: Inventory, environments: Environments) -> Iterator[Finding]:
    for state in inventory.states:
        detail: dict[str, str | float] = {"alternative": state.alternative}
        if state.installation is not None:
            yield Finding(
                "ready",
                Severity.FINE,
                detail
                | {"version": state.installation.version, "interpreter": state.installation.interpreter},
            )
            continue
        detail["reason"] = state.reason or ""
        known = next(each for _, each in offered(inventory.catalogue) if each.id == state.alternative)
        framework = catalogue_file.find(inventory.catalogue, known.runtime or known.framework)
        try:
            plan = environments.plan(
                catalogue_file.find(inventory.catalogue, framework.id), inventory.machine
            )
        except AdvisorError as error:
            yield Finding("unavailable", Severity.REMARK, detail | {"message": str(error)})
            continue
        detail["python"] = plan.python_version
        if plan.interpreter is None:
            yield Finding("python-missing", Severity.REMARK, detail)
        else:
            yield Finding("not-installed", Severity.REMARK, detail)


def _accelerators(inventory: Inventory) -> Iterator[Finding]:
    machine = inventory.machine
    names = dict(reachable(machine))
    cards: Counter[tuple[str, Severity, tuple[tuple[str, str | float], ...]]] = Counter()
    for gpu in machine.gpus:
        code, severity, detail = _card(machine, gpu, names.get(gpu))
        cards[code, severity, tuple(detail.items())] += 1
    # Eight cards of a server are one sentence.
    for (code, severity, items), number in cards.items():
        detail = dict(items)
        if number > 1:
            detail["name"] = f"{number} × {detail['name']}"
        yield Finding(code, severity, detail)
    yield from _misfits(inventory)
    if names:
        for state in inventory.states:
            if state.installation is not None and state.installation.wheel == "cpu":
                yield Finding("cpu-build", Severity.REMARK, {"alternative": state.alternative})
    for npu in machine.npus:
        yield Finding("npu", Severity.FINE, {"name": npu.name})


def _card(machine: Machine, gpu: Gpu, device: str | None) -> tuple[str, Severity, dict[str, str | float]]:
    """Return what there is to say of one accelerator: whether frameworks reach it, and why not."""
    about: dict[str, str | float] = {"name": gpu.name}
    prefix = f"gpus.{gpu.vendor.lower()}{gpu.index}"
    reason = machine.absent.get(f"{prefix}.device")
    if device is not None:
        if reason == Absence.ORDER_UNKNOWN:
            return "accelerator-order", Severity.REMARK, about
        return "accelerator", Severity.FINE, about | {"api": gpu.api or ""}
    if reason in (Absence.HIDDEN, Absence.PARTITIONED):
        return f"accelerator-{reason}", Severity.REMARK, about
    if machine.absent.get(f"{prefix}.api") == Absence.PARTITIONED:
        return "accelerator-unpartitioned", Severity.REMARK, about
    if gpu.driver is None:
        return "driver-missing", Severity.PROBLEM, about
    if machine.absent.get(f"{prefix}.api") == Absence.NO_DRIVER:
        return "driver-unreachable", Severity.PROBLEM, about | {"driver": gpu.driver}
    # A processor's own graphics with a driver for the screen is as it should be.
    return "accelerator-unused", Severity.REMARK, about | {"driver": gpu.driver}


def _misfits(inventory: Inventory) -> Iterator[Finding]:
    """Yield what is installed and can't use a card that is there: too old, too new, or its driver is."""
    alternatives = {
        alternative.id: (framework, alternative) for framework, alternative in offered(inventory.catalogue)
    }
    for state in inventory.states:
        if state.installation is None or state.installation.wheel == "cpu":
            continue
        framework, alternative = alternatives[state.alternative]
        seen = set()
        for gpu in inventory.machine.gpus:
            wrong = cuda_misfit(framework, alternative, gpu, state.installation.wheel)
            if wrong is not None and gpu.name not in seen:
                seen.add(gpu.name)
                about: dict[str, str | float] = {"alternative": state.alternative, "gpu": gpu.name}
                yield Finding(f"misfit-{wrong.detail['reason']}", Severity.REMARK, about | wrong.detail)


def _compiler(inventory: Inventory) -> Iterator[Finding]:
    found = next((name for name in COMPILERS if shutil.which(name)), None)
    if inventory.machine.os.system is System.WINDOWS:
        found = shutil.which("cl")
    if found:
        yield Finding("compiler", Severity.FINE, {"name": found})
    else:
        yield Finding("compiler-missing", Severity.REMARK)


def _window(inventory: Inventory) -> Iterator[Finding]:
    if not sys.platform.startswith("linux"):
        return
    absent = [name for name in QT_LIBRARIES if ctypes.util.find_library(name) is None]
    if absent:
        names = ", ".join(f"lib{name}" for name in absent)
        yield Finding("qt-libraries-missing", Severity.REMARK, {"names": names})
    else:
        yield Finding("qt-libraries", Severity.FINE)


def _conditions(warnings: Sequence[ProbeWarning]) -> Iterator[Finding]:
    for warning in warnings:
        yield Finding("condition", Severity.REMARK, {"warning": warning.code.value, **warning.detail})
    if not warnings:
        yield Finding("conditions", Severity.FINE)
