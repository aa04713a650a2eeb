"""Recorded machines: what a person who reads their files would say of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advisor.hardware.detection import detect
from advisor.hardware.model import Absence, Cache, Gpu, Machine, StorageKind, System
from advisor.hardware.source import Source

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
AVX512 = ("avx2", "fma", "avx512f", "avx512_vnni")
SAPPHIRE_RAPIDS = (*AVX512, "avx_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8")

Recorded = Callable[[str], Path]

EXPECTED: dict[str, dict[str, Any]] = {
    "firecracker-vm": {
        "cpu.architecture": "x86_64",
        "cpu.vendor": "GenuineIntel",
        # The hypervisor hides waitpkg; only Sapphire Rapids and its successors have AMX.
        "cpu.microarchitecture": "sapphirerapids",
        "cpu.sockets": 1,
        "cpu.cores": 2,
        "cpu.threads": 2,
        "cpu.features": SAPPHIRE_RAPIDS,
        "limits.cores": 2.0,
        "limits.cpus": (0, 1),
        "limits.physical_cores": 2,
        "limits.memory_source": "fitted",
        "platform.virtualisation": "virtual",
        "platform.container": "docker",
        "storage.kind": StorageKind.VIRTUAL,
        "storage.filesystem": "ext4",
        "os.name": "Debian GNU/Linux",
    },
    "xeon-sapphire-rapids-2s": {
        "cpu.model": "Intel(R) Xeon(R) Gold 6434",
        "cpu.microarchitecture": "sapphirerapids",
        "cpu.sockets": 2,
        "cpu.cores": 16,
        "cpu.threads": 32,
        "cpu.max_frequency_hz": 4.1e9,
        "cpu.numa_nodes": 2,
        "cpu.features": SAPPHIRE_RAPIDS,
        # The affinity mask names 128 CPUs that could be plugged in.
        "limits.cpus": tuple(range(32)),
        "limits.cores": 32.0,
        "limits.cores_source": "fitted",
        "limits.physical_cores": 16,
        "limits.memory_bytes": 527951372 * KIB,
        "platform.virtualisation": None,
        "platform.governor": "performance",
        "platform.on_battery": False,
        "storage.kind": StorageKind.NETWORK,
    },
    "epyc-zen4": {
        "cpu.vendor": "AuthenticAMD",
        "cpu.microarchitecture": "zen4",
        "cpu.cores": 6,
        "cpu.threads": 12,
        "cpu.features": (*AVX512, "avx512_bf16"),
        "limits.cpus": (0, 1, 2, 3, 4, 5),
        "limits.cores": 6.0,
        "limits.cores_source": "affinity",
        # Threads 0 to 5 are one of each core's two.
        "limits.physical_cores": 6,
        "storage.kind": StorageKind.SSD,
        "platform.virtualisation": None,
    },
    "laptop-hybrid": {
        "cpu.microarchitecture": "alderlake",
        "cpu.cores": 10,
        "cpu.threads": 12,
        "cpu.max_frequency_hz": 4.4e9,
        "cpu.features": ("avx2", "fma", "avx_vnni"),
        "platform.on_battery": True,
        "platform.governor": "powersave",
        # Through a volume group and an encrypted partition.
        "storage.kind": StorageKind.NVME,
        "storage.device": "/dev/mapper/vg-root",
    },
    "radeon-workstation": {
        "cpu.microarchitecture": "zen4",
        "storage.kind": StorageKind.NVME,
        "storage.filesystem": "btrfs",
        "limits.physical_cores": 6,
    },
    "raspberry-pi-5": {
        "cpu.architecture": "aarch64",
        "cpu.vendor": "ARM",
        "cpu.model": "Cortex-A76",
        "cpu.microarchitecture": "cortex_a76",
        "cpu.cores": 4,
        "cpu.features": ("neon", "dotprod"),
        "cpu.max_frequency_hz": 2.4e9,
        "platform.governor": "ondemand",
        "storage.kind": StorageKind.SSD,
    },
    "graviton3": {
        "cpu.architecture": "aarch64",
        "cpu.microarchitecture": "neoverse_v1",
        "cpu.features": ("neon", "dotprod", "sve", "bf16", "i8mm"),
        "cpu.max_frequency_hz": None,
        "platform.virtualisation": "kvm",
        # A network volume that looks like an NVMe disk.
        "storage.kind": StorageKind.VIRTUAL,
    },
    "power9": {
        "cpu.architecture": "ppc64le",
        "cpu.microarchitecture": "power9",
        "cpu.sockets": 2,
        "cpu.cores": 2,
        "cpu.threads": 8,
        "cpu.numa_nodes": 2,
        "limits.cores": 8.0,
        "limits.cores_source": "fitted",
        "limits.physical_cores": 2,
        "storage.kind": StorageKind.HDD,
        "platform.virtualisation": None,
    },
    "riscv-visionfive2": {
        "cpu.architecture": "riscv64",
        "cpu.microarchitecture": "u74_mc",
        "cpu.sockets": None,
        "cpu.cores": 4,
        "cpu.features": (),
    },
    "s390x-zvm": {
        "cpu.architecture": "s390x",
        "cpu.vendor": "IBM",
        "cpu.microarchitecture": "z15",
        "cpu.threads": 4,
        "cpu.caches": (),
        "limits.cpus": (0, 1, 2, 3),
        "platform.virtualisation": "z/vm",
    },
    "container-cgroup2": {
        "cpu.threads": 8,
        "limits.cores": 1.5,
        "limits.cores_source": "cgroup v2",
        "limits.cpus": tuple(range(8)),
        "limits.memory_bytes": 2 * GIB,
        "limits.memory_source": "cgroup v2",
        "memory.total_bytes": 32405568 * KIB,
        "cpu.microarchitecture": "icelake",
        "platform.container": "docker",
        "platform.virtualisation": "kvm",
        "storage.filesystem": "overlay",
        "storage.kind": StorageKind.UNKNOWN,
    },
    "container-cgroup1": {
        "limits.cpus": (2, 3, 4, 5),
        "limits.physical_cores": 2,
        "limits.cores": 2.5,
        "limits.cores_source": "cgroup v1",
        "limits.memory_bytes": 4 * GIB,
        "limits.memory_source": "cgroup v1",
    },
    "recorded-nexus-9": {
        "cpu.architecture": "aarch64",
        "cpu.vendor": "NVIDIA",
        "cpu.model": "Denver",
        "cpu.features": ("neon",),
        "cpu.threads": 2,
    },
    "recorded-thunderx-cloud": {
        "cpu.model": "ThunderX 88XX",
        "cpu.microarchitecture": "thunderx",
        "cpu.threads": 2,
        "cpu.features": ("neon",),
    },
    "recorded-moto-g2": {
        "cpu.architecture": "armv7l",
        "cpu.model": "Cortex-A7",
        "cpu.threads": 4,
        "cpu.features": ("neon",),
    },
    "recorded-nexus-s": {
        "cpu.architecture": "armv7l",
        "cpu.model": "Cortex-A8",
        "cpu.features": ("neon",),
    },
    "recorded-nexus-4": {"cpu.vendor": "Qualcomm", "cpu.model": "Krait", "cpu.threads": 4},
    "recorded-oneplus-3t": {
        "cpu.architecture": "aarch64",
        "cpu.model": "Kryo",
        "cpu.microarchitecture": "kryo",
        "cpu.threads": 4,
    },
    "recorded-ryzen-5950x": {
        "cpu.architecture": "x86_64",
        "cpu.model": "AMD Ryzen 9 5950X 16-Core Processor",
        "cpu.microarchitecture": "zen3",
        "cpu.features": ("avx2", "fma"),
    },
    "recorded-neoverse-v3ae": {
        "cpu.model": "Neoverse-V3AE",
        "cpu.microarchitecture": "neoverse_v3ae",
        "cpu.features": ("neon", "dotprod", "sve", "sve2", "bf16", "i8mm"),
    },
    "recorded-ampere-1a": {
        "cpu.vendor": "Ampere",
        "cpu.microarchitecture": "ampere1a",
        "cpu.features": ("neon", "dotprod", "bf16", "i8mm"),
    },
    "recorded-graviton-1": {"cpu.microarchitecture": "cortex_a72", "cpu.features": ("neon",)},
    "recorded-core-ultra-285": {
        "cpu.microarchitecture": "arrowlake_s",
        "cpu.features": ("avx2", "fma", "avx_vnni", "avx_vnni_int8"),
        "platform.virtualisation": None,
    },
    "recorded-spacemit-x60": {
        "cpu.architecture": "riscv64",
        "cpu.model": "Spacemit(R) X60",
        "cpu.microarchitecture": "x60",
    },
    "recorded-loongson-3a5000": {
        "cpu.architecture": "loongarch64",
        "cpu.vendor": "Loongson",
        "cpu.model": "Loongson-3A5000-HV",
        "cpu.microarchitecture": "la464",
        "cpu.sockets": 1,
        "cpu.cores": 4,
        "cpu.threads": 4,
        "cpu.features": ("lsx", "lasx"),
    },
    # Its processors are numbered 0 and 2.
    "recorded-ultra-60": {
        "cpu.architecture": "sparc64",
        "cpu.model": "TI UltraSparc II (BlackBird)",
        "cpu.threads": 2,
        "cpu.features": (),
    },
    "macbook-m2-pro": {
        "os.system": System.MACOS,
        "os.version": "14.6.1",
        "cpu.architecture": "aarch64",
        "cpu.microarchitecture": "m2",
        "cpu.cores": 10,
        "cpu.features": ("neon", "bf16", "i8mm"),
        "memory.total_bytes": 16 * GIB,
        "memory.available_bytes": (20000 + 290000 + 5000) * 16384,
        "memory.swap_bytes": 2 * GIB,
        "memory.kind": "LPDDR5",
        "memory.speed_mts": None,
        "platform.on_battery": True,
        "storage.kind": StorageKind.NVME,
        "storage.free_bytes": 225280000000,
    },
    "windows-desktop": {
        "os.system": System.WINDOWS,
        "os.name": "Microsoft Windows 11 Pro",
        "cpu.architecture": "x86_64",
        "cpu.cores": 16,
        "cpu.threads": 24,
        # Windows knows the rated clock, which is no maximum.
        "cpu.max_frequency_hz": None,
        "cpu.caches": (Cache(level=3, kind="unified", size_bytes=30 * MIB),),
        "memory.total_bytes": 33345300 * KIB,
        "memory.kind": "DDR5",
        "memory.speed_mts": 5200,
        "platform.governor": "balanced",
        "platform.on_battery": False,
        "platform.virtualisation": None,
        "storage.kind": StorageKind.NVME,
        "storage.total_bytes": 1999532683264,
    },
}


def _value(machine: Machine, dotted: str) -> object:
    value: object = machine
    for name in dotted.split("."):
        value = getattr(value, name)
    return value


def _detect(folder: Path) -> Machine:
    return detect(folder, folder=Path("C:\\Users\\u" if "windows" in folder.name else "/home/u"))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_machine_is_told_from_its_files(name: str, recorded: Recorded) -> None:
    machine = _detect(recorded(name))
    assert {field: _value(machine, field) for field in EXPECTED[name]} == EXPECTED[name]
    assert Absence.DETECTOR_FAILED not in machine.absent.values()


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_missing_has_a_reason(name: str, recorded: Recorded) -> None:
    machine = _detect(recorded(name))
    # None is an answer in these: no hypervisor, no container.
    answers = {"platform.virtualisation", "platform.container"}
    for prefix in ("cpu", "memory", "limits", "os", "platform", "storage"):
        part = getattr(machine, prefix)
        for field in part.__struct_fields__:
            dotted = f"{prefix}.{field}"
            if getattr(part, field) is None and dotted not in answers:
                assert Absence(machine.absent[dotted])
            elif getattr(part, field) is not None and getattr(part, field) not in ((), "unknown"):
                assert dotted not in machine.absent


def test_caches_are_counted_by_what_shares_them(recorded: Recorded) -> None:
    caches = detect(recorded("xeon-sapphire-rapids-2s")).cpu.caches
    assert caches == (
        Cache(level=1, kind="data", size_bytes=48 * KIB, instances=16),
        Cache(level=1, kind="instruction", size_bytes=32 * KIB, instances=16),
        Cache(level=2, kind="unified", size_bytes=2 * MIB, instances=16),
        Cache(level=3, kind="unified", size_bytes=23040 * KIB, instances=2),
    )


def test_caches_and_nodes_of_kernels_that_write_masks(tree: Callable[[dict[str, str]], Source]) -> None:
    """As POWER9 with NVLink has it: no lists beside the masks, and the GPUs' memory as nodes of their own."""
    files = {
        "proc/cpuinfo": "processor : 0\ncpu : POWER9, altivec supported\ntimebase : 512000000\n",
        "proc/self/status": "Cpus_allowed_list:\t4-7\n",
        "sys/devices/system/cpu/online": "0-7",
        "sys/devices/system/node/online": "0,8,252-255",
        "sys/devices/system/node/has_cpu": "0,8",
        "sys/devices/system/node/node0/cpumap": "00000000,0000000f",
        "sys/devices/system/node/node8/cpumap": "00000000,000000f0",
        "sys/devices/system/node/node255/cpumap": "00000000,00000000",
    }
    for cpu in range(8):
        folder = f"sys/devices/system/cpu/cpu{cpu}"
        mask = "00000000,0000000f" if cpu < 4 else "00000000,000000f0"
        files |= {
            f"{folder}/topology/thread_siblings": mask,
            f"{folder}/cache/index3/level": "3",
            f"{folder}/cache/index3/type": "Unified",
            f"{folder}/cache/index3/size": "10240K",
            f"{folder}/cache/index3/shared_cpu_map": mask,
        }
    machine = detect(tree(files).root)
    assert machine.cpu.caches == (Cache(level=3, kind="unified", size_bytes=10 * MIB, instances=2),)
    assert (machine.cpu.numa_nodes, machine.cpu.cores) == (2, 2)
    assert machine.limits.numa_nodes == (8,)


