"""A saved assessment decided on again: other needs, another stage, other weights. Nothing is measured."""

from pathlib import Path

from msgspec.structs import replace

from advisor.assessment.model import Assessment
from advisor.decision import needs as needs_file
from advisor.decision.engine import DRAWS, Model
from advisor.decision.model import Criterion, Needs, PriorityMode, ProjectStage


def redecided(
    assessment: Assessment,
    needs_path: Path | None = None,
    stage: ProjectStage | None = None,
    points: dict[Criterion, float] | None = None,
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
    """
    needs = needs_file.read(needs_path) if needs_path else assessment.needs
    if stage is not None:
        needs = replace(needs, stage=stage)
    if points:
        given = needs.priorities
        stated: dict[Criterion, float] = {}
        if given.mode is not PriorityMode.WEIGHTS:
            stated = model(replace(assessment, needs=needs)).swing_points
        weights = {**stated, **given.weights, **points}
        priorities = replace(given, mode=PriorityMode.WEIGHTS, weights=weights)
        needs = replace(needs, priorities=priorities)
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
