"""``advisor probe``: only measure, and show what was measured."""

from pathlib import Path

import click

from advisor.assessment import document
from advisor.assessment.model import Status
from advisor.assessment.pipeline import Request
from advisor.cli.choices import BUDGET, SIZE, TASK
from advisor.cli.console import CliContext, Exit, json_option, language_option, pass_door
from advisor.cli.recommend import measure, read_needs
from advisor.cli.summary import show_measurements
from advisor.files import write_atomically
from advisor.probes.model import Outcome


@click.command("probe")
@click.option("--task", "tasks", type=TASK, multiple=True, help="What the network is for; may be repeated.")
@click.option("--size", type=SIZE, help="How large the networks measured are.")
@click.option("--budget", type=BUDGET, default="quick", show_default=True, help="How much to measure.")
@click.option("--frameworks", help="Only these, separated by commas (keras, or keras-jax for one backend).")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda:0, rocm:0, mps or xpu:0.")
@click.option("--yes", is_flag=True, help="Set up missing frameworks without asking.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the assessment here.")
@json_option
@language_option
@pass_door
def command(
    door: CliContext,
    tasks: tuple[str, ...],
    size: str | None,
    budget: str,
    frameworks: str | None,
    device: str,
    yes: bool,
    output: Path | None,
    as_json: bool,
    language: str | None,
) -> int:
    """Measure frameworks on this machine and show the figures."""
    door.use(language)
    needs = read_needs(None, tasks, None, size, (), frameworks, "")
    assessment = measure(door, Request(needs, budget, device=device), None, yes)
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
