"""The answer in words: headline, its one sentence, what would change it, why one stands before another."""

from collections.abc import Mapping

from advisor.decision.model import Contrast, Contribution, Decision, NextMeasurement, Sensitivity, VerdictKind
from advisor.i18n import translator
from advisor.report import format as fmt
from advisor.report.wording.names import criterion, method, name_of


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
        case VerdictKind.NONE:
            return _("No framework can be recommended")


def sentence(decision: Decision | None, names: Mapping[str, str], language: str) -> str:
    """Return the verdict's one sentence: what, how sure, and what that rests on."""
    _ = translator(language).gettext
    if decision is None:
        return _("The run ended before a decision could be made.")
    verdict = decision.verdict
    if verdict.kind is VerdictKind.NONE:
        return _none(decision, names, language)
    chosen = [name_of(alternative, names) for alternative in verdict.recommended]
    if verdict.kind is VerdictKind.TOO_CLOSE:
        return _too_close(decision, chosen, names, language)
    if verdict.runner_up is None:
        return _("{framework} is the only alternative that passes every requirement.").format(
            framework=chosen[0]
        )
    fields = {
        "framework": chosen[0],
        "runner_up": name_of(verdict.runner_up, names),
        "probability": fmt.probability(verdict.probability or 0.0),
        "draws": fmt.whole(decision.draws),
        "gap": gap(decision, language),
    }
    if verdict.kind is VerdictKind.CLEAR:
        if verdict.reason == "dominant":
            return _(
                "{framework} is at least as good as {runner_up} on every criterion that carries weight, "
                "and leads it by {gap}."
            ).format(**fields)
        return _(
            "{framework} comes out best in {probability} of {draws} plausible readings of the evidence and "
            "your priorities, and leads {runner_up} by {gap}."
        ).format(**fields)
    if verdict.gap_low is not None and verdict.gap_low <= 0:
        return _(
            "{framework} comes out best in {probability} of {draws} plausible readings of the evidence and "
            "your priorities, but its lead over {runner_up} of {gap} does not exclude a tie."
        ).format(**fields)
    return _(
        "{framework} comes out best in {probability} of {draws} plausible readings of the evidence and your "
        "priorities and leads {runner_up} by {gap}: likely, not certain."
    ).format(**fields)


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
    criteria = [criterion(each, language) for each in decision.verdict.decisive]
    return _("What makes the difference: {criteria}.").format(criteria=fmt.listing(criteria, language))


def contrast(value: Contrast, names: Mapping[str, str], language: str) -> str:
    """Say on what one alternative wins over another, and on what it loses."""
    _ = translator(language).gettext
    shown = [each for each in value.contributions if abs(each.points) >= 0.05]
    lost = [each for each in shown if each.points > 0]
    won = [each for each in shown if each.points < 0]
    part = _("{points} on {criterion}")

    def parts(contributions: list[Contribution]) -> str:
        return fmt.listing(
            [
                part.format(
                    points=fmt.points(abs(each.points)), criterion=criterion(each.criterion, language)
                )
                for each in contributions[:3]
            ],
            language,
        )

    fields = {"winner": name_of(value.winner, names), "loser": name_of(value.loser, names)}
    if lost and won:
        text = _("Against {winner}, {loser} loses {lost} points and wins {won}.")
        return text.format(**fields, lost=parts(lost), won=parts(won))
    if lost:
        return _("Against {winner}, {loser} loses {lost} points and wins nothing.").format(
            **fields, lost=parts(lost)
        )
    if won:
        return _("Against {winner}, {loser} loses nothing and wins {won} points.").format(
            **fields, won=parts(won)
        )
    return _("{winner} and {loser} have the same points on every criterion.").format(**fields)


