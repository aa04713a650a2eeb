"""What a machine is: frozen value types only. Detection lives beside this file, formatting elsewhere."""

from enum import StrEnum

from msgspec import Struct


class System(StrEnum):
    """Operating system families."""

    LINUX = "linux"
    WINDOWS = "windows"
    MACOS = "macos"
    OTHER = "other"


class Absence(StrEnum):
    """Why a field is missing: the values of every ``absent`` mapping of this room."""

    NOT_REPORTED = "not-reported"  # the source says nothing about it
    NOT_REQUESTED = "not-requested"
    NEEDS_ROOT = "needs-root"
    UNREADABLE = "unreadable"
    RECORDED = "recorded"  # a recorded machine doesn't hold it, and the live one must not fill in
    COMMAND_FAILED = "command-failed"  # a system tool is missing, failed, or answered garbage
    NO_DRIVER = "no-driver"
    UNSUPPORTED = "unsupported"  # nothing here can read it on this system
    DETECTOR_FAILED = "detector-failed"  # a fault of ours; the rest of the machine stands
    TOO_LITTLE_MEMORY = "too-little-memory"
    TOO_LITTLE_SPACE = "too-little-space"
    IN_MEMORY = "in-memory"  # the folder lies in memory, there is no storage to read
    CACHED = "cached"  # reads can't be kept from a cache
    UNWRITABLE = "unwritable"
    NO_THREAD_CONTROL = "no-thread-control"  # the matrix library's threads can't be set
    NO_GPU = "no-gpu"
    MEASURED_BY_FRAMEWORK = "measured-by-framework"  # only a framework's own worker can tell
    CANCELLED = "cancelled"
    NOT_SERVED = "not-served"  # the driver at work is one that no framework computes through
    HIDDEN = "hidden"  # kept from this process by a visible-devices variable
    ORDER_UNKNOWN = "order-unknown"  # CUDA may count the cards in another order than the PCI bus
    PARTITIONED = "partitioned"  # one partition of a card serves a process, and this is another one
    SHARED = "shared"  # it has no memory of its own: main memory serves it


class StorageKind(StrEnum):
    """How a folder is stored."""

    NVME = "nvme"
    SSD = "ssd"
    HDD = "hdd"
    VIRTUAL = "virtual"
    NETWORK = "network"
    MEMORY = "memory"
    UNKNOWN = "unknown"


class Cache(Struct, frozen=True):
    """One cache level as fitted: ``size_bytes`` of one instance, and how many instances there are."""

    level: int
    kind: str  # "data", "instruction" or "unified"
    size_bytes: int
    instances: int = 1


class Cpu(Struct, frozen=True):
    """The processors as fitted, before any limit."""

    architecture: str  # Linux's name on every system: "x86_64", "aarch64", …; "unknown"
    vendor: str | None = None
    model: str | None = None
    microarchitecture: str | None = None
    sockets: int | None = None
    cores: int | None = None
    threads: int | None = None
    max_frequency_hz: float | None = None
    caches: tuple[Cache, ...] = ()
    numa_nodes: int | None = None
    features: tuple[str, ...] = ()
    """Instruction sets that matter to deep learning, of: avx2, fma, avx512f, avx512_vnni,
    avx_vnni, avx512_bf16, avx512_fp16, avx_vnni_int8, amx_tile, amx_bf16, amx_int8, neon, dotprod, sve,
    sve2, bf16, i8mm, sme, sme2, lsx, lasx."""


class Memory(Struct, frozen=True):
    """Main memory as fitted."""

    total_bytes: int | None = None
    available_bytes: int | None = None
    swap_bytes: int | None = None
    kind: str | None = None  # "DDR5", …
    speed_mts: int | None = None  # mega-transfers per second


class Limits(Struct, frozen=True):
    """What this process may use: affinity and container limits applied to what is fitted."""

    cores: float
    """CPU-seconds per second allowed (a cgroup quota may make it fractional)."""
    cpus: tuple[int, ...] = ()
    """Logical CPU numbers in the affinity mask; empty where the system can't say."""
    physical_cores: int | None = None
    """Distinct physical cores behind ``cpus``."""
    memory_bytes: int | None = None
    cores_source: str = "fitted"  # "fitted", "affinity", "cgroup v1" or "cgroup v2"
    memory_source: str = "fitted"
    numa_nodes: tuple[int, ...] = ()
    """Memory nodes that ``cpus`` belong to; empty where the system can't say."""


class Storage(Struct, frozen=True):
    """The storage behind one folder."""

    path: str
    kind: StorageKind = StorageKind.UNKNOWN
    filesystem: str | None = None
    device: str | None = None
    total_bytes: int | None = None
    free_bytes: int | None = None


