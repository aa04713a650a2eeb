"""``advisor tune``: the settings that a framework can be run with, and those found, to take home."""

from pathlib import Path

import click

from advisor.cli.console import CliContext, json_option, pass_door
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks.model import Affects
from advisor.report import handover
from advisor.report.wording import stages
from advisor.report.wording.evidence import cited


@click.group("tune")
def command() -> None:
    """Show the settings that frameworks can be run with, and export those found.

    They are searched for by “advisor recommend --tune”.
    """


@command.command("settings")
@click.argument("name", metavar="[FRAMEWORK]", required=False)
@json_option
@pass_door
def settings(door: CliContext, name: str | None, as_json: bool) -> None:
    """List every setting with its values and what it can make faster, and what does not work today.

    Other memory allocators (tcmalloc, jemalloc) are not among them: they would have to be loaded before the
    interpreter, and this program installs nothing outside its environments.
    """
    catalogue = catalogue_file.load()
    chosen = (catalogue_file.find(catalogue, name),) if name else catalogue
    if as_json:
        door.json([{"framework": each.id, "levers": each.levers, "broken": each.broken} for each in chosen])
        return
    _, language = door.gettext, door.language
    door.table(
        [_("Framework"), _("Setting"), _("Values"), _("For"), _("Devices"), _("Note")],
        [
            [
                framework.id,
                lever.id,
                ", ".join(lever.values),
                _(", ").join(stages.goal(goal, language) for goal in Affects if goal in lever.affects),
                ", ".join(lever.devices),
                _(lever.note) if lever.note else "",
            ]
            for framework in chosen
            for lever in framework.levers
        ],
    )
    broken = [(framework, fact) for framework in chosen for fact in framework.broken]
    if broken:
        door.out.print()
        door.out.print(_("What does not work today"))
    for framework, fact in broken:
        door.out.print(f"  {framework.name}: {_(str(fact.value))} ({cited(fact, language)})", soft_wrap=True)


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@pass_door
def export(door: CliContext, file: Path, folder: Path) -> None:
    """Write the settings that an assessment’s decision stands on, with scripts that use them, into FOLDER.

    FILE is a saved assessment, or the id of one in the history.
    """
    assessment = door.assessment(file)
    for path in handover.write(assessment, folder):
        door.remark(door.gettext("Written: {path}").format(path=path))
