"""What a managed environment is made of on a given machine: kind of build, Python, and the exact packages."""

import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from packaging.requirements import Requirement

from advisor.errors import AdvisorError
from advisor.frameworks import interpreters
from advisor.frameworks.catalogue import fact
from advisor.frameworks.discovery import release
from advisor.frameworks.installer import Completed, explain, run
from advisor.frameworks.model import Framework, InstallNote, InstallPlan, Requirements
from advisor.hardware.model import Machine, System

# What is tried before the default index must tell quickly that it is out of reach. The time-out is for silence,
# not for the whole of an answer, so a slow connection passes.
_IMPATIENT = {"UV_HTTP_TIMEOUT": "15", "UV_HTTP_RETRIES": "1"}


class Resolution(Struct, frozen=True):
    """Exact packages, the extra arguments that their build needs, and what had to be done without."""

    requirements: str
    arguments: tuple[str, ...] = ()
    notes: tuple[InstallNote, ...] = ()


def requirements_for(framework: Framework, machine: Machine) -> tuple[str, Requirements]:
    """Return the kind of build for a machine, and what it is made of.

    Raises
    ------
    AdvisorError
        The framework has no build for the machine.
    """
    system, architecture = machine.os.system, machine.cpu.architecture.lower()
    architecture = {"amd64": "x86_64", "aarch64": "arm64"}.get(architecture, architecture)
    for fact_id in (f"platform.{system}.{architecture}", f"platform.{system}"):
        known = fact(framework, fact_id)
        if known is not None and known.value is False:
            detail = f" ({known.note})" if known.note else ""
            raise AdvisorError(
                f"{framework.name} has no build for {system} on {architecture}{detail}.",
                "Leave it out on this machine.",
            )
    interfaces = [gpu.api for gpu in machine.gpus if gpu.api]
    match system:
        case System.LINUX | System.OTHER:
            kinds = interfaces
        case System.WINDOWS:
            kinds = [*(f"windows-{interface}" for interface in interfaces), "windows"]
        case System.MACOS:
            kinds = ["macos"]
    kind = next((kind for kind in kinds if kind in framework.requirements), "cpu")
    return kind, framework.requirements[kind]


def packages_for(requirements: Requirements, architecture: str) -> tuple[str, ...]:
    """Return the packages that a machine takes, without the conditions under which it does.

    Parameters
    ----------
    architecture : str
        As ``platform.machine()`` names it.
    """
    wanted = [Requirement(each) for each in requirements.packages]
    here = {"platform_machine": architecture}
    return tuple(
        f"{each.name}{each.specifier}" for each in wanted if each.marker is None or each.marker.evaluate(here)
    )


def find_python(
    requirements: Requirements, uv: str, environment: Mapping[str, str]
) -> tuple[str, str] | None:
    """Return an interpreter that will do and its version, or ``None`` where this machine has none.

    The preferred version goes first: frameworks are compared best on the same Python. uv looks in
    PATH and among its own; pyenv's, conda's and others' are looked through after.
    """
    preferred = f"=={requirements.python}.*"
    for wanted in dict.fromkeys((preferred, requirements.python_range or preferred)):
        found = _uv_python(uv, wanted, environment) or _listed_python(wanted)
        if found is not None:
            return found
    return None


def resolve(
    plan: InstallPlan,
    name: str,
    uv: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    cancel: threading.Event,
    on_line: Callable[[str], None],
) -> Resolution:
    """Choose the exact packages of a plan, PyTorch's build among them.

    Attempts go from the right build in the user's own sources, over PyTorch's index, to whatever the
    default index has; the first that resolves is taken.

    Raises
    ------
    AdvisorError
        Nothing resolves; the message tells why the last attempt failed.
    """
    assert plan.interpreter is not None
    completed = Completed(1, "", "")
    for packages, extra, variables, notes in _attempts(plan.requirements, environment):
        command = [uv, "pip", "compile", "--no-header", "--no-annotate", "--python", plan.interpreter]
        completed = run(
            [*command, *arguments, *extra, "-"],
            {**environment, **variables},
            Path(plan.folder).parent,
            cancel,
            on_line,
            stdin="\n".join(packages) + "\n",
        )
        if completed.returncode == 0:
            if extra and not re.search(r"^torch==\S+\+", completed.stdout, re.MULTILINE):
                # Without an index uv ignores the backend asked for, and says nothing.
                notes = (InstallNote.INDEX_FALLBACK,)
            return Resolution(completed.stdout, extra, notes)
    raise explain(f"{name} can't be installed", completed.output, Path(plan.folder))


def _attempts(
    requirements: Requirements, environment: Mapping[str, str]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], dict[str, str], tuple[InstallNote, ...]]]:
    packages, backend = requirements.packages, requirements.torch_backend
    if backend is None or environment.get("UV_TORCH_BACKEND"):
        yield packages, (), {}, ()
        return
    if backend == "cpu":
        # A mirror or a folder of wheels may hold the CPU build, a fraction of the default one's size.
        cpu_builds = tuple(re.sub(r"^(torch==[\d.]+)$", r"\1+cpu", package) for package in packages)
        yield cpu_builds, (), _IMPATIENT, ()
    yield packages, ("--torch-backend", backend), _IMPATIENT, ()
    yield packages, (), {}, (InstallNote.INDEX_FALLBACK,)


def _uv_python(uv: str, request: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    try:
        completed = subprocess.run(
            [uv, "python", "find", "--system", "--no-python-downloads", request],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=dict(environment),
            # uv reads settings out of its folder and those above; in the temporary one they may be anybody's.
            cwd=Path(uv).anchor or None,
            timeout=interpreters.INSPECTION_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    path = completed.stdout.strip()
    inspection = interpreters.inspect(path) if completed.returncode == 0 and path else None
    return (path, inspection.python_version) if inspection else None


def _listed_python(wanted: str) -> tuple[str, str] | None:
    fitting = [
        (release(inspection.python_version), interpreter.path, inspection.python_version)
        for interpreter, inspection in interpreters.inspect_all(interpreters.find())
        if in_range(inspection.python_version, wanted)
    ]
    return max(fitting)[1:] if fitting else None


def in_range(version: str, wanted: str) -> bool:
    """Say whether a Python version fits a range such as ">=3.11,<3.14" or "==3.11.*"."""
    number = release(version)
    for clause in wanted.split(","):
        limit = release(clause.lstrip("<>= "))
        if clause.startswith("==") and number[: len(limit)] != limit:
            return False
        if clause.startswith(">=") and number < limit:
            return False
        if clause.startswith("<") and number >= limit:
            return False
    return True
