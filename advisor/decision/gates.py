"""Gates: what must hold, never traded off. Pass, fail or unknown, each with the evidence it rests on."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from advisor.decision import estimates, limits
from advisor.decision.licences import refused, stated_licences
from advisor.decision.model import GateResult, GateStatus, Needs, UserTerm
from advisor.decision.shares import workload_shares
from advisor.frameworks.catalogue import fact
from advisor.frameworks.model import Alternative, Fact, Framework, Role
from advisor.frameworks.pairs import named, offered
from advisor.hardware.model import Gpu, Machine
from advisor.probes.model import Outcome, ProbeResult, WorkloadRun
from advisor.workloads.model import Workload
from advisor.workloads.published import WORKLOADS

GATES = (
    "platform",
    "training",
    "accelerator",
    "target",
    "fits",
    "language",
    "licence",
    "federated",
    "automl",
    "distributed",
    "maintained",
    "measured",
    "equivalence",
    "memory",
    "latency",
    "memory_limit",
)
"""Every kind of gate; those with one gate per answer are written ``kind:answer`` ("target:ios")."""

WITHOUT_TRAINING = limits.SERVING_STAGES
"""Stages that a framework is good for which can't train: models come trained."""

TRAIN, INFER = "train", "infer"
"""What a fact on a programming language says: models are trained from it, or trained ones are run."""

_BY_OUTCOME = {
    Outcome.UNSUPPORTED: GateStatus.FAIL,
    Outcome.EXPORT_FAILED: GateStatus.FAIL,
    Outcome.OUT_OF_MEMORY: GateStatus.UNKNOWN,  # ruled out by the memory gate
}


def select(needs: Needs, catalogue: Iterable[Framework]) -> tuple[tuple[Framework, Alternative], ...]:
    """Return the alternatives that the needs ask for, in the catalogue's order: pairs only where it is to serve.

    ``needs.frameworks`` may name a framework or one of its alternatives; see ``pairs.named``.
    """
    catalogue = tuple(catalogue)
    return tuple(
        (framework, alternative)
        for framework, alternative in offered(catalogue)
        if (alternative.runtime is None or needs.stage in WITHOUT_TRAINING)
        and (not needs.frameworks or named(alternative, needs.frameworks, catalogue))
    )


def preview(needs: Needs, catalogue: Iterable[Framework], machine: Machine) -> tuple[GateResult, ...]:
    """Return the gates that can be told before anything is measured."""
    workloads = _workloads(needs)
    return tuple(
        _waive(needs, gate)
        for framework, alternative in select(needs, catalogue)
        for gate in (
            *_stated(needs, machine, framework, alternative),
            *limits.fit(needs, alternative.id, workloads),
        )
    )


def evaluate(
    needs: Needs,
    catalogue: Iterable[Framework],
    machine: Machine,
    runs: Iterable[WorkloadRun],
    terms: Iterable[UserTerm] = (),
) -> tuple[GateResult, ...]:
    """Return every gate, those on measurements included.

    Parameters
    ----------
    needs, catalogue, machine, runs
        What is decided on.
    terms : Iterable[UserTerm]
        The figures in the user's terms; a latency target is held against these.
    """
    runs, terms = tuple(runs), tuple(terms)
    workloads = _workloads(needs, runs)
    wanted = {workload.id for workload in workloads}
    results: list[GateResult] = []
    for framework, alternative in select(needs, catalogue):
        results += _stated(needs, machine, framework, alternative)
        results += limits.fit(needs, alternative.id, workloads)
        results += _measured(needs, runs, alternative.id)
        results += limits.latency(needs, alternative.id, terms)
        results += limits.memory(needs, alternative.id, [run for run in runs if run.workload.id in wanted])
    return tuple(_waive(needs, gate) for gate in results)


def blocking(gates: Iterable[GateResult], status: GateStatus | None = None) -> dict[str, tuple[str, ...]]:
    """Return per alternative the gates that keep it from being recommended, of one status or of both."""
    blocked: dict[str, tuple[str, ...]] = {}
    for gate in gates:
        held = not gate.waived and gate.status is not GateStatus.PASS
        if held and (status is None or gate.status is status):
            blocked[gate.alternative] = (*blocked.get(gate.alternative, ()), gate.gate)
    return blocked


def _workloads(needs: Needs, runs: tuple[WorkloadRun, ...] = ()) -> tuple[Workload, ...]:
    """Return the workloads that count, as measured or else as published."""
    known = WORKLOADS | {run.workload.id: run.workload for run in runs}
    return tuple(known[each] for each in workload_shares(needs, runs) if each in known)


