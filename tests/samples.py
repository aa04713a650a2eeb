"""Synthetic assessments for tests and design work: realistic in shape, invented in every figure.

Titles and machine names say that they are synthetic, so that no reader takes one for a measurement.
"""

from collections.abc import Callable, Iterable
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from advisor.assessment.model import SCHEMA_VERSION, Assessment, FrameworkState, RunOptions, Status
from advisor.decision.engine import decide
from advisor.decision.model import Constraints, Criterion, Needs, Priorities, ProjectStage, Target, Team
from advisor.frameworks.model import Framework, Installation, Origin
from advisor.hardware.model import (
    Cache,
    Calibration,
    Cpu,
    Gpu,
    Limits,
    Machine,
    Memory,
    OperatingSystem,
    Platform,
    Storage,
    StorageKind,
    System,
)
from advisor.probes.configuration import DEFAULT, Configuration, ConfigurationOrigin
from advisor.probes.model import (
    Conditions,
    Equivalence,
    MemoryReading,
    Outcome,
    ProbeResult,
    ProbeWarning,
    Quantity,
    Sample,
    ScalingPoint,
    Startup,
    StopRule,
    Subject,
    WarningCode,
    WorkloadRun,
)
from advisor.workloads.model import Size, Task, Workload
from advisor.workloads.published import find
from tests import samples_catalogue

KINDS = (
    "standard",
    "too-close",
    "all-ruled-out",
    "cancelled",
    "no-gpu",
    "three-gpus",
    "eight-frameworks",
    "long-names",
    "minimal",
)
"""Every kind that ``sample_assessment`` knows."""

CREATED_AT = "2026-11-20T09:30:00Z"

COMPILED = Configuration(ConfigurationOrigin.COMPILED, (("compile", "on"),))

MIB = 2**20
GIB = 2**30


class Speed(NamedTuple):
    """How fast an invented framework is: factors on the training step and on inference, and its start-up."""

    train: float
    infer: float
    latency: float
    compiled: float | None  # factor on all of it; None: has no compiled way of its own
    import_s: float
    first_s: float
    memory: float
    efficiency: float


SPEEDS = {
    "pytorch": Speed(1.00, 1.00, 1.00, 0.86, 1.6, 0.5, 1.0, 0.84),
    "tensorflow": Speed(1.34, 1.16, 1.30, 0.93, 3.9, 4.1, 1.3, 0.76),
    "keras-tensorflow": Speed(1.52, 1.31, 1.95, None, 4.4, 6.3, 1.5, 0.74),
    "keras-torch": Speed(1.63, 1.38, 1.74, 0.97, 3.2, 1.1, 1.1, 0.79),
    "keras-jax": Speed(1.21, 1.19, 1.22, None, 2.7, 7.8, 1.4, 0.71),
    "mxnet": Speed(1.71, 1.43, 1.10, 0.95, 1.1, 0.6, 0.9, 0.68),
    "synthetic-a": Speed(1.12, 1.10, 1.40, 0.91, 2.1, 2.2, 1.2, 0.80),
    "synthetic-b": Speed(2.30, 2.05, 2.60, None, 0.8, 0.3, 0.7, 0.52),
    "synthetic-c": Speed(1.45, 1.27, 1.15, 0.88, 2.9, 3.3, 1.1, 0.66),
    "synthetic-d": Speed(1.95, 1.77, 1.81, 0.94, 3.4, 5.0, 1.6, 0.61),
}

CLOSE = {
    "pytorch": SPEEDS["pytorch"]._replace(compiled=None),
    "tensorflow": Speed(0.90, 0.88, 0.86, None, 1.8, 0.9, 0.8, 0.86),
}

STEP_S = {  # of the fastest alternative, on the invented two-core machine
    Task.IMAGE_CLASSIFICATION: {"train": 0.412, "infer": 0.131, "latency": 0.0071},
    Task.NLP: {"train": 0.236, "infer": 0.068, "latency": 0.0034},
    Task.RL: {"train": 0.00121, "infer": 0.00019, "latency": 0.00011, "loop": 0.00184},
}

VERSIONS = {"pytorch": "2.13.0", "tensorflow": "2.21.0", "keras": "3.15.1", "mxnet": "1.9.1"}


