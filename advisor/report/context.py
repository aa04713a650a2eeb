"""What every section of a report needs at hand: the assessment with its names, colours and language."""

from collections.abc import Callable
from functools import cached_property

from advisor.assessment.model import Assessment
from advisor.decision.model import Decision, VerdictKind
from advisor.frameworks.catalogue import find
from advisor.frameworks.model import Framework
from advisor.frameworks.pairs import offered
from advisor.i18n import translator
from advisor.probes.configuration import Configuration, ConfigurationOrigin
from advisor.probes.model import Outcome, ProbeResult, WorkloadRun
from advisor.report.model import Cell, Label
from advisor.report.palette import NEUTRAL, Colour, framework_colours
from advisor.report.wording import names
from advisor.workloads.model import Source, Workload


def configuration_order(configuration: Configuration) -> tuple[bool, bool, Configuration]:
    """Return what configurations are listed by: the default one, the compiled one, others by their levers."""
    compiled = configuration.origin is ConfigurationOrigin.COMPILED
    return len(configuration.levers) > 0, not compiled, configuration


class ReportContext:
    """An assessment as its report reads it.

    Parameters
    ----------
    assessment : Assessment
        What the report is about.
    language : str
        A language of ``advisor.i18n.LANGUAGES``.
    """

    def __init__(self, assessment: Assessment, language: str) -> None:
        self.assessment = assessment
        self.language = language
        self.names = names.alternative_names(assessment.catalogue)
        offers = offered(assessment.catalogue)
        self.frameworks = {alternative.id: framework for framework, alternative in offers}
        self.offers = {alternative.id: alternative for _, alternative in offers}
        self._colours = framework_colours(assessment.catalogue)

    @property
    def gettext(self) -> Callable[[str], str]:
        """The translation into the report's language."""
        return translator(self.language).gettext

    @property
    def ngettext(self) -> Callable[[str, str, int], str]:
        """The translation of what a number decides."""
        return translator(self.language).ngettext

    @property
    def decision(self) -> Decision | None:
        """The decision, where the run came so far."""
        return self.assessment.decision

    @property
    def is_ranked(self) -> bool:
        """Whether enough was measured for an order to mean anything."""
        decision = self.decision
        return (
            decision is not None
            and bool(decision.ranking)
            and (decision.verdict.kind is not VerdictKind.TOO_LITTLE)
        )

    @property
    def has_settings(self) -> bool:
        """Whether any framework was measured otherwise than it comes."""
        results = (each for run in self.assessment.runs for each in run.results)
        return any(not each.subject.configuration.is_default for each in results)

    @cached_property
    def alternatives(self) -> tuple[str, ...]:
        """Alternatives in the order of the ranking, those it doesn't hold after it."""
        ranked = tuple(each.alternative for each in self.decision.ranking) if self.decision else ()
        probed = (result.subject.alternative for run in self.assessment.runs for result in run.results)
        stated = (state.alternative for state in self.assessment.installations)
        return tuple(dict.fromkeys((*ranked, *probed, *stated)))

    def name(self, alternative: str) -> str:
        """Return an alternative's display name."""
        return names.name_of(alternative, self.names)

    def colour(self, alternative: str) -> Colour:
        """Return the colour of an alternative's framework; of a pair that of what serves."""
        known = self.offers.get(alternative)
        return self._colours[known.runtime or known.framework] if known else NEUTRAL

    def installed(self, alternative: str) -> Framework | None:
        """Return the framework that an alternative's installation is of: of a pair, what serves."""
        known = self.offers.get(alternative)
        return find(self.assessment.catalogue, known.runtime or known.framework) if known else None

    def cell(self, alternative: str, *, strong: bool = False) -> Cell:
        """Return an alternative's name as a table shows it, with its colour."""
        return Cell(self.name(alternative), alternative, strong=strong, colour=self.colour(alternative))

    def label(self, alternative: str) -> Label:
        """Return an alternative's name as a chart shows it; what is recommended stands out."""
        chosen = self.decision.verdict.recommended if self.decision else ()
        return Label(self.name(alternative), strong=alternative in chosen)

    def ordered(self, run: WorkloadRun) -> list[ProbeResult]:
        """Return a run's results in the order of the ranking, the default configuration first."""
        order = {alternative: place for place, alternative in enumerate(self.alternatives)}
        return sorted(
            run.results,
            key=lambda each: (
                order[each.subject.alternative],
                configuration_order(each.subject.configuration),
                each.subject.device,
            ),
        )

    def way(self, configuration: Configuration) -> str:
        """Return how a configuration is told from the default one; empty for the default."""
        return "" if configuration.is_default else names.configuration(configuration, self.language)

    def workload_name(self, identity: str) -> str:
        """Return a workload's task, with its architecture where another one of that task was measured."""
        workload, alone = self._workload(identity)
        if workload is None:
            return names.workload(identity, self.language)
        architecture = names.architecture(workload, self.language)
        if workload.source is not Source.PUBLISHED:
            return architecture
        name = names.task(workload.task, self.language)
        return name if alone else f"{name} ({architecture})"

    def workload_key(self, identity: str) -> str:
        """Return what names a workload's table: its task, or its id where another one of that task was measured."""
        workload, alone = self._workload(identity)
        return str(workload.task) if workload is not None and alone else identity

    def _workload(self, identity: str) -> tuple[Workload | None, bool]:
        """Return a workload that was measured, and whether it is the only one of its task."""
        workloads = {run.workload.id: run.workload for run in self.assessment.runs}
        own = workloads.get(identity)
        return own, own is not None and sum(each.task is own.task for each in workloads.values()) == 1

    def has_figures(self, result: ProbeResult) -> bool:
        """Whether a subject has samples to report: measured, or cancelled on the way."""
        return bool(result.samples) and result.outcome in (Outcome.MEASURED, Outcome.CANCELLED)
