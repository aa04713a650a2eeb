"""A machine in words: what it has, what may be used of it, and what could not be read."""

from msgspec import Struct

from advisor.hardware.model import Absence, Calibration, Cpu, Gpu, Limits, Machine, Npu, Storage, System
from advisor.hardware.quiet import BUSY_SHARE
from advisor.i18n import N_, translator
from advisor.report import format as fmt
from advisor.report.wording.names import storage_kind

_LIMIT_SOURCES = {
    "fitted": N_("as fitted"),
    "affinity": N_("by processor affinity"),
    "cgroup v1": N_("by a container limit"),
    "cgroup v2": N_("by a container limit"),
}

_ABSENT: dict[str, str] = {
    Absence.NOT_REPORTED: N_("the system does not say"),
    Absence.NOT_REQUESTED: N_("not asked for"),
    Absence.NEEDS_ROOT: N_("only an administrator may read it"),
    Absence.UNREADABLE: N_("it cannot be read"),
    Absence.RECORDED: N_("not part of the recording"),
    Absence.COMMAND_FAILED: N_("a system tool is missing or failed"),
    Absence.NO_DRIVER: N_("its driver is missing"),
    Absence.UNSUPPORTED: N_("it cannot be read on this system"),
    Absence.DETECTOR_FAILED: N_("the detector failed"),
    Absence.TOO_LITTLE_MEMORY: N_("too little memory to measure it"),
    Absence.TOO_LITTLE_SPACE: N_("too little disk space to measure it"),
    Absence.IN_MEMORY: N_("the folder lies in memory"),
    Absence.CACHED: N_("reads could not be kept from the cache"),
    Absence.UNWRITABLE: N_("the folder cannot be written to"),
    Absence.NO_THREAD_CONTROL: N_("the threads of the matrix library cannot be set"),
    Absence.NO_GPU: N_("no accelerator"),
    Absence.MEASURED_BY_FRAMEWORK: N_("only a framework can measure it"),
    Absence.CANCELLED: N_("cancelled"),
    Absence.NOT_SERVED: N_("no framework computes through its driver"),
    Absence.HIDDEN: N_("an environment variable hides it"),
    Absence.ORDER_UNKNOWN: N_("CUDA may count the cards in another order"),
    Absence.PARTITIONED: N_("the card is partitioned"),
    Absence.SHARED: N_("it shares main memory"),
}

_FEATURES = {
    "avx2": "AVX2",
    "fma": "FMA",
    "avx512f": "AVX-512",
    "avx512_vnni": "AVX-512 VNNI",
    "avx_vnni": "AVX-VNNI",
    "avx512_bf16": "AVX-512 BF16",
    "avx512_fp16": "AVX-512 FP16",
    "avx_vnni_int8": "AVX-VNNI-INT8",
    "amx_tile": "AMX",
    "amx_bf16": "AMX BF16",
    "amx_int8": "AMX INT8",
    "neon": "NEON",
    "sve": "SVE",
    "sve2": "SVE2",
    "bf16": "BF16",
    "i8mm": "I8MM",
    "dotprod": "DotProd",
    "sme": "SME",
    "sme2": "SME2",
    "lsx": "LSX",
    "lasx": "LASX",
}

_SYSTEMS = {System.LINUX: "Linux", System.WINDOWS: "Windows", System.MACOS: "macOS"}


def summary(machine: Machine, language: str) -> str:
    """Return the machine in one line: processor, allowed cores, memory, accelerators."""
    _ = translator(language).gettext
    parts = [machine.cpu.model or machine.cpu.architecture, cores(machine.limits, language)]
    if memory := memory_allowed(machine, language):
        parts.append(memory)
    parts.append(accelerators(machine, language))
    return _("; ").join(parts)


def cores(limits: Limits, language: str) -> str:
    """Say how many cores may be used."""
    translations = translator(language)
    text = translations.ngettext("{count} core allowed", "{count} cores allowed", round(limits.cores))
    return text.format(count=fmt.exact(limits.cores, 2))