def _waive(needs: Needs, gate: GateResult) -> GateResult:
    """Mark a gate that the user waived, by its full id or by its kind."""
    waived = {gate.gate, gate.gate.partition(":")[0]} & set(needs.constraints.waived)
    optional = gate.gate == "maintained" and not needs.constraints.maintained
    if not (waived or optional) or gate.status is GateStatus.PASS:
        return gate
    return GateResult(gate.gate, gate.alternative, gate.status, gate.detail, gate.fact, waived=True)


def _stated(
    needs: Needs, machine: Machine, framework: Framework, alternative: Alternative
) -> Iterator[GateResult]:
    """Gates that rest on the catalogue."""
    constraints = needs.constraints

    def stated(gate: str, fact_id: str) -> GateResult:
        key, found = _fact(framework, alternative, fact_id)
        return GateResult(gate, alternative.id, _status(found), _detail(found), key)

    system = str(machine.os.system)
    here = stated("platform", f"platform.{system}")
    specific = f"platform.{system}.{machine.cpu.architecture.lower()}"
    if _fact(framework, alternative, specific)[1] is not None:
        here = stated("platform", specific)
    yield GateResult(here.gate, here.alternative, here.status, here.detail | {"system": system}, here.fact)
    for name in constraints.operating_systems:
        if name.lower() != system:
            yield stated(f"platform:{name.lower()}", f"platform.{name.lower()}")
    if needs.stage not in WITHOUT_TRAINING:
        status = GateStatus.PASS if Role.TRAIN in framework.roles else GateStatus.FAIL
        yield GateResult("training", alternative.id, status)
    if constraints.accelerator:
        yield _accelerator(machine, framework, alternative)
    for target in constraints.targets:
        yield stated(f"target:{target}", f"target.{target}")
    yield from _languages(needs, framework, alternative)
    if constraints.licences:
        yield _licence(needs, framework, alternative)
    for name, wanted in (
        ("federated", constraints.federated),
        ("automl", constraints.automl),
        ("distributed", constraints.distributed),
    ):
        if wanted:
            yield stated(name, name)
    kept = stated("maintained", "maintained")
    retired = _fact(framework, alternative, "retired_since")[1]
    detail: dict[str, float | str] = (
        {"since": str(retired.value)} if retired is not None and retired.value else {}
    )
    yield GateResult(kept.gate, kept.alternative, kept.status, kept.detail | detail, kept.fact)


def _languages(needs: Needs, framework: Framework, alternative: Alternative) -> Iterator[GateResult]:
    """Whether there is an interface for each language; where the work trains, one of them must train."""
    asked = [language.lower() for language in needs.constraints.languages]
    found = {language: _fact(framework, alternative, f"language.{language}") for language in asked}
    trains = needs.stage in WITHOUT_TRAINING or any(
        stated is not None and stated.value in (True, TRAIN) for _, stated in found.values()
    )
    for language, (key, stated) in found.items():
        status = _status(stated)
        if stated is not None and stated.value == INFER and not trains:
            status = GateStatus.FAIL
        yield GateResult(f"language:{language}", alternative.id, status, _detail(stated), key)


def _licence(needs: Needs, framework: Framework, alternative: Alternative) -> GateResult:
    """Whether all that an alternative's distributions declare is allowed; the first that isn't speaks."""
    allowed = needs.constraints.licences
    declared = stated_licences(framework, alternative)
    for distribution, expression, key in declared:
        if missing := refused(expression, allowed):
            about: dict[str, float | str] = {
                "distribution": distribution,
                "licence": expression,
                "refused": ", ".join(missing),
            }
            return GateResult("licence", alternative.id, GateStatus.FAIL, about, key)
    names = ", ".join(distribution for distribution, _, _ in declared)
    return GateResult("licence", alternative.id, GateStatus.PASS, {"distribution": names}, declared[0][2])


def _accelerator(machine: Machine, framework: Framework, alternative: Alternative) -> GateResult:
    """Whether the framework uses any accelerator of this machine; nobody does where there is none."""
    if not machine.gpus:
        return GateResult("accelerator", alternative.id, GateStatus.FAIL, {"reason": "no-accelerator"})
    results = [_uses(machine, gpu, framework, alternative) for gpu in machine.gpus]
    for status in (GateStatus.PASS, GateStatus.UNKNOWN):
        for result in results:
            if result.status is status:
                return result
    return results[0]


def _uses(machine: Machine, gpu: Gpu, framework: Framework, alternative: Alternative) -> GateResult:
    about: dict[str, float | str] = {"gpu": gpu.name}
    if gpu.api is None:
        return GateResult("accelerator", alternative.id, GateStatus.UNKNOWN, about | {"reason": "no-api"})
    system = str(machine.os.system)
    for fact_id in (f"accelerator.{gpu.api}.{system}", f"accelerator.{gpu.api}"):
        key, found = _fact(framework, alternative, fact_id)
        if found is None:
            continue
        wrong = cuda_misfit(framework, alternative, gpu) if found.value else None
        if wrong is not None:
            return GateResult(
                "accelerator", alternative.id, GateStatus.FAIL, about | wrong.detail, wrong.fact
            )
        return GateResult("accelerator", alternative.id, _status(found), _detail(found) | about, key)
    return GateResult("accelerator", alternative.id, GateStatus.UNKNOWN, about)


