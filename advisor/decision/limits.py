"""Gates on figures: a latency target, a memory limit, and whether the network fits where it must run.

Each is met, missed, or not proven where the limit lies inside the figure's interval.
"""

import math
from collections.abc import Iterable, Iterator

from advisor.decision import estimates
from advisor.decision.criteria import ANSWERING
from advisor.decision.model import Criterion, GateResult, GateStatus, Needs, ProjectStage, Target, UserTerm
from advisor.probes.intervals import NORMAL_TAIL
from advisor.probes.model import Quantity, WorkloadRun
from advisor.workloads.model import Workload

SERVING_STAGES = (ProjectStage.SERVING, ProjectStage.EDGE)

ELSEWHERE = (Target.ANDROID, Target.IOS, Target.BROWSER, Target.MICROCONTROLLER)
"""Targets of another kind than the machine that measures: its times and memory say nothing of them."""

MICROCONTROLLER_FLASH_BYTES = 2**20
"""Assumed where the user names no size: the flash of an nRF52840, on the first of the boards that LiteRT for
Microcontrollers names (https://ai.google.dev/edge/litert/microcontrollers/overview, read 2026-11-24)."""

INT8_BYTES, FLOAT32_BYTES = 1, 4
"""Of one parameter, quantised and not."""

_WORST_FIRST = (GateStatus.FAIL, GateStatus.UNKNOWN, GateStatus.PASS)


def here(needs: Needs) -> bool:
    """Whether the network answers on a machine of the kind that measures, so that its figures count."""
    targets = needs.constraints.targets
    return not targets or any(target not in ELSEWHERE for target in targets)


def uncounted(needs: Needs) -> tuple[Criterion, ...]:
    """Return the criteria on which this machine's figures say nothing of where the network is to run."""
    return () if here(needs) else ANSWERING


def latency(needs: Needs, alternative: str, terms: Iterable[UserTerm]) -> Iterator[GateResult]:
    """Return the latency target's gate, over all workloads measured; none without a target or a figure."""
    target = needs.workload.latency_target_s
    if target is None or not here(needs):
        return
    terms = [term for term in terms if term.alternative == alternative]
    shown = {term.workload: term for term in terms if term.quantity == "latency_p99_s"}
    statuses = {True: GateStatus.PASS, False: GateStatus.FAIL, None: GateStatus.UNKNOWN}
    yield from _worst(
        GateResult(
            "latency",
            alternative,
            statuses[term.holds],
            _figures(term.workload, target, shown.get(term.workload, term)),
        )
        for term in terms
        if term.quantity == "latency_s"
    )


def _figures(workload: str, limit: float, term: UserTerm) -> dict[str, float | str]:
    return {
        "workload": workload,
        "limit": limit,
        "value": term.value,
        "low": term.low,
        "high": term.high,
        "quantity": term.quantity,
    }


def memory(needs: Needs, alternative: str, runs: Iterable[WorkloadRun]) -> Iterator[GateResult]:
    """Return the memory limit's gate, over all workloads measured; none without a limit or a reading.

    The limit is held against all that the process takes, on an accelerator all that is taken there. What only
    answers takes less than what trains: for serving, a training peak above the limit proves nothing.
    """
    limit = needs.workload.memory_limit_bytes
    if limit is None or not here(needs):
        return
    yield from _worst(each for run in runs for each in _peak(needs, alternative, run, float(limit)))


def _peak(needs: Needs, alternative: str, run: WorkloadRun, limit: float) -> Iterator[GateResult]:
    quantity = estimates.main_quantity(run, alternative)
    result = estimates.choose(run, alternative, quantity, needs)
    if result is None:
        return
    reading = result.memory
    peak = None
    if reading is not None:
        peak = reading.peak_bytes if result.subject.device == "cpu" else reading.device_peak_bytes
    about: dict[str, float | str] = {"workload": run.workload.id, "limit": limit}
    if reading is None or not peak:
        yield GateResult("memory_limit", alternative, GateStatus.UNKNOWN, about)
        return
    factor = math.exp(NORMAL_TAIL * estimates.MEMORY_SD)
    low, high = peak / factor, peak * factor
    trained = reading.quantity is not Quantity.INFER
    if high <= limit:
        status = GateStatus.PASS
    elif low > limit and not (trained and needs.stage in SERVING_STAGES):
        status = GateStatus.FAIL
    else:
        status = GateStatus.UNKNOWN
        if low > limit:
            about["reason"] = "memory-of-training"
    about |= {"value": float(peak), "low": low, "high": high, "quantity": str(reading.quantity)}
    yield GateResult("memory_limit", alternative, status, about)


def fit(needs: Needs, alternative: str, workloads: Iterable[Workload]) -> Iterator[GateResult]:
    """Return, per target of another kind, whether the largest network fits there.

    Its parameters are held against the room for a program, one byte each where quantised; its operations
    against what the processor can do within the latency target. A microcontroller is always asked.
    """
    device = needs.constraints.device
    workloads = tuple(workloads)
    for target in needs.constraints.targets:
        if target not in ELSEWHERE or not workloads:
            continue
        stated = device.flash_bytes is not None
        flash = device.flash_bytes
        if flash is None and target is Target.MICROCONTROLLER:
            flash = MICROCONTROLLER_FLASH_BYTES
        gate = f"fits:{target}"
        yield from _worst(
            each
            for workload in workloads
            for each in (
                *_room(gate, alternative, workload, flash, stated),
                *_operations(gate, alternative, workload, needs),
            )
        )


def _room(
    gate: str, alternative: str, workload: Workload, flash: int | None, stated: bool
) -> Iterator[GateResult]:
    if flash is None:
        return
    if workload.parameters is None:
        yield GateResult(gate, alternative, GateStatus.UNKNOWN, {"workload": workload.id})
        return
    smallest, plain = INT8_BYTES * workload.parameters, FLOAT32_BYTES * workload.parameters
    about: dict[str, float | str] = {
        "workload": workload.id,
        "parameters": float(workload.parameters),
        "value": float(plain if plain <= flash else smallest),
        "limit": float(flash),
        "reason": "room" if stated else "room-assumed",
    }
    if plain > flash:
        about["quantised"] = 1.0
    # The size that was assumed is nobody's requirement.
    missed = GateStatus.FAIL if stated else GateStatus.UNKNOWN
    status = GateStatus.PASS if smallest <= flash else missed
    yield GateResult(gate, alternative, status, about)


def _operations(gate: str, alternative: str, workload: Workload, needs: Needs) -> Iterator[GateResult]:
    rate, target = needs.constraints.device.operations_per_s, needs.workload.latency_target_s
    if rate is None or target is None:
        return
    operations = workload.first_answer_flops
    if operations is None:
        yield GateResult(gate, alternative, GateStatus.UNKNOWN, {"workload": workload.id})
        return
    least_s = operations / rate
    about: dict[str, float | str] = {
        "workload": workload.id,
        "operations": float(operations),
        "value": least_s,
        "limit": target,
        "reason": "operations",
    }
    # Nothing runs faster than its processor; how much slower it runs is not known from here.
    yield GateResult(gate, alternative, GateStatus.FAIL if least_s > target else GateStatus.PASS, about)


def _worst(gates: Iterable[GateResult]) -> Iterator[GateResult]:
    """Yield the worst of some gates of one kind, the first of equals; nothing of none."""
    yield from sorted(gates, key=lambda gate: _WORST_FIRST.index(gate.status))[:1]
