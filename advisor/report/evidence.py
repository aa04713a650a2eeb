"""Cited facts: those that the decision rests on with their sources, and apart from them what carries no weight."""

from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from advisor.decision import trust
from advisor.frameworks.catalogue import rubrics
from advisor.frameworks.model import Fact, Framework, Grade
from advisor.frameworks.pairs import stated_by
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Block, Bullets, Cell, Column, Heading, Paragraph, Section, Table
from advisor.report.wording import names
from advisor.report.wording.evidence import dated, fact_name, fact_value, said, source_named

WIDTH = 6
"""Frameworks that stand side by side on a page."""

_BACKING = {"ease_of_use": ("code_statements", "code_names", "code_namespaces")}
"""What can be counted beside what is judged: facts without weight of their own, by the fact they back."""


class _Sources(Struct):
    """Sources in the order in which they are first cited; a source's number is its place, from one."""

    known: dict[tuple[str, str, Grade], tuple[int, Fact]] = field(default_factory=dict)

    def number(self, fact: Fact) -> int:
        """Return a fact's source by its number."""
        numbered = (len(self.known) + 1, fact)
        return self.known.setdefault((fact.source, fact.date, fact.grade), numbered)[0]


def section(context: ReportContext) -> Section | None:
    """Return the cited facts that the decision rests on, what their levels mean, and their sources."""
    _ = context.gettext
    used = _used_facts(context)
    if not used:
        return None
    sources = _Sources()
    blocks: list[Block] = [
        Paragraph(_("What cannot be measured here is cited; the numbers in brackets are sources.")),
        *_facts_tables(
            context,
            used,
            sources,
            "evidence",
            _("Cited facts that the decision rests on; every other is in the assessment"),
        ),
    ]
    if levels := _levels_table(context, used):
        blocks.append(levels)
    blocks.append(_sources_table(context, sources))
    return Section("evidence", _("Evidence"), tuple(blocks))


def weightless_section(context: ReportContext) -> Section | None:
    """Return what was counted or is claimed, and moves no points."""
    _ = context.gettext
    counted: dict[str, set[str]] = {}
    for framework in context.assessment.catalogue:
        judged = _used_facts(context).get(framework.id, set())
        backing = {each for fact in judged for each in _BACKING.get(fact, ()) if each in framework.facts}
        if backing:
            counted[framework.id] = backing
    blocks: list[Block] = []
    if counted:
        sources = _Sources()
        blocks.append(
            Paragraph(
                _("Counted in scripts that do the same work; what can be counted backs what is judged.")
            )
        )
        tables = list(
            _facts_tables(context, counted, sources, "counts", _("Counted, and without weight"), None)
        )
        notes = tuple(
            _("[{number}] {source}, {date}, grade {grade}.").format(
                number=number, source=source_named(source, context.language), date=date, grade=grade
            )
            for (source, date, grade), (number, _fact) in sources.known.items()
        )
        blocks += [*tables[:-1], replace(tables[-1], notes=notes)]
    blocks += _ways(context)
    claims = [
        _("{framework}: “{claim}” ({source}, {date})").format(
            framework=framework.name,
            claim=said(str(claim.value), context.language),
            source=source_named(claim.source, context.language),
            date=fmt.day(claim.date, context.language),
        )
        for framework in context.assessment.catalogue
        for claim in framework.claims
    ]
    if claims:
        blocks += [Heading(_("What articles claim, unchecked")), Bullets(tuple(claims), note=True)]
    return Section("weightless", _("What carries no weight"), tuple(blocks)) if blocks else None


def _ways(context: ReportContext) -> Iterator[Block]:
    """The ways to use a framework, which change how code is written and not what computes."""
    _ = context.gettext
    language = context.language
    ways = tuple(
        _(
            "{name} ({framework}): {adds}. Ease of use {level} of 4; {version}, {released}; {licence} ({source})."
        ).format(
            name=wrapper.name,
            framework=framework.name,
            adds=said(wrapper.adds, language),
            level=wrapper.ease_of_use,
            version=wrapper.version,
            released=fmt.day(wrapper.released, language),
            licence=wrapper.licence,
            source=source_named(wrapper.source, language),
        )
        + (f" {said(wrapper.note, language)}" if wrapper.note else "")
        for framework in context.assessment.catalogue
        for wrapper in framework.wrappers
    )
    if ways:
        yield Heading(_("Ways to use a framework, not measured"))
        yield Bullets(ways, note=True)


def _facts_tables(
    context: ReportContext,
    used: dict[str, set[str]],
    sources: _Sources,
    key: str,
    caption: str,
    wide: float | None = 1.3,
) -> Iterable[Table]:
    """A row for each fact, a column for each framework; several tables where a page is too narrow."""
    _ = context.gettext
    frameworks = [each for each in context.assessment.catalogue if each.id in used]
    identifiers = dict.fromkeys(
        identifier
        for framework in frameworks
        for identifier in framework.facts
        if identifier in used[framework.id]
    )
    for start in range(0, len(frameworks), WIDTH):
        shown = frameworks[start : start + WIDTH]
        rows = []
        for identifier in identifiers:
            cells = [_fact_cell(context, each, identifier, used, sources) for each in shown]
            if any(cell.value is not None for cell in cells):
                units = {each.facts[identifier].unit for each in shown if identifier in each.facts} - {None}
                name = fact_name(identifier, context.language)
                rows.append((Cell(name, identifier, unit=", ".join(sorted(map(str, units))) or None), *cells))
        yield Table(
            key if start == 0 else f"{key}-{start // WIDTH + 1}",
            caption,
            (Column(_("Fact"), width=wide), *(Column(each.name, width=1.2) for each in shown)),
            tuple(rows),
        )