class Misfit(Struct, frozen=True):
    """What an accelerator lacks for a framework's builds, and the fact that says so."""

    detail: dict[str, float | str]
    fact: str


_CUDA_LIMITS = (
    ("driver_min", "driver", "driver-old"),
    ("capability_min", "compute_capability", "gpu-old"),
    ("capability_max", "compute_capability", "gpu-new"),
)


def cuda_misfit(
    framework: Framework, alternative: Alternative, gpu: Gpu, wheel: str | None = None
) -> Misfit | None:
    """Return why no build of a framework, or not this wheel of it, runs on an NVIDIA accelerator.

    What is not known, of the card or of the framework, is no hindrance: measuring will tell.

    Parameters
    ----------
    wheel : str, optional
        The kind of an installed build ("cu126"); facts about it go before those about all builds.
    """
    if gpu.api != "cuda":
        return None
    for limit, field, reason in _CUDA_LIMITS:
        present = getattr(gpu, field)
        for fact_id in (f"cuda.{limit}.{wheel}", f"cuda.{limit}") if wheel else (f"cuda.{limit}",):
            key, found = _fact(framework, alternative, fact_id)
            if found is None or found.value is None:
                continue
            has, wanted = _version(present), _version(str(found.value))
            if has and wanted and (has > wanted if limit == "capability_max" else has < wanted):
                return Misfit({"reason": reason, "wanted": str(found.value), "found": str(present)}, key)
            break
    return None


def _version(text: str | None) -> tuple[int, ...]:
    """Return the numbers of a version; nothing of what is none ("L4T R36.4.3", "nouveau")."""
    return (
        tuple(map(int, text.split("."))) if re.fullmatch(r"\d{1,6}(\.\d{1,6})*", text or "") and text else ()
    )


def _measured(needs: Needs, runs: tuple[WorkloadRun, ...], alternative: str) -> Iterator[GateResult]:
    """Gates that rest on the probes: one verdict over all workloads, the worst speaking."""
    found = {run.workload.id: run.results for run in runs}
    outcomes: list[tuple[str, tuple[ProbeResult, ...]]] = [
        (workload, tuple(r for r in found.get(workload, ()) if r.subject.alternative == alternative))
        for workload in workload_shares(needs, runs)
    ]
    worst = GateResult("measured", alternative, GateStatus.PASS)
    for workload, results in outcomes:
        if any(estimates.usable(result) for result in results):
            continue
        told = _telling(results)
        outcome = told.outcome if told else None
        status = _BY_OUTCOME.get(outcome, GateStatus.UNKNOWN) if outcome else GateStatus.UNKNOWN
        if worst.status is not GateStatus.FAIL:
            about: dict[str, float | str] = {"workload": workload, "outcome": outcome or "not-probed"}
            if told is not None and told.reason and outcome is Outcome.UNSUPPORTED:
                about["reason"] = told.reason
            worst = GateResult("measured", alternative, status, about)
    yield worst
    for gate, outcome, status in (
        ("equivalence", Outcome.NOT_EQUIVALENT, GateStatus.UNKNOWN),
        ("memory", Outcome.OUT_OF_MEMORY, GateStatus.FAIL),
    ):
        held = [
            workload
            for workload, results in outcomes
            if not any(estimates.usable(r) for r in results) and any(r.outcome is outcome for r in results)
        ]
        if held:
            yield GateResult(gate, alternative, status, {"workload": held[0]})
        elif worst.status is GateStatus.PASS:
            yield GateResult(gate, alternative, GateStatus.PASS)


def _telling(results: tuple[ProbeResult, ...]) -> ProbeResult | None:
    """The result of the plain way of running, or whatever there is."""
    ordered = sorted(results, key=lambda result: (len(result.subject.configuration.levers), result.subject))
    return ordered[0] if ordered else None


def _fact(framework: Framework, alternative: Alternative, fact_id: str) -> tuple[str, Fact | None]:
    """Return a fact and the key it is kept under."""
    found = fact(framework, fact_id, alternative.scope)
    own = f"{fact_id}@{alternative.scope}"
    return (own if found is not None and framework.facts.get(own) is found else fact_id), found


def _status(found: Fact | None) -> GateStatus:
    """A fact that says false fails; one that says true, or names a tool, passes; silence is unknown."""
    if found is None or found.value is None:
        return GateStatus.UNKNOWN
    return GateStatus.PASS if found.value else GateStatus.FAIL


def _detail(found: Fact | None) -> dict[str, float | str]:
    if found is None or found.value is None or isinstance(found.value, bool):
        return {}
    return {"value": found.value}
