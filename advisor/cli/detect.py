"""``advisor detect``: what this machine is, and on request how fast its memory, cores and storage are."""

from pathlib import Path

import click
import msgspec

from advisor.cli.console import CliContext, json_option, pass_door
from advisor.hardware.calibration import calibrate
from advisor.hardware.detection import detect
from advisor.report.wording import machine as words

_TRIES = 3  # of each measurement, where other programs disturb it


@click.command("detect")
@json_option
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("/"),
    help="Replay a machine recorded in this folder (its /proc and /sys).",
)
@click.option("--calibrate", "measure", is_flag=True, help="Measure memory, matrix multiply and storage too.")
@pass_door
def command(door: CliContext, as_json: bool, root: Path, measure: bool) -> None:
    """Show the hardware, and what of it may be used."""
    if measure and root != Path("/"):
        raise click.UsageError("A recorded machine can't be measured: leave --calibrate or --root out.")
    machine = detect(root=root, folder=None if root != Path("/") else door.folder)
    if measure:
        calibration = calibrate(machine, door.folder, tries=_TRIES)
        machine = msgspec.structs.replace(machine, calibration=calibration)
        if warning := words.busy_warning(calibration, door.language):
            door.remark(warning)
    if as_json:
        door.json(machine)
        return
    rows = [list(row) for row in words.facts(machine, door.language)]
    rows += [
        [each.label, f"{each.best}  ({each.readings})"]
        for each in words.peaks(machine.calibration, door.language)
    ]
    door.pairs(rows)
    for field, reason in machine.absent.items():
        door.remark(f"{field}: {words.absent_reason(reason, door.language)}")
