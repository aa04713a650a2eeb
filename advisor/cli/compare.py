"""``advisor compare``: two saved assessments side by side, what changed in the answers first."""

from pathlib import Path

import click
import msgspec

from advisor.assessment import comparison
from advisor.cli.choices import export_options
from advisor.cli.console import CliContext, json_option, language_option, pass_door
from advisor.cli.summary import show_document, write_document
from advisor.decision.differences import AnswerChange
from advisor.report import comparison as comparison_report

_FILE = click.Path(path_type=Path)


class Difference(msgspec.Struct, frozen=True):
    """What ``--json`` prints."""

    before: str
    after: str
    answers: tuple[AnswerChange, ...]
    versions: tuple[comparison.Version, ...]
    speeds: tuple[comparison.Speed, ...]
    standings: tuple[comparison.RankChange, ...]
    gates: tuple[comparison.GateChange, ...]


@click.command("compare")
@click.argument("one", type=_FILE)
@click.argument("other", type=_FILE)
@export_options
@json_option
@language_option
@pass_door
def command(
    door: CliContext, /, one: Path, other: Path, as_json: bool, language: str | None, **paths: Path | None
) -> None:
    """Show what changed between two saved assessments (files, or ids of the history), the older one first."""
    door.use(language)
    before, after = comparison.older_first((door.assessment(one), door.assessment(other)))
    if as_json:
        door.json(
            Difference(
                before.id,
                after.id,
                comparison.answers(before, after),
                tuple(each for each in comparison.versions(before, after) if each.before != each.after),
                comparison.speeds(before, after),
                comparison.standings(before, after),
                comparison.gates(before.decision, after.decision),
            )
        )
        return
    report = comparison_report.build(before, after, door.language, door.settings.organisation)
    if not write_document(door, report, (before, after), paths):
        show_document(door, report, full=True)
