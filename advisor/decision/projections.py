"""What the measurements mean for the user's own workload: hours, requests, latency, batch.

Every figure carries its interval and the codes of what it assumes.
"""

import math
from collections.abc import Iterable, Iterator
from enum import StrEnum

from advisor.decision import estimates
from advisor.decision.estimates import Estimate
from advisor.decision.model import Needs, UserTerm
from advisor.decision.values import Valuer
from advisor.hardware.devices import find
from advisor.hardware.model import Machine
from advisor.probes.model import ProbeResult, Quantity, WorkloadRun
from advisor.probes.statistics import latency_percentiles, of_quantity, summarise
from advisor.workloads.model import Workload

MEMORY_SHARE = 0.9
"""Share of the memory allowed that a batch may fill; the rest is the system's."""

SMALLEST_BYTES = 16 * 2**20
"""Below this, what a batch adds can't be told from the steps in which allocators take memory."""

OPTIMISER_BYTES = (0, 12, 16)
"""Bytes per parameter that don't grow with the batch: assumed none for the low bound, weights, gradients
and one moment (SGD with momentum) for the value, two moments (Adam) for the high bound."""


class Assumption(StrEnum):
    """What a figure in the user's terms takes for granted."""

    WORKLOAD_LIKE_PROBE = "workload-like-probe"  # an item costs as much as one of the probe's
    BATCH_AS_PROBED = "batch-as-probed"  # speed at the probe's batch, though another one was asked for
    DATA_READY = "data-ready"  # loading and preparing data isn't counted
    START_INCLUDED = "start-included"  # import, building and the first step are
    ITEMS_ARE_STEPS = "items-are-environment-steps"
    FULL_BATCHES = "full-batches"  # requests are answered in batches of the probe's size
    ONE_AT_A_TIME = "one-at-a-time"  # one request after the other
    TARGET_AT_P99 = "target-at-p99"  # the target is held against the 99th percentile of single calls
    TOO_FEW_CALLS = "too-few-calls"  # nothing is said of the 99th percentile
    TARGET_TOO_NEAR = "target-too-near"  # it lies inside the interval, so it can't be told
    MEMORY_LINEAR = "memory-linear"  # what training adds grows in proportion to the batch
    MEMORY_MARGIN = "memory-margin"  # a tenth of the memory allowed is left free


def terms(
    needs: Needs, machine: Machine, alternatives: Iterable[str], valuer: Valuer
) -> tuple[UserTerm, ...]:
    """Return every figure that can be given, per workload and alternative."""
    alternatives = tuple(alternatives)
    return tuple(
        term
        for run in valuer.runs.values()
        for alternative in alternatives
        for term in _terms(needs, machine, valuer, run, alternative)
    )


def _terms(
    needs: Needs, machine: Machine, valuer: Valuer, run: WorkloadRun, alternative: str
) -> Iterator[UserTerm]:
    workload = run.workload
    quantity = estimates.training_quantity(workload)
    trained = estimates.choose(run, valuer.trainer(alternative), quantity, needs)
    if trained is not None and (figure := valuer.figure(run, trained, quantity)) is not None:
        yield from _training(needs, run, alternative, trained, figure)
    served = estimates.choose(run, alternative, Quantity.INFER, needs)
    if served is not None and (figure := valuer.figure(run, served, Quantity.INFER)) is not None:
        low, high = _interval(served, Quantity.INFER, figure)
        assumed = (Assumption.WORKLOAD_LIKE_PROBE, Assumption.FULL_BATCHES)
        yield UserTerm(
            alternative, workload.id, "requests_per_s", 1.0 / figure.value, 1.0 / high, 1.0 / low, assumed
        )
    quick = estimates.choose(run, alternative, Quantity.LATENCY, needs)
    if quick is not None and (figure := valuer.figure(run, quick, Quantity.LATENCY)) is not None:
        yield from _latency(needs, workload, alternative, quick, figure)
    if trained is not None:
        yield from _batch(machine, alternative, run, trained)


