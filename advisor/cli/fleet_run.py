"""``advisor fleet run``: one assessment on every host that is named, all at once."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import click
from msgspec.structs import replace

from advisor.assessment import fleet as fleets
from advisor.assessment import fleet_hosts
from advisor.assessment.fleet import Fleet, FleetHost, FleetStore
from advisor.assessment.sites.model import HostOutcome, Site
from advisor.cli.choices import STAGE, WEIGHT
from advisor.cli.console import CliContext, Exit, language_option, pass_door
from advisor.cli.fleet_progress import FleetDisplay
from advisor.cli.fleet_report import FILE, write
from advisor.cli.measuring import measuring_options, run_options
from advisor.cli.recommend import read_needs
from advisor.cli.running import run_interruptibly
from advisor.cli.summary import show_document
from advisor.decision.model import Criterion
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue as catalogue_file
from advisor.report import fleet as fleet_report


@click.command("run")
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
@click.option("--pdf", "pdf_path", type=FILE, help="Write the report here.")
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
    trials: int,
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
        near = [fleet_hosts.here(here)] if here else []
        near += [fleet_hosts.over_ssh(target, name) for name, target in map(fleet_hosts.named, targets)]
        near_sites = fleet_hosts.sites(near, door.folder, program)
        reached = [(each, near_sites[each.name]) for each in near]
        for name, site in (
            *_local(stack, local, door.folder),
            *_scheduler(stack, scheduler, workers),
            *_slurm(stack, slurm, slurm_wait, door.folder),
        ):
            reached.append((FleetHost(name, address=site.address), site))
        if not reached:
            raise click.UsageError("Say which hosts: --ssh, --scheduler, --slurm, --local or --here.")
        parted = fleet_hosts.shares(shares, [host.name for host, _ in reached])
        hosts = [replace(host, share=parted.get(host.name, 1.0)) for host, _ in reached]
        needs = read_needs(needs_path, tasks, workloads, stage, size, weights, frameworks, title)
        options = run_options(
            budget, device, settings, compiled, parallel, seed, tune=tune, target=target, trials=trials
        )
        fleet = fleets.begin(needs, options, hosts)
        sites = {host.name: site for host, site in reached}
        if resume:
            fleet = _continued(store.load(resume), sites)
        store.save(fleet)

        def measure(cancel: threading.Event) -> Fleet:
            with FleetDisplay(door, tuple(sites), catalogue_file.load()) as display:
                return fleets.run(fleet, sites, display, cancel, install=yes, keep=store.save)

        fleet = run_interruptibly(measure)
    show_document(door, fleet_report.build(fleet, door.language))
    if pdf_path is not None:
        write(door, fleet, pdf_path, None, None)
    door.remark(door.gettext("Fleet: {id}").format(id=fleet.id))
    if any(each.outcome is HostOutcome.CANCELLED for each in fleet.hosts):
        return Exit.INTERRUPTED
    answered = fleet.decision is not None and bool(fleet.decision.verdict.recommended)
    return Exit.DONE if answered else Exit.NO_ANSWER


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


def _local(stack: contextlib.ExitStack, count: int | None, folder: Path) -> Iterator[tuple[str, Site]]:
    if count:
        from advisor.assessment.sites import dask, task

        host_names = [f"local-{number}" for number in range(1, count + 1)]
        client = stack.enter_context(dask.tried_here(host_names))
        own = (*task.own_command(), "--data", str(folder))
        for name, address in dask.by_host(client, host_names):
            yield name, dask.DaskSite(client, name, address, own)


def _scheduler(
    stack: contextlib.ExitStack, address: str | None, workers: tuple[str, ...]
) -> Iterator[tuple[str, Site]]:
    if address:
        from advisor.assessment.sites import dask

        client = stack.enter_context(dask.joined(address))
        named = {host: name for name, host in map(fleet_hosts.named, workers)}
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