def test_how_a_machine_is_set_up(tree: Callable[[dict[str, str]], Source]) -> None:
    cpus = "sys/devices/system/cpu"
    source = tree(
        {
            f"{cpus}/online": "0",
            f"{cpus}/cpu0/cpufreq/scaling_driver": "intel_pstate",
            f"{cpus}/intel_pstate/no_turbo": "1",
            f"{cpus}/smt/active": "1",
            "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never",
        }
    )
    found = detect(source.root).platform
    assert (found.scaling_driver, found.boost, found.smt, found.huge_pages) == (
        "intel_pstate",
        False,
        True,
        "madvise",
    )


def test_cores_of_two_kinds_have_caches_of_two_sizes(recorded: Recorded) -> None:
    caches = detect(recorded("laptop-hybrid")).cpu.caches
    assert Cache(level=1, kind="data", size_bytes=48 * KIB, instances=2) in caches
    assert Cache(level=1, kind="data", size_bytes=32 * KIB, instances=8) in caches
    assert Cache(level=2, kind="unified", size_bytes=1280 * KIB, instances=2) in caches
    assert Cache(level=2, kind="unified", size_bytes=2 * MIB, instances=2) in caches


def test_performance_levels_of_apple_silicon(recorded: Recorded) -> None:
    # Six fast cores share two level-2 caches, four slow ones have one.
    caches = [cache for cache in detect(recorded("macbook-m2-pro")).cpu.caches if cache.level == 2]
    assert [(cache.size_bytes, cache.instances) for cache in caches] == [(4 * MIB, 1), (16 * MIB, 2)]


