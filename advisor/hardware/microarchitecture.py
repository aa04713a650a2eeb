"""Which microarchitecture an x86-64 CPU is, from its vendor and flags through archspec's tables."""

from archspec.cpu import TARGETS, Microarchitecture, host
from archspec.cpu.detect import detected_info

from advisor.hardware.cpuinfo import known_features

_FAMILY = "x86_64"


def identify(vendor: str | None, flags: frozenset[str], virtual: bool) -> str | None:
    """Return archspec's name of the newest microarchitecture whose features a CPU has.

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
    """
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
