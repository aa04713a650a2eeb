"""``advisor frameworks``: what is installed, and the managed environments."""

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from advisor.assessment import settings as settings_file
from advisor.assessment.inventory import take_inventory
from advisor.assessment.journal import Journal
from advisor.cli.console import CliContext, Exit, json_option, pass_door
from advisor.cli.progress import InstallLog
from advisor.cli.running import run_interruptibly
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks import interpreters
from advisor.frameworks.installer import InstallCancelled
from advisor.frameworks.model import InstallPlan
from advisor.hardware.detection import detect
from advisor.report.wording import frameworks as words
from advisor.report.wording import names


@click.group("frameworks")
def command() -> None:
    """Find, set up and remove frameworks."""


@command.command("list")
@json_option
@pass_door
def list_frameworks(door: CliContext, as_json: bool) -> None:
    """List every framework found, and which installation each alternative would be measured with."""
    found = take_inventory(door.folder, door.settings)
    if as_json:
        door.json({"installations": found.installations, "alternatives": found.states})
        return
    _ = door.gettext
    chosen = [state.installation for state in found.states if state.installation]
    door.table(
        [_("Framework"), _("Version"), _("Python"), _("Build"), _("Found as"), _("Used"), _("Interpreter")],
        [
            [
                catalogue_file.find(found.catalogue, each.framework).name
                + (f" ({', '.join(each.backends)})" if each.backends else ""),
                each.version,
                each.python_version,
                each.wheel or "",
                words.origin(each.origin, door.language),
                _("yes")
                if each in chosen
                else words.why(each.problem, door.language)
                if each.problem
                else "",
                each.interpreter,
            ]
            for each in found.installations
        ],
    )
    labels = names.alternative_names(found.catalogue)
    for state in found.states:
        if state.installation is None:
            door.remark(
                _("{name} is not ready ({reason}). “advisor frameworks install” sets it up.").format(
                    name=labels[state.alternative], reason=words.why(state.reason, door.language)
                )
            )


@command.command("install")
@click.argument("names_", metavar="[FRAMEWORK]...", nargs=-1)
@click.option("--yes", is_flag=True, help="Don't ask before downloading.")
@click.option(
    "--update", is_flag=True, help="Renew what an earlier version of this program set up from other packages."
)
@pass_door
def install(door: CliContext, names_: tuple[str, ...], yes: bool, update: bool) -> int:
    """Set up frameworks (all of the catalogue by default), each in an environment of its own."""
    catalogue = catalogue_file.load()
    machine = detect(folder=door.folder)
    wanted = [catalogue_file.find(catalogue, name) for name in names_] or list(catalogue)
    plans: list[InstallPlan] = []
    for framework in wanted:
        there = door.environments.installation(framework.id) is not None
        plan = None if there and not update else door.environments.plan(framework, machine)
        if plan is None or (there and not plan.renews):
            door.remark(door.gettext("{name} is set up already.").format(name=framework.name))
        else:
            plans.append(plan)
    if not plans:
        return Exit.DONE
    if not consents(door, plans, yes):
        return Exit.INPUT
    log = InstallLog(door, catalogue)
    outcomes = run_interruptibly(lambda cancel: door.environments.install_all(plans, Journal(log), cancel))
    if any(isinstance(each, InstallCancelled) for each in outcomes.values()):
        return Exit.INTERRUPTED
    return Exit.DONE if log.finish() else Exit.INPUT


@command.command("remove")
@click.argument("name", metavar="FRAMEWORK")
@pass_door
def remove(door: CliContext, name: str) -> None:
    """Remove a managed environment."""
    framework = catalogue_file.find(catalogue_file.load(), name)
    if not door.environments.remove(framework.id):
        raise AdvisorError(f"{framework.name} has no managed environment.", "See “advisor frameworks list”.")
    door.remark(door.gettext("{name} was removed.").format(name=framework.name))


@command.command("add")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@pass_door
def add(door: CliContext, path: Path) -> None:
    """Add an interpreter, or the folder of an environment, to where frameworks are looked for."""
    interpreter = interpreters.named(path)
    if interpreters.inspect(str(interpreter)) is None:
        raise AdvisorError(
            f"{path} is no working Python interpreter or environment.",
            "Name a python program, or a folder made by venv, conda or uv.",
        )
    known = dict.fromkeys([*door.settings.interpreters, str(interpreter)])
    settings_file.save(door.folder, msgspec.structs.replace(door.settings, interpreters=tuple(known)))
    door.remark(door.gettext("{path} was added.").format(path=interpreter))


def consents(door: CliContext, plans: Sequence[InstallPlan], yes: bool) -> bool:
    """Show what would be downloaded and ask, unless told not to."""
    _ = door.gettext
    door.err.print(words.set_up(plans, catalogue_file.load(), door.folder, door.language))
    if yes or door.confirm(_("Go on?")):
        return True
    door.err.print(_("Nothing was downloaded. Add --yes to agree beforehand."))
    return False
