"""What every section of a report needs at hand: the assessment with its names, colours and language."""

from collections.abc import Callable
from functools import cached_property

from advisor.assessment.model import Assessment
from advisor.decision.model import Decision
from advisor.i18n import translator
from advisor.probes.model import Outcome, ProbeResult, WorkloadRun
from advisor.report.model import Cell, Label
from advisor.report.palette import NEUTRAL, Colour, framework_colours
from advisor.report.wording import names


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
        self.frameworks = {
            alternative.id: framework
            for framework in assessment.catalogue
            for alternative in framework.alternatives
        }
        self._colours = framework_colours(framework.id for framework in assessment.catalogue)

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
        """Return the colour of an alternative's framework."""
        framework = self.frameworks.get(alternative)
        return self._colours[framework.id] if framework else NEUTRAL

    def cell(self, alternative: str, *, strong: bool = False) -> Cell:
        """Return an alternative's name as a table shows it, with its colour."""
        return Cell(self.name(alternative), alternative, strong=strong, colour=self.colour(alternative))

    def label(self, alternative: str) -> Label:
        """Return an alternative's name as a chart shows it; what is recommended stands out."""
        chosen = self.decision.verdict.recommended if self.decision else ()
        return Label(self.name(alternative), strong=alternative in chosen)

    def ordered(self, run: WorkloadRun) -> list[ProbeResult]:
        """Return a run's results in the order of the ranking, the default variant first."""
        order = {alternative: place for place, alternative in enumerate(self.alternatives)}
        variants = {"default": 0, "compiled": 1}
        return sorted(
            run.results,
            key=lambda each: (
                order[each.subject.alternative],
                variants[each.subject.variant],
                each.subject.device,
            ),
        )

    def has_figures(self, result: ProbeResult) -> bool:
        """Whether a subject has samples to report: measured, or cancelled on the way."""
        return bool(result.samples) and result.outcome in (Outcome.MEASURED, Outcome.CANCELLED)