def memory_allowed(machine: Machine, language: str) -> str | None:
    """Say how much memory may be used, or nothing where that is not known."""
    allowed = machine.limits.memory_bytes or machine.memory.total_bytes
    if allowed is None:
        return None
    return translator(language).gettext("{size} memory").format(size=fmt.size(allowed))


def accelerators(machine: Machine, language: str) -> str:
    """Name the accelerators, or say that there are none."""
    _ = translator(language).gettext
    if not machine.gpus:
        return _("no accelerator")
    return fmt.listing([each.name for each in machine.gpus], language)


def facts(machine: Machine, language: str) -> list[tuple[str, str]]:
    """Return a machine as label and text, what could not be read with its reason."""
    _ = translator(language).gettext
    rows = [
        (_("Processor"), _or_absent(machine, "cpu.model", machine.cpu.model, language)),
        (_("Architecture"), _architecture(machine.cpu)),
        (_("Cores"), _cores_fitted(machine.cpu, language)),
        (_("Allowed"), _allowed(machine, language)),
        (_("Instruction sets"), _features(machine.cpu, language)),
        (_("Caches"), _caches(machine.cpu, language)),
        (_("Memory"), _memory(machine, language)),
    ]
    rows += [
        (_("Accelerator {index}").format(index=each.index), gpu(each, language)) for each in machine.gpus
    ]
    if not machine.gpus:
        rows.append((_("Accelerator"), _("none found")))
    rows += [(_("Neural processor"), _npu(each, language)) for each in machine.npus]
    rows.append((_("Storage"), _storage(machine, machine.storage, language)))
    system = machine.os
    rows.append((_("Operating system"), " · ".join(filter(None, (system.name, system.kernel, system.libc)))))
    rows.append((_("Circumstances"), _circumstances(machine, language)))
    rows.append((_("Detected"), fmt.day(machine.detected_at, language)))
    return rows


class ReferencePoint(Struct, frozen=True):
    """A speed of the machine itself: its best reading in words and in ``unit``, and all readings' range."""

    label: str
    best: str
    readings: str
    value: float
    unit: str


def peaks(calibration: Calibration | None, language: str) -> list[ReferencePoint]:
    """Return the measured reference points."""
    _ = translator(language).gettext
    if calibration is None:
        return []
    rows = []
    for field, label, unit in (
        ("memory_bandwidth", _("Memory bandwidth (triad)"), "B/s"),
        ("gemm_fp32", _("Matrix multiply, FP32, allowed cores"), "FLOP/s"),
        ("gemm_fp32_one_core", _("Matrix multiply, FP32, one core"), "FLOP/s"),
        ("gpu_gemm_fp32", _("Matrix multiply, FP32, accelerator"), "FLOP/s"),
        ("gpu_gemm_half", _("Matrix multiply, half precision, accelerator"), "FLOP/s"),
        ("storage_read", _("Storage, sequential read"), "B/s"),
    ):
        readings: tuple[float, ...] = getattr(calibration, field)
        if readings:
            low, high = min(readings), max(readings)
            spread = f"{fmt.metric(low, unit)} {fmt.EN_DASH} {fmt.metric(high, unit)}"
            count = translator(language).ngettext("{count} reading", "{count} readings", len(readings))
            detail = f"{spread}, {count.format(count=len(readings))}"
            busy = calibration.others_share.get(field, 0.0)
            if busy > BUSY_SHARE:
                detail += _("; ") + _("others kept {share} of the processors busy").format(
                    share=fmt.percent(busy)
                )
            rows.append(ReferencePoint(label, fmt.metric(high, unit), detail, high, unit))
    return rows


