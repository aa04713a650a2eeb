"""How to make the recommended alternative run better here, each hint with what it rests on."""

from advisor.decision.advice import Code
from advisor.report.context import ReportContext
from advisor.report.model import Cell, Column, Paragraph, Section, Table
from advisor.report.wording import advice as words
from advisor.report.wording.evidence import cited


def section(context: ReportContext) -> Section | None:
    """Return the optimisation advice for the first of the recommended, where there is any."""
    _ = context.gettext
    decision, language = context.decision, context.language
    if decision is None or not decision.verdict.recommended:
        return None
    # A saved decision may hold advice that is no longer given.
    advice = [each for each in decision.advice if each.code in set(Code)]
    if not advice:
        nothing = _("Nothing that was measured here or is cited is worth advising.")
        return Section("advice", _("Optimisation advice"), (Paragraph(nothing),))
    chosen = decision.verdict.recommended[0]
    framework = context.frameworks.get(chosen)
    facts = framework.facts if framework else {}
    rows = []
    for each in advice:
        fact = facts.get(each.fact) if each.fact else None
        basis = words.basis(each, language)
        rows.append(
            (
                Cell(words.advice(each, context.names, language), each.code),
                Cell(
                    _("{basis}: {source}").format(basis=basis, source=cited(fact, language))
                    if fact
                    else basis,
                    each.basis,
                ),
            )
        )
    return Section(
        "advice",
        _("Optimisation advice"),
        (
            Paragraph(_("For {framework} on this machine.").format(framework=context.name(chosen))),
            Table(
                "advice",
                _("What would make it run better"),
                (Column(_("Advice"), width=2.4), Column(_("Basis"), width=1.0)),
                tuple(rows),
            ),
        ),
    )
