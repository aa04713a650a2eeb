"""``advisor rank``: the decision on a saved assessment again, with other needs or weights."""

from pathlib import Path
from typing import Any

import click

from advisor.assessment import scenarios
from advisor.assessment.redeciding import redecided
from advisor.cli.choices import redeciding_options
from advisor.cli.console import CliContext, Exit, json_option, language_option, pass_door
from advisor.cli.summary import show
from advisor.decision.model import Criterion, ProjectStage
from advisor.report import pdf as pdf_file


@click.command("rank")
@click.argument("file", type=click.Path(path_type=Path))
@redeciding_options
@click.option(
    "--keep-as",
    metavar="NAME",
    help="Keep these answers with the assessment (one of the history), as a scenario.",
)
@click.option("--explain", is_flag=True, help="Show everything: gates, values, weights, sensitivity, advice.")
@click.option("--pdf", type=click.Path(dir_okay=False, path_type=Path), help="Write the report here.")
@json_option
@language_option
@pass_door
def command(
    door: CliContext,
    file: Path,
    needs_path: Path | None,
    stage: str | None,
    scenario: str | None,
    basis: dict[str, Any] | None,
    weights: tuple[tuple[Criterion, float], ...],
    keep_as: str | None,
    explain: bool,
    pdf: Path | None,
    as_json: bool,
    language: str | None,
) -> int:
    """Rank the frameworks of a saved assessment (a file, or the id of one in the history)."""
    door.use(language)
    assessment = door.assessment(file)
    identity = assessment.id
    if scenario:
        assessment = scenarios.decided(assessment, scenarios.named(assessment, scenario))
    assessment = redecided(
        assessment,
        needs_path,
        ProjectStage(stage) if stage else None,
        dict(weights),
        basis,
    )
    decision = assessment.decision
    if keep_as:
        kept = scenarios.put(door.store.load(identity).scenarios, keep_as, assessment.needs)
        scenarios.keep(door.store, identity, kept)
        door.remark(door.gettext("Kept as the scenario “{name}”.").format(name=scenarios.clean(keep_as)))
    assert decision is not None  # it was made just now
    if as_json:
        door.json(decision)
    else:
        show(door, assessment, full=explain)
    if pdf:
        pdf_file.write(assessment, pdf, language=door.language, **door.report_options())
        door.remark(door.gettext("Report: {path}").format(path=pdf))
    return Exit.DONE if decision.verdict.recommended else Exit.NO_ANSWER
