"""The user's terms: time per epoch, hours of training, requests per second, the latency target."""

from collections.abc import Iterable

from advisor.decision.assumptions import Assumed, assumed
from advisor.decision.model import UserTerm
from advisor.probes.intervals import CONFIDENCE
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Block, Cell, Column, Paragraph, Section, Table
from advisor.report.wording import names
from advisor.report.wording.advice import assumption


def figure(term: UserTerm, language: str) -> tuple[str, str]:
    """Return a figure in the user's terms, and its interval."""
    if term.quantity.endswith("_s") and not term.quantity.endswith("_per_s"):
        return fmt.duration_parts(term.value, term.low, term.high, language)
    return fmt.number(term.value), fmt.interval(term.low, term.high)


def section(context: ReportContext) -> Section | None:
    """Return the section on the user's terms, where there are any."""
    _ = context.gettext
    decision, language = context.decision, context.language
    if decision is None or not decision.user_terms:
        return None
    workload = context.assessment.needs.workload
    blocks: list[Block] = [
        Paragraph(
            (
                _("For a data set of {items} items and {epochs} epochs, which is assumed.")
                if Assumed.DATA in assumed(context.assessment.needs)
                else _("For your data set of {items} items and {epochs} epochs.")
            ).format(items=fmt.whole(workload.dataset_items), epochs=fmt.whole(workload.epochs))
        )
    ]
    if workload.latency_target_s is not None:
        target = fmt.duration(workload.latency_target_s, language)
        blocks.append(Paragraph(_("Latency target: {target}.").format(target=target)))
    for identity in dict.fromkeys(each.workload for each in decision.user_terms):
        terms = [each for each in decision.user_terms if each.workload == identity]
        quantities = list(dict.fromkeys(each.quantity for each in terms))
        rows = []
        for alternative in context.alternatives:
            mine = {each.quantity: each for each in terms if each.alternative == alternative}
            if mine:
                rows.append(
                    (
                        context.cell(alternative),
                        *(_cell(context, mine.get(quantity)) for quantity in quantities),
                    )
                )
        blocks.append(
            Table(
                f"terms-{context.workload_key(identity)}",
                context.workload_name(identity),
                (
                    Column(_("Framework")),
                    *(
                        Column(names.user_term(each, language), unit=_unit(each), numeric=True, width=1.0)
                        for each in quantities
                    ),
                ),
                tuple(rows),
            )
        )
    codes = list(dict.fromkeys(code for term in decision.user_terms for code in term.assumptions))
    notes = [_("Intervals are of {confidence}.").format(confidence=fmt.percent(CONFIDENCE))]
    if codes:
        notes += [_("What these figures assume:"), *(assumption(code, language) for code in codes)]
    blocks.append(Paragraph(fmt.joined(*notes, language=language), note=True))
    return Section("terms", _("In your terms"), tuple(blocks))


def extrapolation(context: ReportContext, terms: Iterable[UserTerm]) -> str | None:
    """Say how many steps a figure stands for and how few of them were timed; None where none extrapolates."""
    counted = [(each.steps, each.timed_steps) for each in terms if each.steps and each.timed_steps]
    if not counted:
        return None
    fewest = min(timed for _steps, timed in counted)
    return context.gettext("{steps} steps, from {timed} timed").format(
        steps=fmt.whole(counted[0][0]), timed=fmt.whole(fewest)
    )


def _cell(context: ReportContext, term: UserTerm | None) -> Cell:
    _ = context.gettext
    if term is None:
        return Cell(_("not measured"), muted=True)
    text, interval = figure(term, context.language)
    if counted := extrapolation(context, (term,)):
        interval += f" · {counted}"
    if term.holds is not None:
        interval += " · " + (_("target met") if term.holds else _("target missed"))
    return Cell(text, term.value, term.low, term.high, interval)


def _unit(quantity: str) -> str | None:
    if quantity.endswith("_per_s"):
        return "1/s"
    return "s" if quantity.endswith("_s") else None