def _fact_cell(
    context: ReportContext,
    framework: Framework,
    identifier: str,
    used: dict[str, set[str]],
    sources: _Sources,
) -> Cell:
    fact = framework.facts.get(identifier)
    if fact is None or identifier not in used[framework.id]:
        return Cell(fmt.DASH, muted=True)
    language = context.language
    number = sources.number(fact)
    text = f"{fact_value(identifier, fact, language)} [{number}]"
    value = fact.value if fact.value is not None else text
    # Why a level was given stands beside what the level means.
    detail = "" if _level(identifier, fact) is not None else said(fact.note or "", language)
    return Cell(text, value, detail=detail, muted=fact.value is None, source=number)


def _level(identifier: str, fact: Fact) -> tuple[str, int] | None:
    """Return the rubric that a fact is a level of, and the level."""
    kind = identifier.partition("@")[0].partition(".")[0]
    is_level = isinstance(fact.value, (int, float)) and fact.value == int(fact.value)
    return (kind, int(fact.value)) if is_level and kind in rubrics() else None  # type: ignore[arg-type]


def _levels_table(context: ReportContext, used: dict[str, set[str]]) -> Table | None:
    """What each level that was given says, in the rubric's words, and why it was given."""
    _ = context.gettext
    language, wording = context.language, rubrics()
    given: dict[tuple[str, int], dict[str, list[str]]] = {}
    for framework in context.assessment.catalogue:
        for identifier, fact in framework.facts.items():
            level_of = _level(identifier, fact) if identifier in used.get(framework.id, ()) else None
            if level_of is not None:
                notes = given.setdefault(level_of, {}).setdefault(framework.name, [])
                notes += [said(fact.note, language)] if fact.note else []
    rows: list[tuple[Cell, ...]] = []
    for kind, rubric in wording.items():
        head = Cell(fact_name(kind, language), kind)
        for level in (each for each in range(len(rubric.levels)) if (kind, each) in given):
            who = _("; ").join(
                _("{framework} ({reasons})").format(
                    framework=name, reasons=_("; ").join(dict.fromkeys(notes))
                )
                if notes
                else name
                for name, notes in given[kind, level].items()
            )
            rows.append(
                (head, Cell(str(level), level), Cell(said(rubric.levels[level], language)), Cell(who))
            )
            head = Cell("", fact_name(kind, language))
    if not rows:
        return None
    return Table(
        "levels",
        _("What the levels stand for, of those that were given (0 to 4)"),
        (
            Column(_("Fact")),
            Column(_("Level"), numeric=True),
            Column(_("It means"), width=1.0),
            Column(_("Given to, and why"), width=1.1),
        ),
        tuple(rows),
    )


def _sources_table(context: ReportContext, sources: _Sources) -> Table:
    _ = context.gettext
    language = context.language
    rows = [
        (
            Cell(str(number), number),
            Cell(source_named(fact.source, language), fact.source, link=_link(fact.source)),
            Cell(dated(fact, context.assessment.created_at, language), fact.date),
            Cell(str(fact.grade), str(fact.grade)),
        )
        for number, fact in sources.known.values()
    ]
    grades = _("; ").join(f"{each} {names.grade(each, language)}" for each in Grade)
    return Table(
        "sources",
        _("Sources"),
        (Column("#", numeric=True), Column(_("Source"), width=1.0), Column(_("Date")), Column(_("Grade"))),
        tuple(rows),
        notes=(_("Grades of evidence: {grades}.").format(grades=grades),),
    )


def _used_facts(context: ReportContext) -> dict[str, set[str]]:
    """The ids of facts that values, gates or advice rest on, by framework."""
    used: dict[str, set[str]] = {}
    decision = context.decision
    if decision is None:
        return used
    cited = [(each.alternative, fact) for each in decision.values for fact in each.facts]
    # That somebody runs here is shown by having run.
    ran = trust.measured(decision.gates)
    cited += [
        (each.alternative, each.fact)
        for each in decision.gates
        if each.fact and not (each.gate == "platform" and each.alternative in ran)
    ]
    cited += [
        (chosen, each.fact)
        for chosen in decision.verdict.recommended
        for each in decision.advice
        if each.fact
    ]
    for alternative, fact in cited:
        framework, known = context.frameworks.get(alternative), context.offers.get(alternative)
        if framework is None or known is None or fact not in framework.facts:
            continue
        runtime = context.installed(alternative)
        owner = (framework.id, fact) if runtime is None else stated_by(framework, known, fact, runtime)
        used.setdefault(owner[0], set()).add(owner[1])
    return used


def _link(source: str) -> str | None:
    """A source that is one address can be followed."""
    is_address = source.startswith("https://") and not set(source) & set(" ,;")
    return source if is_address else None
