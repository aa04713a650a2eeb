"""The assessment that comes with the program: measured for real, on a machine that its title names."""

from msgspec.structs import replace

from advisor.assessment import document
from advisor.assessment.model import Assessment
from advisor.assessment.pipeline import decided
from advisor.gui.text import _, language
from advisor.report import format as fmt
from advisor.report.wording import machine as wording
from advisor.resources import resource


def example() -> Assessment:
    """Return the example, decided on as this version does."""
    assessment = decided(document.read(resource("example", "assessment.json")))
    machine = assessment.machine
    title = _(
        "Example, measured on another machine on {day}: {processor}, {cores}",
        day=fmt.day(assessment.created_at, language()),
        processor=machine.cpu.model or machine.cpu.architecture,
        cores=wording.cores(machine.limits, language()),
    )
    return replace(assessment, title=title)
