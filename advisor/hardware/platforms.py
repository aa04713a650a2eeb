"""Circumstances of a Linux machine: operating system, virtualisation, container, power, governor."""

import platform
import re

from advisor.hardware import cpuinfo
from advisor.hardware.cgroups import read_mounts
from advisor.hardware.linux_cpu import CPUS
from advisor.hardware.model import Absence, OperatingSystem, Platform, System
from advisor.hardware.source import CommandError, Source, parse_cpu_list

_POWER = "/sys/class/power_supply"

_VENDORS = (
    ("qemu", "kvm"),
    ("kvm", "kvm"),
    ("amazon ec2", "kvm"),
    ("google compute engine", "kvm"),
    ("openstack", "kvm"),
    ("digitalocean", "kvm"),
    ("vmware", "vmware"),
    ("virtualbox", "virtualbox"),
    ("innotek", "virtualbox"),
    ("microsoft corporation virtual", "hyper-v"),
    ("xen", "xen"),
    ("parallels", "parallels"),
    ("bhyve", "bhyve"),
    ("apple virtualization", "apple"),
)
"""Words in the DMI vendor and product names, lower case, and the hypervisor they stand for."""

UNNAMED = "virtual"
"""The hypervisor's name where the CPU says that there is one, and nothing says which."""


def detect_os(source: Source) -> tuple[OperatingSystem, dict[str, str]]:
    """Return the distribution, kernel and C library."""
    release = source.read("/etc/os-release") or source.read("/usr/lib/os-release") or ""
    fields = dict(re.findall(r"""^([A-Z_]+)=["']?(.*?)["']?$""", release, re.MULTILINE))
    kernel = source.read("/proc/sys/kernel/osrelease")
    if kernel is None:
        match = re.match(r"Linux version (\S+)", source.read("/proc/version") or "")
        kernel = match[1] if match else None
    os = OperatingSystem(
        system=System.LINUX,
        name=fields.get("NAME") or "Linux",
        version=fields.get("VERSION_ID") or None,
        kernel=kernel,
        libc=_libc(source),
    )
    reason = str(Absence.NOT_REPORTED if source.live else Absence.RECORDED)
    absent = {f"os.{f}": reason for f in ("version", "kernel", "libc") if getattr(os, f) is None}
    return os, absent


def _libc(source: Source) -> str | None:
    if any(name.startswith("ld-musl-") for name in source.names("/lib")):
        return "musl"
    return " ".join(part for part in platform.libc_ver() if part) or None if source.live else None


def detect_platform(source: Source) -> tuple[Platform, dict[str, str]]:
    """Return what bears on how far a measurement here can be trusted."""
    surroundings = Platform(
        virtualisation=_virtualisation(source),
        container=_container(source),
        on_battery=on_battery(source),
        governor=governor(source),
        scaling_driver=scaling_driver(source),
        boost=_boost(source),
        smt=_smt(source),
        huge_pages=_huge_pages(source),
    )
    absent = {}
    for field in ("on_battery", "governor", "scaling_driver", "boost", "smt", "huge_pages"):
        if getattr(surroundings, field) is None:
            absent[f"platform.{field}"] = str(Absence.NOT_REPORTED if source.live else Absence.RECORDED)
    if source.read("/proc/cpuinfo") is None:
        absent["platform.virtualisation"] = source.why_missing("/proc/cpuinfo")
    return surroundings, absent


def _virtualisation(source: Source) -> str | None:
    kernel = (source.read("/proc/sys/kernel/osrelease") or source.read("/proc/version") or "").lower()
    if "microsoft" in kernel:
        return "wsl"
    if source.read("/sys/hypervisor/type") == "xen":
        return "xen"
    names = " ".join(
        (source.read(f"/sys/class/dmi/id/{field}") or "").lower()
        for field in ("sys_vendor", "product_name", "board_vendor", "bios_vendor")
    )
    info = cpuinfo.parse(source.read("/proc/cpuinfo") or "")
    firmware = hypervisor_named(names)
    # Bare-metal instances carry their cloud's name too; on x86 the CPU knows better.
    bare = ".metal" in names or (info.architecture == "x86_64" and not info.virtual)
    if firmware is not None and not bare:
        return firmware
    compatible = source.read("/proc/device-tree/hypervisor/compatible") or ""
    if compatible:
        return "kvm" if "kvm" in compatible else "xen" if "xen" in compatible else UNNAMED
    control_program = re.search(r"VM00 Control Program:\s*(\S+)", source.read("/proc/sysinfo") or "")
    if control_program:
        return control_program[1].lower()
    if "LPAR Number" in (source.read("/proc/sysinfo") or ""):
        return "lpar"
    if info.architecture == "ppc64le" and info.virtual:
        return "powervm"
    if info.virtual:
        return _asked(source) or UNNAMED
    return None


