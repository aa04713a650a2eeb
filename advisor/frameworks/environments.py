"""Managed environments: one per framework, made by uv in the program's data folder.

An environment is built under a name of its own and counts only once a marker file, written last and at
once, names it. Whatever a killed or failed installation leaves is swept away by the next one.
"""

import contextlib
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from advisor.errors import AdvisorError
from advisor.files import write_atomically
from advisor.frameworks import catalogue as catalogues
from advisor.frameworks import discovery, installer, interpreters, pip_config, resolution
from advisor.frameworks.installer import InstallCancelled
from advisor.frameworks.model import (
    Framework,
    Installation,
    InstallNote,
    InstallPlan,
    InstallProgress,
    InstallState,
    Origin,
)
from advisor.frameworks.progress import Downloads
from advisor.hardware.model import Machine

Emit = Callable[[InstallProgress], None]

_MARKER = "current.json"
_VERIFY_TIMEOUT_S = 600.0
_LOCK_POLL_S = 0.2
_AT_ONCE = 2


class _Marker(Struct, frozen=True):
    """What the marker file holds: which environment is the good one, and what was asked for and got."""

    environment: str
    kind: str
    packages: tuple[str, ...]
    resolved: str
    installation: Installation


class Environments:
    """The managed environments under a data folder.

    Parameters
    ----------
    folder : Path
        The program's data folder; environments lie in ``environments/`` below it.
    catalogue : sequence of Framework, optional
        The frameworks known; the packaged catalogue by default.
    environ : mapping, optional
        The environment that uv is configured by.
    """

    def __init__(
        self,
        folder: Path,
        catalogue: Sequence[Framework] | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._folder = folder.absolute() / "environments"
        self._catalogue = tuple(catalogue or catalogues.load())
        self._environ = environ

    def list(self) -> tuple[Installation, ...]:
        """Return every finished environment's installation, in the catalogue's order."""
        found = (self.installation(framework.id) for framework in self._catalogue)
        return tuple(item for item in found if item is not None)

    def installation(self, framework: str) -> Installation | None:
        """Return a framework's managed installation, ``None`` where there is no finished one."""
        marker = self._marker(framework)
        if marker is None or not self._holds(framework, Path(marker.installation.interpreter)):
            return None
        return marker.installation

    def _holds(self, framework: str, interpreter: Path) -> bool:
        """Whether an environment still has its interpreter and the framework's modules, without running it."""
        known = catalogues.find(self._catalogue, framework)
        site = _site_packages(interpreter)
        modules = {known.module, *known.backend_modules.values()}
        return (
            interpreter.exists()
            and site is not None
            and all(_is_module(site, module.partition(".")[0]) for module in modules)
        )

    def plan(self, framework: Framework, machine: Machine) -> InstallPlan:
        """Say what installing a framework on a machine would take; nothing is downloaded or written.

        Raises
        ------
        AdvisorError
            The framework has no build for the machine.
        """
        kind, requirements = resolution.requirements_for(framework, machine)
        uv, environment, _ = self._uv()
        python = resolution.find_python(requirements, uv, environment)
        folder = self._folder / framework.id
        return InstallPlan(
            framework=framework.id,
            kind=kind,
            requirements=requirements,
            folder=str(folder),
            interpreter=python[0] if python else None,
            python_version=python[1] if python else requirements.python,
            free_bytes=_free_bytes(folder),
            renews=self._other(framework.id, kind, requirements.packages),
        )

    def install(self, plan: InstallPlan, emit: Emit, cancel: threading.Event) -> Installation:
        """Carry out a plan, and return the verified installation.

        ``emit`` is called from this thread with every step, the last of which is DONE, FAILED or
        CANCELLED. Where another process installs the same framework, its end is waited for; an
        environment that the plan asks for and that is there already is returned as it is.

        Raises
        ------
        InstallCancelled
            ``cancel`` was set; nothing is left of the installation.
        AdvisorError
            What happened and what to do.
        """
        try:
            with self._locked(plan.framework, cancel):
                installation = self._existing(plan) or self._build(plan, emit, cancel)
        except InstallCancelled:
            emit(InstallProgress(plan.framework, InstallState.CANCELLED))
            raise
        except OSError as error:
            fault = installer.explain(
                f"{self._name(plan)} can't be installed",
                f"error: {error} (os error {error.errno})",
                self._folder,
            )
            emit(InstallProgress(plan.framework, InstallState.FAILED, reason=str(fault)))
            raise fault from error
        except AdvisorError as error:
            emit(InstallProgress(plan.framework, InstallState.FAILED, reason=str(error)))
            raise
        emit(InstallProgress(plan.framework, InstallState.DONE))
        return installation

    def install_all(
        self, plans: Sequence[InstallPlan], emit: Emit, cancel: threading.Event
    ) -> dict[str, Installation | AdvisorError]:
        """Carry out several plans, two at a time, the largest first; one that fails doesn't stop the others.

        ``emit`` is called from several threads, but never by two at once.
        """
        lock = threading.Lock()

        def emit_alone(progress: InstallProgress) -> None:
            with lock:
                emit(progress)

        def attempt(plan: InstallPlan) -> Installation | AdvisorError:
            try:
                return self.install(plan, emit_alone, cancel)
            except AdvisorError as error:
                return error

        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="install") as pool:
            largest_first = sorted(
                plans, key=lambda plan: plan.requirements.download_bytes or 0, reverse=True
            )
            outcomes = {plan.framework: pool.submit(attempt, plan) for plan in largest_first}
            try:
                return {plan.framework: outcomes[plan.framework].result() for plan in plans}
            except BaseException:
                cancel.set()  # an interrupted caller would otherwise wait for the rest
                raise

    def remove(self, framework: str) -> bool:
        """Delete a framework's managed environment; ``False`` where there was none."""
        folder = self._folder / framework
        if not folder.is_dir():
            return False
        with self._locked(framework, threading.Event()):
            there = (folder / _MARKER).exists()
            (folder / _MARKER).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
        return there

    def _build(self, plan: InstallPlan, emit: Emit, cancel: threading.Event) -> Installation:
        folder = Path(plan.folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._sweep(plan.framework)
        uv, environment, arguments = self._uv()

        def report(state: InstallState) -> Callable[[str], None]:
            emit(InstallProgress(plan.framework, state))
            return lambda line: emit(InstallProgress(plan.framework, state, line=line))

        log = report(InstallState.RESOLVING)
        notes: tuple[InstallNote, ...] = ()
        if plan.interpreter is None:
            emit(InstallProgress(plan.framework, InstallState.RESOLVING, note=InstallNote.PYTHON_DOWNLOAD))
            plan = self._download_python(plan, uv, environment, cancel, log)
            notes = (InstallNote.PYTHON_DOWNLOAD,)
        resolved = resolution.resolve(plan, self._name(plan), uv, arguments, environment, cancel, log)
        for note in resolved.notes:
            emit(InstallProgress(plan.framework, InstallState.RESOLVING, note=note))

        place = folder / uuid.uuid4().hex[:12]
        try:
            self._uv_command(
                plan,
                [uv, "venv", "--no-project", "--python", str(plan.interpreter), str(place)],
                environment,
                cancel,
                log,
            )
            interpreter = interpreters.interpreter_in(place)
            if interpreter is None:
                raise AdvisorError(f"{self._name(plan)} can't be installed: {place} has no Python.")
            command = [uv, "pip", "install", "--no-deps", "--python", str(interpreter), "--requirements", "-"]
            downloads = Downloads(plan, emit)
            emit(downloads.progress())
            self._uv_command(
                plan,
                [*command, *arguments, *resolved.arguments],
                environment,
                cancel,
                downloads.on_line,
                resolved.requirements,
            )
            installation = self._verify(plan, interpreter, (*notes, *resolved.notes), cancel, report)
            packages = plan.requirements.packages
            self._mark(plan, _Marker(place.name, plan.kind, packages, resolved.requirements, installation))
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        self._sweep(plan.framework)
        return installation

    def _verify(
        self,
        plan: InstallPlan,
        interpreter: Path,
        notes: tuple[InstallNote, ...],
        cancel: threading.Event,
        report: Callable[[InstallState], Callable[[str], None]],
    ) -> Installation:
        """Import the framework, once per backend, and read what its metadata says."""
        framework = catalogues.find(self._catalogue, plan.framework)
        log = report(InstallState.VERIFYING)
        for backend in framework.backends or (None,):
            environment = interpreters.child_environment(self._environ)
            modules = [framework.module]
            if backend is not None:
                environment["KERAS_BACKEND"] = backend
                environment["KERAS_HOME"] = os.devnull  # or Keras writes its settings into the user's home
                modules.insert(0, framework.backend_modules[backend])
            completed = installer.run(
                [str(interpreter), "-I", "-c", f"import {', '.join(modules)}"],
                environment,
                Path(plan.folder),
                cancel,
                log,
                timeout_s=_VERIFY_TIMEOUT_S,
            )
            if completed.returncode != 0:
                last = (completed.output.strip().splitlines() or [f"exit status {completed.returncode}"])[-1]
                subject = framework.name if backend is None else f"{framework.name} on {backend}"
                raise AdvisorError(
                    f"{subject} was installed, but can't be imported ({last[:300]}).",
                    "Install it by hand in an environment of yours, and add that one.",
                )
        inspection = interpreters.inspect(str(interpreter), discovery.distributions(self._catalogue))
        found = (
            discovery.read(self._catalogue, str(interpreter), Origin.MANAGED, inspection)
            if inspection
            else ()
        )
        installation = next((item for item in found if item.framework == plan.framework), None)
        if installation is None or installation.problem is not None:
            raise AdvisorError(
                f"{framework.name} was installed, but its environment holds no usable copy of it."
            )
        return msgspec.structs.replace(installation, notes=notes)

    def _download_python(
        self,
        plan: InstallPlan,
        uv: str,
        environment: Mapping[str, str],
        cancel: threading.Event,
        log: Callable[[str], None],
    ) -> InstallPlan:
        wanted = plan.requirements
        command = [uv, "python", "install", wanted.python]
        completed = installer.run(command, environment, Path(plan.folder), cancel, log)
        python = resolution.find_python(wanted, uv, environment) if completed.returncode == 0 else None
        if python is None:
            raise AdvisorError(
                f"{self._name(plan)} needs Python {wanted.python_range or wanted.python}, but this machine "
                "has none, and it could not be downloaded.",
                f"Install Python {wanted.python} (python.org, your system's packages, conda or pyenv), "
                "or add an environment that has the framework.",
            )
        return msgspec.structs.replace(plan, interpreter=python[0], python_version=python[1])

    def _uv_command(
        self,
        plan: InstallPlan,
        command: Sequence[str],
        environment: Mapping[str, str],
        cancel: threading.Event,
        on_line: Callable[[str], None],
        stdin: str = "",
    ) -> None:
        completed = installer.run([*command], environment, Path(plan.folder), cancel, on_line, stdin)
        if completed.returncode != 0:
            raise installer.explain(
                f"{self._name(plan)} can't be installed", completed.output, Path(plan.folder)
            )

    def _uv(self) -> tuple[str, dict[str, str], tuple[str, ...]]:
        """uv's path, the environment it runs in and the arguments of ``uv pip``."""
        settings = pip_config.translate(self._environ)
        environment = interpreters.child_environment(self._environ) | settings.environment
        # Nothing of this program's may end up in a folder on PATH.
        environment.setdefault("UV_PYTHON_INSTALL_BIN", "0")
        return installer.find_uv(), environment, settings.arguments

    def _existing(self, plan: InstallPlan) -> Installation | None:
        if self._other(plan.framework, plan.kind, plan.requirements.packages):
            return None
        return self.installation(plan.framework)

    def _other(self, framework: str, kind: str, packages: tuple[str, ...]) -> bool:
        """Whether there is a finished environment, made of other packages than these."""
        marker = self._marker(framework)
        asked = marker is None or (marker.kind, marker.packages) == (kind, packages)
        return not asked and self.installation(framework) is not None

    def _marker(self, framework: str) -> _Marker | None:
        try:
            return msgspec.json.decode((self._folder / framework / _MARKER).read_bytes(), type=_Marker)
        except (OSError, msgspec.DecodeError):
            return None

    def _mark(self, plan: InstallPlan, marker: _Marker) -> None:
        path = Path(plan.folder) / _MARKER
        write_atomically(path, msgspec.json.format(msgspec.json.encode(marker)))

    def _sweep(self, framework: str) -> None:
        """Delete what no marker names: leftovers of killed installations, and the environment before."""
        marker = self._marker(framework)
        for path in (self._folder / framework).iterdir():
            if path.is_dir() and (marker is None or path.name != marker.environment):
                shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def _locked(self, framework: str, cancel: threading.Event) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / f"{framework}.lock")
        while True:
            if cancel.is_set():
                raise InstallCancelled
            with contextlib.suppress(Timeout):
                lock.acquire(timeout=_LOCK_POLL_S)
                break
        try:
            yield
        finally:
            lock.release()

    def _name(self, plan: InstallPlan) -> str:
        return catalogues.find(self._catalogue, plan.framework).name


def _site_packages(interpreter: Path) -> Path | None:
    """Where the environment of an interpreter keeps its packages."""
    place = interpreter.parent.parent
    return next(place.glob("lib/python3*/site-packages"), None) or next(place.glob("Lib/site-packages"), None)


def _is_module(site: Path, name: str) -> bool:
    return (site / name / "__init__.py").exists() or any(site.glob(f"{name}.*"))


def _free_bytes(folder: Path) -> int | None:
    existing = next((path for path in (folder, *folder.parents) if path.exists()), None)
    try:
        return shutil.disk_usage(existing).free if existing else None
    except OSError:
        return None
