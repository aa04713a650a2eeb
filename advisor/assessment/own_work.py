"""The user's own work in a run: who measures it, in which interpreter, and whether the files are those asked for.

An assessment holds what tells the files from others and never where they lie, so that no document makes the program
open a path or run a script.
"""

import os
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from advisor.assessment.inventory import Inventory
from advisor.assessment.model import FrameworkState, RunOptions
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue as catalogue_file
from advisor.probes.configuration import DEFAULT
from advisor.probes.model import Candidate
from advisor.resources import worker_script
from advisor.workloads.model import Source
from advisor.workloads.own import OwnWork


def check(options: RunOptions, own: Iterable[OwnWork]) -> None:
    """See that the files named are those that a run was asked for with.

    Raises
    ------
    AdvisorError
        One is missing, or another one than it was.
    """
    named = {work.workload.id for work in own}
    for workload in options.own:
        if workload.id not in named:
            digests = ", ".join(digest[:8] for digest in workload.digests.values())
            option = "--script" if workload.source is Source.SCRIPT else "--model"
            raise AdvisorError(
                f"This assessment is of somebody's own work (SHA-256 {digests}…), and a saved assessment doesn't "
                "say where that lies.",
                f"Name the very same files again, with {option}.",
            )


def with_interpreters(inventory: Inventory, own: Iterable[OwnWork]) -> Inventory:
    """Return the inventory with the interpreters that the user named for his work, where they hold the framework.

    Raises
    ------
    AdvisorError
        An alternative isn't known, or its interpreter doesn't hold it.
    """
    named: dict[str, str] = {}
    for work in own:
        named |= work.interpreters
    states = {state.alternative: state for state in inventory.states}
    alternatives = {each.id: each for each in catalogue_file.alternatives(inventory.catalogue)}
    for name, interpreter in named.items():
        alternative = alternatives[name]
        framework = catalogue_file.find(inventory.catalogue, alternative.framework)
        found = next(
            (
                each
                for each in inventory.installations
                if (each.framework, each.interpreter) == (alternative.framework, interpreter)
                and (alternative.backend is None or alternative.backend in each.backends)
            ),
            None,
        )
        if found is None:
            raise AdvisorError(
                f"{interpreter} has no {framework.name}.", "Name the interpreter that your script runs in."
            )
        states[name] = FrameworkState(name, found, None)
    return replace(inventory, states=tuple(states[state.alternative] for state in inventory.states))


def candidates(ready: Sequence[Candidate], work: OwnWork) -> tuple[Candidate, ...]:
    """Return those that measure own work, each with the file that its worker opens."""
    return tuple(
        replace(
            candidate,
            worker=os.fspath(worker_script("script_worker")),
            file=work.files[candidate.alternative],
            configurations=(DEFAULT,),
            levers=(),
        )
        for candidate in ready
        if candidate.alternative in work.files
    )
