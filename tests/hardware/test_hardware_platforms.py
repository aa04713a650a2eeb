"""Virtualisation, containers, power and C library, one circumstance at a time."""

from collections.abc import Callable, Mapping

import pytest

from advisor.hardware.platforms import detect_os, detect_platform, on_battery
from advisor.hardware.source import CommandError, Source

Tree = Callable[[Mapping[str, str]], Source]

X86 = "processor: 0\nvendor_id: GenuineIntel\ncpu family: 6\nflags: lm"
DMI = "sys/class/dmi/id"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"proc/cpuinfo": f"{X86} hypervisor", f"{DMI}/sys_vendor": "QEMU"}, "kvm"),
        ({"proc/cpuinfo": f"{X86} hypervisor", f"{DMI}/product_name": "VMware7,1"}, "vmware"),
        (
            {
                "proc/cpuinfo": f"{X86} hypervisor",
                f"{DMI}/sys_vendor": "Microsoft Corporation",
                f"{DMI}/product_name": "Virtual Machine",
            },
            "hyper-v",
        ),
        # A Surface is made by Microsoft, too.
        ({"proc/cpuinfo": X86, f"{DMI}/sys_vendor": "Microsoft Corporation"}, None),
        ({"proc/cpuinfo": X86, f"{DMI}/sys_vendor": "Amazon EC2", f"{DMI}/product_name": "m5.metal"}, None),
        ({"proc/cpuinfo": X86, "proc/sys/kernel/osrelease": "5.15.153.1-microsoft-standard-WSL2"}, "wsl"),
        ({"proc/cpuinfo": f"{X86} hypervisor", "sys/hypervisor/type": "xen"}, "xen"),
        ({"proc/cpuinfo": "", "proc/device-tree/hypervisor/compatible": "linux,kvm\0"}, "kvm"),
        ({"proc/cpuinfo": X86}, None),
    ],
)
def test_hypervisors(files: Mapping[str, str], expected: str | None, tree: Tree) -> None:
    assert detect_platform(tree(files))[0].virtualisation == expected


def test_a_tool_is_asked_where_firmware_says_nothing(tree: Tree) -> None:
    root = tree({"proc/cpuinfo": f"{X86} hypervisor"}).root

    def run(command: object) -> str:
        assert command == ["systemd-detect-virt", "--vm"]
        return "oracle\n"

    def without_systemd(command: list[str]) -> str:
        if command[0] != "lscpu":
            raise CommandError("missing")
        return "Architecture: x86_64\nHypervisor vendor:   KVM\n"

    assert detect_platform(Source(root=root, run=run))[0].virtualisation == "virtualbox"
    assert detect_platform(Source(root=root, run=without_systemd))[0].virtualisation == "kvm"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"run/.containerenv": "engine=podman"}, "podman"),
        ({".dockerenv": ""}, "docker"),
        ({"proc/self/cgroup": "0::/kubepods.slice/kubepods-pod1.slice\n", ".dockerenv": ""}, "kubernetes"),
        ({"run/systemd/container": "systemd-nspawn\n"}, "systemd-nspawn"),
        ({"proc/self/cgroup": "4:memory:/lxc/box\n"}, "lxc"),
        ({"proc/self/cgroup": "0::/user.slice/user-1000.slice\n"}, None),
    ],
)
def test_containers(files: Mapping[str, str], expected: str | None, tree: Tree) -> None:
    assert detect_platform(tree(files))[0].container == expected


def _supply(name: str, **fields: str) -> dict[str, str]:
    return {f"sys/class/power_supply/{name}/{field}": text for field, text in fields.items()}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (_supply("BAT0", type="Battery", status="Discharging"), True),
        (_supply("BAT0", type="Battery", status="Charging"), False),
        (
            _supply("BAT0", type="Battery", status="Discharging") | _supply("AC", type="Mains", online="1"),
            False,
        ),
        (
            _supply("BAT0", type="Battery", status="Discharging") | _supply("AC", type="Mains", online="0"),
            True,
        ),
        (_supply("mouse", type="Battery", status="Discharging", scope="Device"), False),
        ({}, None),
    ],
)
def test_power(files: Mapping[str, str], expected: bool | None, tree: Tree) -> None:
    assert on_battery(tree(files)) is expected


def test_the_distribution_and_its_c_library(tree: Tree) -> None:
    source = tree(
        {
            "etc/os-release": "NAME='Alpine Linux'\nID=alpine\nVERSION_ID=3.20.3\nBUG_REPORT_URL=\"x\"\n",
            "lib/ld-musl-x86_64.so.1": "",
            "proc/version": "Linux version 6.6.58-0-virt (buildozer@build) #1-Alpine SMP",
        }
    )
    system, absent = detect_os(source)
    assert (system.name, system.version, system.kernel, system.libc) == (
        "Alpine Linux",
        "3.20.3",
        "6.6.58-0-virt",
        "musl",
    )
    assert absent == {}
