"""``advisor model``: what a model file holds and who can measure it, told before anything of it is measured."""

from collections.abc import Sequence
from pathlib import Path

import click

from advisor.assessment import own_work
from advisor.assessment.inventory import Inventory, take_inventory
from advisor.cli.console import CliContext, json_option, pass_door
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
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
    """Return what is in a file.

    Raises
    ------
    AdvisorError
        Nobody here can open it.
    """
    seen = own_work.look(path, found)
    if seen.contents is None:
        reason = measurements.reason(seen.reason, door.language)
        raise AdvisorError(f"{path} can't be opened: {reason}.", "Check that it is the right file.")
    return seen.contents


def show(door: CliContext, path: Path, contents: Contents, found: Inventory) -> None:
    """Show what is in a file, and what each framework can do with it."""
    rows = words.contents(contents, door.language)
    able = own_work.able_to_open(path, found)
    labels = names.alternative_names(found.catalogue)
    for state in found.states:
        if state.alternative in able:
            rows.append([labels[state.alternative], door.gettext("can open it")])
        elif state.installation is not None:
            rows.append([labels[state.alternative], measurements.reason("no-importer", door.language)])
    door.pairs(rows)
