"""The first page: the question, the answer, the ranking at a glance, and what speaks against trusting it."""

import re
from collections.abc import Mapping

from msgspec.structs import replace

from advisor.assessment.model import Status
from advisor.decision.assumptions import assumed
from advisor.decision.estimates import rounds_taken
from advisor.decision.limits import SERVING_STAGES
from advisor.decision.model import Answer, Criterion, Decision, Needs, Ranked, UserTerm, VerdictKind
from advisor.decision.shares import task_shares, workload_shares
from advisor.decision.trust import MEASURED_THROUGH, told
from advisor.errors import AdvisorError
from advisor.frameworks.catalogue import find
from advisor.frameworks.model import Alternative
from advisor.frameworks.resolution import packages_for, requirements_for
from advisor.hardware.model import System
from advisor.probes.model import Quantity
from advisor.report import format as fmt
from advisor.report import ranking, versions
from advisor.report.context import ReportContext
from advisor.report.model import Block, Bullets, Cell, Column, Heading, Paragraph, Table, Verdict
from advisor.report.palette import VERDICTS
from advisor.report.projections import counted, figure, title, unit_of
from advisor.report.wording import gates, machine, names, own, trust, verdict
from advisor.workloads.own import is_own


def question(context: ReportContext) -> tuple[tuple[str, str], ...]:
    """Return what was asked, label and text."""
    _ = context.gettext
    assessment, language = context.assessment, context.language
    needs = assessment.needs
    if needs.workloads:
        shares = {context.workload_name(each): share for each, share in workload_shares(needs).items()}
    else:
        shares = {names.task(task, language): share for task, share in task_shares(needs).items()}
    # Own work has the size it has.
    sized = not needs.workloads or not all(is_own(each) for each in needs.workloads)
    purpose = _("{stage}; {size} networks; {budget} budget") if sized else _("{stage}; {budget} budget")
    tasks = [name if len(shares) == 1 else f"{name} {fmt.percent(share)}" for name, share in shares.items()]
    stated = purpose.format(
        stage=names.stage(needs.stage, language),
        size=names.size(needs.size, language).lower(),
        budget=names.budget(assessment.options.budget, language),
    )
    if context.has_settings:
        stated += _("; ") + names.basis(needs, language)
    return (
        (_("Task"), " · ".join(tasks)),
        (_("Purpose"), stated),
        (_("Machine"), machine.summary(assessment.machine, language)),
    )


def answer(context: ReportContext) -> Verdict:
    """Return the verdict with what a reader needs to act on it."""
    _ = context.gettext
    decision, language = context.decision, context.language
    kind = names.verdict_kind(decision.verdict.kind, language) if decision else _("No verdict yet")
    colour = VERDICTS[decision.verdict.kind] if decision else VERDICTS[VerdictKind.NONE]
    chosen = decision.verdict.recommended if decision else ()
    facts = []
    for alternative in chosen:
        if version := versions.shown(context, alternative):
            facts.append((context.name(alternative), version))
        if settings := _settings(context, alternative, alone=len(chosen) == 1):
            facts.append(settings)
    command, label = _next_command(context, chosen)
    return Verdict(
        kind=kind,
        headline=verdict.headline(decision, context.names, language),
        sentence=sentence(context, decision),
        colour=colour,
        facts=tuple(facts),
        command=command,
        command_label=label,
    )


def sentence(context: ReportContext, decision: Decision | None) -> str:
    """Return the verdict's sentence, and which settings it stands on where any were measured."""
    text = verdict.sentence(decision, context.names, context.language)
    if not context.has_settings or decision is None or not decision.verdict.recommended:
        return text
    stands = verdict.basis(context.assessment.needs, context.language)
    return fmt.joined(text, stands, language=context.language)


def _settings(context: ReportContext, alternative: str, *, alone: bool) -> tuple[str, str] | None:
    """Return the settings that an alternative was judged with, where it isn't judged as it comes everywhere."""
    _ = context.gettext
    decision = context.decision
    judged = {
        quantity: each.configuration
        for quantity, criterion in SETTLED.items()
        for each in (decision.values if decision else ())
        if (each.alternative, each.criterion) == (alternative, criterion) and each.configuration is not None
    }
    if all(each.is_default for each in judged.values()):
        return None
    parts = [
        names.quantity(quantity, context.language) + _(": ") + names.configuration(each, context.language)
        for quantity, each in judged.items()
    ]
    label = _("Judged with")
    return label if alone else f"{label} ({context.name(alternative)})", _("; ").join(parts)


SETTLED = {
    Quantity.TRAIN: Criterion.TRAINING_SPEED,
    Quantity.INFER: Criterion.INFERENCE_THROUGHPUT,
    Quantity.LATENCY: Criterion.INFERENCE_LATENCY,
}
"""Criteria that have a configuration of their own, by what is sampled for them."""


