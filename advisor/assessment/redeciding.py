"""A saved assessment decided on again: other needs, another stage, other weights. Nothing is measured."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from advisor.assessment.model import Assessment
from advisor.decision import needs as needs_file
from advisor.decision.assumptions import answered
from advisor.decision.criteria import CRITERIA
from advisor.decision.engine import DRAWS, Model
from advisor.decision.model import Criterion, Needs, PriorityMode, ProjectStage
from advisor.decision.weights import stating


def redecided(
    assessment: Assessment,
    needs_path: Path | None = None,
    stage: ProjectStage | None = None,
    points: dict[Criterion, float] | None = None,
    basis: Mapping[str, Any] | None = None,
) -> Assessment:
    """Return an assessment decided on as if its needs had been these from the start.

    Parameters
    ----------
    assessment : Assessment
        What was measured, and the needs where no others are given.
    needs_path : Path, optional
        A needs file.
    stage : ProjectStage, optional
        What the work is for.
    points : dict, optional
        Swing points of the criteria that matter more or less than the needs say. They become part of the needs, so
        that a report tells them and the command that repeats it keeps them.
    basis : Mapping, optional
        Answers on which settings of the frameworks it stands on: the needs' ``basis`` and ``accepted_loss``.
    """
    needs = needs_file.read(needs_path) if needs_path else assessment.needs
    if stage is not None:
        needs = answered(needs, stage=stage)
    if basis is not None:
        needs = replace(needs, **basis)
    if points:
        weighed = needs.priorities.mode is PriorityMode.WEIGHTS
        assessed = CRITERIA if weighed else model(replace(assessment, needs=needs)).assessed
        needs = stating(needs, points, assessed)
    return under(assessment, needs)


def under(assessment: Assessment, needs: Needs) -> Assessment:
    """Return an assessment decided on as if its needs had been these from the start."""
    changed = replace(assessment, needs=needs)
    return replace(changed, decision=model(changed).decide())


def model(assessment: Assessment) -> Model:
    """Return the model of an assessment's measurements under its needs, with the seed and draws of its decision."""
    before = assessment.decision
    return Model(
        assessment.needs,
        assessment.catalogue,
        assessment.machine,
        assessment.runs,
        seed=assessment.options.seed,
        draws=before.draws if before is not None else DRAWS,
    )
