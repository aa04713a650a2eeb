"""Small builders of synthetic needs, catalogues, machines and runs; every figure in them is invented."""

import math
from collections.abc import Mapping

from advisor.frameworks.model import Fact, Framework, Grade, Requirements
from advisor.hardware.model import (
    Calibration,
    Cpu,
    Gpu,
    Limits,
    Machine,
    Memory,
    OperatingSystem,
    Platform,
    System,
)
from advisor.probes.configuration import DEFAULT, Configuration, ConfigurationOrigin
from advisor.probes.model import (
    Conditions,
    Equivalence,
    MemoryReading,
    Outcome,
    ProbeResult,
    Quantity,
    Sample,
    ScalingPoint,
    Startup,
    StopRule,
    Subject,
    WorkloadRun,
)
from advisor.workloads.model import Size, Task, Workload

GIB = 2**30

COMPILED = Configuration(ConfigurationOrigin.COMPILED, (("compile", "on"),))

FACTS: dict[str, float | str | bool | None] = {
    "downloads_month": 10e6,
    "github_stars": 50e3,
    "contributors": 1e3,
    "last_release": "2026-09",
    "ease_of_use": 2,
    "ecosystem.image-classification": 2,
    "ecosystem.nlp": 2,
    "ecosystem.rl": 2,
    "deployment": 2,
    "maintained": True,
    "platform.linux": True,
    "platform.windows": True,
    "target.server": True,
    "target.ios": False,
    "accelerator.cuda.linux": True,
    "language.python": True,
    "mixed_precision": "amp",
    "quantisation": "int8 tool",
    "pruning": "pruning tool",
    "export": "ONNX",
}


def fact(value: float | str | bool | None, grade: Grade = Grade.B) -> Fact:
    """Return a fact of an invented source."""
    return Fact(value=value, date="2026-10", source="https://example.org/synthetic", grade=grade)


def framework(
    identifier: str,
    backends: tuple[str, ...] = (),
    grade: Grade = Grade.B,
    without: tuple[str, ...] = (),
    **changes: float | str | bool | None,
) -> Framework:
    """Return a catalogue entry; ``changes`` name facts with ``__`` for a dot and ``___`` for an at sign."""
    facts = FACTS | {name.replace("___", "@").replace("__", "."): value for name, value in changes.items()}
    return Framework(
        id=identifier,
        name=identifier.title(),
        homepage="https://example.org",
        package=identifier,
        module=identifier,
        worker=identifier,
        licence="Apache-2.0",
        requirements={"cpu": Requirements(python="3.12", packages=(identifier,))},
        facts={name: fact(value, grade) for name, value in facts.items() if name not in without},
        backends=backends,
    )


def machine(
    cores: float = 4.0,
    gpus: tuple[Gpu, ...] = (),
    system: System = System.LINUX,
    features: tuple[str, ...] = (),
) -> Machine:
    """Return a calibrated machine of 100 GFLOP/s."""
    return Machine(
        cpu=Cpu(architecture="x86_64", features=features),
        memory=Memory(total_bytes=16 * GIB),
        limits=Limits(cores=cores, memory_bytes=16 * GIB),
        os=OperatingSystem(system, "Synthetic OS"),
        platform=Platform(),
        detected_at="2026-11-01T00:00:00Z",
        gpus=gpus,
        calibration=Calibration(gemm_fp32=(100e9,) * 3, storage_read=(1e9,) * 3),
    )


def workload(task: Task = Task.IMAGE_CLASSIFICATION) -> Workload:
    """Return a workload whose training step takes 100 ms at the peak of ``machine``."""
    shapes = {Task.IMAGE_CLASSIFICATION: (64, 64, 3), Task.NLP: (128,), Task.RL: (4,)}
    return Workload(
        id=f"synthetic-{task}",
        task=task,
        size=Size.COMPACT,
        architecture="Synthetic",
        input_shape=shapes[task],
        batch=10,
        classes=10,
        parameters=10_000_000,
        forward_flops=333_000_000,
        reference="nobody",
    )


def result(
    alternative: str,
    step_s: float = 0.2,
    *,
    task: Task = Task.IMAGE_CLASSIFICATION,
    configuration: Configuration = DEFAULT,
    rounds: int = 8,
    noise: Mapping[int, float] | None = None,
    first_s: float = 1.0,
    used_bytes: int = 512 * 2**20,
    efficiency: float | None = 0.8,
    cores: int = 4,
    tail: float = 1.5,
    outcome: Outcome = Outcome.MEASURED,
    device: str = "cpu",
) -> ProbeResult:
    """Return what was measured of one alternative.

    ``step_s`` is a training step; inference takes a third of it, a single call a twentieth, of which one in
    fifty is ``tail`` times slower. ``noise`` multiplies the times of a round.
    """
    work = workload(task)
    subject = Subject(work.id, alternative, configuration, device)
    if outcome is not Outcome.MEASURED:
        return ProbeResult(subject, outcome, reason="synthetic")
    noise = noise or {}

    def samples(quantity: Quantity, seconds: float, items: int) -> list[Sample]:
        taken = []
        for number in range(1, rounds + 1):
            each = seconds * noise.get(number, 1.0)
            calls = tuple(each * (tail if call == 0 else 1.0) for call in range(50))
            timed = calls if quantity is Quantity.LATENCY else ()
            elapsed = sum(timed) if timed else 10 * each
            iterations = len(timed) or 10
            taken.append(
                Sample(quantity, number, iterations, elapsed, elapsed, iterations * items, durations_s=timed)
            )
        return taken

    taken = samples(Quantity.TRAIN, step_s, work.batch)
    taken += samples(Quantity.INFER, step_s / 3, work.batch)
    taken += samples(Quantity.LATENCY, step_s / 20, 1)
    if task is Task.RL:
        taken += samples(Quantity.LOOP, step_s, 1)
    scaling: tuple[ScalingPoint, ...] = ()
    if efficiency is not None:
        scaling = (
            ScalingPoint(1, 1, tuple(samples(Quantity.TRAIN, step_s * efficiency * cores, work.batch))),
            ScalingPoint(1, cores, tuple(samples(Quantity.TRAIN, step_s, work.batch))),
        )
    return ProbeResult(
        subject,
        outcome,
        startup=Startup(1.0, 0.5, first_s, first_s / 3, first_s / 20),
        equivalence=Equivalence(True, work.parameters, work.parameters, 1e-6),
        samples=tuple(taken),
        scaling=scaling,
        memory=MemoryReading(used_bytes + 300 * 2**20, 300 * 2**20, 5, 20, "anonymous"),
    )


def run(*results: ProbeResult, task: Task = Task.IMAGE_CLASSIFICATION, threads: int = 4) -> WorkloadRun:
    """Return the run that these results come from."""
    return WorkloadRun(
        workload=workload(task),
        conditions=Conditions(threads=threads),
        results=results,
        rounds=8,
        stop_rule=StopRule.ROUNDS,
        interleaved=True,
        elapsed_s=10.0,
        sampling_s=8.0,
        parent_cpu_s=0.1,
    )


def wobble(size: float, rounds: int = 8) -> dict[int, float]:
    """Return factors that swing evenly by ``size`` from round to round, with a median of 1."""
    return {number: math.exp(size * math.sin(2.4 * number)) for number in range(1, rounds + 1)}
