"""What this machine is, put together from every source. One broken source never stops the rest."""

import logging
import os
import platform
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from advisor.errors import AdvisorError
from advisor.hardware import (
    devices,
    gpu_nvidia,
    gpu_sysfs,
    limits,
    linux_cpu,
    linux_memory,
    macos,
    npu,
    platforms,
    storage,
    windows,
)
from advisor.hardware.model import (
    Absence,
    Cpu,
    Gpu,
    Limits,
    Machine,
    Memory,
    Npu,
    OperatingSystem,
    Platform,
    Storage,
    System,
)
from advisor.hardware.source import Runner, Source, recorded_commands, run_command

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_SYSTEMS = {"Linux": System.LINUX, "Windows": System.WINDOWS, "Darwin": System.MACOS}


def detect(
    root: Path = Path("/"),
    run: Runner = run_command,
    folder: Path | None = None,
    system: System | None = None,
    environment: Mapping[str, str] | None = None,
) -> Machine:
    """Return what a machine is.

    Parameters
    ----------
    root : Path
        The folder that stands for ``/``. Any other than ``/`` is a recorded machine: nothing of
        the live one is asked then, and commands are answered from ``commands/`` in it.
    run : Runner
        Runs a command of the machine and returns its output.
    folder : Path, optional
        Whose storage is wanted.
    system : System, optional
        Which system it is; told from Python, or from a recorded machine's files, if left out.

    environment : mapping, optional
        The variables that frameworks start with, which may hide accelerators from them: this
        process's own if left out, and none for a recorded machine.

    Raises
    ------
    AdvisorError
        If ``root`` is no folder.
    """
    live = root == Path("/")
    if not root.is_dir():
        raise AdvisorError(f"{root} is no folder.", "Name the folder that holds a recorded machine.")
    if not live and run is run_command:
        run = recorded_commands(root)
    source = Source(root=root, run=run)
    if system is None:
        system = _SYSTEMS.get(platform.system(), System.OTHER) if live else _recorded_system(root)
    detector = {System.MACOS: _macos, System.WINDOWS: _windows}.get(system, _linux)
    if environment is None:
        environment = os.environ if live else {}
    return detector(source, folder, _Collector(environment))


def _recorded_system(root: Path) -> System:
    commands = root / "commands"
    if (commands / "sysctl.txt").exists():
        return System.MACOS
    return System.WINDOWS if (commands / "powershell-machine.txt").exists() else System.LINUX


class _Collector:
    """Runs detectors and keeps what each says is missing."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.absent: dict[str, str] = {}

    def ask(self, name: str, default: _T, detector: Callable[[], tuple[_T, dict[str, str]]]) -> _T:
        try:
            value, absent = detector()
        except Exception:
            _log.debug("the detector of %s failed", name, exc_info=True)
            self.absent[name] = str(Absence.DETECTOR_FAILED)
            return default
        self.absent |= absent
        return value

    def machine(
        self,
        folder: Path | None,
        cpu: Cpu,
        memory: Memory,
        allowed: Limits,
        os: OperatingSystem,
        circumstances: Platform,
        stored: Storage | None,
        gpus: tuple[Gpu, ...],
        npus: tuple[Npu, ...] = (),
    ) -> Machine:
        gpus = self.ask("gpus.device", gpus, lambda: devices.name_devices(gpus, self._environment))
        if folder is None:
            self.absent["storage"] = str(Absence.NOT_REQUESTED)
        return Machine(
            cpu=cpu,
            memory=memory,
            limits=allowed,
            os=os,
            platform=circumstances,
            detected_at=datetime.now(UTC).isoformat(timespec="seconds"),
            storage=stored,
            gpus=gpus,
            absent=self.absent,
            npus=npus,
        )

    def storage(
        self,
        source: Source,
        folder: Path | None,
        detector: Callable[[Source, Path], tuple[Storage, dict[str, str]]],
    ) -> Storage | None:
        if folder is None:
            return None
        return self.ask("storage", Storage(path=str(folder)), lambda: detector(source, folder))


_UNKNOWN_CPU = Cpu(architecture="unknown")


def _linux(source: Source, folder: Path | None, collected: _Collector) -> Machine:
    cpu = collected.ask("cpu", _UNKNOWN_CPU, lambda: linux_cpu.detect_cpu(source))
    memory = collected.ask("memory", Memory(), lambda: linux_memory.detect_memory(source))
    fallback = Limits(cores=float(cpu.threads or 1), memory_bytes=memory.total_bytes)
    no_gpus: tuple[Gpu, ...] = ()
    no_npus: tuple[Npu, ...] = ()
    nvidia = collected.ask("gpus.nvidia", no_gpus, lambda: gpu_nvidia.detect_nvidia(source))
    return collected.machine(
        folder,
        cpu,
        memory,
        collected.ask("limits", fallback, lambda: limits.detect_limits(source, cpu, memory)),
        collected.ask(
            "os", OperatingSystem(system=System.LINUX, name="Linux"), lambda: platforms.detect_os(source)
        ),
        collected.ask("platform", Platform(), lambda: platforms.detect_platform(source)),
        collected.storage(source, folder, storage.detect_storage),
        nvidia + collected.ask("gpus", no_gpus, lambda: gpu_sysfs.detect_gpus(source, nvidia)),
        collected.ask("npus", no_npus, lambda: npu.detect_npus(source)),
    )


def _macos(source: Source, folder: Path | None, collected: _Collector) -> Machine:
    cpu = collected.ask("cpu", _UNKNOWN_CPU, lambda: macos.detect_cpu(source))
    memory = collected.ask("memory", Memory(), lambda: macos.detect_memory(source))
    no_gpus: tuple[Gpu, ...] = ()
    return collected.machine(
        folder,
        cpu,
        memory,
        collected.ask("limits", Limits(cores=1.0), lambda: macos.detect_limits(cpu, memory)),
        collected.ask(
            "os", OperatingSystem(system=System.MACOS, name="macOS"), lambda: macos.detect_os(source)
        ),
        collected.ask("platform", Platform(), lambda: macos.detect_platform(source)),
        collected.storage(source, folder, macos.detect_storage),
        collected.ask("gpus", no_gpus, lambda: macos.detect_gpus(source)),
    )


def _windows(source: Source, folder: Path | None, collected: _Collector) -> Machine:
    no_gpus: tuple[Gpu, ...] = ()
    os = OperatingSystem(system=System.WINDOWS, name="Windows")
    nothing = (_UNKNOWN_CPU, Memory(), Limits(cores=1.0), os, Platform(), no_gpus)
    cpu, memory, allowed, os, circumstances, displays = collected.ask(
        "machine", nothing, lambda: windows.detect_machine(source)
    )
    nvidia = collected.ask("gpus.nvidia", no_gpus, lambda: gpu_nvidia.detect_nvidia(source))
    # NVML knows more of the same cards.
    others = tuple(gpu for gpu in displays if not (nvidia and gpu.vendor == "NVIDIA"))
    return collected.machine(
        folder,
        cpu,
        memory,
        allowed,
        os,
        circumstances,
        collected.storage(source, folder, windows.detect_storage),
        nvidia + others,
    )