def sample_assessment(kind: str = "standard") -> Assessment:
    """Return the synthetic assessment of one of ``KINDS``, the same one each time."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of sample: {kind}")
    catalogue = samples_catalogue.catalogue(8 if kind == "eight-frameworks" else 4)
    needs = _needs(kind)
    machine = _machine(kind)
    device = "cuda:0" if kind == "three-gpus" else "cpu"
    speeds = {**SPEEDS, **CLOSE} if kind == "too-close" else SPEEDS
    runs = () if kind == "minimal" else tuple(_runs(kind, needs, catalogue, device, speeds))
    return Assessment(
        schema_version=SCHEMA_VERSION,
        id=f"synthetic-{kind}",
        app_version="0.1.0",
        created_at=CREATED_AT,
        status=Status.CANCELLED if kind == "cancelled" else Status.COMPLETE,
        needs=needs,
        options=RunOptions(budget="standard", seed=7),
        machine=machine,
        catalogue=catalogue,
        installations=tuple(_installations(kind, catalogue)),
        runs=runs,
        warnings=tuple(_warnings(kind)),
        decision=decide(needs, catalogue, machine, runs, seed=7),
        elapsed_s=0.0 if kind == "minimal" else 1043.0,
        phases_s={"detect": 0.4, "install": 21.0, "calibrate": 7.6, "probe": 1013.2, "decide": 0.02},
        title=needs.title,
    )


def _needs(kind: str) -> Needs:
    needs = Needs(
        title=f"Synthetic sample: {kind}",
        tasks={Task.IMAGE_CLASSIFICATION: 0.5, Task.NLP: 0.3, Task.RL: 0.2},
        stage=ProjectStage.TRAINING,
        size=Size.COMPACT,
        team=Team(skills={"pytorch": 3, "tensorflow": 2, "keras": 2, "mxnet": 0}, size=5),
    )
    match kind:
        case "too-close":
            priorities = Priorities(weights={Criterion.TRAINING_SPEED: 100}, sureness=0.1)
            team = Team(skills={"pytorch": 2, "tensorflow": 3, "keras": 2}, size=5)
            return replace(needs, tasks={Task.IMAGE_CLASSIFICATION: 1.0}, priorities=priorities, team=team)
        case "all-ruled-out":
            constraints = Constraints(targets=(Target.IOS, Target.MICROCONTROLLER), accelerator=True)
            return replace(needs, tasks={Task.IMAGE_CLASSIFICATION: 1.0}, constraints=constraints)
        case "cancelled" | "no-gpu":
            return replace(needs, tasks={Task.IMAGE_CLASSIFICATION: 0.6, Task.NLP: 0.4})
        case "minimal":
            return replace(needs, tasks={Task.IMAGE_CLASSIFICATION: 1.0}, team=Team())
        case _:
            return needs


def _machine(kind: str) -> Machine:
    machine = Machine(
        cpu=Cpu(
            architecture="x86_64",
            vendor="Synthetic",
            model="Synthetic CPU 9000 @ 2.60 GHz",
            microarchitecture="sapphirerapids",
            sockets=1,
            cores=8,
            threads=16,
            max_frequency_hz=3.8e9,
            caches=(
                Cache(1, "data", 48 * 1024, 8),
                Cache(1, "instruction", 32 * 1024, 8),
                Cache(2, "unified", 2 * MIB, 8),
                Cache(3, "unified", 60 * MIB, 1),
            ),
            numa_nodes=1,
            features=("avx2", "fma", "avx512f", "avx512_vnni", "amx_bf16"),
        ),
        memory=Memory(total_bytes=32 * GIB, available_bytes=27 * GIB, swap_bytes=0),
        limits=Limits(
            cores=4.0,
            cpus=(0, 1, 2, 3),
            physical_cores=2,
            memory_bytes=16 * GIB,
            cores_source="cgroup v2",
            memory_source="cgroup v2",
        ),
        os=OperatingSystem(System.LINUX, "Synthetic Linux 13", "13", "6.12.0", "glibc 2.41"),
        platform=Platform(virtualisation="kvm"),
        detected_at=CREATED_AT,
        storage=Storage("/home/synthetic", StorageKind.NVME, "ext4", "nvme0n1", 512 * GIB, 203 * GIB),
        absent={"memory.kind": "needs-root", "platform.governor": "not-reported"},
        calibration=Calibration(
            memory_bandwidth=(21.3e9, 22.1e9, 21.9e9, 22.0e9),
            gemm_fp32=(412e9, 431e9, 428e9),
            gemm_fp32_one_core=(131e9, 133e9, 132e9),
            storage_read=(1.91e9, 1.88e9, 1.93e9),
            elapsed_s=7.6,
        ),
    )
    match kind:
        case "long-names":
            model = "Synthetic Extraordinarily Long Processor Name With Every Marketing Suffix"
            model = f"{model} Platinum Max Ultra 9999X3D-HBM (Rev. 42) @ 2.60 GHz"[:120].ljust(120, "+")
            return replace(machine, cpu=replace(machine.cpu, model=model))
        case "three-gpus":
            gpus = tuple(
                Gpu(
                    index,
                    "nvidia",
                    f"Synthetic GPU {name}",
                    "cuda",
                    memory * GIB,
                    "595.10",
                    "13.0",
                    cc,
                    power,
                )
                for index, (name, memory, cc, power) in enumerate(
                    (
                        ("H1000 80 GB HBM", 80, "9.0", 700.0),
                        ("L40", 48, "8.9", 300.0),
                        ("T4", 16, "7.5", 70.0),
                    )
                )
            )
            calibration = replace(
                machine.calibration or Calibration(),
                gpu_gemm_fp32=(51.2e12, 51.9e12),
                gpu_gemm_half=(702e12, 711e12),
            )
            return replace(machine, gpus=gpus, calibration=calibration)
        case "minimal":
            return replace(machine, calibration=None, storage=None)
        case _:
            return machine


def _installations(kind: str, catalogue: Iterable[Framework]) -> Iterable[FrameworkState]:
    for framework in catalogue:
        for alternative in framework.alternatives:
            if kind == "minimal":
                yield FrameworkState(alternative.id, None, "not-installed")
                continue
            version = VERSIONS.get(framework.id, "0.9.0")
            yield FrameworkState(
                alternative.id,
                Installation(
                    framework=framework.id,
                    version=version,
                    interpreter=f"/home/synthetic/environments/{framework.id}/bin/python",
                    python_version="3.11.9" if framework.id == "mxnet" else "3.12.11",
                    origin=Origin.MANAGED,
                    backends=framework.backends,
                    wheel="cu130" if kind == "three-gpus" else "cpu",
                    packages={"numpy": "1.23.5" if framework.id == "mxnet" else "2.3.4"},
                ),
            )


def _warnings(kind: str) -> Iterable[ProbeWarning]:
    if kind == "minimal":
        return
    yield ProbeWarning(WarningCode.LOAD, "before", {"others_share": 0.31})
    if kind == "long-names":
        yield ProbeWarning(WarningCode.BATTERY, "before")
        yield ProbeWarning(WarningCode.GOVERNOR, "before", {"governor": "powersave"})
        yield ProbeWarning(WarningCode.THROTTLED, "during", {"events": 14.0})
        yield ProbeWarning(WarningCode.STEAL, "after", {"steal_share": 0.083})
        yield ProbeWarning(WarningCode.LOW_MEMORY, "before", {"available_bytes": 1.2 * GIB})
        yield ProbeWarning(WarningCode.INDEX_FALLBACK, "before", {"framework": "pytorch"})


def _runs(
    kind: str,
    needs: Needs,
    catalogue: tuple[Framework, ...],
    device: str,
    speeds: dict[str, Speed],
) -> Iterable[WorkloadRun]:
    for position, task in enumerate(needs.tasks):
        workload = find(task, needs.size)
        interrupted = kind == "cancelled" and position == 1
        rounds = 4 if interrupted else 12
        random = Random(f"{kind}/{workload.id}")
        # One slow drift per round, common to all: what pairing within rounds must cancel.
        drift = [1 + 0.06 * random.uniform(-1, 1) for _ in range(rounds)]
        results = []
        for framework in catalogue:
            for alternative in framework.alternatives:
                for configuration in (DEFAULT, COMPILED):
                    subject = Subject(workload.id, alternative.id, configuration, device)
                    result = _result(subject, workload, speeds[alternative.id], drift, framework)
                    results.append(_with_faults(kind, result, interrupted))
        yield WorkloadRun(
            workload=workload,
            conditions=Conditions(threads=4, cpus=(0, 1, 2, 3)),
            results=tuple(results),
            rounds=rounds,
            stop_rule=StopRule.CANCELLED if interrupted else (StopRule.PRECISE, StopRule.TIME)[position % 2],
            interleaved=kind != "long-names",
            elapsed_s=337.7,
            sampling_s=251.4,
            parent_cpu_s=0.9,
            warnings=(
                ProbeWarning(WarningCode.NOT_STEADY, "during", {"quantity": "train"}, results[1].subject),
            ),
            phases_s={"prepare": 41.0, "warm-up": 14.0, "rounds": 251.4, "memory": 12.0, "scaling": 19.0},
        )


def _result(
    subject: Subject, workload: Workload, speed: Speed, drift: list[float], framework: Framework
) -> ProbeResult:
    compiled = not subject.configuration.is_default
    if compiled and speed.compiled is None:
        return ProbeResult(subject, Outcome.UNSUPPORTED, "same-as-default")
    random = Random(f"{subject.workload}/{subject.alternative}/{subject.configuration.origin}")
    factor = (speed.compiled or 1.0) if compiled else 1.0
    on_gpu = 0.03 if subject.device != "cpu" else 1.0
    seconds = STEP_S[workload.task]
    relative = {"train": speed.train, "infer": speed.infer, "latency": speed.latency, "loop": speed.train}

    def samples(quantity: str, effective: float = 3.7, slower: float = 1.0) -> Iterable[Sample]:
        step_s = seconds[quantity] * relative[quantity] * factor * on_gpu * slower
        iterations = max(round(0.6 / step_s), 1)
        for number, common in enumerate(drift):
            elapsed_s = iterations * step_s * common * random.gauss(1.0, 0.012)
            durations = tuple(elapsed_s / iterations * random.lognormvariate(0, 0.04) for _ in range(20))
            yield Sample(
                quantity=Quantity(quantity),
                round=number,
                iterations=iterations,
                elapsed_s=elapsed_s,
                cpu_s=elapsed_s * effective * random.uniform(0.97, 1.0),
                items=iterations * (1 if quantity in ("latency", "loop") else workload.batch),
                others_cpu_s=0.001,
                durations_s=durations if quantity == "latency" else (),
            )

    first_s = speed.first_s * (3.1 if compiled else 1.0)
    return ProbeResult(
        subject=subject,
        outcome=Outcome.MEASURED,
        versions={framework.id: VERSIONS.get(framework.id, "0.9.0"), "numpy": "2.3.4"},
        device_name="Synthetic GPU H1000 80 GB HBM" if subject.device != "cpu" else None,
        interpreter=f"/home/synthetic/environments/{framework.id}/bin/python",
        startup=Startup(
            import_s=speed.import_s,
            build_s=0.11 * speed.memory,
            first_train_s=first_s,
            first_infer_s=first_s * 0.4,
            first_latency_s=first_s * 0.38,
        ),
        equivalence=Equivalence(
            passed=True,
            parameters=workload.parameters,
            expected_parameters=workload.parameters,
            output_error=random.uniform(1e-7, 9e-6),
            loss_errors=(random.uniform(1e-8, 1e-6), random.uniform(1e-7, 3e-5)),
        ),
        samples=tuple(sample for quantity in seconds for sample in samples(quantity)),
        scaling=(
            ScalingPoint(1, 1, tuple(samples("train", 1.0, 4 * speed.efficiency))),
            ScalingPoint(1, 4, tuple(samples("train"))),
        ),
        memory=MemoryReading(
            peak_bytes=round((310 + 420 * speed.memory) * MIB),
            baseline_bytes=310 * MIB,
            steps=8,
            samples=212,
            source="anonymous",
            device_peak_bytes=round(1900 * speed.memory) * MIB if subject.device != "cpu" else None,
            device_baseline_bytes=410 * MIB if subject.device != "cpu" else None,
        ),
        steady=dict.fromkeys(seconds, True),
    )


def _with_faults(kind: str, result: ProbeResult, interrupted: bool) -> ProbeResult:
    """Let some subjects fail, so that every kind of outcome is met somewhere."""
    subject = result.subject
    compiled = not subject.configuration.is_default
    faults: dict[tuple[str, str], Callable[[], ProbeResult]] = {
        ("standard", "keras-torch"): lambda: (
            ProbeResult(subject, Outcome.CRASHED, "SIGSEGV", "Segmentation fault") if compiled else result
        ),
        ("long-names", "mxnet"): lambda: ProbeResult(
            subject, Outcome.IMPORT_FAILED, "AttributeError: module 'numpy' has no attribute 'bool'"
        ),
        ("long-names", "keras-jax"): lambda: ProbeResult(
            subject, Outcome.OUT_OF_MEMORY, "RESOURCE_EXHAUSTED"
        ),
        ("long-names", "tensorflow"): lambda: (
            ProbeResult(subject, Outcome.TIMED_OUT, "no-prepared-within-seconds: 300") if compiled else result
        ),
        ("eight-frameworks", "synthetic-d"): lambda: ProbeResult(
            subject, Outcome.NOT_INSTALLED, "not-installed"
        ),
        ("eight-frameworks", "keras-jax"): lambda: ProbeResult(
            subject,
            Outcome.NOT_EQUIVALENT,
            "parameters-differ",
            equivalence=Equivalence(
                False, 11_689_000, 11_689_512, 0.031, (0.002, 0.019), reason="parameters-differ"
            ),
        ),
        ("three-gpus", "mxnet"): lambda: ProbeResult(subject, Outcome.UNSUPPORTED, "no-device cuda:0"),
    }
    if interrupted and (compiled or subject.alternative in ("keras-jax", "mxnet")):
        return ProbeResult(subject, Outcome.CANCELLED, samples=result.samples[:2])
    fault = faults.get((kind, subject.alternative))
    return fault() if fault else result
