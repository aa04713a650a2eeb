"""Gates in words: what was asked for, and why an alternative passes, fails, or can't be told."""

from collections.abc import Iterable

from advisor.decision.gates import INFER
from advisor.decision.model import GateResult, GateStatus, Target
from advisor.frameworks.model import Fact
from advisor.hardware.model import System
from advisor.i18n import N_, translator
from advisor.probes.model import Outcome, Quantity
from advisor.report import format as fmt
from advisor.report.wording.evidence import cited
from advisor.report.wording.machine import system_name
from advisor.report.wording.names import outcome, programming_language, quantity, target, workload

_NAMES = {
    "platform": N_("Runs on this system"),
    "training": N_("Can train"),
    "accelerator": N_("Uses the accelerator"),
    "licence": N_("Has allowed licences only"),
    "federated": N_("Federated learning"),
    "automl": N_("AutoML"),
    "distributed": N_("Distributed training"),
    "maintained": N_("Is maintained"),
    "measured": N_("Was measured here"),
    "equivalence": N_("Computes the same"),
    "memory": N_("Fits into memory"),
    "fits": N_("The network fits"),
    "latency": N_("Meets the latency target"),
    "memory_limit": N_("Keeps to the memory limit"),
}

_STATUSES = {
    GateStatus.PASS: N_("passed"),
    GateStatus.FAIL: N_("failed"),
    GateStatus.UNKNOWN: N_("not known"),
}

_FAILS = {
    "training": N_("It cannot train, it only runs trained models."),
    "accelerator": N_("It cannot use {gpu}."),
    "licence": N_("Of the licences that {distribution} declares, you do not allow {refused}."),
    "federated": N_("It has no tooling for federated learning."),
    "automl": N_("It has no tooling for AutoML."),
    "distributed": N_("It has no distributed training."),
    "maintained": N_("It is no longer maintained."),
    "measured": N_("It does not run here: {outcome} ({workload})."),
    "memory": N_("It ran out of memory on {workload}."),
    "fits": N_("The network does not fit."),
    "latency": N_("It misses the latency target."),
    "memory_limit": N_("It takes more memory than you allow."),
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
    "licence": N_("What its licences are is not known."),
    "fits": N_("Whether the network fits is not known."),
    "latency": N_("Whether it meets the latency target is not known."),
    "memory_limit": N_("How much memory it takes was not read."),
}

_MISSED = {  # with the figure, its interval and the limit
    "latency_s": N_("It misses the latency target: {value} ({interval}) on {workload}; {limit} is allowed."),
    "latency_p99_s": N_(
        "It misses the latency target: one answer in a hundred takes more than {value} ({interval}) on {workload}; "
        "{limit} is allowed."
    ),
    "memory_limit": N_(
        "It takes more memory than you allow: {value} ({interval}, {quantity}) on {workload}; {limit} is allowed."
    ),
    "room": N_(
        "{workload} does not fit {target}: {parameters} parameters take {value} even at one byte each, the runtime not "
        "counted; there is room for {limit}."
    ),
    "operations": N_(
        "{workload} is too slow for {target}: its {operations} operations take at least {value}; {limit} is allowed."
    ),
}

_NOT_PROVEN = {
    "latency_s": N_(
        "Whether it meets the latency target is not proven: {value} ({interval}) on {workload}; {limit} is allowed."
    ),
    "latency_p99_s": N_(
        "Whether it meets the latency target is not proven: one answer in a hundred takes more than {value} "
        "({interval}) on {workload}; {limit} is allowed."
    ),
    "memory_limit": N_(
        "Whether it keeps to the memory limit is not proven: {value} ({interval}, {quantity}) on {workload}; "
        "{limit} is allowed."
    ),
    "memory-of-training": N_(
        "Whether it keeps to the memory limit is not proven: training took {value} ({interval}) on {workload}, and "
        "what answering takes, which is less, was not read; {limit} is allowed."
    ),
    "room-assumed": N_(
        "{workload} would not fit {target} with the {limit} of flash that are assumed: {parameters} parameters take "
        "{value} even at one byte each, the runtime not counted. State how much room there is."
    ),
}


def gate(gate_id: str, language: str) -> str:
    """Name a gate."""
    return fmt.spaced(_gate(gate_id, language))