def _next_command(context: ReportContext, chosen: tuple[str, ...]) -> tuple[str | None, str]:
    """Return what to type next, and what for: to install the answer, or to come to one."""
    _ = context.gettext
    if len(chosen) == 1:
        if _trains_elsewhere(context.assessment.needs):
            return None, ""
        return install_command(context, chosen[0]), _("Install it with")
    decision = context.decision
    if decision is None or decision.verdict.kind is not VerdictKind.TOO_LITTLE:
        return None, ""
    if context.assessment.status is not Status.COMPLETE:
        return f"advisor recommend --resume {context.assessment.id}", _("Go on with it with")
    nearest = [each for each in decision.verdict.nearest if each in context.frameworks]
    found = {each.alternative for each in context.assessment.installations if each.installation is not None}
    missing = [context.frameworks[each].id for each in nearest if each not in found]
    if not nearest:
        return None, ""
    if not missing:  # they are there, and their measurement failed or got no time
        return f"advisor recommend --like {context.assessment.id}", _("Measure again with")
    return f"advisor frameworks install {' '.join(dict.fromkeys(missing))}", _("Set them up with")


def _trains_elsewhere(needs: Needs) -> bool:
    """Whether the work is to train in other languages only: what pip installs is of no use there."""
    languages = {each.lower() for each in needs.constraints.languages}
    return bool(languages) and MEASURED_THROUGH not in languages and needs.stage not in SERVING_STAGES


def install_command(context: ReportContext, alternative: str) -> str | None:
    """Return the command that installs an alternative on this kind of machine, and that backend alone."""
    own = context.offers.get(alternative)
    if own is None:
        return None
    if own.trainer is not None:
        halves = (install_command(context, own.trainer), _command(context, replace(own, backend=None)))
        return "\n".join(filter(None, halves)) if all(halves) else None
    return _command(context, own)


def _command(context: ReportContext, own: Alternative) -> str | None:
    framework = find(context.assessment.catalogue, own.runtime or own.framework)
    try:
        _kind, requirements = requirements_for(framework, context.assessment.machine)
    except AdvisorError:  # it has no build for this machine, which its gate says
        return None
    offered = packages_for(requirements, context.assessment.machine.cpu.architecture)
    wanted = [each for each in offered if _belongs(each, own.backend)]
    packages = " ".join(f'"{each}"' if set(each) & set("[<> ;!") else each for each in wanted)
    command = f"pip install {packages}"
    if requirements.torch_backend is not None and any(_backend_of(each) == "torch" for each in wanted):
        # pip would take PyTorch's build for NVIDIA GPUs, gigabytes large, on any Linux machine.
        command = f"uv pip install --torch-backend={requirements.torch_backend} {packages}"
    if own.backend is None:
        return command
    # The backend is chosen when Keras is imported, and TensorFlow's is what it takes unasked.
    windows = context.assessment.machine.os.system is System.WINDOWS
    setting = f"setx KERAS_BACKEND {own.backend}" if windows else f"export KERAS_BACKEND={own.backend}"
    return f"{command}\n{setting}"


_BACKENDS = ("tensorflow", "torch", "jax")


def _backend_of(package: str) -> str | None:
    """Return the backend that a requirement brings; None for any other package."""
    name = re.split(r"[^A-Za-z0-9_.-]", package, maxsplit=1)[0].partition("==")[0]
    return next((each for each in _BACKENDS if name == each or name.startswith(f"{each}-")), None)


def _belongs(package: str, backend: str | None) -> bool:
    """Whether a requirement is needed for a backend; where a framework has none, everything is."""
    return backend is None or _backend_of(package) in (None, backend)


def blocks(context: ReportContext) -> tuple[Block, ...]:
    """Return the blocks of the first page below the verdict."""
    _ = context.gettext
    decision, language = context.decision, context.language
    if decision is None or not decision.ranking:
        return (Paragraph(_("There is no ranking: nothing could be compared.")),)
    needs = context.assessment.needs
    result: list[Block] = []
    if context.is_ranked:
        result.append(ranking.overview_chart(context, decision))
        if terms := _terms(context, counted(context)):
            result.append(terms)
    if excluded := _excluded(context):
        result += [Heading(_("Not eligible")), Bullets(tuple(excluded))]
    if decision.verdict.recommended:
        decides = trust.targets(decision, needs, context.names, language)
        decides += trust.ways(decision, context.names, language)
        if decision.verdict.runner_up is None:
            decides.append(_("The requirements decide, whatever the weights."))
        else:
            stands = [
                *filter(None, (trust.grounds(decision, language), verdict.decisive(decision, language)))
            ]
            decides += [fmt.joined(*stands, language=language)] if stands else []
            decides += filter(None, (trust.judgement(decision, context.names, language),))
            decides += verdict.changes(decision, context.names, language)[:1]
        result += [Heading(_("What decides, and what would change it")), Bullets(tuple(decides))]
    result += [Heading(_("How far to trust it")), Bullets(tuple(_doubts(context, decision)))]
    if assumed := trust.assumptions(needs, language):
        result += [
            Heading(_("Assumed, because nothing else was said")),
            Paragraph(_("; ").join(assumed) + _(".")),
        ]
    return tuple(result)


