"""The first page: the question, the answer, the ranking at a glance, and what speaks against trusting it."""

from collections.abc import Mapping

from advisor.decision.model import Ranked, UserTerm, VerdictKind
from advisor.decision.shares import task_shares, workload_shares
from advisor.errors import AdvisorError
from advisor.frameworks.resolution import requirements_for
from advisor.report import format as fmt
from advisor.report import ranking
from advisor.report.context import ReportContext
from advisor.report.model import Block, Bullets, Cell, Column, Heading, Paragraph, Table, Verdict
from advisor.report.palette import VERDICTS
from advisor.report.projections import figure
from advisor.report.wording import gates, machine, names, verdict


def question(context: ReportContext) -> tuple[tuple[str, str], ...]:
    """Return what was asked, label and text."""
    _ = context.gettext
    assessment, language = context.assessment, context.language
    needs = assessment.needs
    if needs.workloads:
        shares = {context.workload_name(each): share for each, share in workload_shares(needs).items()}
    else:
        shares = {names.task(task, language): share for task, share in task_shares(needs).items()}
    tasks = [name if len(shares) == 1 else f"{name} {fmt.percent(share)}" for name, share in shares.items()]
    return (
        (_("Task"), " · ".join(tasks)),
        (
            _("Purpose"),
            _("{stage}; {size} networks; {budget} budget").format(
                stage=names.stage(needs.stage, language),
                size=names.size(needs.size, language).lower(),
                budget=names.budget(assessment.options.budget, language),
            ),
        ),
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
        if version := _version(context, alternative):
            facts.append((context.name(alternative), version))
    command = install_command(context, chosen[0]) if len(chosen) == 1 else None
    return Verdict(
        kind=kind,
        headline=verdict.headline(decision, context.names, language),
        sentence=verdict.sentence(decision, context.names, language),
        colour=colour,
        facts=tuple(facts),
        command=command,
        command_label=_("Install it with"),
    )


def install_command(context: ReportContext, alternative: str) -> str | None:
    """Return the command that installs an alternative on this kind of machine."""
    framework = context.frameworks.get(alternative)
    if framework is None:
        return None
    try:
        _kind, requirements = requirements_for(framework, context.assessment.machine)
    except AdvisorError:  # it has no build for this machine, which its gate says
        return None
    packages = " ".join(f'"{each}"' if set(each) & set("[<> ;!") else each for each in requirements.packages)
    if requirements.torch_backend is not None:
        # pip would take PyTorch's build for NVIDIA GPUs, gigabytes large, on any Linux machine.
        return f"uv pip install --torch-backend={requirements.torch_backend} {packages}"
    return f"pip install {packages}"


def blocks(context: ReportContext) -> tuple[Block, ...]:
    """Return the blocks of the first page below the verdict."""
    _ = context.gettext
    decision, language = context.decision, context.language
    if decision is None or not decision.ranking:
        return (Paragraph(_("There is no ranking: nothing could be compared.")),)
    result: list[Block] = [ranking.overview_chart(context, decision)]
    if terms := _terms(context, decision.user_terms):
        result.append(terms)
    if excluded := _excluded(context):
        result += [Heading(_("Not eligible")), Bullets(tuple(excluded))]
    points = list(filter(None, (verdict.decisive(decision, language),)))
    points += verdict.changes(decision, context.names, language)[:3]
    if points:
        result += [Heading(_("What would change the answer")), Bullets(tuple(points))]
    result += [Heading(_("How far to trust it")), Bullets(tuple(_caveats(context)))]
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


def _caveats(context: ReportContext) -> list[str]:
    _ = context.gettext
    assessment, language = context.assessment, context.language
    result = []
    if assessment.status != "complete":
        result.append(_("The run was stopped before its end; what had been measured until then counts."))
    runs = [run for run in assessment.runs if any(context.has_figures(each) for each in run.results)]
    if not runs:
        result.append(_("Nothing was measured: the ranking rests on the catalogue and your answers alone."))
    elif all(run.interleaved for run in runs):
        low, high = min(run.rounds for run in runs), max(run.rounds for run in runs)
        result.append(
            _(
                "Every speed comes from this machine: the same network in every framework, checked for equal "
                "results before timing, {rounds} interleaved rounds per task."
            ).format(rounds=fmt.whole(low) if low == high else fmt.interval(low, high, fmt.whole))
        )
    else:
        result.append(
            _(
                "Every speed comes from this machine: the same network in every framework, checked for equal "
                "results before timing; not all were measured in interleaved rounds."
            )
        )
    count = len(assessment.warnings) + sum(len(run.warnings) for run in assessment.runs)
    if count:
        text = context.ngettext(
            "{count} warning weakens the figures; see “Warnings and limits”.",
            "{count} warnings weaken the figures; see “Warnings and limits”.",
            count,
        )
        result.append(text.format(count=count))
    unknown = {
        each.criterion
        for each in (context.decision.values if context.decision else ())
        if each.source == "missing"
    }
    if unknown:
        result.append(
            _("Where a value is not known, the whole scale counts as possible: {criteria}.").format(
                criteria=fmt.listing(
                    [names.criterion_inline(each, language) for each in sorted(unknown)], language
                )
            )
        )
    return result


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
            label = Cell(names.user_term(quantity, language), quantity)
            rows.append((label, *(_term_cell(found, each, language) for each in shown)))
    columns = (
        Column(_("In your terms"), width=1.0),
        *(Column(context.name(each.alternative), numeric=True) for each in shown),
    )
    return Table(
        "summary-terms",
        _("What it means for your workload: {task}, with 90% intervals").format(
            task=context.workload_name(workload)
        ),
        columns,
        tuple(rows),
    )


def _term_cell(found: Mapping[str, UserTerm], ranked: Ranked, language: str) -> Cell:
    term = found.get(ranked.alternative)
    if term is None:
        return Cell(fmt.DASH, muted=True)
    text, interval = figure(term, language)
    return Cell(f"{text} ({interval})", term.value)


def _version(context: ReportContext, alternative: str) -> str | None:
    for state in context.assessment.installations:
        if state.alternative == alternative and state.installation is not None:
            found = state.installation
            wheel = f" ({found.wheel})" if found.wheel else ""
            return f"{found.version}{wheel}, Python {found.python_version}"
    return None