def hypervisor_named(names: str) -> str | None:
    """Return the hypervisor that firmware names (vendor, product), in lower case, stand for."""
    return next((hypervisor for word, hypervisor in _VENDORS if word in names), None)


def _asked(source: Source) -> str | None:
    try:
        answer = source.run(["systemd-detect-virt", "--vm"]).strip()
    except CommandError:
        answer = ""
    if answer and answer != "none":
        return {"microsoft": "hyper-v", "oracle": "virtualbox"}.get(answer, answer)
    try:
        match = re.search(r"Hypervisor vendor:\s*(\S+)", source.run(["lscpu"]))
    except CommandError:
        return None
    return {"microsoft": "hyper-v"}.get(match[1].lower(), match[1].lower()) if match else None


def _container(source: Source) -> str | None:
    if source.exists("/run/.containerenv"):
        return "podman"
    groups = source.read("/proc/self/cgroup") or ""
    if "kubepods" in groups or source.exists("/var/run/secrets/kubernetes.io"):
        return "kubernetes"
    if source.exists("/.dockerenv"):
        return "docker"
    named = source.read("/run/systemd/container")
    if named:
        return named
    roots = [mount for mount in read_mounts(source) if mount.point == "/"]
    shown = groups + "".join(" ".join(mount.options) for mount in roots if mount.filesystem == "overlay")
    for word, name in (
        ("libpod", "podman"),
        ("docker", "docker"),
        ("lxc", "lxc"),
        ("containerd", "containerd"),
    ):
        if word in shown:
            return name
    return None


def on_battery(source: Source) -> bool | None:
    """Return whether the machine runs from a battery; None where the system can't say."""
    if not source.exists(_POWER):
        return None
    discharging = False
    for name in source.names(_POWER):
        folder = f"{_POWER}/{name}"
        kind, scope = source.read(f"{folder}/type"), source.read(f"{folder}/scope")
        if kind in ("Mains", "USB") and source.read_int(f"{folder}/online") == 1:
            return False
        # The battery of a mouse or keyboard has the scope "Device".
        if kind == "Battery" and scope != "Device" and source.read(f"{folder}/status") == "Discharging":
            discharging = True
    return discharging


def governor(source: Source) -> str | None:
    """Return the frequency governor of the CPUs that are online, all of them where they differ."""
    cpus = parse_cpu_list(source.read(f"{CPUS}/online"))
    names = (source.read(f"{CPUS}/cpu{cpu}/cpufreq/scaling_governor") for cpu in cpus)
    return ", ".join(sorted({name for name in names if name})) or None


def scaling_driver(source: Source) -> str | None:
    """Return the driver that sets the CPUs' frequency, all of them where they differ."""
    cpus = parse_cpu_list(source.read(f"{CPUS}/online"))
    names = (source.read(f"{CPUS}/cpu{cpu}/cpufreq/scaling_driver") for cpu in cpus)
    return ", ".join(sorted({name for name in names if name})) or None


def _boost(source: Source) -> bool | None:
    boost, no_turbo = (
        source.read_int(f"{CPUS}/cpufreq/boost"),
        source.read_int(f"{CPUS}/intel_pstate/no_turbo"),
    )
    if boost is not None:
        return boost == 1
    return None if no_turbo is None else no_turbo == 0


def _smt(source: Source) -> bool | None:
    active = source.read_int(f"{CPUS}/smt/active")
    return None if active is None else active == 1


def _huge_pages(source: Source) -> str | None:
    # "always [madvise] never"
    match = re.search(r"\[(\w+)\]", source.read("/sys/kernel/mm/transparent_hugepage/enabled") or "")
    return match[1] if match else None