def _gate(gate_id: str, language: str) -> str:
    _ = translator(language).gettext
    kind, _colon, answer = gate_id.partition(":")
    if not answer:
        return _(_NAMES.get(kind, kind))
    match kind:
        case "target":
            return _("Deploys to {target}").format(target=_target(answer, language))
        case "fits":
            return _("The network fits {target} (runtime not counted)").format(
                target=_target(answer, language)
            )
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
    return fmt.spaced(_reason(value, language))


def _reason(value: GateResult, language: str) -> str:
    _ = translator(language).gettext
    kind, _colon, answer = value.gate.partition(":")
    if value.status is GateStatus.PASS:
        return _passed(value, kind, answer, language)
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
        if failed and value.detail.get("value") == INFER:
            return _("Its interface for {language} only runs trained models.").format(
                language=programming_language(answer)
            )
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
    if kind == "measured" and str(value.detail.get("reason", "")).startswith("no-importer"):
        return _("It opens no such model file ({ending}).").format(
            ending=str(value.detail["reason"]).rpartition(" ")[2]
        )
    if text := _limit(value, answer, language):
        return text
    template = (_FAILS if failed else _UNKNOWNS).get(kind)
    if template is None:
        return _("{gate}: {status}.").format(
            gate=gate(value.gate, language), status=gate_status(value.status, language)
        )
    return _(template).format(
        gpu=value.detail.get("gpu", _("the accelerator")),
        distribution=value.detail.get("distribution", value.alternative),
        refused=fmt.listing(
            str(value.detail.get("refused", value.detail.get("licence", "?"))).split(", "), language
        ),
        workload=workload(str(value.detail.get("workload", "?")), language),
        outcome=_outcome(str(value.detail.get("outcome", "")), language),
    )


def _passed(value: GateResult, kind: str, answer: str, language: str) -> str:
    """Say how a gate was passed, where the way matters."""
    _ = translator(language).gettext
    way = value.detail.get("value")
    if kind == "target" and isinstance(way, str):
        return _("Deploys to {target} by {way}").format(target=_target(answer, language), way=way)
    if kind == "language" and way == INFER:
        return _("Runs trained models from {language}").format(language=programming_language(answer))
    if kind == "fits" and value.detail.get("quantised"):
        return _("The network fits {target} (runtime not counted), quantised to one byte a parameter").format(
            target=_target(answer, language)
        )
    return gate(value.gate, language)


def _limit(value: GateResult, answer: str, language: str) -> str | None:
    """Say by how much a figure misses its limit; nothing of a gate without a figure."""
    _ = translator(language).gettext
    detail = value.detail
    if "value" not in detail or "limit" not in detail:
        return None
    code = str(detail.get("reason", value.gate if value.gate == "memory_limit" else detail.get("quantity")))
    template = (_MISSED if value.status is GateStatus.FAIL else _NOT_PROVEN).get(code)
    if template is None:
        return None
    bytes_ = value.gate == "memory_limit" or code.startswith("room")

    def shown(name: str) -> str:
        figure = float(detail.get(name, 0.0))
        return fmt.size(figure) if bytes_ else fmt.duration(figure, language, stated=name == "limit")

    low, high = float(detail.get("low", 0.0)), float(detail.get("high", 0.0))
    measured = str(detail.get("quantity"))
    return _(template).format(
        value=shown("value"),
        limit=shown("limit"),
        interval=fmt.size_interval(low, high) if bytes_ else fmt.duration_interval(low, high, language),
        workload=workload(str(detail.get("workload", "?")), language),
        quantity=quantity(Quantity(measured), language).lower() if measured in set(Quantity) else "",
        target=_target(answer, language),
        parameters=fmt.whole(float(detail.get("parameters", 0.0))),
        operations=fmt.whole(float(detail.get("operations", 0.0))),
    )


def gate_evidence(value: GateResult, facts: dict[str, Fact], language: str) -> str:
    """Return what a gate rests on: the fact's source and date, or a measurement."""
    _ = translator(language).gettext
    found = facts.get(value.fact) if value.fact else None
    if found is not None:
        return cited(found, language)
    read = value.status is not GateStatus.UNKNOWN or "value" in value.detail
    if read and value.gate in ("measured", "equivalence", "memory", "latency", "memory_limit"):
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
