"""Which frameworks a run is to measure, which of them are here and which must be set up. No Qt here."""

from collections.abc import Mapping

import msgspec

from advisor.assessment.inventory import Inventory
from advisor.assessment.model import RunOptions
from advisor.decision.gates import preview, select
from advisor.decision.model import GateResult, GateStatus, Needs
from advisor.decision.shares import workload_shares
from advisor.frameworks.model import Affects, InstallPlan
from advisor.frameworks.pairs import alternatives_of
from advisor.gui.text import _
from advisor.probes.budget import BUDGETS, learning_cap_s, search_cap_s
from advisor.report import format as fmt
from advisor.workloads.targets import TARGETS


class Wanted(msgspec.Struct, frozen=True):
    """Alternatives by what becomes of them under some answers, each in the catalogue's order."""

    compared: tuple[str, ...]
    ruled_out: dict[str, tuple[GateResult, ...]]  # before anything is measured, and by which gates
    measured: tuple[str, ...]  # compared and not ruled out, or what the options name
    ready: tuple[str, ...]  # measured, and installed in a way that will do
    missing: tuple[InstallPlan, ...]  # what the rest takes, where it can be set up here


def wanted(
    needs: Needs, options: RunOptions, inventory: Inventory, plans: Mapping[str, InstallPlan | str]
) -> Wanted:
    """Work out what a run with these answers measures on this machine.

    What the answers rule out isn't measured unless the user says so; it stays in the comparison, which tells
    why it is out. Where everything is ruled out, everything is measured: what could be had is worth knowing.
    """
    compared = tuple(alternative.id for _framework, alternative in select(needs, inventory.catalogue))
    ruled_out: dict[str, tuple[GateResult, ...]] = {}
    for gate in preview(needs, inventory.catalogue, inventory.machine):
        if gate.status is GateStatus.FAIL and not gate.waived:
            ruled_out[gate.alternative] = (*ruled_out.get(gate.alternative, ()), gate)
    named = tuple(each for each in compared if each in options.frameworks)
    measured = named or tuple(each for each in compared if each not in ruled_out) or compared
    ready, absent = [], set()
    for state in inventory.states:
        if state.alternative not in measured:
            continue
        if state.installation is None:
            absent.add(state.alternative)
        elif state.installation.problem is None:
            ready.append(state.alternative)
    missing = []
    for framework in inventory.catalogue:
        plan = plans.get(framework.id)
        if isinstance(plan, InstallPlan) and any(
            each.id in absent for each in alternatives_of(framework, inventory.catalogue)
        ):
            missing.append(plan)
    return Wanted(compared, ruled_out, measured, tuple(ready), tuple(missing))


def most_time(needs: Needs, budget: str, language: str, searched: int = 0, learning: int = 0) -> str:
    """Say how long a run may take at most.

    ``searched``: for how many alternatives faster settings are looked for; ``learning``: how many learn to a target.
    """
    bought = BUDGETS[budget]
    searching_s = searched * search_cap_s(bought, len(Affects))
    most_s = (bought.time_cap_s + bought.parallel_s + searching_s) * len(workload_shares(needs))
    targets = sum(task in TARGETS for task, share in needs.tasks.items() if share)
    most_s += learning * targets * learning_cap_s(bought)
    return _("At most {time}.", time=fmt.duration(most_s, language))
