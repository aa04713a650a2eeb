"""Named scenarios of an assessment: what-ifs that are kept with it. Only answers are kept; they are decided on anew."""

from collections.abc import Iterable

from msgspec.structs import replace

from advisor.assessment.model import Assessment, Scenario
from advisor.assessment.redeciding import under
from advisor.assessment.store import Store
from advisor.decision.model import Needs
from advisor.errors import AdvisorError

LONGEST_NAME = 80


def named(assessment: Assessment, name: str) -> Scenario:
    """Return a scenario by its name.

    Raises
    ------
    AdvisorError
        There is none of that name; those that there are, are named.
    """
    found = next((each for each in assessment.scenarios if each.name == name), None)
    if found is None:
        known = ", ".join(f"“{each.name}”" for each in assessment.scenarios)
        raise AdvisorError(
            f"There is no scenario “{name}”.",
            f"There are {known}." if known else "This assessment has none.",
        )
    return found


def decided(assessment: Assessment, scenario: Scenario) -> Assessment:
    """Return an assessment as a scenario has it, decided on anew; its title names the scenario."""
    title = f"{assessment.title or assessment.needs.title} ({scenario.name})".strip()
    return replace(under(assessment, scenario.needs), title=title)


def put(scenarios: tuple[Scenario, ...], name: str, needs: Needs) -> tuple[Scenario, ...]:
    """Return scenarios with one more, or with other answers for the one of that name."""
    made = Scenario(clean(name), needs)
    if any(each.name == made.name for each in scenarios):
        return tuple(made if each.name == made.name else each for each in scenarios)
    return (*scenarios, made)


def renamed(scenarios: tuple[Scenario, ...], name: str, other: str) -> tuple[Scenario, ...]:
    """Return scenarios with another name for one of them.

    Raises
    ------
    AdvisorError
        Another one has that name.
    """
    other = clean(other)
    if other != name and any(each.name == other for each in scenarios):
        raise AdvisorError(f"There is a scenario “{other}” already.", "Choose another name.")
    return tuple(replace(each, name=other) if each.name == name else each for each in scenarios)


def without(scenarios: tuple[Scenario, ...], name: str) -> tuple[Scenario, ...]:
    """Return scenarios without one of them."""
    return tuple(each for each in scenarios if each.name != name)


def keep(store: Store, identity: str, scenarios: Iterable[Scenario]) -> Assessment:
    """Save an assessment with these scenarios, and return it.

    Raises
    ------
    AdvisorError
        It is being run, or can't be written.
    """
    with store.running(identity):
        assessment = replace(store.load(identity), scenarios=tuple(scenarios))
        store.save(assessment)
    return assessment


def clean(name: str) -> str:
    """Return a name as it is kept: on one line, and not too long.

    Raises
    ------
    AdvisorError
        Nothing is left of it.
    """
    kept = " ".join(name.split())[:LONGEST_NAME].strip()
    if not kept:
        raise AdvisorError("A scenario needs a name.")
    return kept
