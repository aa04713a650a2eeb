"""On which configurations a decision stands: what the user is ready to set."""

from collections.abc import Iterable

from msgspec.structs import replace

from advisor.decision.model import Basis, Needs
from advisor.frameworks.model import Framework
from advisor.probes.configuration import Configuration
from advisor.probes.model import WorkloadRun


def considered(
    needs: Needs, catalogue: Iterable[Framework], runs: Iterable[WorkloadRun]
) -> tuple[WorkloadRun, ...]:
    """Return runs with the results that the needs let a decision stand on.

    As it comes: the default configurations alone. What is safe is set: those, too, whose levers are all exact. A
    lever that the catalogue doesn't know (another version measured it) passed the same test of equal work.
    """
    rough = {
        alternative.id: frozenset(lever.id for lever in framework.levers if not lever.exact)
        for framework in catalogue
        for alternative in framework.alternatives
    }

    def allowed(alternative: str, configuration: Configuration) -> bool:
        if needs.basis is Basis.AS_IT_COMES:
            return configuration.is_default
        return not any(lever in rough.get(alternative, ()) for lever, _ in configuration.levers)

    return tuple(
        replace(
            run,
            results=tuple(
                each for each in run.results if allowed(each.subject.alternative, each.subject.configuration)
            ),
        )
        for run in runs
    )
