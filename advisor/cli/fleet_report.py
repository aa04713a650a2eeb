"""``advisor fleet show`` and ``report``: what a fleet came to, in the terminal and as files."""

from pathlib import Path

import click

from advisor.assessment import fleet as fleets
from advisor.assessment.fleet import Fleet, FleetStore
from advisor.cli.console import CliContext, Paper, json_option, language_option, pass_door
from advisor.cli.summary import show_document
from advisor.files import write_atomically
from advisor.report import fleet as fleet_report
from advisor.report import html, markdown, pdf
from advisor.report.model import Options

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("show")
@click.argument("identity", metavar="ID")
@click.option("--explain", is_flag=True, help="Show everything.")
@json_option
@language_option
@pass_door
def show(door: CliContext, identity: str, explain: bool, as_json: bool, language: str | None) -> None:
    """Show one fleet (its id, the beginning of it, “latest”, or a file)."""
    door.use(language)
    fleet = FleetStore(door.folder).load(identity)
    if as_json:
        door.json(fleet)
    else:
        show_document(door, fleet_report.build(fleet, door.language), full=explain)


@click.command("report")
@click.argument("identity", metavar="ID")
@click.option("--pdf", "pdf_path", type=FILE, help="Write a PDF.")
@click.option("--html", "html_path", type=FILE, help="Write one self-contained page.")
@click.option("--markdown", "markdown_path", type=FILE, help="Write Markdown.")
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
    write(door, fleet, pdf_path, html_path, markdown_path, paper, organisation)


def write(
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
