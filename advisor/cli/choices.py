"""Options that name something known: an unknown name is answered with the nearest one."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from advisor.decision.model import Basis, Criterion, ProjectStage
from advisor.probes.budget import BUDGETS
from advisor.workloads.model import Size, Task
from advisor.workloads.published import WORKLOADS

Command = TypeVar("Command", bound=Callable[..., Any])


class Named(click.ParamType[str]):
    """A name out of a closed set."""

    def __init__(self, kind: str, known: Iterable[str]) -> None:
        self.name = kind
        self._known = list(known)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or fail with what was probably meant."""
        text = str(value).strip().lower()
        if text in self._known:
            return text
        near = difflib.get_close_matches(text, self._known, n=1, cutoff=0.5)
        hint = f"Did you mean “{near[0]}”?" if near else f"Choose from {', '.join(self._known)}."
        return self.fail(f"“{value}” is no known {self.name}. {hint}", param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Show the names in the help."""
        return f"[{'|'.join(self._known)}]"


class Weighting(click.ParamType[tuple[Criterion, float]]):
    """``criterion=points``, as in ``training_speed=40``."""

    name = "criterion=points"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Criterion, float]:
        """Return the criterion and its swing points."""
        if isinstance(value, tuple):
            return value
        name, sign, number = str(value).partition("=")
        criterion = Criterion(
            Named("criterion", [each.value for each in Criterion]).convert(name, param, ctx)
        )
        try:
            points = float(number)
        except ValueError:
            points = -1.0
        if not sign or not 0 <= points <= 100:
            self.fail(f"“{value}” should read like training_speed=40, with 0 to 100 points.", param, ctx)
        return criterion, points


class Share(click.ParamType[tuple[str, float]]):
    """``workload`` or ``workload=share``, as in ``bert-mini=2``."""

    name = "id[=share]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        """Return the workload's id and its share."""
        if isinstance(value, tuple):
            return value
        name, sign, number = str(value).partition("=")
        identity = Named("workload", WORKLOADS).convert(name, param, ctx)
        try:
            share = float(number) if sign else 1.0
        except ValueError:
            share = -1.0
        if not 0 < share < math.inf:
            self.fail(f"“{value}” should read like {identity}=2, with a share above 0.", param, ctx)
        return identity, share


class Setting(click.ParamType[tuple[str, dict[str, str]]]):
    """``alternative:lever=value``, several levers of one configuration separated by commas."""

    name = "alternative:lever=value[,…]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, dict[str, str]]:
        """Return the alternative and its levers; what they allow is known to the catalogue alone."""
        if isinstance(value, tuple):
            return value
        alternative, colon, listed = str(value).partition(":")
        levers: dict[str, str] = {}
        for pair in listed.split(","):
            lever, sign, chosen = (part.strip() for part in pair.partition("="))
            if not (alternative.strip() and colon and lever and sign and chosen) or lever in levers:
                self.fail(f"“{value}” should read like tensorflow:xla=on.", param, ctx)
            levers[lever] = chosen
        return alternative.strip(), levers


class Settings(click.ParamType[dict[str, Any]]):
    """What a decision stands on, as answers of the needs: ``safe``, or ``approximate=2%``."""

    name = "basis"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        """Return the basis, and of approximations the share of other answers that is accepted."""
        if isinstance(value, dict):
            return value
        name, sign, number = str(value).partition("=")
        basis = Basis(Named("basis", [each.value for each in Basis]).convert(name, param, ctx))
        if not sign:
            return {"basis": basis}
        try:
            percent = float(number.removesuffix("%"))
        except ValueError:
            percent = -1.0
        if basis is not Basis.APPROXIMATE or not 0 <= percent <= 50:
            self.fail(f"“{value}” should read like approximate=2%, with 0 to 50 percent.", param, ctx)
        return {"basis": basis, "accepted_loss": percent / 100}


TASK = Named("task", [each.value for each in Task])
SIZE = Named("size", [each.value for each in Size])
STAGE = Named("stage", [each.value for each in ProjectStage])
BUDGET = Named("budget", BUDGETS)
WEIGHT = Weighting()
SHARE = Share()
SETTING = Setting()
BASIS_OPTION = click.option(
    "--basis",
    type=Settings(),
    help="What the decision stands on: frameworks as they come (as-it-comes), with settings that leave results as "
    "they are (safe), or with approximations, too, that answer otherwise than the default on so many inputs at most "
    "(approximate=1%); where they were measured to pay.",
)


def redeciding_options(command: Command) -> Command:
    """Give a command the options that decide on a saved assessment again."""
    for option in (
        click.option(
            "--what-if",
            "--weights",
            "weights",
            type=WEIGHT,
            multiple=True,
            help="How much a criterion matters, 0 to 100 points: training_speed=40; may be repeated.",
        ),
        click.option("--stage", type=STAGE, help="What the work is for; sets what matters."),
        BASIS_OPTION,
        click.option(
            "--scenario", metavar="NAME", help="The answers of a scenario kept with the assessment."
        ),
        click.option(
            "--needs", "needs_path", type=click.Path(path_type=Path), help="Other answers than those saved."
        ),
    ):
        command = option(command)
    return command


def export_options(command: Command) -> Command:
    """Give a command the options that write a document beside the report."""
    file = click.Path(dir_okay=False, path_type=Path)
    folder = click.Path(file_okay=False, path_type=Path)
    for option in (
        click.option("--csv", type=folder, help="Write every table into a folder."),
        click.option("--markdown", type=file, help="Write Markdown."),
        click.option("--html", type=file, help="Write one self-contained page."),
        click.option("--pdf", type=file, help="Write a PDF."),
    ):
        command = option(command)
    return command
