"""Gates in words: what was asked for, and why an alternative passes, fails, or can't be told."""

from collections.abc import Iterable

from advisor.decision.model import GateResult, GateStatus, Target
from advisor.frameworks.model import Fact
from advisor.hardware.model import System
from advisor.i18n import N_, translator
from advisor.probes.model import Outcome
from advisor.report import format as fmt
from advisor.report.wording.evidence import cited
from advisor.report.wording.machine import system_name
from advisor.report.wording.names import outcome, programming_language, target, workload

_NAMES = {
    "platform": N_("Runs on this system"),
    "training": N_("Can train"),
    "accelerator": N_("Uses the accelerator"),
    "licence": N_("Licence"),
    "federated": N_("Federated learning"),
    "automl": N_("AutoML"),
    "distributed": N_("Distributed training"),
    "maintained": N_("Is maintained"),
    "measured": N_("Was measured here"),
    "equivalence": N_("Computes the same"),
    "memory": N_("Fits into memory"),
}

_STATUSES = {
    GateStatus.PASS: N_("passed"),
    GateStatus.FAIL: N_("failed"),
    GateStatus.UNKNOWN: N_("not known"),
}

_FAILS = {
    "training": N_("It cannot train, it only runs trained models."),
    "accelerator": N_("It cannot use {gpu}."),
    "licence": N_("Its licence, {licence}, is not among those you allow."),
    "federated": N_("It has no tooling for federated learning."),
    "automl": N_("It has no tooling for AutoML."),
    "distributed": N_("It has no distributed training."),
    "maintained": N_("It is no longer maintained."),
    "measured": N_("It does not run here: {outcome} ({workload})."),
    "memory": N_("It ran out of memory on {workload}."),
}

_MISFITS = {
    "driver-old": N_("Its builds need driver {wanted} or later for {gpu}; {found} is installed."),
    "gpu-old": N_(
        "Its builds run on compute capability {wanted} and later; {gpu} has {found}, which is too old."
    ),
    "gpu-new": N_(
        "Its builds run on compute capability up to {wanted}; {gpu} has {found}, which is too new."
    ),
}

_UNKNOWNS = {
    "accelerator": N_("Whether it can use {gpu} is not known."),
    "federated": N_("Whether it has tooling for federated learning is not known."),
    "automl": N_("Whether it has tooling for AutoML is not known."),
    "distributed": N_("Whether it has distributed training is not known."),
    "maintained": N_("Whether it is still maintained is not known."),
    "measured": N_("It was not measured on {workload}: {outcome}."),
    "equivalence": N_("Its network does not compute the same on {workload}, so it was not timed."),
}


def gate(gate_id: str, language: str) -> str:
    """Name a gate."""
    _ = translator(language).gettext
    kind, _colon, answer = gate_id.partition(":")
    if not answer:
        return _(_NAMES.get(kind, kind))
    match kind:
        case "target":
            return _("Deploys to {target}").format(target=_target(answer, language))
        case "platform":
            return _("Runs on {system}").format(system=_system(answer, language))
        case "language":
            return _("Has an interface for {language}").format(language=programming_language(answer))
        case _:
            return gate_id


def gate_status(value: GateStatus, language: str) -> str:
    """Name a gate's status."""
    return translator(language).gettext(_STATUSES[value])


def gate_reason(value: GateResult, language: str) -> str:
    """Say in a sentence why a gate failed, or why it can't be told; what was asked for where it passed."""
    _ = translator(language).gettext
    kind, _colon, answer = value.gate.partition(":")
    if value.status is GateStatus.PASS:
        return gate(value.gate, language)
    failed = value.status is GateStatus.FAIL
    if kind == "platform":
        system = _system(answer or str(value.detail.get("system", "")), language)
        if failed:
            return _("It does not run on {system}.").format(system=system)
        return _("Whether it runs on {system} is not known.").format(system=system)
    if kind == "target":
        place = _target(answer, language)
        if failed:
            return _("Models cannot be deployed to {target}.").format(target=place)
        return _("Whether models can be deployed to {target} is not known.").format(target=place)
    if kind == "language":
        if failed:
            return _("It has no interface for {language}.").format(language=programming_language(answer))
        return _("Whether it has an interface for {language} is not known.").format(
            language=programming_language(answer)
        )
    if kind == "accelerator" and value.detail.get("reason") == "no-accelerator":
        return _("This machine has no accelerator.")
    if kind == "accelerator" and value.detail.get("reason") in _MISFITS:
        return _(_MISFITS[str(value.detail["reason"])]).format(**value.detail)
    if kind == "accelerator" and value.detail.get("reason") == "no-api":
        return _("No driver is at work through which frameworks reach {gpu}.").format(**value.detail)
    if kind == "maintained" and failed and value.detail.get("since"):
        return _("It has been retired since {date}.").format(
            date=fmt.day(str(value.detail["since"]), language)
        )
    template = (_FAILS if failed else _UNKNOWNS).get(kind)
    if template is None:
        return _("{gate}: {status}.").format(
            gate=gate(value.gate, language), status=gate_status(value.status, language)
        )
    return _(template).format(
        gpu=value.detail.get("gpu", _("the accelerator")),
        licence=value.detail.get("licence", "?"),
        workload=workload(str(value.detail.get("workload", "?")), language),
        outcome=_outcome(str(value.detail.get("outcome", "")), language),
    )


def gate_evidence(value: GateResult, facts: dict[str, Fact], language: str) -> str:
    """Return what a gate rests on: the fact's source and date, or a measurement."""
    _ = translator(language).gettext
    found = facts.get(value.fact) if value.fact else None
    if found is not None:
        return cited(found, language)
    if value.gate in ("measured", "equivalence", "memory"):
        return _("measured here")
    return ""


def blocking(gates: Iterable[GateResult], alternative: str) -> list[GateResult]:
    """Return the gates that keep an alternative from being recommended, failures first."""
    held = [
        each
        for each in gates
        if each.alternative == alternative and each.status is not GateStatus.PASS and not each.waived
    ]
    return sorted(held, key=lambda each: each.status is not GateStatus.FAIL)


def _target(answer: str, language: str) -> str:
    return target(Target(answer), language) if answer in set(Target) else answer


def _system(answer: str, language: str) -> str:
    return system_name(System(answer), language) if answer in set(System) else answer


def _outcome(code: str, language: str) -> str:
    if code in set(Outcome):
        return outcome(Outcome(code), language)
    return translator(language).gettext(N_("not probed"))
