"""Advice on making the recommended alternative run better here, by levers of machine, model and tools.

Each piece says whether it was measured on this machine, is concluded from what was, or is cited from the
catalogue. What was neither measured nor cited is not advised.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import numpy as np
from msgspec.structs import replace

from advisor.decision import estimates
from advisor.decision.model import Advice, Criterion, Needs, ProjectStage
from advisor.decision.values import Valuer
from advisor.frameworks.catalogue import fact
from advisor.frameworks.model import Alternative, Framework
from advisor.hardware.model import Machine
from advisor.probes.configuration import DEFAULT, ConfigurationOrigin
from advisor.probes.intervals import TAILS
from advisor.probes.model import (
    ProbeResult,
    Quantity,
    WorkloadRun,
)
from advisor.probes.statistics import break_even_steps, paired_ratio
from advisor.workloads.model import Source, Task, Workload

MEASURED, CONCLUDED, CITED = "measured", "concluded", "cited"
"""What advice rests on: what it advises was measured, or follows from a figure that was, or is cited."""

POOR_EFFICIENCY, GOOD_EFFICIENCY = 0.6, 0.85
"""Below the first, two jobs side by side get more done than one on all cores; above the second, more cores
would pay."""

HALF_PRECISION_RATIO = 1.5
"""Half precision is worth naming where it multiplies matrices this much faster here."""

STORAGE_MARGIN = 2.0
"""Storage that reads this many times faster than training consumes won't be waited for."""

HALF_PRECISION_FEATURES = ("amx_bf16", "avx512_bf16", "bf16")
INT8_FEATURES = ("amx_int8", "avx512_vnni", "avx_vnni", "i8mm")
TOKEN_BYTES = 4


class Code(StrEnum):
    """What is advised."""

    USE_COMPILED = "use-compiled"  # or another configuration, named in the detail
    STAY_DEFAULT = "stay-default"  # compiling doesn't pay for the steps planned
    MIXED_PRECISION = "mixed-precision"
    JOBS_SIDE_BY_SIDE = "jobs-side-by-side"  # scales poorly: several jobs on fewer cores each
    MORE_CORES = "more-cores"  # scales well
    STORAGE_LIMITS = "storage-limits"  # reading may be waited for: cache, prefetch, compress
    STORAGE_KEEPS_UP = "storage-keeps-up"
    QUANTISE = "quantise"
    PRUNE = "prune"
    EXPORT = "export"
    SERVE_BY = "serve-by"  # a runtime infers faster
    DISTRIBUTE = "distribute"
    AUTOML = "automl"
    FEDERATED = "federated"


def advise(
    needs: Needs,
    machine: Machine,
    framework: Framework,
    alternative: Alternative,
    valuer: Valuer,
) -> tuple[Advice, ...]:
    """Return advice for one alternative: what was measured first, then what is cited; often there is none."""
    advice: list[Advice] = []
    for run in valuer.runs.values():
        result = estimates.choose(run, alternative.id, estimates.training_quantity(run.workload), needs)
        if result is None:
            continue
        advice += _configuration(needs, run, result)
        advice += _cores(valuer, run, alternative.id)
        advice += _storage(machine, valuer, run, result)
    for run in valuer.runs.values():
        advice += _serving(run, alternative.id, valuer.pairs(alternative.id), needs)
    advice += _precision(machine, framework, alternative)
    advice += _tools(needs, machine, framework, alternative)
    return tuple(advice)


def _configuration(needs: Needs, run: WorkloadRun, judged: ProbeResult) -> Iterator[Advice]:
    """Hold the configuration judged by against the default one of the same device, by the judging rounds.

    Where the default is judged by, it is held against the compiled way, or else the quickest to start.
    """
    rounds = {sample.round for sample in judged.samples}
    beside = {
        each.subject.configuration: replace(each, samples=tuple(s for s in each.samples if s.round in rounds))
        for each in estimates.measured(run, judged.subject.alternative)
        if each.subject.device == judged.subject.device
    }
    default = beside.pop(DEFAULT, None)
    if default is None or not beside:
        return
    other = beside.get(judged.subject.configuration)
    if other is None:
        compiled = [each for each in beside if each.origin is ConfigurationOrigin.COMPILED]
        other = beside[min(compiled or beside)]
    ratio = paired_ratio(default.samples, other.samples, Quantity.TRAIN)
    found = break_even_steps(default, other)
    if ratio is None or found is None:
        return
    planned = estimates.planned_steps(needs, run)
    configuration = other.subject.configuration
    detail: dict[str, float | str] = {
        **_about(run),
        "speedup": ratio.median,
        "speedup_low": ratio.low,
        "speedup_high": ratio.high,
        "planned_steps": float(planned),
    }
    if configuration.origin is not ConfigurationOrigin.COMPILED:
        detail["configuration"] = configuration.label
    if found.steps is not None:
        detail["break_even_steps"] = found.steps
    pays = found.steps is not None and found.steps < planned
    yield Advice(Code.USE_COMPILED if pays else Code.STAY_DEFAULT, MEASURED, detail)


