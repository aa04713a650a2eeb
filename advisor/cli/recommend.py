"""``advisor recommend``: the whole job, from this machine to a recommendation."""

import threading
from pathlib import Path
from typing import Any

import click
import msgspec

from advisor.assessment import document, host_lock, own_work, pipeline
from advisor.assessment.inventory import candidates, chosen_alternatives, missing, take_inventory
from advisor.assessment.model import Assessment, Status
from advisor.assessment.own_work import with_interpreters
from advisor.assessment.pipeline import Request
from advisor.cli.choices import BASIS_OPTION, STAGE, WEIGHT
from advisor.cli.console import CliContext, Exit, language_option, pass_door
from advisor.cli.frameworks import consents
from advisor.cli.measuring import measuring_options, run_options
from advisor.cli.own_options import agreed, own_options, read_data, read_own, with_named
from advisor.cli.progress import RunDisplay
from advisor.cli.running import run_interruptibly
from advisor.cli.summary import show
from advisor.decision import needs as needs_file
from advisor.decision.assumptions import answered
from advisor.decision.model import Criterion, Needs, PriorityMode, ProjectStage
from advisor.decision.shares import task_shares, wanted_workloads
from advisor.errors import AdvisorError
from advisor.files import write_atomically
from advisor.probes.model import Quantity
from advisor.report import pdf as pdf_file
from advisor.report.wording import names
from advisor.report.wording.measurements import time_used
from advisor.workloads import datasets
from advisor.workloads.model import Size, Task


