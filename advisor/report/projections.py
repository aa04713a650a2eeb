"""The user's terms: time per epoch, hours of training, requests per second, the latency target."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from advisor.decision.assumptions import assumed
from advisor.decision.limits import uncounted
from advisor.decision.model import Answer, Criterion, UserTerm
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Block, Cell, Column, Paragraph, Section, Table
from advisor.report.wording import names
from advisor.report.wording.advice import assumption

TOO_WIDE = 100.0
"""Times that an interval's upper end is its lower one, from which a figure tells nothing: a factor of ten either way,
as after two rounds that differ."""


ANSWERED = {
    "requests_per_s": Criterion.INFERENCE_THROUGHPUT,
    "latency_s": Criterion.INFERENCE_LATENCY,
    "latency_p99_s": Criterion.INFERENCE_LATENCY,
}
"""Figures on answering, by the criterion that is judged by them."""


def counted(context: ReportContext) -> tuple[UserTerm, ...]:
    """Return the user's terms without those that this machine can't tell, where the network is to run elsewhere."""
    decision = context.decision
    elsewhere = uncounted(context.assessment.needs)
    terms = decision.user_terms if decision is not None else ()
    return tuple(each for each in terms if ANSWERED.get(each.quantity) not in elsewhere)


def figure(term: UserTerm, language: str) -> tuple[str, str]:
    """Return a figure in the user's terms, and its interval."""
    if term.quantity.endswith("_s") and not term.quantity.endswith("_per_s"):
        return fmt.duration_parts(term.value, term.low, term.high, language)
    return fmt.number(term.value), fmt.interval(term.low, term.high)


def section(context: ReportContext) -> Section | None:
    """Return the section on the user's terms, where there are any."""
    _ = context.gettext
    decision, language = context.decision, context.language
    shown = counted(context)
    if decision is None or not shown:
        return None
    workload = context.assessment.needs.workload
    blocks: list[Block] = [
        Paragraph(
            (
                _("For a data set of {items} items and {epochs} epochs, which is assumed.")
                if Answer.DATA in assumed(context.assessment.needs)
                else _("For your data set of {items} items and {epochs} epochs.")
            ).format(items=fmt.whole(workload.dataset_items), epochs=fmt.whole(workload.epochs))
        )
    ]
    if workload.latency_target_s is not None:
        target = fmt.duration(workload.latency_target_s, language, stated=True)
        blocks.append(Paragraph(_("Latency target: {target}.").format(target=target)))
    tables: list[Table] = []
    for identity in dict.fromkeys(each.workload for each in shown):
        terms = [each for each in shown if each.workload == identity]
        quantities = list(dict.fromkeys(each.quantity for each in terms))
        rows = []
        for alternative in context.alternatives:
            mine = {each.quantity: each for each in terms if each.alternative == alternative}
            if mine:
                rows.append(
                    (
                        context.cell(alternative),
                        *(_cell(context, mine, quantity) for quantity in quantities),
                    )
                )
        tables.append(
            Table(
                f"terms-{context.workload_key(identity)}",
                _caption(context, identity, terms),
                (
                    Column(_("Framework")),
                    *(
                        Column(names.user_term(each, language), unit=unit_of(each), numeric=True, width=1.0)
                        for each in quantities
                    ),
                ),
                tuple(rows),
            )
        )
    codes = list(dict.fromkeys(code for term in shown for code in term.assumptions))
    notes = [
        _(
            "Intervals are of {confidence} and hold what another run may differ by, so they are no narrower than "
            "those of the speeds."
        ).format(confidence=fmt.confidence())
    ]
    if codes:
        notes += [_("What these figures assume:"), *(assumption(code, language) for code in codes)]
    noted = fmt.joined(*notes, language=language)
    *others, last = tables
    return Section("terms", _("In your terms"), (*blocks, *others, replace(last, notes=(noted,))))


def _extrapolation(context: ReportContext, terms: Iterable[UserTerm]) -> str | None:
    """Say how many steps a figure stands for and how few of them were timed; None where none extrapolates."""
    counted = [(each.steps, each.timed_steps) for each in terms if each.steps and each.timed_steps]
    if not counted:
        return None
    fewest, most = (function(timed for _steps, timed in counted) for function in (min, max))
    return context.gettext("{steps} steps, from {timed} timed").format(
        steps=fmt.whole(counted[0][0]),
        timed=fmt.whole(fewest) if fewest == most else fmt.interval(fewest, most, fmt.whole),
    )


def _caption(context: ReportContext, workload: str, terms: Iterable[UserTerm]) -> str:
    """Name a workload, with the figure that extrapolates: columns are too narrow to say from how many steps."""
    name = context.workload_name(workload)
    long = [each for each in terms if each.steps]
    if not long:
        return name
    return context.gettext("{workload}; {figure}").format(
        workload=name, figure=title(context, long[0].quantity, long)
    )


def title(context: ReportContext, quantity: str, terms: Iterable[UserTerm]) -> str:
    """Name a figure, with the steps that it stands for and those that were timed where it extrapolates."""
    found = [each for each in terms if each.quantity == quantity]
    texts = {run.workload.id for run in context.assessment.runs if run.workload.generates}
    generates = bool(found) and found[0].workload in texts
    name = names.user_term(quantity, context.language, generates=generates)
    counted = _extrapolation(context, found)
    return context.gettext("{figure} ({steps})").format(figure=name, steps=counted) if counted else name


def _cell(context: ReportContext, terms: Mapping[str, UserTerm], quantity: str) -> Cell:
    _ = context.gettext
    term = terms.get(quantity)
    if term is None:
        # A latency without its 99th percentile was measured, in too few calls.
        few = quantity == "latency_p99_s" and "latency_s" in terms
        return Cell(_("too few calls") if few else _("not measured"), muted=True)
    if term.high > TOO_WIDE * term.low:
        return Cell(_("too uncertain to tell"), term.value, term.low, term.high, muted=True)
    text, interval = figure(term, context.language)
    if term.holds is not None:
        interval += " · " + (_("target met") if term.holds else _("target missed"))
    return Cell(text, term.value, term.low, term.high, interval)


def unit_of(quantity: str) -> str | None:
    """Return the unit of a figure in the user's terms; None for a count."""
    if quantity.endswith("_per_s"):
        return "1/s"
    return "s" if quantity.endswith("_s") else None
