"""The user's own work in a run: who measures it, in which interpreter, and whether the files are those asked for.

An assessment holds what tells the files from others and never where they lie, so that no document makes the program
open a path or run a script.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from advisor.assessment.inventory import Inventory, conditions
from advisor.assessment.inventory import candidates as measurable
from advisor.assessment.model import FrameworkState, RunOptions
from advisor.decision.gates import WITHOUT_TRAINING
from advisor.decision.model import Needs, ProjectStage
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks.model import Framework
from advisor.probes.configuration import DEFAULT
from advisor.probes.model import Candidate
from advisor.probes.trial import Look, inspect
from advisor.resources import worker_script
from advisor.workloads import datasets, own
from advisor.workloads.datasets import OwnData
from advisor.workloads.model import Source
from advisor.workloads.own import OwnWork


def check(options: RunOptions, works: Iterable[OwnWork], data: OwnData | None = None) -> None:
    """See that the files named are those that a run was asked for with.

    Raises
    ------
    AdvisorError
        One is missing, or another one than it was.
    """
    if options.data is not None and (data is None or not datasets.same(data.description, options.data)):
        raise AdvisorError(
            f"This assessment is of somebody's own data ({options.data.items:,} items), and a saved assessment "
            "doesn't say where that lies.",
            "Name the very same data again, with --dataset.",
        )
    named = {work.workload.id for work in works}
    for workload in options.own:
        if workload.id not in named:
            digests = ", ".join(digest[:8] for digest in workload.digests.values())
            option = "--script" if workload.source is Source.SCRIPT else "--model"
            raise AdvisorError(
                f"This assessment is of somebody's own work (SHA-256 {digests}…), and a saved assessment doesn't "
                "say where that lies.",
                f"Name the very same files again, with {option}.",
            )


def with_interpreters(inventory: Inventory, works: Iterable[OwnWork]) -> Inventory:
    """Return the inventory with the interpreters that the user named for his work, where they hold the framework.

    Raises
    ------
    AdvisorError
        An alternative isn't known, or its interpreter doesn't hold it.
    """
    named: dict[str, str] = {}
    for work in works:
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


def asked(needs: Needs, works: Sequence[OwnWork]) -> Needs:
    """Return the needs with the user's own work to be measured.

    Scripts are compared by the alternatives that have one, unless the needs name what is compared. A model that
    nobody can train is there to serve.
    """
    if not works:
        return needs
    shares = {**needs.workloads, **{each.workload.id: 1.0 for each in works}}
    scripted = tuple(dict.fromkeys(name for each in works for name in each.files if name))
    alone = not needs.workloads and not needs.frameworks
    frameworks = scripted if alone and scripted else needs.frameworks
    stage = needs.stage
    if stage not in WITHOUT_TRAINING and any(own.only_serves(work) for work in works):
        stage = ProjectStage.SERVING
    return replace(needs, workloads=shares, frameworks=frameworks, stage=stage)


def look(path: Path, inventory: Inventory) -> Look:
    """Have the first installed framework that opens such a model file say what is in it.

    Raises
    ------
    AdvisorError
        None is installed, or there are no such model files.
    """
    able = openers(_ready(inventory), path, inventory.catalogue)
    if not able:
        known = [each.name for each in inventory.catalogue if own.model_format(path) in each.opens]
        raise AdvisorError(
            f"Nothing that is installed opens {path.suffix} files.",
            f"Set up {' or '.join(known)} first." if known else "",
        )
    return inspect(able[0], conditions(inventory.machine))


def able_to_open(path: Path, inventory: Inventory) -> tuple[str, ...]:
    """Return the installed alternatives that open a model file."""
    found = _model_candidates(_ready(inventory), path, inventory.catalogue)
    return tuple(each.alternative for each in found if not (each.refusal or "").startswith("no-importer"))


def _ready(inventory: Inventory) -> tuple[Candidate, ...]:
    return measurable(inventory, Needs(stage=ProjectStage.SERVING), RunOptions(device="cpu"))


def commands(work: OwnWork, inventory: Inventory | None) -> tuple[tuple[str, str], ...]:
    """Return what would run of the user's own: interpreter and script; nothing of a model."""
    if work.workload.source is not Source.SCRIPT or inventory is None:
        return ()
    found = {
        state.alternative: state.installation.interpreter
        for state in with_interpreters(inventory, (work,)).states
        if state.installation is not None
    }
    return tuple((found[name], path) for name, path in work.files.items() if name in found)


def candidates(
    ready: Sequence[Candidate], work: OwnWork, catalogue: Iterable[Framework]
) -> tuple[Candidate, ...]:
    """Return those that measure own work, each with the file that its worker opens.

    Who opens no such model says so instead of being started; the first that does is taken for its own runtime, and
    comes first.
    """
    if work.workload.source is Source.MODEL:
        return _model_candidates(ready, Path(work.files[""]), catalogue)
    return tuple(
        replace(
            candidate,
            worker=os.fspath(worker_script("script_worker")),
            file=work.files[candidate.alternative],
            runs_code=True,
            configurations=(DEFAULT,),
            trainer=None,
            levers=(),
        )
        for candidate in ready
        if candidate.alternative in work.files
    )


def openers(ready: Sequence[Candidate], path: Path, catalogue: Iterable[Framework]) -> tuple[Candidate, ...]:
    """Return those that open a model file, its own runtime first."""
    return tuple(each for each in _model_candidates(ready, path, catalogue) if each.refusal is None)


def _model_candidates(
    ready: Sequence[Candidate], path: Path, catalogue: Iterable[Framework]
) -> tuple[Candidate, ...]:
    ending = own.model_format(path)
    able = [framework.id for framework in catalogue if ending in framework.opens]
    opening, refusing = [], []
    served: dict[
        str, str
    ] = {}  # the pair under which a runtime is measured: who trained a file is nothing to it
    for each in ready:
        if each.framework not in able:
            refusing.append(replace(each, trainer=None, refusal=f"no-importer .{ending}"))
        elif each.trainer is not None and each.framework in served:
            refusing.append(replace(each, trainer=None, refusal=f"measured-as {served[each.framework]}"))
        else:
            served[each.framework] = each.alternative
            native = each.framework == able[0]
            opening.append(replace(each, trainer=None, file=str(path.absolute()), own_runtime=native))
    opening.sort(key=lambda each: not each.own_runtime)
    return (*opening, *(replace(each, configurations=(DEFAULT,)) for each in refusing))