@click.command("recommend")
@measuring_options
@own_options
@click.option(
    "--needs",
    "needs_path",
    type=click.Path(path_type=Path),
    help="Answers in a file (see “advisor needs new”); options beside it win.",
)
@BASIS_OPTION
@click.option("--stage", type=STAGE, help="What the work is for; sets what matters.")
@click.option("--weights", type=WEIGHT, multiple=True, help="How much a criterion matters, 0 to 100 points.")
@click.option("--yes", is_flag=True, help="Set up missing frameworks, and run your scripts, without asking.")
@click.option("--pdf", type=click.Path(dir_okay=False, path_type=Path), help="Write the report here.")
@click.option(
    "--json",
    "json_path",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Write the assessment here (- for standard output).",
)
@click.option("--resume", metavar="ID", help="Go on with an interrupted run (“latest” for the newest).")
@click.option(
    "--like",
    type=click.Path(path_type=Path),
    help="Ask what a saved assessment asked, measured as it was: its needs, weights, seed and options.",
)
@click.option("--wait", is_flag=True, help="Wait while another benchmark runs on this host.")
@click.option("--title", default="", help="A name for the assessment.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@language_option
@pass_door
def command(
    door: CliContext,
    tasks: tuple[str, ...],
    workloads: tuple[tuple[str, float], ...],
    needs_path: Path | None,
    basis: dict[str, Any] | None,
    stage: str | None,
    size: str | None,
    weights: tuple[tuple[Criterion, float], ...],
    budget: str,
    frameworks: str | None,
    device: str,
    settings: tuple[tuple[str, dict[str, str]], ...],
    compiled: bool | None,
    parallel: bool | None,
    tune: bool,
    target: bool,
    trials: int,
    scripts: tuple[tuple[str, Path], ...],
    pythons: tuple[tuple[str, Path], ...],
    model: Path | None,
    shapes: tuple[tuple[str, tuple[int, ...]], ...],
    batch: int | None,
    dataset: Path | None,
    label: str | None,
    named: bool,
    yes: bool,
    pdf: Path | None,
    json_path: Path | None,
    resume: str | None,
    like: Path | None,
    wait: bool,
    title: str,
    seed: int,
    language: str | None,
) -> int:
    """Detect this machine, set up and measure the frameworks, and say which one to adopt."""
    door.use(language)
    for path in (pdf, json_path):
        if path is not None and str(path) != "-" and not path.absolute().parent.is_dir():
            # Said now, not after minutes of measuring.
            raise AdvisorError(f"The folder of {path} does not exist.", "Create it or choose another.")
    interrupted = _interrupted(door, resume) if resume else None
    data = read_data(door, dataset, label)
    if data is not None and not (tasks or workloads or needs_path):
        tasks = (datasets.task(data),)
    needs = read_needs(needs_path, tasks, workloads, stage, size, weights, frameworks, title)
    if basis:
        needs = msgspec.structs.replace(needs, **basis)
    work = read_own(door, needs, scripts, pythons, model, shapes, batch, named)
    if interrupted:
        request = Request(interrupted.needs, interrupted.options, work, data)
    elif like:
        earlier = door.assessment(like)
        request = Request(earlier.needs, earlier.options, work, data)
    else:
        options = run_options(
            budget,
            device,
            settings,
            compiled,
            parallel,
            seed,
            work,
            data,
            tune=tune,
            target=target,
            trials=trials,
        )
        request = Request(own_work.asked(needs, work), options, work, data)
    assessment = measure(door, request, interrupted, yes, wait=wait)
    if assessment is None:
        return Exit.INPUT
    if json_path is not None:
        if str(json_path) == "-":
            click.echo(document.encode(assessment), nl=False)
        else:
            write_atomically(json_path, document.encode(assessment))
    if json_path is None or str(json_path) != "-":
        show(door, assessment)
    if pdf is not None:
        pdf_file.write(assessment, pdf, language=door.language, **door.report_options())
        door.remark(door.gettext("Report: {path}").format(path=pdf))
    for run in assessment.runs:
        if used := time_used(run, door.language):
            door.remark(f"{names.architecture(run.workload, door.language)}: {used}")
    door.remark(door.gettext("Assessment: {id}").format(id=assessment.id))
    if assessment.status is Status.CANCELLED:
        return Exit.INTERRUPTED
    decision = assessment.decision
    answered = decision is not None and bool(decision.verdict.recommended)
    return Exit.DONE if answered else Exit.NO_ANSWER


def read_needs(
    path: Path | None,
    tasks: tuple[str, ...],
    workloads: tuple[tuple[str, float], ...],
    stage: str | None,
    size: str | None,
    weights: tuple[tuple[Criterion, float], ...],
    frameworks: str | None,
    title: str,
) -> Needs:
    needs = needs_file.read(path) if path else Needs()
    changes: dict[str, object] = {}
    if tasks:
        changes["tasks"] = {Task(each): needs.tasks.get(Task(each), 1.0) for each in tasks}
        changes["workloads"] = {}
    if workloads:
        changes["workloads"] = dict(workloads)
        changes["tasks"] = task_shares(Needs(workloads=dict(workloads)))
    if stage:
        changes["stage"] = ProjectStage(stage)
    if size:
        changes["size"] = Size(size)
    if weights:
        merged = {**needs.priorities.weights, **dict(weights)}
        changes["priorities"] = msgspec.structs.replace(
            needs.priorities, mode=PriorityMode.WEIGHTS, weights=merged
        )
    if frameworks:
        changes["frameworks"] = tuple(each.strip() for each in frameworks.split(",") if each.strip())
    if title:
        changes["title"] = title
    return answered(needs, **changes)


def _interrupted(door: CliContext, identity: str) -> Assessment:
    if identity == "latest":
        killed = {entry.id for entry in door.store.interrupted()}
        waiting = [
            entry.id
            for entry in door.store.entries()
            if entry.status is Status.CANCELLED or entry.id in killed
        ]
        if not waiting:
            raise AdvisorError("No run was interrupted.", "Leave --resume out to begin a new one.")
        identity = waiting[0]
    assessment = door.store.load(identity)
    if assessment.status is Status.COMPLETE:
        raise AdvisorError(f"Assessment {assessment.id} is complete: there is nothing to resume.")
    return msgspec.structs.replace(assessment, status=Status.RUNNING)


def measure(
    door: CliContext, request: Request, interrupted: Assessment | None, yes: bool, *, wait: bool = False
) -> Assessment | None:
    """Inventory, install, measure. None where the user did not agree and nothing is installed.

    Raises
    ------
    HostBusyError
        Another benchmark runs on this host, and ``wait`` is not wanted.
    """
    own_work.check(request.options, request.own, request.data)
    found = with_interpreters(
        take_inventory(door.folder, with_named(door.settings, request.own)), request.own
    )
    chosen_alternatives(request.needs, found.catalogue)  # refuses unknown names before any work
    if interrupted is None:
        for entry in door.store.interrupted():
            door.remark(
                door.gettext("A run was interrupted: --resume {id} goes on with it.").format(id=entry.id)
            )
    wanted_workloads(request.needs, request.options.own)
    ready = candidates(found, request.needs, request.options)
    plans = missing(found, request.needs, door.environments, request.options)
    if plans and not consents(door, plans, yes):
        plans = ()
        if not ready:
            return None
    if not agreed(
        door,
        (each for work in request.own for each in own_work.candidates(ready, work, found.catalogue)),
        yes,
    ):
        return None

    busy = door.gettext("Another benchmark is running on this host; waiting for it to end.")

    def work(cancel: threading.Event) -> Assessment:
        serving = request.needs.stage is ProjectStage.SERVING
        quantity = Quantity.INFER if serving else Quantity.TRAIN
        waiting = (lambda: door.remark(busy)) if wait else None
        with host_lock.hold(waiting, cancel), RunDisplay(door, found.catalogue, quantity) as display:
            if not plans:
                return pipeline.run(request, found, door.store, display, cancel, resume=interrupted)
            phases_s = pipeline.install(plans, door.environments, display, cancel)
            return pipeline.run(
                request,
                with_interpreters(
                    take_inventory(door.folder, with_named(door.settings, request.own), found.machine),
                    request.own,
                ),
                door.store,
                display,
                cancel,
                resume=interrupted,
                phases_s=phases_s,
            )

    return run_interruptibly(work)
