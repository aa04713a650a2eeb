"""What a run starts from: the machine, the frameworks on it, and the interpreter of each alternative."""

import math
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from advisor.assessment.model import FrameworkState, RunOptions
from advisor.assessment.settings import Settings
from advisor.decision.gates import cuda_misfit, select
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks.discovery import choose, discover
from advisor.frameworks.environments import Environments
from advisor.frameworks.model import Alternative, Framework, Installation, InstallPlan
from advisor.frameworks.pairs import named, serving
from advisor.hardware.detection import detect
from advisor.hardware.devices import reachable
from advisor.hardware.model import Machine, System
from advisor.probes import configuration
from advisor.probes.budget import BUDGETS
from advisor.probes.configuration import Configuration
from advisor.probes.model import Candidate, Conditions, Trainer
from advisor.resources import worker_script


class Inventory(Struct, frozen=True):
    """A machine and what can run on it, at one moment."""

    machine: Machine
    catalogue: tuple[Framework, ...]
    installations: tuple[Installation, ...]
    states: tuple[FrameworkState, ...]  # one per alternative, in the catalogue's order


def conditions(machine: Machine) -> Conditions:
    """Return the same conditions for every framework: one thread per allowed physical core.

    A quota's fraction of a core is left alone: a thread that is stopped now and then makes every
    other thread of a step wait for it.
    """
    cores = machine.limits.cores
    if machine.limits.physical_cores is not None:
        cores = min(cores, machine.limits.physical_cores)
    return Conditions(threads=max(1, math.floor(cores)), cpus=machine.limits.cpus)


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

    A name may be a framework's ("keras": every backend) or an alternative's ("keras-jax"). Pairs are measured where
    it is to serve, and elsewhere where they are named, for the advice.
    """
    for name in needs.frameworks:
        catalogue_file.find(catalogue, name)  # raises where there is none, with the nearest name
    everything = catalogue_file.alternatives(catalogue)
    compared = {alternative.id for _, alternative in select(needs, catalogue)}
    return tuple(
        each
        for each in everything
        if each.id in compared or (each.runtime is not None and named(each, needs.frameworks, catalogue))
    )


def missing(
    inventory: Inventory, needs: Needs, environments: Environments, options: RunOptions = RunOptions()
) -> tuple[InstallPlan, ...]:
    """Return plans for the managed environments that a run asks for and the machine lacks."""
    present = {state.alternative for state in inventory.states if state.installation is not None}
    installed = {each.framework for each in inventory.installations if each.problem is None}
    lacking = dict.fromkeys(
        framework
        for each in to_measure(needs, options, inventory.catalogue)
        if each.id not in present
        for framework in _lacking(each, installed)
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


def _lacking(alternative: Alternative, installed: set[str]) -> tuple[str, ...]:
    """Return the frameworks to install for an alternative that isn't there: of a pair, the halves that lack."""
    if alternative.runtime is None:
        return (alternative.framework,)
    return tuple(each for each in (alternative.framework, alternative.runtime) if each not in installed)


def to_measure(
    needs: Needs, options: RunOptions, catalogue: tuple[Framework, ...]
) -> tuple[Alternative, ...]:
    """Return the alternatives that a run measures: those compared, or the named ones of them.

    Raises
    ------
    AdvisorError
        A name is unknown, or none of those named is among those compared.
    """
    compared = chosen_alternatives(needs, catalogue)
    if not options.frameworks:
        return compared
    wanted = msgspec.structs.replace(needs, frameworks=options.frameworks)
    asked = chosen_alternatives(wanted, catalogue)
    measured = tuple(each for each in asked if each in compared or each.runtime is not None)
    if not measured:
        raise AdvisorError(
            f"None of {', '.join(options.frameworks)} is among the frameworks that are compared.",
            f"Compared are {', '.join(each.id for each in compared)}.",
        )
    return measured


def candidates(
    inventory: Inventory, needs: Needs, options: RunOptions = RunOptions()
) -> tuple[Candidate, ...]:
    """Return what can be probed, each with its interpreter, its device and the configurations to run it in.

    Raises
    ------
    AdvisorError
        The options name an alternative, a lever or a value that there isn't.
    """
    by_alternative = {state.alternative: state.installation for state in inventory.states}
    alternatives = to_measure(needs, options, inventory.catalogue)
    for name in options.configurations:
        if name not in {each.id for each in alternatives}:
            raise AdvisorError(
                f'Settings are given for "{name}", which is not measured.',
                f"Measured are {', '.join(each.id for each in alternatives)}.",
            )
    found = []
    for alternative in alternatives:
        installation = by_alternative.get(alternative.id)
        framework = catalogue_file.find(inventory.catalogue, alternative.runtime or alternative.framework)
        if installation is None:
            if not inventory.machine.gpus:
                configurations(
                    framework, alternative, "cpu", options
                )  # refuses what there isn't before a download
            continue
        device = _device(inventory.machine, framework, alternative, installation, options.device)
        found.append(
            Candidate(
                alternative=alternative.id,
                framework=framework.id,
                backend=None if alternative.runtime else alternative.backend,
                interpreter=installation.interpreter,
                worker=os.fspath(worker_script(framework.worker)),
                devices=(device,),
                configurations=configurations(framework, alternative, device, options),
                levers=configuration.available(framework, alternative.backend, device),
                trainer=_trainer(inventory, framework, alternative),
                priors=framework.priors,
            )
        )
    return tuple(found)


def _trainer(inventory: Inventory, runtime: Framework, pair: Alternative) -> Trainer | None:
    """Return what exports the network that a pair serves."""
    installation = next(
        (state.installation for state in inventory.states if state.alternative == pair.trainer), None
    )
    if pair.trainer is None or installation is None:
        return None
    framework = catalogue_file.find(inventory.catalogue, pair.framework)
    return Trainer(
        alternative=pair.trainer,
        backend=pair.backend,
        interpreter=installation.interpreter,
        worker=os.fspath(worker_script(framework.worker)),
        format=serving(runtime, pair).format,
    )


def configurations(
    framework: Framework, alternative: Alternative, device: str, options: RunOptions
) -> tuple[Configuration, ...]:
    """Return how an alternative is run: as the default, its compiled way where wanted, then the user's own."""
    wanted = [configuration.DEFAULT]
    compiled = BUDGETS[options.budget].compiled if options.compiled is None else options.compiled
    if compiled and (own := configuration.compiled(framework, alternative.backend, device)):
        wanted.append(own)
    for asked in options.configurations.get(alternative.id, ()):
        checked = configuration.chosen(framework, dict(asked.levers), alternative.backend, device)
        # The same levers are the same thing to measure, whoever asks for them.
        if all(checked.levers != each.levers for each in wanted):
            wanted.append(checked)
    return tuple(wanted)


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
        # Of a runtime only a build that says so reaches a card.
        plain = installation.wheel is None and alternative.runtime is not None
        if (
            plain
            or installation.wheel == "cpu"
            or cuda_misfit(framework, alternative, gpu, installation.wheel)
        ):
            continue
        fact_id = f"accelerator.{gpu.api}"
        if gpu.api == "cuda":
            fact_id += ".windows" if machine.os.system is System.WINDOWS else ".linux"
        fact = catalogue_file.fact(framework, fact_id, alternative.backend)
        if fact is not None and fact.value is True:
            return name
    return "cpu"