def _serving(run: WorkloadRun, trainer: str, pairs: Iterable[str], needs: Needs) -> Iterator[Advice]:
    """Hold the quickest runtime that was measured against inference by what trains."""
    own = estimates.choose(run, trainer, Quantity.INFER, needs)
    if own is None:
        return
    found = [
        (ratio, pair)
        for pair in pairs
        if (served := estimates.choose(run, pair, Quantity.INFER, needs)) is not None
        and (ratio := paired_ratio(own.samples, served.samples, Quantity.INFER)) is not None
        and ratio.low > 1.0
    ]
    if not found:
        return
    ratio, pair = max(found, key=lambda each: each[0].median)
    detail: dict[str, float | str] = {
        **_about(run),
        "pair": pair,
        "speedup": ratio.median,
        "speedup_low": ratio.low,
        "speedup_high": ratio.high,
    }
    yield Advice(Code.SERVE_BY, MEASURED, detail)


def _about(run: WorkloadRun) -> dict[str, float | str]:
    return {"task": str(run.workload.task), "workload": run.workload.id}


def _cores(valuer: Valuer, run: WorkloadRun, alternative: str) -> Iterator[Advice]:
    part = valuer.part(run.workload.id, alternative, Criterion.SCALABILITY)
    if part is None:
        return
    efficiency = part.points / 100.0
    low, high = np.quantile(part.draws, TAILS) / 100.0
    detail: dict[str, float | str] = {
        **_about(run),
        "efficiency": efficiency,
        "cores": float(run.conditions.threads),
    }
    if high < POOR_EFFICIENCY:
        yield Advice(Code.JOBS_SIDE_BY_SIDE, CONCLUDED, detail)
    elif low > GOOD_EFFICIENCY:
        yield Advice(Code.MORE_CORES, CONCLUDED, detail)


def _storage(machine: Machine, valuer: Valuer, run: WorkloadRun, result: ProbeResult) -> Iterator[Advice]:
    """Hold what training consumes, read uncompressed, against what storage delivers."""
    size = item_bytes(run.workload)
    figure = valuer.figure(run, result, estimates.training_quantity(run.workload))
    read = any(each.data is not None and each.data.samples for each in run.results)  # then it is known
    if (
        read
        or size is None
        or figure is None
        or machine.calibration is None
        or not machine.calibration.storage_read
    ):
        return
    needed = size / figure.value
    reads = max(machine.calibration.storage_read)  # as the report's reference points have it
    detail: dict[str, float | str] = {
        **_about(run),
        "needed_bytes_per_s": needed,
        "storage_bytes_per_s": reads,
        "item_bytes": float(size),
    }
    enough = reads >= STORAGE_MARGIN * needed
    yield Advice(Code.STORAGE_KEEPS_UP if enough else Code.STORAGE_LIMITS, CONCLUDED, detail)


def item_bytes(workload: Workload) -> int | None:
    """Return what one training item takes uncompressed; None where it isn't known, or comes from an environment."""
    if workload.source is not Source.PUBLISHED:
        return None
    size = int(np.prod(workload.input_shape))
    match workload.task:
        case Task.IMAGE_CLASSIFICATION:
            return size  # one byte per channel of a pixel
        case Task.NLP | Task.TEXT_GENERATION:
            return size * TOKEN_BYTES
        case _:
            return None


def _precision(machine: Machine, framework: Framework, alternative: Alternative) -> Iterator[Advice]:
    calibration = machine.calibration
    if calibration is not None and calibration.gpu_gemm_half and calibration.gpu_gemm_fp32:
        ratio = max(calibration.gpu_gemm_half) / max(calibration.gpu_gemm_fp32)
        if ratio >= HALF_PRECISION_RATIO:
            yield from _tool(
                Code.MIXED_PRECISION, "mixed_precision", framework, alternative, {"ratio": ratio}, CONCLUDED
            )
        return
    feature = next((each for each in HALF_PRECISION_FEATURES if each in machine.cpu.features), None)
    if feature is not None:
        yield from _tool(
            Code.MIXED_PRECISION, "mixed_precision", framework, alternative, {"feature": feature}
        )


def _tools(
    needs: Needs, machine: Machine, framework: Framework, alternative: Alternative
) -> Iterator[Advice]:
    """Tools that the stage or the constraints call for."""
    constraints = needs.constraints
    deployed = needs.stage in (ProjectStage.SERVING, ProjectStage.EDGE)
    feature = next((each for each in INT8_FEATURES if each in machine.cpu.features), None)
    int8: dict[str, float | str] = {"feature": feature} if feature else {}
    for wanted, code, fact_id, detail in (
        (deployed, Code.QUANTISE, "quantisation", int8),
        (needs.stage is ProjectStage.EDGE, Code.PRUNE, "pruning", {}),
        ((deployed or bool(constraints.targets)) and alternative.runtime is None, Code.EXPORT, "export", {}),
        (constraints.distributed or len(machine.gpus) > 1, Code.DISTRIBUTE, "distributed", {}),
        (constraints.automl, Code.AUTOML, "automl", {}),
        (constraints.federated, Code.FEDERATED, "federated", {}),
    ):
        if wanted:
            yield from _tool(code, fact_id, framework, alternative, detail)


def _tool(
    code: Code,
    fact_id: str,
    framework: Framework,
    alternative: Alternative,
    detail: dict[str, float | str],
    basis: str = CITED,
) -> Iterator[Advice]:
    """Advise a tool that the catalogue names; one that isn't there is not advised."""
    found = fact(framework, fact_id, alternative.scope)
    if found is None or not found.value:
        return
    own = f"{fact_id}@{alternative.scope}"
    tool = found.value if isinstance(found.value, str) else found.note
    named: dict[str, float | str] = {"tool": tool} if tool else {}
    yield Advice(code, basis, named | detail, own if framework.facts.get(own) is found else fact_id)