def changes(decision: Decision, names: Mapping[str, str], language: str) -> list[str]:
    """Say what would change the answer, a sentence each."""
    _ = translator(language).gettext
    sensitivity, verdict = decision.sensitivity, decision.verdict
    runner_up = name_of(verdict.runner_up, names) if verdict.runner_up else None
    result = []
    if sensitivity.needed_speedup is not None and runner_up:
        result.append(
            _("{runner_up} would draw level if it trained and inferred {ratio} as fast as measured.").format(
                runner_up=runner_up, ratio=fmt.ratio(sensitivity.needed_speedup)
            )
        )
    result.extend(_least_change(decision, sensitivity, language))
    fragile = [
        weight
        for weight in decision.weights
        if weight.weight > 0 and (weight.stable_low is not None or weight.stable_high is not None)
    ]
    for weight in sorted(
        fragile,
        key=lambda each: min(
            abs(bound - each.weight) for bound in (each.stable_low, each.stable_high) if bound is not None
        ),
    )[:2]:
        for bound, challenger, text in (
            (
                weight.stable_low,
                weight.challenger_low,
                _("Below a weight of {bound} for {criterion} (now {now}), {challenger} would be first."),
            ),
            (
                weight.stable_high,
                weight.challenger_high,
                _("Above a weight of {bound} for {criterion} (now {now}), {challenger} would be first."),
            ),
        ):
            if bound is not None and challenger is not None:
                result.append(
                    text.format(
                        bound=fmt.percent(bound),
                        criterion=criterion(weight.criterion, language),
                        now=fmt.percent(weight.weight),
                        challenger=name_of(challenger, names),
                    )
                )
    if not fragile and verdict.kind in (VerdictKind.CLEAR, VerdictKind.LEANING):
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
            if abs(then - now.get(each, 0.0)) >= 0.005
        ),
        key=lambda each: -abs(each[2] - each[1]),
    )
    if not moved:
        return []
    steps = [
        _("{criterion} from {now} to {then}").format(
            criterion=criterion(each, language), now=fmt.percent(before), then=fmt.percent(then)
        )
        for each, before, then in moved[:3]
    ]
    return [_("The smallest change of weights to a tie: {steps}.").format(steps=fmt.listing(steps, language))]


def agreement(decision: Decision, names: Mapping[str, str], language: str) -> list[str]:
    """Say how other decision methods order the same values."""
    _ = translator(language).gettext
    result = []
    for other in decision.sensitivity.methods:
        first = name_of(other.order[0], names) if other.order else fmt.DASH
        result.append(
            _("{method} puts {first} first (agreement with this ranking: Kendall’s τ = {tau}).").format(
                method=method(other.method), first=first, tau=fmt.fixed(other.kendall_tau, 2)
            )
        )
    return result


def measure_next(value: NextMeasurement, names: Mapping[str, str], language: str) -> str:
    """Say which missing figure would help most."""
    _ = translator(language).gettext
    return _("{criterion} of {framework}: knowing it is worth {points} points on average.").format(
        criterion=criterion(value.criterion, language),
        framework=name_of(value.alternative, names),
        points=fmt.fixed(value.information_value, 2),
    )


def _none(decision: Decision, names: Mapping[str, str], language: str) -> str:
    _ = translator(language).gettext
    if not decision.ranking:
        return _("There is nothing to choose from.")
    fewest = min(len(each.blocked_by) for each in decision.ranking)
    nearest = [
        name_of(each.alternative, names) for each in decision.ranking if len(each.blocked_by) == fewest
    ]
    text = translator(language).ngettext(
        "Every alternative misses at least one requirement or lacks a measurement; "
        "nearest is {frameworks} with {count} of them.",
        "Every alternative misses at least one requirement or lacks a measurement; "
        "nearest is {frameworks} with {count} of them.",
        fewest,
    )
    return text.format(frameworks=fmt.listing(nearest, language), count=fewest)


def _too_close(decision: Decision, chosen: list[str], names: Mapping[str, str], language: str) -> str:
    _ = translator(language).gettext
    verdict = decision.verdict
    frameworks = fmt.listing(chosen, language)
    if verdict.runner_up is None or verdict.gap is None:
        return _("{frameworks} cannot be told apart: shortlist them.").format(frameworks=frameworks)
    return _(
        "{frameworks} cannot be told apart: {framework} leads {runner_up} by {gap} and comes out best in "
        "{probability} of {draws} plausible readings of the evidence and your priorities."
    ).format(
        frameworks=frameworks,
        framework=chosen[0],
        runner_up=name_of(verdict.runner_up, names),
        gap=gap(decision, language),
        probability=fmt.probability(verdict.probability or 0.0),
        draws=fmt.whole(decision.draws),
    )
