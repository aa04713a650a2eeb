"""``advisor needs``: the answers that a recommendation starts from, as a file to edit."""

from pathlib import Path

import click
from click.core import ParameterSource

from advisor.cli.choices import STAGE, TASK
from advisor.cli.console import CliContext, json_option, pass_door
from advisor.decision import needs as needs_file
from advisor.decision.assumptions import stating
from advisor.decision.model import Answer, PriorityMode, ProjectStage
from advisor.decision.weights import levels
from advisor.errors import AdvisorError
from advisor.files import write_atomically
from advisor.report.wording import comparisons as words
from advisor.workloads.model import Task

ANSWERS = {"stage": Answer.STAGE, "tasks": Answer.TASK}
"""Options of a new file, by what they answer."""


@click.group("needs")
def command() -> None:
    """Write and check a file of needs."""


@command.command("new")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--stage", type=STAGE, default=ProjectStage.RESEARCH.value, show_default=True)
@click.option("--task", "tasks", type=TASK, multiple=True, default=[Task.IMAGE_CLASSIFICATION.value])
@click.option("--force", is_flag=True, help="Replace an existing file.")
@pass_door
def new(door: CliContext, file: Path | None, stage: str, tasks: tuple[str, ...], force: bool) -> None:
    """Write a file to edit, every answer with what it allows (to the terminal where no FILE is named)."""
    source = click.get_current_context().get_parameter_source
    given = [answer for option, answer in ANSWERS.items() if source(option) is not ParameterSource.DEFAULT]
    needs = stating(needs_file.preset(ProjectStage(stage), [Task(each) for each in tasks]), given)
    if file is None:
        click.echo(needs_file.template(needs), nl=False)
        return
    if file.exists() and not force:
        raise AdvisorError(f"{file} exists already.", "Name another file, or add --force.")
    as_json = file.suffix == ".json"
    text = needs_file.dumps(needs, as_json=True) if as_json else needs_file.template(needs)
    write_atomically(file, text.encode())
    door.remark(door.gettext("Written: {path}").format(path=file))


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_door
def check(door: CliContext, file: Path, as_json: bool) -> None:
    """Check a file of needs; the first fault is named with its line and field."""
    needs = needs_file.read(file)
    if as_json:
        door.json(needs)
    else:
        door.out.print(door.gettext("{path} is in order.").format(path=file))
        if needs.priorities.mode is PriorityMode.PAIRS:
            compared = levels(needs)
            door.out.print(words.consistency(compared, door.language))
            for each in enumerate(compared):
                if sentence := words.contradiction(*each, door.language):
                    door.out.print(sentence)
