"""``advisor assessments``: the history."""

from pathlib import Path

import click

from advisor.assessment import tags
from advisor.assessment.model import Status
from advisor.assessment.store import Entry
from advisor.cli.choices import export_options
from advisor.cli.console import CliContext, json_option, language_option, pass_door
from advisor.cli.summary import show, write_document
from advisor.frameworks import catalogue as catalogue_file
from advisor.report import scenarios as scenarios_report
from advisor.report.wording import names
from advisor.workloads.model import Task


@click.group("assessments")
def command() -> None:
    """List, show, tag, import and remove saved assessments, and their scenarios."""


@command.command("list")
@click.option("--tag", help="Only those with this tag.")
@json_option
@pass_door
def list_assessments(door: CliContext, tag: str | None, as_json: bool) -> None:
    """List the history, newest first."""
    entries = tuple(each for each in door.store.entries() if tag is None or tag in each.tags)
    if as_json:
        door.json(entries)
        return
    _ = door.gettext
    for each in door.store.unreadable():
        door.remark(_("{file} can’t be read: {reason}").format(file=f"{each.id}.json", reason=each.reason))
    if not entries and tag is not None:
        door.remark(_("No assessment has the tag “{tag}”.").format(tag=tag))
        return
    if not entries:
        door.remark(_("No assessment has been made yet: “advisor recommend” makes one."))
        return
    labels = names.alternative_names(catalogue_file.load())
    interrupted = {entry.id for entry in door.store.interrupted()}

    def state(entry: Entry) -> str:
        if entry.status is Status.RUNNING and entry.id not in interrupted:
            return _("running")
        return names.status(entry.status, door.language)

    door.table(
        ["ID", _("Made"), _("State"), _("Tasks"), _("Recommended"), _("Title"), _("Tags")],
        [
            [
                entry.id,
                entry.created_at[:16].replace("T", " "),
                state(entry),
                ", ".join(names.task(Task(each), door.language) for each in entry.tasks),
                ", ".join(names.name_of(each, labels) for each in entry.recommended),
                entry.title,
                ", ".join(entry.tags),
            ]
            for entry in entries
        ],
    )
    if interrupted:
        door.remark(_("“advisor recommend --resume latest” goes on with an interrupted run."))


@command.command("show")
@click.argument("identity", metavar="ID")
@click.option("--explain", is_flag=True, help="Show everything.")
@json_option
@pass_door
def show_assessment(door: CliContext, identity: str, explain: bool, as_json: bool) -> None:
    """Show one assessment (its id, the beginning of it, or “latest”)."""
    assessment = door.store.load(identity)
    if as_json:
        door.json(assessment)
    else:
        show(door, assessment, full=explain)


@command.command("scenarios")
@click.argument("identity", metavar="ID")
@export_options
@json_option
@language_option
@pass_door
def list_scenarios(
    door: CliContext, /, identity: str, as_json: bool, language: str | None, **paths: Path | None
) -> None:
    """Show the scenarios kept with an assessment side by side (“advisor report --scenario” writes one out)."""
    door.use(language)
    assessment = door.store.load(identity)
    if as_json:
        door.json(assessment.scenarios)
        return
    if not assessment.scenarios:
        door.remark(
            door.gettext("It has no scenario yet: “advisor rank --what-if … --keep-as NAME” keeps one.")
        )
        return
    decided = scenarios_report.decide_all(assessment, door.language)
    report = scenarios_report.build(assessment, door.language, door.settings.organisation, decided)
    if not write_document(door, report, assessment, paths):
        found = scenarios_report.table(decided, door.language)
        door.table(
            [each.title for each in found.columns], [[each.text for each in row] for row in found.rows]
        )


@command.command("tag")
@click.argument("identity", metavar="ID")
@click.argument("added", nargs=-1, metavar="[TAG]…")
@click.option(
    "--remove", "removed", multiple=True, metavar="TAG", help="Take this tag away; may be repeated."
)
@pass_door
def tag_assessment(door: CliContext, identity: str, added: tuple[str, ...], removed: tuple[str, ...]) -> None:
    """Give an assessment tags to find it by, or take some away."""
    identity = door.store.resolve(identity)
    tags.change(door.store, identity, tags.parse(",".join(added)), tags.parse(",".join(removed)))
    click.echo(", ".join(door.store.load(identity).tags))


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_door
def import_assessment(door: CliContext, file: Path) -> None:
    """Take a file from elsewhere into the history."""
    click.echo(door.store.add(file).id)


@command.command("remove")
@click.argument("identity", metavar="ID")
@pass_door
def remove(door: CliContext, identity: str) -> None:
    """Remove an assessment from the history."""
    identity = door.store.remove(identity)
    door.remark(
        door.gettext("{id} was removed. It is kept in {folder} for now.").format(
            id=identity, folder=door.store.folder / "removed"
        )
    )
