"""What decides, what speaks against trusting the answer, and what it takes for granted: for the first page."""

from collections.abc import Mapping

from advisor.decision.assumptions import assumed
from advisor.decision.limits import ELSEWHERE, here
from advisor.decision.model import Answer, Concern, Decision, Effect, GateStatus, Ground, Needs, Target
from advisor.decision.trust import FEW_ROUNDS, Doubt
from advisor.i18n import N_, translator
from advisor.report import format as fmt
from advisor.report.wording import names as words
from advisor.report.wording.names import criterion_inline, name_of
from advisor.workloads.model import Task

_EFFECTS = {
    Effect.WITHHELD: N_("so nothing is recommended."),
    Effect.CAPPED: N_("so the verdict can’t be clear, however large the lead."),
    Effect.WIDENED: N_("so the answer counts as less certain."),
    Effect.NOTED: N_("which leaves the answer as it is."),
}

_DOUBTS = {
    Doubt.FEW_MEASURED: N_("Fewer than two frameworks were measured"),
    Doubt.CANCELLED: N_("The run was stopped before its end"),
    Doubt.UNMEASURED: N_("Not ruled out, and not measured on everything asked for: {frameworks}"),
    Doubt.HEAVY_LOAD: N_("Others took {share} of the processors’ time, which may have made the order"),
    Doubt.FEW_ROUNDS: N_("Fewer than {few} rounds were taken ({rounds})"),
    Doubt.LOAD: N_("Others took {share} of the processors’ time"),
    Doubt.SEQUENTIAL: N_("Not everybody was measured in the same rounds, so the machine’s drift counts too"),
    Doubt.UNKNOWN_VALUES: N_(
        "The first or the second has no figure for {criteria} ({share} of the weight), where anything is "
        "possible"
    ),
    Doubt.UNASSESSED: N_(
        "Nothing is known of {criteria}: the {share} of the weight meant for that count for nobody"
    ),
    Doubt.ELSEWHERE: N_(
        "This machine’s figures say nothing of where the network is to run, so {criteria} carry no weight, though "
        "{share} was meant for them"
    ),
    Doubt.OTHER_LANGUAGE: N_("Everything was measured through Python, and nothing through {languages}"),
    Doubt.STALE_FACTS: N_(
        "Facts cited for the first and the second that are a year old or more: {count}, the oldest {months} months"
    ),
}

_GROUNDS = {
    Ground.MEASURED: N_("{share} measured here"),
    Ground.CITED: N_("{share} cited counts and dates"),
    Ground.JUDGED: N_("{share} judgement on five levels"),
    Ground.STATED: N_("{share} your word on the team"),
}


def concern(value: Concern, names: Mapping[str, str], language: str) -> str:
    """Say what weakens an answer, and what it does to it; an unknown code as it is."""
    _ = translator(language).gettext
    detail = value.detail
    text = _(_DOUBTS[Doubt(value.code)]) if value.code in set(Doubt) else value.code
    text = text.format(
        frameworks=fmt.listing([name_of(each, names) for each in value.about], language),
        criteria=fmt.listing([words.criterion_of(each, language) for each in value.about], language),
        languages=fmt.listing([words.programming_language(each) for each in value.about], language),
        share=fmt.percent(detail.get("share", 0.0)),
        rounds=fmt.whole(detail.get("rounds", 0.0)),
        few=FEW_ROUNDS,
        count=fmt.whole(detail.get("count", 0.0)),
        months=fmt.whole(detail.get("months", 0.0)),
    )
    return fmt.spaced(_("{doubt}, {effect}").format(doubt=text, effect=_(_EFFECTS[value.effect])))


def grounds(decision: Decision, language: str) -> str | None:
    """Say what share of the weight stands on what."""
    _ = translator(language).gettext
    shares = fmt.percents(decision.grounds.values())
    parts = [
        _(_GROUNDS[each]).format(share=share) for each, share in zip(decision.grounds, shares, strict=True)
    ]
    return _("The weight stands on: {parts}.").format(parts=_(", ").join(parts)) if parts else None


