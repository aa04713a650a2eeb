"""What a run starts from: the machine, the frameworks on it, and the interpreter of each alternative."""

import os
from pathlib import Path

from msgspec import Struct

from advisor.assessment.model import FrameworkState
from advisor.assessment.settings import Settings
from advisor.decision.gates import cuda_misfit, select
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks.discovery import choose, discover
from advisor.frameworks.environments import Environments
from advisor.frameworks.model import Alternative, Framework, Installation, InstallPlan
from advisor.hardware.detection import detect
from advisor.hardware.devices import reachable
from advisor.hardware.model import Machine, System
from advisor.probes.model import Candidate, Variant
from advisor.resources import worker_script


class Inventory(Struct, frozen=True):
    """A machine and what can run on it, at one moment."""

    machine: Machine
    catalogue: tuple[Framework, ...]
    installations: tuple[Installation, ...]
    states: tuple[FrameworkState, ...]  # one per alternative, in the catalogue's order


def take_inventory(folder: Path, settings: Settings, machine: Machine | None = None) -> Inventory:
    """Detect the machine (unless given) and find the frameworks.

    Parameters
    ----------
    folder : Path
        The user's data folder; managed environments lie in it.
    """
    catalogue = catalogue_file.load()
    machine = machine or detect(folder=folder)
    installations = discover(
        catalogue,
        extra=[Path(each) for each in settings.interpreters],
        managed=Environments(folder).list(),
    )
    choices = choose(catalogue_file.alternatives(catalogue), installations).values()
    states = tuple(FrameworkState(each.alternative, each.installation, each.reason) for each in choices)
    return Inventory(machine, catalogue, installations, states)


def chosen_alternatives(needs: Needs, catalogue: tuple[Framework, ...]) -> tuple[Alternative, ...]:
    """Return the alternatives that the needs ask for: all, or those of the named frameworks.

    A name may be a framework's ("keras": every backend) or an alternative's ("keras-jax").
    """
    known = {each.id for each in catalogue_file.alternatives(catalogue)} | {each.id for each in catalogue}
    for name in needs.frameworks:
        if name not in known:
            catalogue_file.find(catalogue, name)  # raises, with the nearest name
    return tuple(alternative for _, alternative in select(needs, catalogue))


def missing(inventory: Inventory, needs: Needs, environments: Environments) -> tuple[InstallPlan, ...]:
    """Return plans for the managed environments that the needs ask for and the machine lacks."""
    present = {state.alternative for state in inventory.states if state.installation is not None}
    lacking = dict.fromkeys(
        each.framework for each in chosen_alternatives(needs, inventory.catalogue) if each.id not in present
    )
    plans = []
    for framework in lacking:
        try:
            plans.append(
                environments.plan(catalogue_file.find(inventory.catalogue, framework), inventory.machine)
            )
        except AdvisorError:
            continue  # not to be had on this platform: the gates say so
    return tuple(plans)


def candidates(inventory: Inventory, needs: Needs, device: str = "auto") -> tuple[Candidate, ...]:
    """Return what can be probed, each with its interpreter and the device it should run on."""
    by_alternative = {state.alternative: state.installation for state in inventory.states}
    found = []
    for alternative in chosen_alternatives(needs, inventory.catalogue):
        installation = by_alternative.get(alternative.id)
        if installation is None:
            continue
        framework = catalogue_file.find(inventory.catalogue, alternative.framework)
        found.append(
            Candidate(
                alternative=alternative.id,
                framework=alternative.framework,
                backend=alternative.backend,
                interpreter=installation.interpreter,
                worker=os.fspath(worker_script(framework.worker)),
                devices=(_device(inventory.machine, framework, alternative, installation, device),),
                variants=(Variant.DEFAULT, Variant.COMPILED),
            )
        )
    return tuple(found)


def _device(
    machine: Machine,
    framework: Framework,
    alternative: Alternative,
    installation: Installation,
    wanted: str,
) -> str:
    """Return the first accelerator that the alternative can use, else the CPU.

    The catalogue says which accelerators an alternative has, and which cards and drivers its builds
    need; a CPU-only wheel has none.
    """
    if wanted != "auto":
        return wanted
    for gpu, name in reachable(machine):
        if installation.wheel == "cpu" or cuda_misfit(framework, alternative, gpu, installation.wheel):
            continue
        fact_id = f"accelerator.{gpu.api}"
        if gpu.api == "cuda":
            fact_id += ".windows" if machine.os.system is System.WINDOWS else ".linux"
        fact = catalogue_file.fact(framework, fact_id, alternative.backend)
        if fact is not None and fact.value is True:
            return name
    return "cpu"
