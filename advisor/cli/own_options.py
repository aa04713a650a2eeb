"""The options that name the user's own work, and asking before any of it runs."""

import os
import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from advisor.assessment.settings import Settings
from advisor.cli.console import CliContext
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks import interpreters as found_interpreters
from advisor.probes.model import Candidate
from advisor.report.wording import data as data_words
from advisor.workloads import datasets, own
from advisor.workloads.datasets import OwnData
from advisor.workloads.own import OwnWork

Command = TypeVar("Command", bound=Callable[..., Any])


class Assigned(click.ParamType[tuple[str, Path]]):
    """``alternative=path``, as in ``pytorch=train.py``."""

    name = "alternative=path"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        """Return the alternative and the path."""
        if isinstance(value, tuple):
            return value
        name, sign, path = str(value).partition("=")
        if not (name.strip() and sign and path):
            self.fail(f"“{value}” should read like pytorch=train.py.", param, ctx)
        return name.strip().lower(), Path(path)


class Shaped(click.ParamType[tuple[str, tuple[int, ...]]]):
    """``input=size×size``, as in ``image=224x224x3``."""

    name = "input=sizes"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, tuple[int, ...]]:
        """Return the input's name and its sizes."""
        if isinstance(value, tuple):
            return value
        name, sign, sizes = str(value).rpartition("=")
        parts = sizes.lower().replace("×", "x").split("x")
        if not (name and sign and all(part.isdecimal() and len(part) < 10 for part in parts)):
            self.fail(f"“{value}” should read like image=224x224x3.", param, ctx)
        return name, tuple(int(part) for part in parts)


ASSIGNED = Assigned()
SHAPED = Shaped()

_OPTIONS = (
    click.option(
        "--script",
        "scripts",
        type=ASSIGNED,
        multiple=True,
        help="Measure your own script for a framework (pytorch=train.py; see “advisor script new”); once for each "
        "framework that you have one for.",
    ),
    click.option(
        "--python",
        "pythons",
        type=ASSIGNED,
        multiple=True,
        help="The interpreter or environment that a script runs in (pytorch=/opt/conda/envs/work); else the one "
        "that this program found for the framework.",
    ),
    click.option(
        "--model",
        "model",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Measure your own model file (.onnx, .keras, .pt2), by whatever opens it.",
    ),
    click.option(
        "--shape",
        "shapes",
        type=SHAPED,
        multiple=True,
        help="The sizes of a model’s input behind the batch, where the file leaves them free (image=224x224x3).",
    ),
    click.option(
        "--batch", type=click.IntRange(min=1), help="Items a call, where a model file leaves it free (32)."
    ),
    click.option(
        "--dataset",
        "dataset",
        type=click.Path(path_type=Path),
        help="Your own data: a folder of images with one folder for each class, a .csv, .tsv or .txt file, or NumPy’s "
        ".npy or .npz. How fast each framework’s loader reads it, and whether training waits for that.",
    ),
    click.option(
        "--label",
        help="The column of a table that holds the classes, by name or by number from 1 (“none”: there are none).",
    ),
    click.option(
        "--named", is_flag=True, help="Let reports bear the name of your work instead of “your script”."
    ),
)


def own_options(command: Command) -> Command:
    """Give a command the options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_own(
    door: CliContext,
    needs: Needs,
    scripts: Sequence[tuple[str, Path]],
    pythons: Sequence[tuple[str, Path]],
    model: Path | None,
    shapes: Sequence[tuple[str, tuple[int, ...]]],
    batch: int | None,
    named: bool,
) -> tuple[OwnWork, ...]:
    """Return the user's own work that the options name, after showing what is in a model file.

    Raises
    ------
    AdvisorError
        See ``read_scripts`` and ``read_model``.
    """
    from advisor.cli.own_model import read_model

    work = read_scripts(needs, scripts, pythons, named=named)
    return work if model is None else (*work, read_model(door, needs, model, shapes, batch, named))


def read_data(door: CliContext, dataset: Path | None, label: str | None) -> OwnData | None:
    """Return the user's own data that the options name, after showing what was found.

    Raises
    ------
    AdvisorError
        It can't be measured, or doesn't say what its classes are.
    """
    if dataset is None:
        if label is not None:
            raise AdvisorError("A column is named, but no data.", "Add --dataset, too.")
        return None
    data = datasets.look(dataset, label)
    for name, text in data_words.found(data, door.language):
        door.remark(f"{name}: {text}")
    return data


def read_scripts(
    needs: Needs,
    scripts: Sequence[tuple[str, Path]],
    pythons: Sequence[tuple[str, Path]],
    named: bool,
) -> tuple[OwnWork, ...]:
    """Return the work that the options name; nothing of it is run.

    Raises
    ------
    AdvisorError
        An alternative isn't known or named twice, or a file can't be read.
    """
    catalogue = catalogue_file.load()
    paths = _by_alternative(scripts, "--script")
    known = [each.id for framework in catalogue for each in framework.alternatives]
    for name in paths:
        if name not in known:
            raise AdvisorError(
                f"There is no “{name}” to have a script for.", f"Name one of {', '.join(known)}."
            )
    interpreters = {}
    for name, path in _by_alternative(pythons, "--python").items():
        if name not in paths:
            raise AdvisorError(f"An interpreter is named for {name}, but no script.", "Add --script, too.")
        interpreters[name] = os.fspath(found_interpreters.named(path))
    if not paths:
        return ()
    return (own.scripts(paths, interpreters, next(iter(needs.tasks)), needs.size, named=named),)


def with_named(settings: Settings, work: Iterable[OwnWork]) -> Settings:
    """Return the settings with the interpreters that own work runs in, to be looked into as well."""
    named = (interpreter for each in work for interpreter in each.interpreters.values())
    return msgspec.structs.replace(settings, interpreters=(*settings.interpreters, *named))


def agreed(door: CliContext, candidates: Iterable[Candidate], yes: bool) -> bool:
    """Show which scripts would run, and in which interpreter, and ask once, unless told not to."""
    _ = door.gettext
    listed = [each for each in candidates if each.runs_code]
    if not listed:
        return True
    door.err.print(_("These scripts of yours would run, with all that they do:"))
    for each in listed:
        door.err.print(f"  {shlex.join([each.interpreter, each.file or ''])}")
    if yes or door.confirm(_("Run them?")):
        return True
    door.err.print(_("Nothing was run. Add --yes to agree beforehand."))
    return False


def _by_alternative(assigned: Iterable[tuple[str, Path]], option: str) -> dict[str, Path]:
    paths: dict[str, Path] = {}
    for name, path in assigned:
        if name in paths:
            raise AdvisorError(f"{option} is given twice for {name}.", "Name one file for each framework.")
        paths[name] = path
    return paths
