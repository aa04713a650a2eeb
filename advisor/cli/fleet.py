"""``advisor fleet``: one assessment on each of several machines, compared and decided on together."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import click
from msgspec.structs import replace

from advisor.assessment import document
from advisor.assessment import fleet as fleets
from advisor.assessment.fleet import Fleet, FleetHost, FleetStore
from advisor.assessment.sites.local import LocalSite
from advisor.assessment.sites.model import HostOutcome, Site
from advisor.cli.choices import STAGE, WEIGHT
from advisor.cli.console import CliContext, Exit, Paper, json_option, language_option, pass_door
from advisor.cli.fleet_progress import FleetDisplay
from advisor.cli.fleet_work import work
from advisor.cli.measuring import measuring_options, run_options
from advisor.cli.recommend import read_needs
from advisor.cli.running import run_interruptibly
from advisor.cli.summary import show_document
from advisor.decision.model import Criterion
from advisor.errors import AdvisorError
from advisor.files import write_atomically
from advisor.frameworks import catalogue as catalogue_file
from advisor.report import fleet as fleet_report
from advisor.report import html, markdown, pdf
from advisor.report.model import Options
from advisor.report.wording import names

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("fleet")
def command() -> None:
    """Assess several machines and compare them: one framework for all, or one for each."""


command.add_command(work)


@command.command("run")
@click.option(
    "--ssh",
    "targets",
    multiple=True,
    metavar="[NAME=]USER@HOST[:PORT]",
    help="A host that SSH reaches, set up as your own SSH configuration says; may be repeated.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Every host of a running Dask scheduler (tls://…:8786).")
@click.option(
    "--worker",
    "workers",
    multiple=True,
    metavar="[NAME=]HOST",
    help="Only these of the scheduler’s hosts, by address or worker name; may be repeated.",
)
@click.option("--slurm", type=click.IntRange(1), metavar="N", help="N whole nodes that Slurm gives.")
@click.option(
    "--slurm-wait",
    type=click.FloatRange(0),
    default=600.0,
    show_default=True,
    help="Seconds to wait for them.",
)
@click.option("--local", type=click.IntRange(1), metavar="N", help="N workers on this machine, to try it.")
@click.option("--here", metavar="NAME", help="This machine too, under a name.")
@click.option(
    "--share", "shares", multiple=True, metavar="NAME=SHARE", help="How much of the work a host does."
)
@click.option(
    "--command",
    "program",
    default="advisor",
    show_default=True,
    help="What starts the program on hosts over SSH.",
)
@measuring_options
@click.option("--needs", "needs_path", type=click.Path(path_type=Path), help="Answers in a file.")
@click.option("--stage", type=STAGE, help="What the work is for; sets what matters.")
@click.option("--weights", type=WEIGHT, multiple=True, help="How much a criterion matters, 0 to 100 points.")
@click.option("--yes", is_flag=True, help="Set up frameworks that are missing on the hosts.")
@click.option("--resume", metavar="ID", help="Try the hosts of a fleet again that are not done.")
@click.option("--pdf", "pdf_path", type=_FILE, help="Write the report here.")
@click.option("--title", default="", help="A name for the fleet.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@language_option
@pass_door
def run(
    door: CliContext,
    targets: tuple[str, ...],
    scheduler: str | None,
    workers: tuple[str, ...],
    slurm: int | None,
    slurm_wait: float,
    local: int | None,
    here: str | None,
    shares: tuple[str, ...],
    program: str,
    tasks: tuple[str, ...],
    workloads: tuple[tuple[str, float], ...],
    size: str | None,
    budget: str,
    frameworks: str | None,
    device: str,
    settings: tuple[tuple[str, dict[str, str]], ...],
    compiled: bool | None,
    parallel: bool | None,
    tune: bool,
    target: bool,
    needs_path: Path | None,
    stage: str | None,
    weights: tuple[tuple[Criterion, float], ...],
    yes: bool,
    resume: str | None,
    pdf_path: Path | None,
    title: str,
    seed: int,
    language: str | None,
) -> int:
    """Make one assessment on every host, all at once, and decide for each and for all.

    A host runs one benchmark at a time. One that is lost in the middle is tried again and goes on where it was; one
    that is down is reported. Nothing is sent or opened but over SSH or TLS.
    """
    door.use(language)
    if pdf_path is not None and not pdf_path.absolute().parent.is_dir():
        raise AdvisorError(f"The folder of {pdf_path} does not exist.", "Create it or choose another.")
    store = FleetStore(door.folder)
    with contextlib.ExitStack() as stack:
        sites: dict[str, Site] = {}
        for name, site in (
            *_here(here),
            *_local(stack, local, door.folder),
            *_ssh(targets, program),
            *_scheduler(stack, scheduler, workers),
            *_slurm(stack, slurm, slurm_wait, door.folder),
        ):
            if name in sites:
                raise AdvisorError(
                    f"Two hosts are called “{name}”.", "Name them differently: NAME=user@host."
                )
            sites[name] = site
        if not sites:
            raise click.UsageError("Say which hosts: --ssh, --scheduler, --slurm, --local or --here.")
        parted = _shares(shares, tuple(sites))
        if resume:
            fleet = _continued(store.load(resume), sites)
        else:
            hosts = [FleetHost(name, parted.get(name, 1.0), site.address) for name, site in sites.items()]
            needs = read_needs(needs_path, tasks, workloads, stage, size, weights, frameworks, title)
            fleet = fleets.begin(
                needs,
                run_options(budget, device, settings, compiled, parallel, seed, tune=tune, target=target),
                hosts,
            )
        store.save(fleet)

        def measure(cancel: threading.Event) -> Fleet:
            with FleetDisplay(door, fleet, catalogue_file.load()) as display:
                return fleets.run(
                    fleet, sites, display, cancel, install=yes, keep=lambda each: _keep(store, each)
                )

        fleet = run_interruptibly(measure)
    show_document(door, fleet_report.build(fleet, door.language))
    if pdf_path is not None:
        _write(door, fleet, pdf_path, None, None)
    door.remark(door.gettext("Fleet: {id}").format(id=fleet.id))
    if any(each.outcome is HostOutcome.CANCELLED for each in fleet.hosts):
        return Exit.INTERRUPTED
    answered = fleet.decision is not None and bool(fleet.decision.verdict.recommended)
    return Exit.DONE if answered else Exit.NO_ANSWER


def _keep(store: FleetStore, fleet: Fleet) -> None:
    store.save(fleet)


def _continued(fleet: Fleet, sites: dict[str, Site]) -> Fleet:
    """Return a fleet whose hosts that are not done are reached once more; those not named stay as they are."""
    known = {each.name for each in fleet.hosts}
    if unknown := sorted(set(sites) - known):
        raise AdvisorError(
            f"The fleet {fleet.id} has no host “{unknown[0]}”.", f"It has {', '.join(sorted(known))}."
        )
    left_out = [each.name for each in fleet.hosts if each.name not in sites and each.outcome is None]
    hosts = tuple(
        replace(each, outcome=HostOutcome.UNREACHABLE, reason="") if each.name in left_out else each
        for each in fleet.hosts
    )
    return replace(fleet, hosts=hosts)


def _named(text: str) -> tuple[str, str]:
    """Return name and target of ``[NAME=]TARGET``."""
    name, sign, target = text.partition("=")
    return (name, target) if sign and name and target else (text, text)


def _shares(shares: tuple[str, ...], known: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for text in shares:
        name, _, number = text.rpartition("=")
        try:
            found[name] = float(number)
        except ValueError:
            found[name] = -1.0
        if name not in known or not 0 < found[name] < 1e9:
            raise AdvisorError(
                f"“{text}” gives no host a share.",
                f"It should read like {known[0]}=2; hosts are {', '.join(known)}.",
            )
    return found


def _here(name: str | None) -> Iterator[tuple[str, Site]]:
    if name:
        yield name, LocalSite()


def _local(stack: contextlib.ExitStack, count: int | None, folder: Path) -> Iterator[tuple[str, Site]]:
    if count:
        from advisor.assessment.sites import dask, task

        host_names = [f"local-{number}" for number in range(1, count + 1)]
        client = stack.enter_context(dask.tried_here(host_names))
        own = (*task.own_command(), "--data", str(folder))
        for name, address in dask.by_host(client, host_names):
            yield name, dask.DaskSite(client, name, address, own)


def _ssh(targets: tuple[str, ...], program: str) -> Iterator[tuple[str, Site]]:
    for text in targets:
        from advisor.assessment.sites.ssh import SshSite

        name, target = _named(text)
        yield name, SshSite(target, program)


def _scheduler(
    stack: contextlib.ExitStack, address: str | None, workers: tuple[str, ...]
) -> Iterator[tuple[str, Site]]:
    if address:
        from advisor.assessment.sites import dask

        client = stack.enter_context(dask.joined(address))
        named = {host: name for name, host in map(_named, workers)}
        for host, worker in dask.by_host(client, tuple(named)):
            yield named.get(host, host), dask.DaskSite(client, host, worker)


def _slurm(
    stack: contextlib.ExitStack, count: int | None, wait_s: float, folder: Path
) -> Iterator[tuple[str, Site]]:
    if count:
        from advisor.assessment.sites import dask

        client = stack.enter_context(dask.submitted(count, folder, wait_s))
        found = dask.by_host(client)
        missing = [(f"slurm-{number}", None) for number in range(len(found) + 1, count + 1)]
        for host, worker in (*found, *missing):
            yield host, dask.DaskSite(client, host, worker)


@command.command("list")
@json_option
@pass_door
def list_fleets(door: CliContext, as_json: bool) -> None:
    """List the fleets, newest first."""
    store, _ = FleetStore(door.folder), door.gettext
    known = [store.load(each) for each in store.ids()]
    if as_json:
        door.json(
            [
                {"id": each.id, "title": each.title, "hosts": [host.name for host in each.hosts]}
                for each in known
            ]
        )
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
                str(sum(host.outcome is HostOutcome.DONE for host in each.hosts)),
                ", ".join(
                    names.name_of(name, labels)
                    for name in (each.decision.verdict.recommended if each.decision else ())
                ),
                each.title,
            ]
            for each in known
        ],
    )


@command.command("show")
@click.argument("identity", metavar="ID")
@click.option("--explain", is_flag=True, help="Show everything.")
@json_option
@language_option
@pass_door
def show_fleet(door: CliContext, identity: str, explain: bool, as_json: bool, language: str | None) -> None:
    """Show one fleet (its id, the beginning of it, “latest”, or a file)."""
    door.use(language)
    fleet = FleetStore(door.folder).load(identity)
    if as_json:
        door.json(fleet)
    else:
        show_document(door, fleet_report.build(fleet, door.language), full=explain)


@command.command("report")
@click.argument("identity", metavar="ID")
@click.option("--pdf", "pdf_path", type=_FILE, help="Write a PDF.")
@click.option("--html", "html_path", type=_FILE, help="Write one self-contained page.")
@click.option("--markdown", "markdown_path", type=_FILE, help="Write Markdown.")
@click.option("--paper", type=click.Choice(["a4", "us-letter"]), help="Paper of the PDF.")
@click.option("--organisation", help="A name to put on the report.")
@language_option
@pass_door
def report(
    door: CliContext,
    identity: str,
    pdf_path: Path | None,
    html_path: Path | None,
    markdown_path: Path | None,
    paper: Paper | None,
    organisation: str | None,
    language: str | None,
) -> None:
    """Write the report of a fleet."""
    door.use(language)
    if not (pdf_path or html_path or markdown_path):
        raise click.UsageError("Say what to write: --pdf, --html or --markdown.")
    fleet = FleetStore(door.folder).load(identity)
    _write(door, fleet, pdf_path, html_path, markdown_path, paper, organisation)


def _write(
    door: CliContext,
    fleet: Fleet,
    pdf_path: Path | None,
    html_path: Path | None,
    markdown_path: Path | None,
    paper: Paper | None = None,
    organisation: str | None = None,
) -> None:
    options = door.report_options(organisation, None, paper)
    made = fleet_report.build(fleet, door.language, Options(organisation=options["organisation"]))
    if pdf_path:
        whole = pdf.render_document(made, fleets.encode(fleet), options["paper"], options["logo"])
        write_atomically(pdf_path, whole)
    if html_path:
        write_atomically(html_path, html.render(made).encode())
    if markdown_path:
        write_atomically(markdown_path, markdown.render(made).encode())
    for path in filter(None, (pdf_path, html_path, markdown_path)):
        door.remark(door.gettext("Written: {path}").format(path=path))


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
    taken = []
    for text in files:
        name, target = (text, text) if Path(text).is_file() else _named(text)
        path = Path(target)
        taken.append((path.stem if name == target else name, document.read(path)))
    if identity:
        fleet = store.load(identity)
    else:
        first = taken[0][1]
        fleet = fleets.begin(replace(first.needs, title=title or first.needs.title), first.options, ())
    parted = _shares(shares, tuple(name for name, _ in taken))
    for name, assessment in taken:
        fleet = fleets.added(fleet, name, assessment, parted.get(name, 1.0))
    store.save(fleet)
    click.echo(fleet.id)


@command.command("remove")
@click.argument("identity", metavar="ID")
@pass_door
def remove(door: CliContext, identity: str) -> None:
    """Delete a fleet. Assessments on the hosts stay."""
    identity = FleetStore(door.folder).remove(identity)
    door.remark(door.gettext("{id} was removed.").format(id=identity))
