"""``advisor script``: write a script to be measured, and try one out."""

from pathlib import Path

import click

from advisor.assessment.inventory import candidates, conditions, take_inventory
from advisor.assessment.model import RunOptions
from advisor.assessment.own_work import asked, with_interpreters
from advisor.assessment.own_work import candidates as own_candidates
from advisor.cli.console import CliContext, Exit, json_option, pass_door
from advisor.cli.own_options import agreed, read_scripts, with_named
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.files import write_atomically
from advisor.probes.model import Outcome, Quantity
from advisor.probes.trial import Trial, attempt
from advisor.report import format as fmt
from advisor.report.wording import measurements, names
from advisor.resources import resource
from advisor.workloads.own import OwnWork


@click.group("script")
def command() -> None:
    """Measure your own work: write a script for it, and try it out."""


@command.command("new")
@click.argument("framework")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace an existing file.")
@pass_door
def new(door: CliContext, framework: str, path: Path, force: bool) -> None:
    """Write a script for FRAMEWORK to PATH, with comments on what to put where."""
    folder = resource("scripts")
    known = sorted(each.stem for each in folder.glob("*.py"))
    if framework.lower() not in known:
        raise AdvisorError(
            f"There is no script to start from for “{framework}”.", f"Name one of {', '.join(known)}."
        )
    if path.exists() and not force:
        raise AdvisorError(f"{path} exists already.", "Name another file, or add --force.")
    write_atomically(path, (folder / f"{framework.lower()}.py").read_bytes())
    door.remark(door.gettext("Written: {path}").format(path=path))


@command.command("check")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--framework", default="pytorch", show_default=True, help="What it computes with.")
@click.option(
    "--python", "python", type=click.Path(path_type=Path), help="The interpreter or environment to run it in."
)
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda:0, rocm:0, mps or xpu:0.")
@click.option("--yes", is_flag=True, help="Run it without asking.")
@json_option
@pass_door
def check(
    door: CliContext, path: Path, framework: str, python: Path | None, device: str, yes: bool, as_json: bool
) -> int:
    """Run a script once, and say what of it can be measured."""
    pythons = [(framework, python)] if python is not None else []
    (work,) = read_scripts(Needs(), [(framework, path)], pythons, named=False)
    found = with_interpreters(take_inventory(door.folder, with_named(door.settings, [work])), [work])
    ready = candidates(found, asked(Needs(), [work]), RunOptions(device=device))
    chosen = own_candidates(ready, work, found.catalogue)
    if not chosen:
        raise AdvisorError(
            f"{framework} was found nowhere.", "Name an interpreter that has it, with --python."
        )
    if not agreed(door, chosen, yes):
        return Exit.INPUT
    trial = attempt(chosen[0], work.workload, conditions(found.machine))
    if as_json:
        door.json(trial)
    else:
        _show(door, work, trial)
    return Exit.DONE if trial.outcome is Outcome.MEASURED else Exit.INPUT


def _show(door: CliContext, work: OwnWork, trial: Trial) -> None:
    _, language = door.gettext, door.language
    if trial.outcome is not Outcome.MEASURED:
        door.err.print(trial.stderr_tail.rstrip())
        why = measurements.reason(trial.reason, language)
        door.out.print(
            _("{outcome}: {reason}").format(outcome=names.outcome(trial.outcome, language), reason=why)
        )
        return
    rows = [
        [_("Name"), work.name],
        [_("Items a call"), fmt.whole(work.workload.batch)],
        [_("With"), ", ".join(f"{name} {version}" for name, version in trial.versions.items())],
        [_("Import"), fmt.duration(trial.import_s or 0.0, language)],
        [_("Build"), fmt.duration(trial.build_s or 0.0, language)],
    ]
    for quantity in (Quantity.INFER, Quantity.TRAIN):
        first_s = trial.first_s.get(quantity)
        shown = (
            _("not there, so not measured")
            if first_s is None
            else _("there; the first call took {duration}").format(duration=fmt.duration(first_s, language))
        )
        rows.append([names.quantity(quantity, language), shown])
    compared = _("nothing to compare: your script’s speed is measured, no more")
    if trial.outputs is not None:
        compared = _("{rows} × {columns} numbers are compared").format(
            rows=trial.outputs[0], columns=trial.outputs[1]
        )
    rows.append([_("Outputs"), compared])
    door.pairs(rows)