class Gpu(Struct, frozen=True):
    """One accelerator, or one partition of it (MIG). ``api`` says what reaches it: cuda, rocm, xpu or mps.

    ``index`` only tells the accelerators of one vendor apart; ``uuid`` and ``pci_address`` are its
    identity, and ``device`` is the name by which a framework that starts now reaches it.
    """

    index: int
    vendor: str
    name: str
    api: str | None = None
    memory_bytes: int | None = None
    driver: str | None = None
    runtime: str | None = None  # highest CUDA version that the driver serves, "13.0"
    compute_capability: str | None = None
    power_limit_w: float | None = None
    mig: bool | None = None
    uuid: str | None = None  # "GPU-…", "MIG-…"
    pci_address: str | None = None  # "0000:01:00.0"
    device: str | None = None  # "cuda:0", "rocm:1", "xpu:0", "mps"
    gfx_target: str | None = None  # AMD's name of the instruction set, "gfx942"
    numa_node: int | None = None
    pcie_width: int | None = None  # lanes that the slot and the card have in common
    pcie_speed_gts: float | None = None  # giga-transfers per second of a lane, at full speed
    tiles: int | None = None  # of an Intel card; ``memory_bytes`` is of one where each is a device of its own
    links: int | None = None  # active direct links to other accelerators (NVLink, XGMI)


class Npu(Struct, frozen=True):
    """A processor for neural networks that none of the frameworks here computes on by itself."""

    kind: str  # "npu", "tpu", "gaudi", "dxg" (a GPU that Windows lends to its Linux subsystem)
    name: str
    driver: str | None = None
    pci_address: str | None = None


class OperatingSystem(Struct, frozen=True):
    """The operating system: ``name`` and ``version`` as it calls itself."""

    system: System
    name: str
    version: str | None = None
    kernel: str | None = None
    libc: str | None = None


class Platform(Struct, frozen=True):
    """Circumstances that bear on how far a measurement can be trusted."""

    virtualisation: str | None = None  # "kvm", "vmware", …; None: bare metal, or unknown (see absent)
    container: str | None = None  # "docker", "podman", …
    on_battery: bool | None = None
    governor: str | None = None
    scaling_driver: str | None = None  # which gives the governor's name its meaning
    boost: bool | None = None  # clocks above the rated one are allowed
    smt: bool | None = None  # several threads per core are active
    huge_pages: str | None = None  # transparent huge pages: "always", "madvise" or "never"


class Calibration(Struct, frozen=True):
    """Measured reference points of a machine, with every raw reading kept.

    Rates are in bytes or floating-point operations per second; one entry per repetition.
    The best entry is the reference point. ``gemm_fp32`` is what numpy's matrix library reaches:
    a framework's own library may do better by some percent, so a share of it can exceed 1.
    """

    memory_bandwidth: tuple[float, ...] = ()
    gemm_fp32: tuple[float, ...] = ()
    gemm_fp32_one_core: tuple[float, ...] = ()
    storage_read: tuple[float, ...] = ()
    gpu_gemm_fp32: tuple[float, ...] = ()
    gpu_gemm_half: tuple[float, ...] = ()
    elapsed_s: float = 0.0
    absent: dict[str, str] = {}
    memory_working_set_bytes: int | None = None  # all three triad arrays together
    gemm_sizes: tuple[int, ...] = ()  # side of the square matrices, per entry of ``gemm_fp32``
    gemm_one_core_sizes: tuple[int, ...] = ()
    gemm_library: str | None = None  # "openblas 0.3.31 SkylakeX"
    threads: int | None = None  # used by the all-core measurements
    storage_direct: bool | None = None  # True: direct reads; False: page cache dropped before each pass
    others_share: dict[str, float] = {}
    """Share of the allowed processors' time that others took during each measurement, at its quietest try."""
    tries: dict[str, int] = {}  # how often each measurement was made

    def peak_fp32(self, device: str) -> float | None:
        """Return the best FP32 matrix-multiply rate of a device; ``None`` where it wasn't measured.

        On a machine that others keep busy, threads that wait for each other can fall behind one
        core alone: the processor's peak is the best of both.
        """
        readings = self.gemm_fp32 + self.gemm_fp32_one_core if device == "cpu" else self.gpu_gemm_fp32
        return max(readings, default=None)


class Machine(Struct, frozen=True):
    """One machine at one moment. ``absent`` maps a dotted field name to the reason it is missing
    (an :class:`Absence`); an accelerator is named by vendor and index: ``gpus.nvidia0.memory_bytes``."""

    cpu: Cpu
    memory: Memory
    limits: Limits
    os: OperatingSystem
    platform: Platform
    detected_at: str  # ISO 8601, UTC
    storage: Storage | None = None
    gpus: tuple[Gpu, ...] = ()
    absent: dict[str, str] = {}
    calibration: Calibration | None = None
    npus: tuple[Npu, ...] = ()
