"""``advisor forecast``: what several machines like the one measured would do, over a network of one's own."""

from pathlib import Path

import click

from advisor.cli.console import CliContext, Exit, language_option, pass_door
from advisor.cli.summary import show_blocks
from advisor.probes.parallel import LINKS, MACHINES, Link
from advisor.report import parallel
from advisor.report.context import ReportContext


@click.command("forecast")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--machines",
    type=click.IntRange(1, 100_000),
    multiple=True,
    help="How many; may be repeated (2, 8 and 32).",
)
@click.option("--bandwidth", type=click.FloatRange(0, min_open=True), help="Of the network, in Gb/s.")
@click.option(
    "--latency",
    type=click.FloatRange(0),
    default=30.0,
    show_default=True,
    help="From machine to machine, in µs.",
)
@language_option
@pass_door
def command(
    door: CliContext,
    file: Path,
    machines: tuple[int, ...],
    bandwidth: float | None,
    latency: float,
    language: str | None,
) -> int:
    """Forecast training on several machines from a saved assessment (a file, or the id of one in the history).

    It takes one that measured scaling over processes (--parallel, or a larger budget than quick). Nothing but this
    machine was measured: assumptions stand below.
    """
    door.use(language)
    assessment = door.assessment(file)
    context = ReportContext(assessment, door.language)
    links = (Link(bandwidth * 1e9, latency * 1e-6),) if bandwidth else LINKS
    blocks = parallel.forecast(context, machines or MACHINES, links)
    if not blocks:
        door.remark(
            door.gettext("No exchange between processes was timed: “advisor recommend --parallel” does it.")
        )
        return Exit.NO_ANSWER
    show_blocks(door, blocks)
    return Exit.DONE