def judgement(decision: Decision, names: Mapping[str, str], language: str) -> str | None:
    """Say what a different judgement would do to the lead."""
    _ = translator(language).gettext
    step, verdict = decision.sensitivity.judgement, decision.verdict
    if step is None or verdict.gap is None or verdict.runner_up is None or not verdict.recommended:
        return None
    if step.points < verdict.gap:
        text = _(
            "Judged one level lower on {criterion}, {framework} would lose {points} of its {gap} points of "
            "lead and stay first."
        )
    elif decision.ranking[1].alternative == verdict.runner_up:
        text = _(
            "Judged one level lower on {criterion}, {framework} would lose {points} points, more than its "
            "lead of {gap}: {runner_up} would be first."
        )
    else:  # somebody between the two may be first then
        text = _(
            "Judged one level lower on {criterion}, {framework} would lose {points} points, more than its "
            "lead of {gap} over {runner_up}."
        )
    return text.format(
        criterion=criterion_inline(step.criterion, language),
        framework=name_of(verdict.recommended[0], names),
        runner_up=name_of(verdict.runner_up, names),
        points=fmt.points(step.points),
        gap=fmt.points(verdict.gap),
    )


def targets(decision: Decision, needs: Needs, names: Mapping[str, str], language: str) -> list[str]:
    """Say of everyone who is recommended whether the latency target is met, and where that was not measured.

    Nothing where there is no target.
    """
    _ = translator(language).gettext
    if needs.workload.latency_target_s is None:
        return []
    places = [words.target(each, language) for each in needs.constraints.targets if each in ELSEWHERE]
    text = _("How long an answer takes on {places} was not measured.")
    untold = [fmt.spaced(text.format(places=fmt.listing(places, language)))] if places else []
    if not here(needs):
        return untold
    texts = {
        True: _("{framework} meets the latency target of {target}."),
        False: _("{framework} misses the latency target of {target}."),
        None: _("It is not proven that {framework} meets the latency target of {target}."),
    }
    result = []
    for alternative in decision.verdict.recommended:
        found = [
            term.holds
            for term in decision.user_terms
            if term.alternative == alternative and term.quantity == "latency_s"
        ]
        holds = False if False in found else True if found and all(found) else None
        result.append(
            texts[holds].format(
                framework=name_of(alternative, names),
                target=fmt.duration(needs.workload.latency_target_s, language, stated=True),
            )
        )
    return result + untold


def ways(decision: Decision, names: Mapping[str, str], language: str) -> list[str]:
    """Name the runtimes that take a network of the recommended to its targets; nothing where none is named."""
    translations = translator(language)
    _ = translations.gettext
    sharing: dict[tuple[tuple[str, tuple[str, ...]], ...], list[str]] = {}  # ways with their targets -> who
    for alternative in decision.verdict.recommended:
        found: dict[str, tuple[str, ...]] = {}
        for each in decision.gates:
            kind, _colon, answer = each.gate.partition(":")
            way = each.detail.get("value")
            passed = each.alternative == alternative and each.status is GateStatus.PASS
            if passed and kind == "target" and isinstance(way, str) and answer in set(Target):
                found[way] = (*found.get(way, ()), words.target(Target(answer), language))
        if found:
            sharing.setdefault(tuple(found.items()), []).append(name_of(alternative, names))
    return [
        fmt.spaced(
            translations.ngettext(
                "{frameworks} reaches {ways}.", "{frameworks} reach {ways}.", len(frameworks)
            ).format(
                frameworks=fmt.listing(frameworks, language),
                ways=fmt.listing(
                    [
                        _("{targets} by {way}").format(targets=fmt.listing([*reached], language), way=way)
                        for way, reached in ways_there
                    ],
                    language,
                ),
            )
        )
        for ways_there, frameworks in sharing.items()
    ]


def assumptions(needs: Needs, language: str) -> list[str]:
    """Say what is taken for granted because nothing else was said, an item each."""
    _ = translator(language).gettext
    texts = {
        Answer.TASK: _("task: {task}").format(task=words.task(Task.IMAGE_CLASSIFICATION, language).lower()),
        Answer.STAGE: _("purpose: {stage}").format(stage=words.stage(needs.stage, language).lower()),
        Answer.SIZE: _("size of the network: {size}").format(size=words.size(needs.size, language).lower()),
        Answer.DATA: _("workload: {items} items, {epochs} epochs").format(
            items=fmt.whole(needs.workload.dataset_items), epochs=fmt.whole(needs.workload.epochs)
        ),
        Answer.WEIGHTS: _("weights: those that the program gives this purpose"),
        Answer.SURENESS: _("how sure the weights are: {sureness}").format(
            sureness=fmt.percent(needs.priorities.sureness)
        ),
        Answer.TEAM: _("team: nothing is known of what it knows, so that carries no weight"),
    }
    return [texts[each] for each in assumed(needs)]