def _training(
    needs: Needs, run: WorkloadRun, alternative: str, result: ProbeResult, figure: Estimate
) -> Iterator[UserTerm]:
    own, workload = needs.workload, run.workload
    assumed = [Assumption.WORKLOAD_LIKE_PROBE, Assumption.DATA_READY]
    if workload.loops:
        assumed.append(Assumption.ITEMS_ARE_STEPS)
    elif own.batch is not None:
        assumed.append(Assumption.BATCH_AS_PROBED)
    quantity = estimates.training_quantity(workload)
    low, high = _interval(result, quantity, figure)
    epoch, epoch_low, epoch_high = (own.dataset_items * each for each in (figure.value, low, high))
    yield UserTerm(alternative, workload.id, "epoch_s", epoch, epoch_low, epoch_high, tuple(assumed))
    start = estimates.start_s(result)
    if start is None:
        return
    yield UserTerm(
        alternative,
        workload.id,
        "training_run_s",
        start + own.epochs * epoch,
        # As wide, in proportion, as the rate's: the start was read once and narrows nothing.
        (start + own.epochs * epoch) * epoch_low / epoch,
        (start + own.epochs * epoch) * epoch_high / epoch,
        (*assumed, Assumption.START_INCLUDED),
        steps=estimates.planned_steps(needs, run),
        timed_steps=sum(each.iterations for each in of_quantity(result.samples, quantity)),
    )


def _latency(
    needs: Needs, workload: Workload, alternative: str, result: ProbeResult, figure: Estimate
) -> Iterator[UserTerm]:
    """Latency of a call, and the percentile that a target is held against: that has an interval of its own."""
    assumed: tuple[str, ...] = (Assumption.WORKLOAD_LIKE_PROBE, Assumption.ONE_AT_A_TIME)
    low, high = _interval(result, Quantity.LATENCY, figure)
    target = needs.workload.latency_target_s
    tail = _tail(result)
    holds = None
    basis = assumed
    if target is not None:
        if tail is None:
            # A median says of the slow calls only that they are slower still.
            holds = False if low > target else None
            assumed = (*assumed, Assumption.TOO_FEW_CALLS)
        else:
            _middle, tail_low, tail_high = tail
            assumed = (*assumed, Assumption.TARGET_AT_P99)
            holds = True if tail_high <= target else False if tail_low > target else None
            if holds is None:
                assumed = (*assumed, Assumption.TARGET_TOO_NEAR)
    yield UserTerm(alternative, workload.id, "latency_s", figure.value, low, high, assumed, holds)
    if tail is not None:
        yield UserTerm(alternative, workload.id, "latency_p99_s", *tail, basis)


def _tail(result: ProbeResult) -> tuple[float, float, float] | None:
    """Return the 99th percentile with its interval; None where the calls are too few to tell."""
    found = latency_percentiles(result.samples)
    if found is None or found.p99_s is None or found.p99_low_s is None or found.p99_high_s is None:
        return None
    return found.p99_s, found.p99_low_s, found.p99_high_s


def _interval(result: ProbeResult, quantity: Quantity, figure: Estimate) -> tuple[float, float]:
    """Return the interval of seconds per item (per call), never narrower than that of the rate measured."""
    low, high = figure.interval()
    shown = summarise(result.samples, quantity)
    if shown is None:
        return low, high
    each = 1.0 if quantity is Quantity.LATENCY else 1.0 / shown.items_per_iteration
    # The figure's own centre counts: a run in blocks is brought to one level.
    scale = figure.value / (shown.median_s * each)
    return min(low, scale * shown.low_s * each), max(high, scale * shown.high_s * each)


def _batch(machine: Machine, alternative: str, run: WorkloadRun, result: ProbeResult) -> Iterator[UserTerm]:
    reading = result.memory
    used = estimates.memory_bytes(result)
    parameters = run.workload.parameters
    if reading is None or used is None or used < SMALLEST_BYTES or parameters is None:
        return
    if result.subject.device == "cpu":
        allowed, baseline = machine.limits.memory_bytes, reading.baseline_bytes
    else:
        allowed, baseline = _device_memory(machine, result.subject.device), reading.device_baseline_bytes or 0
    if allowed is None:
        return
    room = MEMORY_SHARE * allowed - baseline
    batches = []
    for bytes_per_parameter in OPTIMISER_BYTES:
        fixed = bytes_per_parameter * parameters
        if used <= fixed or room <= fixed:
            return  # the part that grows with the batch is too small to be told from the rest
        batches.append(math.floor((room - fixed) / ((used - fixed) / run.workload.batch)))
    low, value, high = batches
    assumed = (Assumption.WORKLOAD_LIKE_PROBE, Assumption.MEMORY_LINEAR, Assumption.MEMORY_MARGIN)
    yield UserTerm(
        alternative, run.workload.id, "largest_batch", value, min(low, value), max(high, value), assumed
    )


def _device_memory(machine: Machine, device: str) -> int | None:
    """Return the memory of the accelerator that a device name reaches."""
    gpu = find(machine, device)
    return gpu.memory_bytes if gpu is not None else None