def test_mounts_are_chosen_by_depth_then_by_order(tree: Callable[[dict[str, str]], Source]) -> None:
    source = tree(
        {
            "proc/self/mountinfo": (
                "30 20 0:40 / /data rw - nfs server:/data rw\n"
                "31 20 0:41 / /data/fast rw - ext4 /dev/vda rw\n"
                "32 20 0:42 / /data/fast rw - tmpfs tmpfs rw\n"
                "33 20 0:43 / / rw - ext4 /dev/vdb rw\n"
            )
        }
    )
    kinds = {
        folder: storage.kind
        for folder in ("/data/slow", "/data/fast/x", "/database")
        if (storage := detect(source.root, folder=Path(folder)).storage)
    }
    assert kinds == {
        "/data/slow": StorageKind.NETWORK,
        "/data/fast/x": StorageKind.MEMORY,
        "/database": StorageKind.UNKNOWN,
    }


def test_a_folder_is_stored_where_its_innermost_mount_is(recorded: Recorded) -> None:
    def kind(name: str, folder: str) -> tuple[StorageKind, str | None]:
        storage = detect(recorded(name), folder=Path(folder)).storage
        assert storage is not None
        return storage.kind, storage.device

    assert kind("xeon-sapphire-rapids-2s", "/opt/x") == (StorageKind.NVME, "/dev/nvme0n1p2")
    assert kind("xeon-sapphire-rapids-2s", "/srv/x") == (StorageKind.HDD, "/dev/md0")
    assert kind("xeon-sapphire-rapids-2s", "/home/x") == (StorageKind.NETWORK, "filer:/export/home")
    assert kind("xeon-sapphire-rapids-2s", "/homestead") == (StorageKind.NVME, "/dev/nvme0n1p2")
    assert kind("radeon-workstation", "/tmp/x") == (StorageKind.MEMORY, "tmpfs")
    assert kind("container-cgroup2", "/data/x") == (StorageKind.VIRTUAL, "/dev/nvme0n1p1")