def busy_warning(calibration: Calibration | None, language: str) -> str | None:
    """Say that measured reference points may be too low because the machine was busy; else nothing."""
    if calibration is None or max(calibration.others_share.values(), default=0.0) <= BUSY_SHARE:
        return None
    translations = translator(language)
    tries = max(calibration.tries.values(), default=1)
    text = translations.ngettext(
        "Other programs used up to {share} of the processors during {count} try: the speeds may be too low. "
        "Measure again when the machine is quiet.",
        "Other programs used up to {share} of the processors in each of {count} tries: the speeds may be too "
        "low. Measure again when the machine is quiet.",
        tries,
    )
    return text.format(share=fmt.percent(max(calibration.others_share.values())), count=tries)


def gpu(value: Gpu, language: str) -> str:
    """Return one accelerator as a line."""
    _ = translator(language).gettext
    parts = [value.name]
    if value.memory_bytes:
        parts.append(fmt.size(value.memory_bytes))
    if value.driver:
        parts.append(_("driver {version}").format(version=value.driver))
    if value.runtime and value.api == "cuda":
        parts.append(f"CUDA {value.runtime}")
    if value.compute_capability:
        parts.append(_("compute capability {version}").format(version=value.compute_capability))
    if value.power_limit_w:
        parts.append(
            _("limit {power} W").format(power=fmt.exact(value.power_limit_w)).replace(" W", fmt.NBSP + "W")
        )
    if value.mig:
        parts.append("MIG")
    if value.gfx_target:
        parts.append(value.gfx_target)
    if value.runtime and value.api == "rocm":
        parts.append(f"ROCm {value.runtime}")
    if value.pcie_width and value.pcie_speed_gts:
        parts.append(f"PCIe ×{value.pcie_width}, {fmt.exact(value.pcie_speed_gts)}{fmt.NBSP}GT/s")
    if value.links:
        text = translator(language).ngettext(
            "{count} direct link to other accelerators",
            "{count} direct links to other accelerators",
            value.links,
        )
        parts.append(text.format(count=value.links))
    if value.numa_node is not None:
        parts.append(_("memory node {number}").format(number=value.numa_node))
    if value.device:
        parts.append(_("reached as {device}").format(device=value.device))
    return " · ".join(parts)


def _npu(value: Npu, language: str) -> str:
    _ = translator(language).gettext
    parts = [_("graphics processor of Windows (/dev/dxg)") if value.kind == "dxg" else value.name]
    if value.driver:
        parts.append(_("driver {version}").format(version=value.driver))
    parts.append(_("no framework here computes on it"))
    return " · ".join(parts)


def absent_reason(code: str, language: str) -> str:
    """Return why a fact could not be read; a detector's own words as they are."""
    return translator(language).gettext(_ABSENT.get(code, code))


def system_name(system: System, language: str) -> str:
    """Name an operating system family."""
    return _SYSTEMS.get(system) or translator(language).gettext(N_("another system"))


def feature(value: str) -> str:
    """Name an instruction set."""
    return _FEATURES.get(value, value)


def _or_absent(machine: Machine, field: str, value: str | None, language: str) -> str:
    _ = translator(language).gettext
    if value:
        return value
    code = machine.absent.get(field)
    if code is None:
        return _("not known")
    return _("not known: {reason}").format(reason=absent_reason(code, language))


def _architecture(cpu: Cpu) -> str:
    return f"{cpu.architecture} · {cpu.microarchitecture}" if cpu.microarchitecture else cpu.architecture


def _cores_fitted(cpu: Cpu, language: str) -> str:
    translations = translator(language)
    _ = translations.gettext
    if cpu.cores is None and cpu.threads is None:
        return _("not known")
    parts = []
    if cpu.sockets is not None:
        text = translations.ngettext("{count} socket", "{count} sockets", cpu.sockets)
        parts.append(text.format(count=cpu.sockets))
    if cpu.cores is not None:
        parts.append(
            translations.ngettext("{count} core", "{count} cores", cpu.cores).format(count=cpu.cores)
        )
    if cpu.threads is not None:
        text = translations.ngettext("{count} thread", "{count} threads", cpu.threads)
        parts.append(text.format(count=cpu.threads))
    if cpu.max_frequency_hz:
        parts.append(_("up to {frequency}").format(frequency=fmt.metric(cpu.max_frequency_hz, "Hz")))
    if cpu.numa_nodes and cpu.numa_nodes > 1:
        text = translations.ngettext("{count} memory node", "{count} memory nodes", cpu.numa_nodes)
        parts.append(text.format(count=cpu.numa_nodes))
    return " · ".join(parts)


