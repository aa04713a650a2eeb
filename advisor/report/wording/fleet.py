"""Words about several machines: how a host's part ended, and what one choice for all comes to."""

from advisor.assessment.fleet import Fleet, FleetHost
from advisor.assessment.fleet_state import HostLine, HostStage
from advisor.assessment.pipeline import Phase
from advisor.assessment.sites.model import HostOutcome, Way
from advisor.decision.fleet import FleetDecision, Mix
from advisor.decision.model import VerdictKind
from advisor.decision.verdict import Reason
from advisor.i18n import N_, translator
from advisor.probes.model import Quantity
from advisor.report import format as fmt
from advisor.report.wording import stages
from advisor.report.wording.names import name_of, rate_unit, task

_OUTCOMES = {
    HostOutcome.DONE: N_("measured"),
    HostOutcome.CANCELLED: N_("stopped"),
    HostOutcome.FAILED: N_("failed"),
    HostOutcome.UNREACHABLE: N_("not reached"),
    HostOutcome.LOST: N_("lost"),
}
_STAGES = {
    HostStage.REACHING: N_("being reached"),
    HostStage.WAITING: N_("busy with another benchmark; waiting"),
    HostStage.RUNNING: N_("running"),
    HostStage.AGAIN: N_("(trying again)"),
    HostStage.ENDED: N_("ended"),
}


def way(host: FleetHost, language: str) -> str:
    """Name what reaches a host."""
    _ = translator(language).gettext
    match host.way:
        case Way.HERE:
            return _("this machine")
        case Way.SSH:
            return "SSH"
        case _:
            return _("through a scheduler") if host.address else _("assessed by hand")


def outcome(value: HostOutcome | None, language: str) -> str:
    """Return how a host's part ended."""
    _ = translator(language).gettext
    return _(_OUTCOMES[value]) if value is not None else _("not ended")


def stage(value: HostStage, language: str) -> str:
    """Return where a host stands."""
    return translator(language).gettext(_STAGES[value])


def standing(line: HostLine, language: str) -> str:
    """Say where a host stands, without what it said of itself."""
    if line.stage is HostStage.RUNNING and line.phase is not None:
        if line.phase is Phase.PROBE and line.workload is not None:
            return task(line.workload.task, language)
        return stages.phase(line.phase, language)
    if line.outcome is not None and line.stage is HostStage.ENDED:
        return outcome(line.outcome, language)
    if line.outcome is not None and line.stage is HostStage.AGAIN:
        return f"{outcome(line.outcome, language)} {stage(line.stage, language)}"
    return stage(line.stage, language)


def fastest(line: HostLine, names: dict[str, str], language: str) -> str:
    """Say who trains fastest on a host so far, and how fast; nothing where nobody is known to."""
    if line.fastest is None or line.workload is None:
        return ""
    rate = fmt.number(line.workload.batch / line.step_s)
    return f"{name_of(line.fastest, names)} {rate} {rate_unit(line.workload, Quantity.TRAIN, language)}"


def first_line(reason: str) -> str:
    """Return what a host said, in one line: programs say last what went wrong."""
    lines = [each.strip() for each in reason.splitlines() if each.strip()]
    return lines[-1].removeprefix("Error: ") if lines else ""


def headline(fleet: Fleet, names: dict[str, str], language: str) -> str:
    """Return the verdict for all machines in a few words."""
    _ = translator(language).gettext
    if fleet.decision is None:
        return _("No machine was measured")
    reached = fleet.decision.verdict
    chosen = [name_of(each, names) for each in reached.recommended]
    match reached.kind:
        case VerdictKind.CLEAR:
            return _("Adopt {framework} on all machines").format(framework=chosen[0])
        case VerdictKind.LEANING:
            return _("Lean towards {framework} for all machines").format(framework=chosen[0])
        case VerdictKind.TOO_CLOSE:
            return _("Shortlist for all machines: {frameworks}").format(
                frameworks=fmt.listing(chosen, language)
            )
        case _:
            return _("No framework is known to serve all machines")


def sentence(fleet: Fleet, names: dict[str, str], language: str) -> str:
    """Return the verdict's sentence, and whom it speaks of."""
    translation = translator(language)
    _ = translation.gettext
    decision = fleet.decision
    if decision is None:
        return _("There is nothing to decide on.")
    count = len(decision.machines)
    whom = translation.ngettext(
        "It speaks of the one machine that was measured, of {total} named.",
        "It speaks of the {n} machines that were measured, of {total} named.",
        count,
    ).format(n=count, total=len(fleet.hosts))
    return fmt.joined(_verdict(decision, names, language), whom, language=language)


def _verdict(decision: FleetDecision, names: dict[str, str], language: str) -> str:
    _ = translator(language).gettext
    reached = decision.verdict
    if reached.kind in (VerdictKind.NONE, VerdictKind.TOO_LITTLE):
        return _("No alternative was measured on every machine and meets every requirement there.")
    chosen = name_of(reached.recommended[0], names)
    if reached.runner_up is None:
        text = _("{framework} is the only alternative known to meet every requirement on every machine.")
        return text.format(framework=chosen)
    held = (
        " " + _("It would be clear, but for how some machines were measured.")
        if reached.reason == Reason.HELD_BACK
        else ""
    )
    return (
        _(
            "By shares of the work, {framework} is the best single choice in {probability} of {draws} plausible "
            "readings, and leads {runner_up} by {points} points ({interval})."
        ).format(
            framework=chosen,
            probability=fmt.probability(reached.probability or 0.0),
            draws=fmt.whole(decision.draws),
            runner_up=name_of(reached.runner_up, names),
            points=fmt.points(reached.gap or 0.0),
            interval=fmt.interval(reached.gap_low or 0.0, reached.gap_high or 0.0, fmt.points),
        )
        + held
    )


def mix(value: Mix, names: dict[str, str], language: str) -> str:
    """Return who uses what in a mix."""
    _ = translator(language).gettext
    users: dict[str, list[str]] = {}
    for machine, alternative in value.by_machine.items():
        users.setdefault(alternative, []).append(machine)
    return _("; ").join(
        _("{framework} on {machines}").format(
            framework=name_of(alternative, names), machines=fmt.listing(machines, language)
        )
        for alternative, machines in users.items()
    )
