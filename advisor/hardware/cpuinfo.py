"""The text of ``/proc/cpuinfo``, whose fields differ by architecture, as one set of facts."""

import re

from msgspec import Struct
from msgspec.structs import replace

from advisor.hardware import arm_parts

_X86_FEATURES = {
    name: name
    for name in (
        *("avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "avx512_fp16"),
        *("avx_vnni_int8", "amx_tile", "amx_bf16", "amx_int8"),
    )
}
_ARM_FEATURES = {
    # 32-bit kernels say "neon" where 64-bit ones say "asimd".
    **{"asimd": "neon", "neon": "neon", "asimddp": "dotprod"},
    **{name: name for name in ("sve", "sve2", "bf16", "i8mm", "sme", "sme2")},
}
_LOONGARCH_FEATURES = {name: name for name in ("lsx", "lasx")}
FEATURES = tuple(
    dict.fromkeys([*_X86_FEATURES.values(), *_ARM_FEATURES.values(), *_LOONGARCH_FEATURES.values()])
)
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
    signature: tuple[int, int, int] | None = None
    """Family, model and stepping of an x86 CPU, as ``/proc/cpuinfo`` counts them."""

    @property
    def features(self) -> tuple[str, ...]:
        """The flags that matter here, under the names of :class:`advisor.hardware.model.Cpu`."""
        return known_features(self.architecture, self.flags)


def known_features(architecture: str | None, flags: frozenset[str]) -> tuple[str, ...]:
    """Return the instruction sets that matter here, from the kernel's names of an architecture."""
    table = _X86_FEATURES if architecture in ("x86_64", "i686") else {}
    if architecture in ("aarch64", "armv7l"):
        table = _ARM_FEATURES
    if architecture == "loongarch64":
        table = _LOONGARCH_FEATURES
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
    if merged.get("CPU Family", "").startswith("Loongson"):
        return _loongarch(merged, base)
    if merged.get("type", "").startswith("sun4"):
        return _sparc(merged, base)
    return base


def _blocks(text: str) -> list[dict[str, str]]:
    blocks: list[dict[str, str]] = [{}]
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        key = " ".join(key.split())
        if not line.strip():
            blocks.append({})
        elif colon and key:
            if key == "processor" and key in blocks[-1]:
                blocks.append({})  # some kernels list them without empty lines between
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
            package = _number(block.get("physical id", block.get("package")))
            core = _number(block.get("core id", block.get("core")))
            if package is not None and core is not None:
                cores.append((number, package, core))
        for key in block:
            # s390x lists its processors so, and SPARC which of them are online.
            match = re.fullmatch(r"processor ([0-9]{1,5})", key, re.ASCII) or (
                re.fullmatch(r"CPU([0-9]{1,5})", key, re.ASCII) if block[key] == "online" else None
            )
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
        signature=_signature(first),
    )


def _signature(first: dict[str, str]) -> tuple[int, int, int] | None:
    family, model = _number(first.get("cpu family")), _number(first.get("model"))
    if family is None or model is None:
        return None
    return family, model, _number(first.get("stepping")) or 0


def _arm(blocks: list[dict[str, str]], merged: dict[str, str], base: CpuInfo) -> CpuInfo:
    parts = [
        (implementer, part)
        for block in blocks
        if (implementer := _number(block.get("CPU implementer"))) is not None
        and (part := _number(block.get("CPU part"))) is not None
    ]
    known = [arm_parts.PARTS[part] for part in dict.fromkeys(parts) if part in arm_parts.PARTS]
    names = dict.fromkeys(arm_parts.name(*part) for part in parts)
    # Feature words of cores that differ: what every core has is what a program may use.
    words = [frozenset(block["Features"].split()) for block in blocks if "Features" in block]
    return replace(
        base,
        architecture="aarch64" if merged.get("CPU architecture") in ("8", "9", "AArch64") else "armv7l",
        vendor=arm_parts.VENDORS.get(parts[0][0]) if parts else None,
        model=_arm_model(merged) or " + ".join(names) or None,
        microarchitecture="+".join(dict.fromkeys(name for name, _ in known)) or None,
        flags=frozenset.intersection(*words) if words else frozenset(),
    )


def _arm_model(merged: dict[str, str]) -> str | None:
    # 32-bit kernels put the architecture there: "ARMv7 Processor rev 4 (v7l)".
    model = _clean(merged.get("model name"))
    return None if model and re.match(r"ARMv\d|AArch64 Processor", model, re.ASCII) else model


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


def _loongarch(merged: dict[str, str], base: CpuInfo) -> CpuInfo:
    isa = merged.get("ISA", "").split()
    model = _clean(merged.get("Model Name"))
    packages = {package for _, package, _ in base.cores}
    return replace(
        base,
        architecture="loongarch64" if "loongarch64" in isa or not isa else "loongarch32",
        vendor="Loongson",
        model=model,
        microarchitecture=next(
            (name for part, name in _LOONGSON_CORES.items() if part in (model or "")), None
        ),
        flags=frozenset(merged.get("Features", "").split()),
        sockets=len(packages) or None,
    )


_LOONGSON_CORES = {"3A5000": "la464", "3C5000": "la464", "3A6000": "la664", "3C6000": "la664"}
"""Cores of Loongson's processors, under the names that GCC and LLVM give them (LLVM 19, LoongArch.td)."""


def _sparc(merged: dict[str, str], base: CpuInfo) -> CpuInfo:
    return replace(
        base,
        architecture="sparc64" if merged["type"] in ("sun4u", "sun4v") else "sparc",
        model=_clean(merged.get("cpu")),
        flags=frozenset(merged.get("cpucaps", "").split(",")),
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
