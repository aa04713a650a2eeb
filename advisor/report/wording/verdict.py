"""The answer in words: headline, its one sentence, what would change it, why one stands before another."""

from collections.abc import Mapping

from advisor.decision.criteria import ANSWERING
from advisor.decision.model import (
    Basis,
    Contrast,
    Contribution,
    Criterion,
    Decision,
    GateStatus,
    MethodRanking,
    Needs,
    NextMeasurement,
    Sensitivity,
    VerdictKind,
)
from advisor.decision.verdict import Reason
from advisor.i18n import N_, translator
from advisor.report import format as fmt
from advisor.report.wording import gates
from advisor.report.wording.names import criterion, criterion_inline, method, name_of

_SENTENCES = {
    Reason.DOMINANT: N_(
        "{framework} is at least as good as {runner_up} on every criterion that carries weight, leads it by "
        "{gap}, and comes out best in {probability} of {draws} plausible readings of the evidence and the "
        "priorities."
    ),
    Reason.ROBUST: N_(
        "{framework} comes out best in {probability} of {draws} plausible readings of the evidence and the "
        "priorities, and leads {runner_up} by {gap}."
    ),
    Reason.LIKELY: N_(
        "{framework} comes out best in {probability} of {draws} plausible readings of the evidence and the "
        "priorities and leads {runner_up} by {gap}: likely, not certain."
    ),
    Reason.HELD_BACK: N_(
        "{framework} comes out best in {probability} of {draws} plausible readings of the evidence and the "
        "priorities and leads {runner_up} by {gap}. It would be clear, but for how it was measured."
    ),
    Reason.INTERVAL_SPANS_ZERO: N_(
        "{frameworks} cannot be told apart: {framework} leads {runner_up} by {gap} and comes out best in "
        "{probability} of {draws} plausible readings of the evidence and the priorities."
    ),
    Reason.BACKENDS_CLOSE: N_(
        "{frameworks} are ways of using one framework that cannot be told apart: {framework} leads {runner_up} "
        "by {gap}. One of them comes out best in {together} of {draws} plausible readings of the evidence and the "
        "priorities."
    ),
}


def headline(decision: Decision | None, names: Mapping[str, str], language: str) -> str:
    """Return the verdict in a few words."""
    _ = translator(language).gettext
    if decision is None:
        return _("No verdict yet")
    chosen = [name_of(alternative, names) for alternative in decision.verdict.recommended]
    match decision.verdict.kind:
        case VerdictKind.CLEAR:
            return _("Adopt {framework}").format(framework=chosen[0])
        case VerdictKind.LEANING:
            return _("Lean towards {framework}").format(framework=chosen[0])
        case VerdictKind.TOO_CLOSE:
            return _("Shortlist {frameworks}").format(frameworks=fmt.listing(chosen, language))
        case VerdictKind.TOO_LITTLE:
            return _("Not enough was measured to recommend")
        case VerdictKind.NONE:
            return _("No framework can be recommended")


def sentence(decision: Decision | None, names: Mapping[str, str], language: str) -> str:
    """Return the verdict's one sentence: what, how sure, and what that rests on."""
    _ = translator(language).gettext
    if decision is None:
        return _("The run ended before a decision could be made.")
    verdict = decision.verdict
    chosen = [name_of(alternative, names) for alternative in verdict.recommended]
    if verdict.kind is VerdictKind.NONE:
        return _none(decision, names, language)
    if verdict.kind is VerdictKind.TOO_LITTLE:
        return _too_little(decision, names, language)
    if verdict.reason == Reason.ONLY_PROVEN:
        text = _("{framework} is the only alternative that is known to meet every requirement.")
        return text.format(framework=chosen[0])
    if verdict.runner_up is None:
        text = _(
            "{framework} is the only alternative that meets every requirement: these decide, and not the points."
        )
        return text.format(framework=chosen[0])
    return _(_SENTENCES[Reason(verdict.reason)]).format(
        framework=chosen[0],
        frameworks=fmt.listing(chosen, language),
        runner_up=name_of(verdict.runner_up, names),
        probability=fmt.probability(verdict.probability or 0.0),
        together=fmt.probability(verdict.framework_probability or 0.0),
        draws=fmt.whole(decision.draws),
        gap=gap(decision, language),
    )


_BASES = {
    Basis.AS_IT_COMES: N_("Every framework counts as it comes."),
    Basis.SAFE: N_(
        "Every framework is judged with the settings that made it faster here and leave its results as they are."
    ),
    Basis.APPROXIMATE: N_(
        "Every framework counts with the settings that pay here, approximations among them which answer otherwise "
        "than the default on at most {loss} of the inputs compared."
    ),
}


def basis(needs: Needs, language: str) -> str:
    """Return a sentence on which settings the answer stands."""
    return (
        translator(language).gettext(_BASES[needs.basis]).format(loss=fmt.stated_percent(needs.accepted_loss))
    )


