"""Settings to take home: ``settings.toml``, and scripts that run the measured network with them.

For every workload and framework the configurations that the decision stands on, for training and for serving. The
scripts carry the modules of ``workers/`` with them and need the framework's interpreter alone.
"""

import shutil
from pathlib import Path
from typing import Any

import msgspec

from advisor.assessment.model import Assessment
from advisor.decision import basis, estimates
from advisor.errors import AdvisorError
from advisor.files import write_atomically
from advisor.frameworks.model import Affects, Alternative, Framework, Role
from advisor.probes.configuration import available, environment
from advisor.probes.model import ProbeResult, Quantity, WorkloadRun
from advisor.probes.statistics import linked_ratio
from advisor.resources import worker_script
from advisor.workloads.published import network

_SCRIPTS = {Affects.TRAIN: "train.py", Affects.INFER: "serve.py"}

_SCRIPT = '''"""{what} {architecture} with the settings found for {name}; see settings.toml.

--check asserts that it does the same work as with the defaults, --compare 5 times both in turn, five times.
"""

import os
import sys

LEVERS = {levers}
VARIABLES = {variables}  # set before the framework is imported

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "modules"))

import tuned  # noqa: E402

if __name__ == "__main__":
    tuned.main(
        __file__,
        {goal!r},
        {worker!r},
        backend={backend!r},
        device={device!r},
        threads={threads},
        levers=LEVERS,
        variables=VARIABLES,
        loss={loss},
    )
'''


def write(assessment: Assessment, folder: Path) -> tuple[Path, ...]:
    """Write settings and scripts of everything that was measured into a folder; return the files to look at.

    Raises
    ------
    AdvisorError
        Nothing was measured that could be handed over, or the folder can't be written.
    """
    rows: list[dict[str, Any]] = []
    scripts: list[Path] = []
    for run in basis.considered(assessment.needs, assessment.catalogue, assessment.runs):
        spec = network(run.workload.id)
        if spec is None:
            continue  # the user's own work, which is at home already
        for framework in assessment.catalogue:
            for alternative in framework.alternatives if Role.TRAIN in framework.roles else ():
                for goal in Affects:
                    row, chosen = _row(assessment, run, framework, alternative, goal)
                    if row is None or chosen is None:
                        continue
                    if chosen.fidelity is not None:
                        row["same_answers"] = round(chosen.fidelity.agreement, 4)
                    rows.append(row)
                    place = folder / run.workload.id / alternative.id
                    _modules(place, framework)
                    work = {
                        "workload": run.workload,
                        "network": spec,
                        "seed": run.conditions.seed,
                        "tf32": run.conditions.tf32,
                    }
                    write_atomically(place / "work.json", msgspec.json.encode(work))
                    scripts.append(place / _SCRIPTS[goal])
                    loss = assessment.needs.accepted_loss if chosen.fidelity is not None else None
                    text = _script(run, framework, alternative, goal, chosen, loss)
                    write_atomically(scripts[-1], text.encode())
    if not rows:
        raise AdvisorError(
            "The assessment holds no framework whose settings could be exported.",
            "Measure one of the published networks first.",
        )
    head = (
        "# Settings that the decision stands on. times_as_fast: against the defaults, by the judging rounds of this\n"
        f"# assessment ({assessment.id}), with its interval; left out where the default itself is the choice.\n\n"
    )
    settings = folder / "settings.toml"
    write_atomically(settings, head.encode() + msgspec.toml.encode({"settings": rows}))
    return (settings, *scripts)


def _row(
    assessment: Assessment, run: WorkloadRun, framework: Framework, alternative: Alternative, goal: Affects
) -> tuple[dict[str, Any] | None, ProbeResult | None]:
    """Return what is written of one goal, and the result whose configuration it is; None where not measured."""
    quantity = Quantity.INFER
    if goal is Affects.TRAIN:
        quantity = Quantity.LOOP if run.workload.loops else Quantity.TRAIN
    chosen = estimates.choose(run, alternative.id, quantity, assessment.needs)
    if chosen is None or not any(sample.quantity is quantity for sample in chosen.samples):
        return None, None
    subject = chosen.subject
    row: dict[str, Any] = {
        "workload": run.workload.id,
        "framework": alternative.id,
        "goal": str(goal),
        "device": subject.device,
        "levers": dict(subject.configuration.levers),
        "variables": _variables(framework, alternative, chosen),
        "script": f"{run.workload.id}/{alternative.id}/{_SCRIPTS[goal]}",
    }
    default = next(
        (
            each
            for each in run.results
            if each.subject.configuration.is_default
            and (each.subject.alternative, each.subject.device) == (alternative.id, subject.device)
        ),
        None,
    )
    ratio = linked_ratio(run, default, chosen, quantity) if default is not None else None
    if ratio is not None and not subject.configuration.is_default:
        row["times_as_fast"] = round(ratio.median, 3)
        row["interval"] = [round(ratio.low, 3), round(ratio.high, 3)]
    return row, chosen


def _variables(framework: Framework, alternative: Alternative, chosen: ProbeResult) -> dict[str, str]:
    subject = chosen.subject
    return environment(available(framework, alternative.backend, subject.device), subject.configuration)


def _script(
    run: WorkloadRun,
    framework: Framework,
    alternative: Alternative,
    goal: Affects,
    chosen: ProbeResult,
    loss: float | None,
) -> str:
    return _SCRIPT.format(
        what="Train" if goal is Affects.TRAIN else "Serve",
        architecture=run.workload.architecture,
        name=alternative.name,
        levers=repr(dict(chosen.subject.configuration.levers)),
        variables=repr(_variables(framework, alternative, chosen)),
        goal=str(goal),
        worker=framework.worker,
        backend=alternative.backend,
        device=chosen.subject.device,
        threads=run.conditions.threads,
        loss=loss,
    )


def _modules(place: Path, framework: Framework) -> None:
    """Copy the worker with every module that lies beside it: they import one another."""
    modules = place / "modules"
    modules.mkdir(parents=True, exist_ok=True)
    beside = worker_script(framework.worker).parent
    for source in sorted(beside.glob("*.py")):
        if not source.stem.endswith("_worker") or source.stem == framework.worker:
            shutil.copyfile(source, modules / source.name)
