"""``advisor report``: a saved assessment as PDF, HTML, Markdown or tables."""

from pathlib import Path
from typing import Any

import click

from advisor.assessment import scenarios
from advisor.assessment.redeciding import redecided
from advisor.cli.choices import redeciding_options
from advisor.cli.console import CliContext, Paper, language_option, pass_door
from advisor.decision.model import Criterion, ProjectStage
from advisor.report import html as html_file
from advisor.report import markdown as markdown_file
from advisor.report import pdf as pdf_file
from advisor.report import tables as tables_file

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("report")
@click.argument("file", type=click.Path(path_type=Path))
@redeciding_options
@click.option("--pdf", type=_FILE, help="Write a PDF.")
@click.option("--html", type=_FILE, help="Write one self-contained page.")
@click.option("--markdown", type=_FILE, help="Write Markdown.")
@click.option(
    "--csv", type=click.Path(file_okay=False, path_type=Path), help="Write every table into a folder."
)
@click.option("--summary", "summary_only", is_flag=True, help="Only the one-page summary (PDF).")
@click.option("--paper", type=click.Choice(["a4", "us-letter"]), help="Paper of the PDF.")
@click.option("--organisation", help="A name to put on the report.")
@click.option("--logo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="SVG or PNG.")
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
    pdf: Path | None,
    html: Path | None,
    markdown: Path | None,
    csv: Path | None,
    summary_only: bool,
    paper: Paper | None,
    organisation: str | None,
    logo: Path | None,
    language: str | None,
) -> None:
    """Write the report of a saved assessment (a file, or the id of one in the history).

    With a scenario, other needs, another stage or other weights it is decided on again first.
    """
    door.use(language)
    if not (pdf or html or markdown or csv):
        raise click.UsageError("Say what to write: --pdf, --html, --markdown or --csv.")
    assessment = door.assessment(file)
    if scenario:
        assessment = scenarios.decided(assessment, scenarios.named(assessment, scenario))
    if needs_path or stage or weights or basis:
        assessment = redecided(
            assessment,
            needs_path,
            ProjectStage(stage) if stage else None,
            dict(weights),
            basis,
        )
    options = door.report_options(organisation, logo, paper)
    if pdf:
        pdf_file.write(assessment, pdf, language=door.language, summary_only=summary_only, **options)
    if html:
        html_file.write(assessment, html, language=door.language, organisation=options["organisation"])
    if markdown:
        markdown_file.write(assessment, markdown, language=door.language)
    if csv:
        tables_file.write(assessment, csv, language=door.language)
    for path in (pdf, html, markdown, csv):
        if path:
            door.remark(door.gettext("Written: {path}").format(path=path))
