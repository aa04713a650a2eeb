"""``advisor model``: what a model file holds and who can measure it, told before anything of it is measured."""

from collections.abc import Sequence
from pathlib import Path

import click

from advisor.assessment import own_work
from advisor.assessment.inventory import Inventory, candidates, take_inventory
from advisor.assessment.pipeline import conditions
from advisor.cli.console import CliContext, json_option, pass_door
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.probes.trial import inspect
from advisor.report import format as fmt
from advisor.report.wording import measurements, names
from advisor.report.wording import own as words
from advisor.workloads import own
from advisor.workloads.own import Contents, OwnWork

_OPERATORS = 12
"""Kinds that are listed, most frequent first."""


@click.group("model")
def command() -> None:
    """Measure your own model file: see what is in it, and who can open it."""


@command.command("check")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@pass_door
def check(door: CliContext, path: Path, as_json: bool) -> None:
    """Say what a model file holds, and who can measure it; nothing of it is run."""
    found = take_inventory(door.folder, door.settings)
    contents = look(door, path, found)
    if as_json:
        door.json(contents)
    else:
        show(door, path, contents, found)


def read_model(
    door: CliContext,
    needs: Needs,
    path: Path,
    shapes: Sequence[tuple[str, tuple[int, ...]]],
    batch: int | None,
    named: bool,
) -> OwnWork:
    """Return the work that a model file does, after showing what is in it.

    Raises
    ------
    AdvisorError
        The file can't be opened, or its inputs' sizes aren't known.
    """
    found = take_inventory(door.folder, door.settings)
    contents = look(door, path, found)
    show(door, path, contents, found)
    return own.model(path, contents, dict(shapes), batch, next(iter(needs.tasks)), needs.size, named=named)


def look(door: CliContext, path: Path, found: Inventory) -> Contents:
    """Have the first installed framework that opens such files say what is in it.

    Raises
    ------
    AdvisorError
        None is installed, or it can't open the file.
    """
    able = own_work.openers(candidates(found, Needs()), path, found.catalogue)
    if not able:
        known = [each.name for each in found.catalogue if own.model_format(path) in each.opens]
        raise AdvisorError(
            f"Nothing that is installed opens {path.suffix} files.",
            f"“advisor frameworks install” sets up {' or '.join(known)}." if known else "",
        )
    seen = inspect(able[0], conditions(found.machine))
    if seen.contents is None:
        reason = measurements.reason(seen.reason, door.language)
        raise AdvisorError(f"{path} can't be opened: {reason}.", "Check that it is the right file.")
    return seen.contents


def show(door: CliContext, path: Path, contents: Contents, found: Inventory) -> None:
    """Show what is in a file, and what each framework can do with it."""
    _ = door.gettext
    rows = [
        [_("Format"), contents.format],
        *([_("Input"), f"{port.name}: {words.shape(port.shape)}, {port.dtype}"] for port in contents.ports),
        [
            _("Parameters"),
            _("not known") if contents.parameters is None else fmt.whole(contents.parameters),
        ],
        [_("Operators"), words.operators(contents.operators, _OPERATORS, door.language)],
    ]
    able = {each.alternative for each in own_work.openers(candidates(found, Needs()), path, found.catalogue)}
    labels = names.alternative_names(found.catalogue)
    for state in found.states:
        alternative = state.alternative
        if alternative in able:
            rows.append([labels[alternative], _("can open it")])
        elif state.installation is not None:
            rows.append([labels[alternative], measurements.reason("no-importer", door.language)])
    door.pairs(rows)