def test_accelerators_of_all_makers(recorded: Recorded) -> None:
    assert detect(recorded("radeon-workstation")).gpus == (
        Gpu(
            index=0,
            vendor="AMD",
            name="AMD Radeon RX 7900 XTX",
            api="rocm",
            memory_bytes=25753026560,
            driver="amdgpu",
            device="rocm:0",
            gfx_target="gfx1100",
            links=0,
        ),
    )
    laptop = detect(recorded("laptop-hybrid"))
    assert [(gpu.vendor, gpu.api, gpu.memory_bytes) for gpu in laptop.gpus] == [("Intel", None, None)]
    assert laptop.absent["gpus.intel0.api"] == Absence.NOT_SERVED
    xeon = detect(recorded("xeon-sapphire-rapids-2s"))
    assert [(g.name, g.api, g.driver) for g in xeon.gpus] == [("NVIDIA L40S", "cuda", "550.107.02")]
    assert xeon.absent["gpus.nvidia0.memory_bytes"] == Absence.RECORDED
    mac = detect(recorded("macbook-m2-pro"))
    assert [(g.name, g.vendor, g.api) for g in mac.gpus] == [("Apple M2 Pro", "Apple", "mps")]
    windows = detect(recorded("windows-desktop"))
    # CIM's own field stops at 4 GiB.
    assert [(g.name, g.api, g.memory_bytes) for g in windows.gpus] == [
        ("NVIDIA GeForce RTX 4070", "cuda", 12878610432),
        ("Intel(R) UHD Graphics 770", None, None),
    ]
