"""The text of ``/proc/cpuinfo``, whose fields differ by architecture, as one set of facts."""

import re

from msgspec import Struct
from msgspec.structs import replace

_ARM_VENDORS = {
    0x41: "ARM",
    0x42: "Broadcom",
    0x43: "Cavium",
    0x46: "Fujitsu",
    0x48: "HiSilicon",
    0x4E: "NVIDIA",
    0x50: "Applied Micro",
    0x51: "Qualcomm",
    0x53: "Samsung",
    0x61: "Apple",
    0x6D: "Microsoft",
    0x70: "Phytium",
    0xC0: "Ampere",
}
"""MIDR_EL1 implementer codes, Arm Architecture Reference Manual (DDI 0487)."""

_ARM_PARTS = {
    (0x41, 0xD03): ("cortex_a53", "Cortex-A53"),
    (0x41, 0xD04): ("cortex_a35", "Cortex-A35"),
    (0x41, 0xD05): ("cortex_a55", "Cortex-A55"),
    (0x41, 0xD07): ("cortex_a57", "Cortex-A57"),
    (0x41, 0xD08): ("cortex_a72", "Cortex-A72"),
    (0x41, 0xD09): ("cortex_a73", "Cortex-A73"),
    (0x41, 0xD0A): ("cortex_a75", "Cortex-A75"),
    (0x41, 0xD0B): ("cortex_a76", "Cortex-A76"),
    (0x41, 0xD0C): ("neoverse_n1", "Neoverse-N1"),
    (0x41, 0xD0D): ("cortex_a77", "Cortex-A77"),
    (0x41, 0xD0E): ("cortex_a76ae", "Cortex-A76AE"),
    (0x41, 0xD40): ("neoverse_v1", "Neoverse-V1"),
    (0x41, 0xD41): ("cortex_a78", "Cortex-A78"),
    (0x41, 0xD42): ("cortex_a78ae", "Cortex-A78AE"),
    (0x41, 0xD44): ("cortex_x1", "Cortex-X1"),
    (0x41, 0xD46): ("cortex_a510", "Cortex-A510"),
    (0x41, 0xD47): ("cortex_a710", "Cortex-A710"),
    (0x41, 0xD48): ("cortex_x2", "Cortex-X2"),
    (0x41, 0xD49): ("neoverse_n2", "Neoverse-N2"),
    (0x41, 0xD4B): ("cortex_a78c", "Cortex-A78C"),
    (0x41, 0xD4D): ("cortex_a715", "Cortex-A715"),
    (0x41, 0xD4E): ("cortex_x3", "Cortex-X3"),
    (0x41, 0xD4F): ("neoverse_v2", "Neoverse-V2"),
    (0x41, 0xD80): ("cortex_a520", "Cortex-A520"),
    (0x41, 0xD81): ("cortex_a720", "Cortex-A720"),
    (0x41, 0xD82): ("cortex_x4", "Cortex-X4"),
    (0x41, 0xD83): ("neoverse_v3ae", "Neoverse-V3AE"),
    (0x41, 0xD84): ("neoverse_v3", "Neoverse-V3"),
    (0x41, 0xD85): ("cortex_x925", "Cortex-X925"),
    (0x41, 0xD87): ("cortex_a725", "Cortex-A725"),
    (0x41, 0xD8E): ("neoverse_n3", "Neoverse-N3"),
    (0x43, 0x0AF): ("thunderx2", "ThunderX2"),
    (0x46, 0x001): ("a64fx", "A64FX"),
    (0x48, 0xD01): ("tsv110", "Kunpeng 920"),
    (0x51, 0x001): ("oryon", "Oryon"),
    (0x61, 0x022): ("m1", "Apple M1"),
    (0x61, 0x023): ("m1", "Apple M1"),
    (0x61, 0x024): ("m1", "Apple M1 Pro"),
    (0x61, 0x025): ("m1", "Apple M1 Pro"),
    (0x61, 0x028): ("m1", "Apple M1 Max"),
    (0x61, 0x029): ("m1", "Apple M1 Max"),
    (0x61, 0x032): ("m2", "Apple M2"),
    (0x61, 0x033): ("m2", "Apple M2"),
    (0x61, 0x034): ("m2", "Apple M2 Pro"),
    (0x61, 0x035): ("m2", "Apple M2 Pro"),
    (0x61, 0x038): ("m2", "Apple M2 Max"),
    (0x61, 0x039): ("m2", "Apple M2 Max"),
    (0xC0, 0xAC3): ("ampere1", "Ampere-1"),
    (0xC0, 0xAC4): ("ampere1a", "Ampere-1A"),
}
"""MIDR_EL1 part numbers: the names of archspec where it has one, and the makers' own.
From the cputype.h of the Linux kernel's arm64 port, 6.12 (2024-11)."""

