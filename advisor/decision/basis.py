"""On which configurations a decision stands: what the user is ready to set."""

from collections.abc import Iterable

from msgspec.structs import replace

from advisor.decision.model import Basis, Needs
from advisor.frameworks.model import Framework
from advisor.frameworks.pairs import offered
from advisor.probes.configuration import is_exact
from advisor.probes.model import ProbeResult, WorkloadRun


def approximates(catalogue: Iterable[Framework], result: ProbeResult) -> bool:
    """Whether a result is of a configuration that answers otherwise than the default now and then.

    A lever that the catalogue doesn't know (another version measured it) passed the test of equal work.
    """
    catalogue = tuple(catalogue)
    levers = {framework.id: framework.levers for framework in catalogue}
    of = {each.id: each.runtime or each.framework for _, each in offered(catalogue)}
    own = levers.get(of.get(result.subject.alternative, ""), ())
    return result.fidelity is not None or not is_exact(own, result.subject.configuration)


def accepted(needs: Needs, result: ProbeResult) -> bool:
    """Whether the user accepts an approximation: one whose answers were compared, and differ seldom enough."""
    fidelity = result.fidelity
    return (
        needs.basis is Basis.APPROXIMATE
        and fidelity is not None
        and fidelity.items - fidelity.agreeing <= needs.accepted_loss * fidelity.items
    )


def considered(
    needs: Needs, catalogue: Iterable[Framework], runs: Iterable[WorkloadRun]
) -> tuple[WorkloadRun, ...]:
    """Return runs with the results that the needs let a decision stand on.

    As it comes: the default configurations alone. What is safe is set: those, too, whose levers are all exact.
    Approximations are accepted: those, too, that answer as the default does, but for the accepted share.
    """
    catalogue = tuple(catalogue)

    def allowed(result: ProbeResult) -> bool:
        if needs.basis is Basis.AS_IT_COMES:
            return result.subject.configuration.is_default
        return not approximates(catalogue, result) or accepted(needs, result)

    return tuple(replace(run, results=tuple(each for each in run.results if allowed(each))) for run in runs)
