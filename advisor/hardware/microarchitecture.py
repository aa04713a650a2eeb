"""Which microarchitecture an x86-64 CPU is: from its family and model, else from its flags and archspec."""

from archspec.cpu import TARGETS, Microarchitecture, host
from archspec.cpu.detect import detected_info

from advisor.hardware.cpuinfo import known_features

_FAMILY = "x86_64"

_AMD = {
    23: (
        (range(0x00, 0x30), "zen"),
        (range(0x50, 0x60), "zen"),
        (range(0x30, 0x50), "zen2"),
        (range(0x60, 0xB0), "zen2"),
    ),
    25: (
        (range(0x00, 0x10), "zen3"),
        (range(0x20, 0x60), "zen3"),
        (range(0x10, 0x20), "zen4"),
        (range(0x60, 0xB0), "zen4"),
    ),
    26: (
        (range(0x00, 0x30), "zen5"),
        (range(0x40, 0x50), "zen5"),
        (range(0x60, 0x80), "zen5"),
        (range(0x50, 0x60), "zen6"),
        (range(0x80, 0xB0), "zen6"),
        (range(0xC0, 0xD0), "zen6"),
    ),
}
"""Models of AMD's families, as the Linux kernel's arch/x86/kernel/cpu/amd.c tells them apart (6.16, 2025-07)."""

_INTEL = {
    **dict.fromkeys((0x37, 0x4A, 0x4D, 0x5A, 0x5D), "silvermont"),
    **dict.fromkeys((0x4C, 0x75), "airmont"),
    **dict.fromkeys((0x5C, 0x5F), "goldmont"),
    **dict.fromkeys((0x7A,), "goldmont_plus"),
    **dict.fromkeys((0x86, 0x96, 0x9C), "tremont"),
    **dict.fromkeys((0xBE,), "gracemont"),
    **dict.fromkeys((0xAF, 0xB6), "crestmont"),
    **dict.fromkeys((0x1C, 0x26, 0x27, 0x35, 0x36), "bonnell"),
    **dict.fromkeys((0x1A, 0x1E, 0x1F, 0x2E), "nehalem"),
    **dict.fromkeys((0x25, 0x2C, 0x2F), "westmere"),
    **dict.fromkeys((0x2A, 0x2D), "sandybridge"),
    **dict.fromkeys((0x3A, 0x3E), "ivybridge"),
    **dict.fromkeys((0x3C, 0x3F, 0x45, 0x46), "haswell"),
    **dict.fromkeys((0x3D, 0x47, 0x4F, 0x56), "broadwell"),
    **dict.fromkeys((0x4E, 0x5E, 0x8E, 0x9E, 0xA5, 0xA6), "skylake"),
    **dict.fromkeys((0x6A, 0x6C, 0x7D, 0x7E), "icelake"),
    **dict.fromkeys((0x97, 0x9A, 0xB7, 0xBA, 0xBF), "alderlake"),
    0x8F: "sapphirerapids",
    0xCF: "emeraldrapids",
    0xAD: "graniterapids",
    0xAE: "graniterapids",
    0xAA: "meteorlake",
    0xAC: "meteorlake",
    0xC5: "arrowlake",
    0xC6: "arrowlake_s",
    0xBD: "lunarlake",
}
"""Models of Intel's family 6, from the Linux kernel's arch/x86/include/asm/intel-family.h (6.16, 2025-07)."""


def identify(
    vendor: str | None,
    flags: frozenset[str],
    virtual: bool,
    signature: tuple[int, int, int] | None = None,
) -> str | None:
    """Return a CPU's microarchitecture, by archspec's name where it has one.

    Family and model say what a CPU is. Where they are not known here, it is the newest
    microarchitecture of archspec's whose features it has.

    A hypervisor may hide single features that frameworks never use, which would make a new CPU
    look like its predecessor. Under one, a successor also counts if the instruction sets that
    matter to deep learning all match and the predecessor can't explain some of them.

    Parameters
    ----------
    vendor : str or None
        ``GenuineIntel``, ``AuthenticAMD``, …
    flags : frozenset of str
        The kernel's flags.
    virtual : bool
        Whether the CPU runs under a hypervisor.
    signature : tuple of int, optional
        Family, model and stepping.
    """
    if signature is not None and (named := _by_signature(vendor, *signature)) is not None:
        return named
    # The constructor adds archspec's aliases to the features (sse3 for ssse3, …).
    host = Microarchitecture("", [], vendor or "generic", set(flags), {})
    root = TARGETS[_FAMILY]
    family = [target for target in TARGETS.values() if target == root or root in target.ancestors]
    fitting = [t for t in family if t.vendor in (host.vendor, "generic") and t.features <= host.features]
    if not fitting:
        return None
    level = max((t for t in fitting if t.vendor == "generic"), key=_depth, default=root)
    best = max((t for t in fitting if t > level), key=_depth, default=level)
    if virtual:
        best = _unmasked(best, family, host)
    return str(best.name)


def _by_signature(vendor: str | None, family: int, model: int, stepping: int) -> str | None:
    if vendor == "AuthenticAMD":
        return next((name for models, name in _AMD.get(family, ()) if model in models), None)
    if vendor != "GenuineIntel" or family != 6:
        return None
    if model == 0x55:  # three generations of servers share it
        return "skylake_avx512" if stepping < 5 else "cascadelake" if stepping < 10 else "cooperlake"
    return _INTEL.get(model)


def _unmasked(
    best: Microarchitecture, family: list[Microarchitecture], host: Microarchitecture
) -> Microarchitecture:
    relevant = _relevant(host)
    candidates = [t for t in family if t.vendor == host.vendor and t > best and _relevant(t) <= relevant]
    explained = max((len(_relevant(t)) for t in candidates), default=0)
    if explained <= len(_relevant(best)):
        return best
    return min((t for t in candidates if len(_relevant(t)) == explained), key=_depth)


def _relevant(target: Microarchitecture) -> frozenset[str]:
    return frozenset(known_features(_FAMILY, frozenset(target.features)))


def _depth(target: Microarchitecture) -> tuple[int, int]:
    return len(target.ancestors), len(target.features)


def host_name() -> str:
    """Return archspec's own word for the running machine, where there are no flags to read."""
    return str(host().name)


def host_flags() -> frozenset[str]:
    """Return the flags of the running machine under the Linux kernel's names."""
    return frozenset(detected_info().features)