_X86_FEATURES = {
    name: name
    for name in (
        *("avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "avx512_fp16"),
        *("amx_tile", "amx_bf16", "amx_int8"),
    )
}
_ARM_FEATURES = {name: name for name in ("sve", "sve2", "bf16", "i8mm")} | {"asimd": "neon"}
FEATURES = tuple(dict.fromkeys([*_X86_FEATURES.values(), "neon", *_ARM_FEATURES.values()]))
"""Instruction sets that matter to deep learning, in the order in which they are listed."""


class CpuInfo(Struct, frozen=True):
    """What one ``/proc/cpuinfo`` says, as far as its architecture's format has it."""

    architecture: str | None = None
    vendor: str | None = None
    model: str | None = None
    microarchitecture: str | None = None  # named by the text itself (arm64 part, POWER, RISC-V)
    flags: frozenset[str] = frozenset()
    processors: tuple[int, ...] = ()
    sockets: int | None = None
    cores: tuple[tuple[int, int, int], ...] = ()
    """(processor, package, core) of every processor that states them."""
    virtual: bool = False  # the CPU itself says that it runs under a hypervisor

    @property
    def features(self) -> tuple[str, ...]:
        """The flags that matter here, under the names of :class:`advisor.hardware.model.Cpu`."""
        return known_features(self.architecture, self.flags)


def known_features(architecture: str | None, flags: frozenset[str]) -> tuple[str, ...]:
    """Return the instruction sets that matter here, from the kernel's names of an architecture."""
    table = _X86_FEATURES if architecture in ("x86_64", "i686") else {}
    if architecture in ("aarch64", "armv7l"):
        table = _ARM_FEATURES
    found = {table[flag] for flag in flags if flag in table}
    return tuple(name for name in FEATURES if name in found)


def parse(text: str) -> CpuInfo:
    """Return what a ``/proc/cpuinfo`` text says. Any text will do: what isn't understood is left out."""
    blocks = _blocks(text)
    first = next((block for block in blocks if len(block) > 1), {})
    merged: dict[str, str] = {}
    for block in blocks:
        merged = block | merged
    processors, cores = _topology(blocks)
    base = CpuInfo(processors=processors, cores=cores)
    if "flags" in first or ("vendor_id" in first and "cpu family" in first):
        return _x86(first, base)
    if "CPU implementer" in merged:
        return _arm(blocks, merged, base)
    if merged.get("cpu", "").upper().startswith("POWER") or ("timebase" in merged and "cpu" in merged):
        return _power(merged, base)
    if merged.get("isa", "").startswith("rv"):
        return _riscv(merged, base)
    if merged.get("vendor_id", "").startswith("IBM/S390"):
        return _s390(merged, text, base)
    return base


def _blocks(text: str) -> list[dict[str, str]]:
    blocks: list[dict[str, str]] = [{}]
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        key = " ".join(key.split())
        if not line.strip():
            blocks.append({})
        elif colon and key:
            # s390x names its processors "processor 0: …" on one line each.
            blocks[-1].setdefault(key, value.strip())
    return [block for block in blocks if block]


def _number(text: str | None) -> int | None:
    match = re.fullmatch(r"\s*(0[xX][0-9a-fA-F]{1,8}|[0-9]{1,9})\s*", text or "", re.ASCII)
    return int(match[1], 0 if match[1][:2].lower() == "0x" else 10) if match else None


def _topology(blocks: list[dict[str, str]]) -> tuple[tuple[int, ...], tuple[tuple[int, int, int], ...]]:
    processors: set[int] = set()
    cores: list[tuple[int, int, int]] = []
    for block in blocks:
        number = _number(block.get("processor"))
        if number is not None:
            processors.add(number)
            package, core = _number(block.get("physical id")), _number(block.get("core id"))
            if package is not None and core is not None:
                cores.append((number, package, core))
        for key in block:
            match = re.fullmatch(r"processor ([0-9]{1,5})", key, re.ASCII)
            if match:
                processors.add(int(match[1]))
    return tuple(sorted(processors)), tuple(cores)


def _x86(first: dict[str, str], base: CpuInfo) -> CpuInfo:
    flags = frozenset(first.get("flags", "").split())
    packages = {package for _, package, _ in base.cores}
    return replace(
        base,
        architecture="x86_64" if "lm" in flags else "i686" if flags else None,
        vendor=first.get("vendor_id") or None,
        model=_clean(first.get("model name")),
        flags=flags,
        sockets=len(packages) or None,
        virtual="hypervisor" in flags,
    )


def _arm(blocks: list[dict[str, str]], merged: dict[str, str], base: CpuInfo) -> CpuInfo:
    parts = [
        (implementer, part)
        for block in blocks
        if (implementer := _number(block.get("CPU implementer"))) is not None
        and (part := _number(block.get("CPU part"))) is not None
    ]
    known = [_ARM_PARTS[part] for part in dict.fromkeys(parts) if part in _ARM_PARTS]
    # Feature words of cores that differ: what every core has is what a program may use.
    words = [frozenset(block["Features"].split()) for block in blocks if "Features" in block]
    return replace(
        base,
        architecture="aarch64" if merged.get("CPU architecture") in ("8", "9", "AArch64") else "armv7l",
        vendor=_ARM_VENDORS.get(parts[0][0]) if parts else None,
        model=_clean(merged.get("model name")) or " + ".join(dict.fromkeys(n for _, n in known)) or None,
        microarchitecture="+".join(dict.fromkeys(name for name, _ in known)) or None,
        flags=frozenset.intersection(*words) if words else frozenset(),
    )


def _power(merged: dict[str, str], base: CpuInfo) -> CpuInfo:
    generation = re.search(r"POWER(\d{1,2})", merged.get("cpu", ""), re.ASCII)
    return replace(
        base,
        architecture="ppc64le",
        vendor="IBM",
        model=_clean(merged.get("cpu")),
        microarchitecture=f"power{generation[1]}" if generation else None,
        flags=frozenset({"altivec"}) if "altivec" in merged.get("cpu", "") else frozenset(),
        virtual="pSeries" in merged.get("platform", ""),
    )


def _riscv(merged: dict[str, str], base: CpuInfo) -> CpuInfo:
    isa = merged["isa"]
    single, *extensions = isa.split("_")
    return replace(
        base,
        architecture="riscv64" if isa.startswith("rv64") else "riscv32",
        vendor=merged["uarch"].partition(",")[0] if "," in merged.get("uarch", "") else None,
        model=_clean(merged.get("model name")) or _clean(merged.get("uarch")),
        microarchitecture=_clean(merged.get("uarch", "").partition(",")[2].replace("-", "_")),
        flags=frozenset([*single[4:], *extensions]),
    )


def _s390(merged: dict[str, str], text: str, base: CpuInfo) -> CpuInfo:
    machine = re.search(r"machine\s*=\s*([0-9]{4})", text, re.ASCII)
    return replace(
        base,
        architecture="s390x",
        vendor="IBM",
        model=f"IBM/S390 machine {machine[1]}" if machine else None,
        microarchitecture=_S390_MACHINES.get(machine[1]) if machine else None,
        flags=frozenset(merged.get("features", "").split()),
    )


_S390_MACHINES = {
    **dict.fromkeys(("2964", "2965"), "z13"),
    **dict.fromkeys(("3906", "3907"), "z14"),
    **dict.fromkeys(("8561", "8562"), "z15"),
    **dict.fromkeys(("3931", "3932"), "z16"),
    **dict.fromkeys(("9175", "9176"), "z17"),
}
"""Machine types of IBM Z, from the processor names of the Linux kernel's s390 port, 6.16 (2025-07)."""


def _clean(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None
