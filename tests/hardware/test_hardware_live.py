"""This very machine, against other programs' words on it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import archspec.cpu
import psutil
import pytest

from advisor.hardware.detection import detect
from advisor.hardware.model import Absence, Machine, StorageKind

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the oracles are Linux's own tools")


@pytest.fixture(scope="module")
def machine() -> Machine:
    return detect(folder=Path.cwd())


@pytest.fixture(scope="module")
def lscpu() -> dict[str, str]:
    if shutil.which("lscpu") is None:
        pytest.skip("lscpu is not installed")
    done = subprocess.run(["lscpu", "-J", "-B"], capture_output=True, check=True, text=True)
    found: dict[str, str] = {}

    def collect(entries: list[dict[str, object]]) -> None:
        for entry in entries:
            found[str(entry["field"]).rstrip(":")] = str(entry["data"])
            collect(entry.get("children", []))  # type: ignore[arg-type]

    collect(json.loads(done.stdout)["lscpu"])
    return found


def test_no_detector_fails(machine: Machine) -> None:
    assert Absence.DETECTOR_FAILED not in machine.absent.values()
    assert Absence.RECORDED not in machine.absent.values()


def test_lscpu_says_the_same(machine: Machine, lscpu: dict[str, str]) -> None:
    cpu = machine.cpu
    assert cpu.architecture == lscpu["Architecture"]
    assert cpu.vendor in (None, lscpu.get("Vendor ID"))
    if "Model name" in lscpu and cpu.architecture == "x86_64":
        assert cpu.model == lscpu["Model name"]
    if "NUMA node(s)" in lscpu:
        assert cpu.numa_nodes == int(lscpu["NUMA node(s)"])
    if "Socket(s)" in lscpu and cpu.sockets is not None:
        assert cpu.sockets == int(lscpu["Socket(s)"])
        assert cpu.cores == cpu.sockets * int(lscpu["Core(s) per socket"])
    for field, level, kind in (("L1d", 1, "data"), ("L2", 2, "unified"), ("L3", 3, "unified")):
        text = lscpu.get(f"{field} cache") or lscpu.get(field)
        if text:
            ours = [c for c in cpu.caches if (c.level, c.kind) == (level, kind)]
            assert sum(c.size_bytes * c.instances for c in ours) == int(text.split()[0])
    flags = lscpu.get("Flags", "").split()
    assert set(cpu.features) - {"neon"} <= set(flags)


def test_psutil_says_the_same(machine: Machine) -> None:
    assert machine.memory.total_bytes == psutil.virtual_memory().total
    assert machine.memory.swap_bytes == psutil.swap_memory().total
    assert machine.cpu.threads == psutil.cpu_count(logical=True)
    assert machine.cpu.cores in (None, psutil.cpu_count(logical=False))
    assert list(machine.limits.cpus) == psutil.Process().cpu_affinity()
    assert machine.storage is not None
    assert machine.storage.total_bytes == psutil.disk_usage(str(Path.cwd())).total


def test_archspec_agrees_or_is_behind_because_of_a_hypervisor(machine: Machine) -> None:
    if machine.cpu.architecture != "x86_64":
        pytest.skip("archspec's tables are used for x86-64")
    theirs, ours = archspec.cpu.host(), archspec.cpu.TARGETS.get(str(machine.cpu.microarchitecture))
    if ours is None:
        pytest.skip(f"archspec has no {machine.cpu.microarchitecture}")
    assert ours == theirs or (machine.platform.virtualisation is not None and ours > theirs)


def test_a_narrower_affinity_is_seen() -> None:
    cpus = sorted(os.sched_getaffinity(0))
    code = (
        f"import os; os.sched_setaffinity(0, [{cpus[-1]}])\n"
        "from advisor.hardware.detection import detect\n"
        "limits = detect().limits\n"
        "print(limits.cores, limits.cpus, limits.cores_source, limits.physical_cores)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    source = "affinity" if len(cpus) > 1 else "fitted"
    assert done.stdout.split("\n")[0] in (
        f"1.0 ({cpus[-1]},) {source} 1",
        f"1.0 ({cpus[-1]},) {source} None",
    )


def test_a_folder_in_memory_is_called_so() -> None:
    if not os.path.ismount("/dev/shm"):
        pytest.skip("/dev/shm is not mounted")
    storage = detect(folder=Path("/dev/shm/not/made/yet")).storage
    assert storage is not None
    assert storage.kind is StorageKind.MEMORY
    assert storage.free_bytes is not None