def gap(decision: Decision, language: str) -> str:
    """Return the points between first and second, with their interval."""
    _ = translator(language).gettext
    verdict = decision.verdict
    if verdict.gap is None:
        return _("an unknown margin")
    if verdict.gap_low is None or verdict.gap_high is None:
        return _("{points} points").format(points=fmt.points(verdict.gap))
    return _("{points} points ({interval})").format(
        points=fmt.points(verdict.gap),
        interval=fmt.interval(verdict.gap_low, verdict.gap_high, fmt.points),
    )


def decisive(decision: Decision, language: str) -> str | None:
    """Name the criteria that make the difference, or nothing where there are none."""
    _ = translator(language).gettext
    if not decision.verdict.decisive:
        return None
    criteria = [criterion_inline(each, language) for each in decision.verdict.decisive]
    return _("What makes the difference: {criteria}.").format(criteria=fmt.listing(criteria, language))


def contrast(value: Contrast, names: Mapping[str, str], language: str) -> str:
    """Say on what one alternative wins over another, and on what it loses."""
    _ = translator(language).gettext
    shown = [each for each in value.contributions if abs(each.points) >= 0.05]
    lost = [each for each in shown if each.points > 0]
    won = [each for each in shown if each.points < 0]
    first, others = _("{points} points on {criterion}"), _("{points} on {criterion}")

    def parts(contributions: list[Contribution]) -> str:
        return fmt.listing(
            [
                (others if position else first).format(
                    points=fmt.points(abs(each.points)),
                    criterion=criterion_inline(each.criterion, language),
                )
                for position, each in enumerate(contributions[:3])
            ],
            language,
        )

    fields = {"winner": name_of(value.winner, names), "loser": name_of(value.loser, names)}
    if lost and won:
        text = _("Against {winner}, {loser} loses {lost}, and wins {won}.")
        return text.format(**fields, lost=parts(lost), won=parts(won))
    if lost:
        return _("Against {winner}, {loser} loses {lost}, and wins nothing.").format(
            **fields, lost=parts(lost)
        )
    if won:
        return _("Against {winner}, {loser} loses nothing, and wins {won}.").format(**fields, won=parts(won))
    return _("{winner} and {loser} have the same points on every criterion.").format(**fields)


_DRAWS_LEVEL = {  # by whether training and inference carry weight
    (True, True): N_(
        "{runner_up} would draw level if it trained and inferred {ratio} as fast as measured, which takes {share} "
        "of what this machine was seen to multiply at its best."
    ),
    (True, False): N_(
        "{runner_up} would draw level if it trained {ratio} as fast as measured, which takes {share} of what this "
        "machine was seen to multiply at its best."
    ),
    (False, True): N_(
        "{runner_up} would draw level if it inferred {ratio} as fast as measured, which takes {share} of what this "
        "machine was seen to multiply at its best."
    ),
}


def _speeds(decision: Decision) -> tuple[bool, bool]:
    """Whether training speed carries weight, and whether that of inference does."""
    carrying = {each.criterion for each in decision.weights if each.weight > 0}
    return Criterion.TRAINING_SPEED in carrying, bool(carrying & set(ANSWERING))


def changes(decision: Decision, names: Mapping[str, str], language: str) -> list[str]:
    """Say what would change the answer, a sentence each."""
    _ = translator(language).gettext
    sensitivity, verdict = decision.sensitivity, decision.verdict
    runner_up = name_of(verdict.runner_up, names) if verdict.runner_up else None
    result = []
    share = sensitivity.needed_share_of_peak
    if sensitivity.needed_speedup is not None and runner_up and share is not None and share <= 1:
        result.append(
            _(_DRAWS_LEVEL[_speeds(decision)]).format(
                runner_up=runner_up,
                ratio=fmt.ratio(sensitivity.needed_speedup),
                share=fmt.percent(share),
            )
        )
    result.extend(_least_change(decision, sensitivity, language))
    bounds = [
        (abs(bound - each.weight), each, bound, challenger, text)
        for each in decision.weights
        for bound, challenger, text in (
            (
                each.stable_low,
                each.challenger_low,
                _("Below a weight of {bound} for {criterion} (now {now}), {challenger} would be first."),
            ),
            (
                each.stable_high,
                each.challenger_high,
                _("Above a weight of {bound} for {criterion} (now {now}), {challenger} would be first."),
            ),
        )
        if each.weight > 0 and bound is not None and challenger is not None
    ]
    for _distance, weight, bound, challenger, text in sorted(bounds, key=lambda each: each[0])[:3]:
        result.append(
            text.format(
                bound=fmt.percent(bound),
                criterion=criterion_inline(weight.criterion, language),
                now=fmt.percent(weight.weight),
                challenger=name_of(challenger, names),
            )
        )
    if not bounds and verdict.kind in (VerdictKind.CLEAR, VerdictKind.LEANING):
        result.append(_("No change of a single weight alters which alternative is first."))
    return result


