"""``advisor rank``: the decision on a saved assessment again, with other needs or weights."""

from pathlib import Path

import click
import msgspec

from advisor.assessment import document
from advisor.cli.choices import STAGE, WEIGHT
from advisor.cli.console import CliContext, Exit, json_option, language_option, pass_door
from advisor.cli.summary import show
from advisor.decision import needs as needs_file
from advisor.decision.engine import Model
from advisor.decision.model import Criterion, ProjectStage


@click.command("rank")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--needs", "needs_path", type=click.Path(path_type=Path), help="Other answers than those saved."
)
@click.option("--stage", type=STAGE, help="What the work is for; sets what matters.")
@click.option(
    "--what-if",
    "--weights",
    "weights",
    type=WEIGHT,
    multiple=True,
    help="How much a criterion matters, 0 to 100 points: training_speed=40; may be repeated.",
)
@click.option("--explain", is_flag=True, help="Show everything: gates, values, weights, sensitivity, advice.")
@json_option
@language_option
@pass_door
def command(
    door: CliContext,
    file: Path,
    needs_path: Path | None,
    stage: str | None,
    weights: tuple[tuple[Criterion, float], ...],
    explain: bool,
    as_json: bool,
    language: str | None,
) -> int:
    """Rank the frameworks of a saved assessment (a file, or the id of one in the history)."""
    door.use(language)
    assessment = document.read(file) if file.exists() else door.store.load(str(file))
    needs = needs_file.read(needs_path) if needs_path else assessment.needs
    if stage:
        needs = msgspec.structs.replace(needs, stage=ProjectStage(stage))
    model = Model(needs, assessment.catalogue, assessment.machine, assessment.runs, assessment.options.seed)
    decision = model.decide(dict(weights))
    if as_json:
        door.json(decision)
    else:
        show(door, msgspec.structs.replace(assessment, needs=needs, decision=decision), full=explain)
    return Exit.DONE if decision.verdict.recommended else Exit.NO_ANSWER
