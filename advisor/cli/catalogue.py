"""``advisor catalogue``: the facts that soft criteria rest on, with date, source and grade."""

from datetime import date

import click

from advisor.cli.console import CliContext, json_option, pass_door
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks.model import Fact
from advisor.report.wording.evidence import cited, said, source_named


@click.group("catalogue")
def command() -> None:
    """Show what is known of each framework, and from where."""


@command.command("show")
@click.argument("name", metavar="[FRAMEWORK]", required=False)
@click.option("--stale", is_flag=True, help="Only facts that have aged.")
@click.option(
    "--months", type=click.IntRange(1), default=12, show_default=True, help="Older than this is aged."
)
@json_option
@pass_door
def show(door: CliContext, name: str | None, stale: bool, months: int, as_json: bool) -> None:
    """List the facts with value, date, grade and source."""
    catalogue = catalogue_file.load()
    chosen = (catalogue_file.find(catalogue, name),) if name else catalogue
    aged = catalogue_file.stale(chosen, date.today(), months)
    if as_json:
        door.json(aged if stale else chosen)
        return
    _ = door.gettext
    facts = (
        [(each.framework, each.id, each.fact) for each in aged]
        if stale
        else [(framework.id, key, fact) for framework in chosen for key, fact in framework.facts.items()]
    )
    door.table(
        [_("Framework"), _("Fact"), _("Value"), _("Date"), _("Grade"), _("Source")],
        [
            [
                framework,
                key,
                _value(fact, door),
                fact.date,
                fact.grade.value,
                source_named(fact.source, door.language),
            ]
            for framework, key, fact in facts
        ],
    )
    ways = [] if stale else [(framework, each) for framework in chosen for each in framework.wrappers]
    if ways:
        door.out.print()
        door.out.print(_("Ways to use a framework, not measured"))
    for framework, each in ways:
        adds = said(each.adds, door.language)
        line = f"  {each.name} {each.version} ({framework.name}): {adds} ({cited(each, door.language)})"
        door.out.print(line, soft_wrap=True)
    if stale:
        message = door.ngettext(
            "{count} fact is older than {months} months.",
            "{count} facts are older than {months} months.",
            len(aged),
        )
        door.remark(message.format(count=len(aged), months=months))


def _value(fact: Fact, door: CliContext) -> str:
    match fact.value:
        case None:
            return door.gettext("not known")
        case bool():
            return door.gettext("yes") if fact.value else door.gettext("no")
        case float():
            return f"{fact.value:,.12g} {fact.unit or ''}".strip()
    return said(str(fact.value), door.language)