def _excluded(context: ReportContext) -> list[str]:
    """One line for each reason, naming all to whom it applies."""
    _ = context.gettext
    decision, language = context.decision, context.language
    if decision is None:
        return []
    reasons: dict[str, list[str]] = {}
    for ranked in decision.ranking:
        held = gates.blocking(decision.gates, ranked.alternative)
        if held:
            reason = fmt.joined(*(gates.gate_reason(each, language) for each in held[:2]), language=language)
            reasons.setdefault(reason, []).append(context.name(ranked.alternative))
    return [
        _("{frameworks}: {reason}").format(frameworks=fmt.listing(found, language), reason=reason)
        for reason, found in reasons.items()
    ]


def _doubts(context: ReportContext, decision: Decision) -> list[str]:
    """What was measured, and every doubt with what it does to the answer."""
    _ = context.gettext
    language = context.language
    result = [_measured(context)]
    result += [trust.concern(each, context.names, language) for each in told(decision.verdict)]
    return result


def _measured(context: ReportContext) -> str:
    _ = context.gettext
    results = [
        (run, each) for run in context.assessment.runs for each in run.results if context.has_figures(each)
    ]
    if not results:
        return _("Nothing was measured: whatever is said rests on the catalogue and on your answers.")
    texts = [own.measured([run for run, _each in results], context.language)]
    if own.all_compared(results):
        texts.append(_("checked for equal results before timing"))
    taken = [rounds_taken(run, each.subject.alternative) or run.rounds for run, each in results]
    low, high = min(taken), max(taken)
    rounds = fmt.whole(low) if low == high else fmt.interval(low, high, fmt.whole)
    if all(run.interleaved for run, _each in results):
        text = context.ngettext(
            "in {rounds} interleaved round per task", "in {rounds} interleaved rounds per task", high
        )
    else:
        text = context.ngettext(
            "in {rounds} round per task, not all of them shared",
            "in {rounds} rounds per task, not all of them shared",
            high,
        )
    texts.append(text.format(rounds=rounds))
    return _(", ").join(texts) + _(".")


def _terms(context: ReportContext, terms: tuple[UserTerm, ...]) -> Table | None:
    """The user's own figures for the first ones of the ranking."""
    _ = context.gettext
    decision, language = context.decision, context.language
    if decision is None or not terms:
        return None
    shown = [each for each in decision.ranking if any(t.alternative == each.alternative for t in terms)][:3]
    shares = workload_shares(context.assessment.needs, context.assessment.runs)
    workload = max((term.workload for term in terms), key=lambda each: shares.get(each, 0.0))
    rows: list[tuple[Cell, ...]] = []
    for quantity in ("training_run_s", "requests_per_s", "latency_s"):
        found = {t.alternative: t for t in terms if t.workload == workload and t.quantity == quantity}
        if found:
            label = Cell(title(context, quantity, found.values()), quantity, unit=unit_of(quantity))
            rows.append((label, *(_term_cell(found, each, language) for each in shown)))
    columns = (
        Column(_("In your terms"), width=1.0),
        *(Column(context.name(each.alternative), numeric=True) for each in shown),
    )
    return Table(
        "summary-terms",
        _terms_caption(context, workload),
        columns,
        tuple(rows),
    )


def _terms_caption(context: ReportContext, workload: str) -> str:
    """Say whose workload it is: the user's, or one that is assumed."""
    _ = context.gettext
    needs = context.assessment.needs
    if Answer.DATA in assumed(needs):
        text = _(
            "What it means for {items} items and {epochs} epochs (assumed): {task}; {confidence} intervals"
        )
    else:
        text = _("What it means for your {items} items and {epochs} epochs: {task}; {confidence} intervals")
    return text.format(
        items=fmt.whole(needs.workload.dataset_items),
        epochs=fmt.whole(needs.workload.epochs),
        task=context.workload_name(workload),
        confidence=fmt.confidence(),
    )


def _term_cell(found: Mapping[str, UserTerm], ranked: Ranked, language: str) -> Cell:
    term = found.get(ranked.alternative)
    if term is None:
        return Cell(fmt.DASH, muted=True)
    text, interval = figure(term, language)
    return Cell(f"{text} ({interval})", term.value, term.low, term.high)
