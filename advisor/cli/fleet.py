"""``advisor fleet``: one assessment on each of several machines, compared and decided on together."""

from pathlib import Path

import click
from msgspec.structs import replace

from advisor.assessment import fleet as fleets
from advisor.assessment import fleet_hosts
from advisor.assessment.fleet import FleetStore
from advisor.cli.console import CliContext, json_option, pass_door
from advisor.cli.fleet_report import report, show
from advisor.cli.fleet_run import run
from advisor.cli.fleet_work import work
from advisor.frameworks import catalogue as catalogue_file
from advisor.report.wording import names


@click.group("fleet")
def command() -> None:
    """Assess several machines and compare them: one framework for all, or one for each."""


for each in (run, work, show, report):
    command.add_command(each)


@command.command("list")
@json_option
@pass_door
def list_fleets(door: CliContext, as_json: bool) -> None:
    """List the fleets, newest first."""
    _ = door.gettext
    known, unreadable = FleetStore(door.folder).entries()
    for each in unreadable:
        door.remark(f"{each.id}: {each.reason}")
    if as_json:
        door.json([{"id": each.id, "title": each.title, "hosts": each.hosts} for each in known])
        return
    if not known:
        door.remark(_("No fleet has been assessed yet: “advisor fleet run” does it."))
        return
    labels = names.alternative_names(catalogue_file.load())
    door.table(
        ["ID", _("Made"), _("Hosts"), _("Done"), _("Recommended for all"), _("Title")],
        [
            [
                each.id,
                each.created_at[:16].replace("T", " "),
                str(len(each.hosts)),
                str(each.done),
                ", ".join(names.name_of(name, labels) for name in each.recommended),
                each.title,
            ]
            for each in known
        ],
    )


@command.command("add")
@click.argument("files", nargs=-1, required=True, metavar="[NAME=]FILE…")
@click.option(
    "--fleet", "identity", help="To which fleet; without it, a new one of these assessments is made."
)
@click.option(
    "--share", "shares", multiple=True, metavar="NAME=SHARE", help="How much of the work a host does."
)
@click.option("--title", default="", help="A name for a new fleet.")
@pass_door
def add(
    door: CliContext, files: tuple[str, ...], identity: str | None, shares: tuple[str, ...], title: str
) -> None:
    """Take in assessments that were made by hand, on machines that nothing reaches.

    A new fleet asks what the first of them asked.
    """
    store = FleetStore(door.folder)
    hosts = []
    for text in files:
        name, target = ("", text) if Path(text).is_file() else fleet_hosts.named(text)
        hosts.append(fleet_hosts.by_hand(Path(target), "" if name == target else name))
    parted = fleet_hosts.shares(shares, [each.name for each in hosts])
    hosts = [replace(each, share=parted.get(each.name, 1.0)) for each in hosts]
    fleet = store.load(identity) if identity else fleets.like(hosts[0], title)
    for each in hosts:
        fleet = fleets.with_host(fleet, each)
    fleet = fleets.decided(fleet)
    store.save(fleet)
    click.echo(fleet.id)


@command.command("remove")
@click.argument("identity", metavar="ID")
@pass_door
def remove(door: CliContext, identity: str) -> None:
    """Delete a fleet. Assessments on the hosts stay."""
    identity = FleetStore(door.folder).remove(identity)
    door.remark(door.gettext("{id} was removed.").format(id=identity))