def _least_change(decision: Decision, sensitivity: Sensitivity, language: str) -> list[str]:
    _ = translator(language).gettext
    if sensitivity.least_change_distance is None:
        if decision.verdict.runner_up and decision.verdict.kind is not VerdictKind.NONE:
            return [_("No set of weights at all makes the runner-up first.")]
        return []
    now = {each.criterion: each.weight for each in decision.weights}
    moved = sorted(
        (
            (each, now.get(each, 0.0), then)
            for each, then in sensitivity.least_change.items()
            if fmt.percent(then) != fmt.percent(now.get(each, 0.0))
        ),
        key=lambda each: -abs(each[2] - each[1]),
    )
    if not moved:
        return []
    steps = [
        _("{criterion} from {now} to {then}").format(
            criterion=criterion_inline(each, language), now=fmt.percent(before), then=fmt.percent(then)
        )
        for each, before, then in moved[:3]
    ]
    if len(moved) > len(steps):
        steps.append(_("less of others"))
    return [_("The smallest change of weights to a tie: {steps}.").format(steps=fmt.listing(steps, language))]


def agreement(decision: Decision, names: Mapping[str, str], language: str) -> list[str]:
    """Say how other decision methods order the same values: a sentence for each alternative that they put first."""
    translations = translator(language)
    _ = translations.gettext
    agreeing: dict[str, list[MethodRanking]] = {}
    for other in decision.sensitivity.methods:
        first = name_of(other.order[0], names) if other.order else fmt.DASH
        agreeing.setdefault(first, []).append(other)
    return [
        translations.ngettext(
            "{methods} puts {first} first (agreement with this ranking, Kendall’s τ: {taus}).",
            "{methods} put {first} first (agreement with this ranking, Kendall’s τ: {taus}).",
            len(others),
        ).format(
            methods=fmt.listing([method(each.method) for each in others], language),
            first=first,
            taus=_(", ").join(fmt.fixed(each.kendall_tau, 2) for each in others),
        )
        for first, others in agreeing.items()
    ]


def measure_next(value: NextMeasurement, names: Mapping[str, str], language: str) -> str:
    """Say which missing figure would help most."""
    _ = translator(language).gettext
    return _("{criterion} of {framework}: knowing it is worth {points} points on average.").format(
        criterion=criterion(value.criterion, language),
        framework=name_of(value.alternative, names),
        points=fmt.fixed(value.information_value, 2),
    )


def _too_little(decision: Decision, names: Mapping[str, str], language: str) -> str:
    translations = translator(language)
    _ = translations.gettext
    verdict = decision.verdict
    if verdict.reason == Reason.CANCELLED:
        return _("The run was stopped before its end. Go on with it: what was measured until then is kept.")
    count = next((int(each.detail.get("measured", 0)) for each in verdict.concerns), 0)
    text = translations.ngettext(
        "{count} framework was measured on everything asked for, and a comparison takes two.",
        "{count} frameworks were measured on everything asked for, and a comparison takes two.",
        count,
    ).format(count=count)
    if not verdict.nearest:
        return fmt.joined(text, _("Compare at least two."), language=language)
    missing = fmt.listing([name_of(each, names) for each in verdict.nearest], language)
    return fmt.joined(
        text, _("Still to be measured: {frameworks}.").format(frameworks=missing), language=language
    )


def _none(decision: Decision, names: Mapping[str, str], language: str) -> str:
    _ = translator(language).gettext
    if not decision.ranking:
        return _("There is nothing to choose from.")
    shared = _shared_requirement(decision)
    proven = decision.verdict.reason != Reason.NONE_PROVEN
    if shared is not None:
        text = (
            _("No alternative meets the requirement “{requirement}”.")
            if proven
            else _("It is known of no alternative whether it meets the requirement “{requirement}”.")
        )
        return text.format(requirement=gates.gate(shared, language))
    nearest = decision.verdict.nearest
    missing = sum(len(each.blocked_by) for each in decision.ranking if each.alternative in nearest[:1])
    found = fmt.listing([name_of(alternative, names) for alternative in nearest], language)
    text = (
        _(
            "Every alternative fails a requirement. Requirements not met by the nearest, {frameworks}: {count}."
        )
        if proven
        else _(
            "No alternative is known to meet every requirement. Requirements left open by the nearest, "
            "{frameworks}: {count}."
        )
    )
    return text.format(frameworks=found, count=missing)


def _shared_requirement(decision: Decision) -> str | None:
    """Return the gate that holds every alternative in the same way, where exactly one does."""
    status = GateStatus.UNKNOWN if decision.verdict.reason == Reason.NONE_PROVEN else GateStatus.FAIL
    held: dict[str, set[str]] = {}
    for gate in decision.gates:
        if gate.status is status and not gate.waived:
            held.setdefault(gate.gate, set()).add(gate.alternative)
    everybody = {each.alternative for each in decision.ranking}
    shared = [gate for gate, alternatives in held.items() if alternatives == everybody]
    return shared[0] if len(shared) == 1 else None
