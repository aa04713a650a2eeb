"""A fleet as its report reads it."""

from collections.abc import Callable

from advisor.assessment.fleet import Fleet
from advisor.i18n import translator
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Cell
from advisor.report.wording import names


class FleetContext:
    """What the sections share: names, and each machine’s own context."""

    def __init__(self, fleet: Fleet, language: str) -> None:
        self.fleet, self.language = fleet, language
        self.hosts = [host for host in fleet.hosts if host.assessment is not None]
        catalogue = tuple(
            {
                framework.id: framework
                for host in reversed(self.hosts)
                for framework in (host.assessment.catalogue if host.assessment else ())
            }.values()
        )
        self.names = names.alternative_names(catalogue)
        self.contexts = {
            host.name: ReportContext(host.assessment, language) for host in self.hosts if host.assessment
        }

    @property
    def gettext(self) -> Callable[[str], str]:
        return translator(self.language).gettext

    def cell(self, alternative: str | None, *, strong: bool = False) -> Cell:
        if alternative is None:
            return Cell(fmt.DASH, muted=True)
        for context in self.contexts.values():
            if alternative in context.frameworks:
                return context.cell(alternative, strong=strong)
        return Cell(names.name_of(alternative, self.names), alternative, strong=strong)

    def any_context(self) -> ReportContext:
        return next(iter(self.contexts.values()))