def _allowed(machine: Machine, language: str) -> str:
    _ = translator(language).gettext
    limits = machine.limits

    def by(source: str) -> str:
        return _(_LIMIT_SOURCES.get(source, source))

    text = _("{cores} ({source})").format(cores=cores(limits, language), source=by(limits.cores_source))
    if limits.memory_bytes is not None:
        memory = _("{size} memory").format(size=fmt.size(limits.memory_bytes))
        text += _("; ") + _("{memory} ({source})").format(memory=memory, source=by(limits.memory_source))
    nodes = len(limits.numa_nodes)
    if nodes and machine.cpu.numa_nodes and nodes < machine.cpu.numa_nodes:
        on = translator(language).ngettext("on {count} memory node", "on {count} memory nodes", nodes)
        text += _("; ") + on.format(count=nodes)
    return text


def _features(cpu: Cpu, language: str) -> str:
    if not cpu.features:
        return translator(language).gettext("none of those that matter here")
    return ", ".join(feature(each) for each in cpu.features)


def _caches(cpu: Cpu, language: str) -> str:
    _ = translator(language).gettext
    kinds = {"data": "d", "instruction": "i", "unified": ""}
    parts = [
        f"L{each.level}{kinds.get(each.kind, '')} {each.instances} × {fmt.size(each.size_bytes)}"
        for each in cpu.caches
    ]
    return " · ".join(parts) or _("not known")


def _memory(machine: Machine, language: str) -> str:
    _ = translator(language).gettext
    memory = machine.memory
    if memory.total_bytes is None:
        return _or_absent(machine, "memory.total_bytes", None, language)
    parts = [fmt.size(memory.total_bytes)]
    if memory.kind:
        speed = f"-{memory.speed_mts}" if memory.speed_mts else ""
        parts.append(f"{memory.kind}{speed}")
    if memory.available_bytes is not None:
        parts.append(_("{size} free").format(size=fmt.size(memory.available_bytes)))
    return " · ".join(parts)


def _storage(machine: Machine, storage: Storage | None, language: str) -> str:
    _ = translator(language).gettext
    if storage is None:
        return _or_absent(machine, "storage", None, language)
    parts = [storage_kind(storage.kind, language)]
    if storage.filesystem:
        parts.append(storage.filesystem)
    if storage.free_bytes is not None:
        parts.append(_("{size} free").format(size=fmt.size(storage.free_bytes)))
    return " · ".join(parts)


def _circumstances(machine: Machine, language: str) -> str:
    _ = translator(language).gettext
    found = machine.platform
    parts = []
    if found.virtualisation:
        parts.append(_("virtual machine ({kind})").format(kind=found.virtualisation))
    elif "platform.virtualisation" not in machine.absent:
        parts.append(_("no virtual machine recognised"))
    if found.container:
        parts.append(_("container ({kind})").format(kind=found.container))
    if found.on_battery is not None:
        parts.append(_("on battery") if found.on_battery else _("on mains power"))
    if found.governor:
        parts.append(
            _("governor {name} of {driver}").format(name=found.governor, driver=found.scaling_driver)
            if found.scaling_driver
            else _("governor {name}").format(name=found.governor)
        )
    if found.boost is not None:
        parts.append(_("boost clocks allowed") if found.boost else _("boost clocks switched off"))
    if found.smt is not None:
        parts.append(_("several threads per core") if found.smt else _("one thread per core"))
    if found.huge_pages:
        parts.append(_("transparent huge pages: {state}").format(state=found.huge_pages))
    return " · ".join(parts) or _("not known")
