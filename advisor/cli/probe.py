"""``advisor probe``: only measure, and show what was measured."""

from pathlib import Path

import click

from advisor.assessment import document, own_work
from advisor.assessment.model import Status
from advisor.assessment.pipeline import Request
from advisor.cli.console import CliContext, Exit, json_option, language_option, pass_door
from advisor.cli.measuring import measuring_options, run_options
from advisor.cli.own_options import own_options, read_data, read_own
from advisor.cli.recommend import measure, read_needs
from advisor.cli.summary import show_measurements
from advisor.files import write_atomically
from advisor.probes.model import Outcome
from advisor.workloads import datasets


@click.command("probe")
@measuring_options
@own_options
@click.option("--yes", is_flag=True, help="Set up missing frameworks, and run your scripts, without asking.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the assessment here.")
@json_option
@language_option
@pass_door
def command(
    door: CliContext,
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
    scripts: tuple[tuple[str, Path], ...],
    pythons: tuple[tuple[str, Path], ...],
    model: Path | None,
    shapes: tuple[tuple[str, tuple[int, ...]], ...],
    batch: int | None,
    dataset: Path | None,
    label: str | None,
    named: bool,
    yes: bool,
    output: Path | None,
    as_json: bool,
    language: str | None,
) -> int:
    """Measure frameworks on this machine and show the figures."""
    door.use(language)
    data = read_data(door, dataset, label)
    if data is not None and not (tasks or workloads):
        tasks = (datasets.task(data),)
    needs = read_needs(None, tasks, workloads, None, size, (), frameworks, "")
    work = read_own(door, needs, scripts, pythons, model, shapes, batch, named)
    options = run_options(
        budget,
        device,
        settings,
        compiled,
        parallel,
        work=work,
        data=data,
        tune=tune,
        target=target,
        trials=trials,
    )
    assessment = measure(door, Request(own_work.asked(needs, work), options, work, data), None, yes)
    if assessment is None:
        return Exit.INPUT
    if output:
        write_atomically(output, document.encode(assessment))
    if as_json:
        door.json(assessment.runs)
    else:
        show_measurements(door, assessment)
    door.remark(door.gettext("Assessment: {id}").format(id=assessment.id))
    if assessment.status is Status.CANCELLED:
        return Exit.INTERRUPTED
    measured = any(result.outcome is Outcome.MEASURED for run in assessment.runs for result in run.results)
    return Exit.DONE if measured else Exit.NO_ANSWER
