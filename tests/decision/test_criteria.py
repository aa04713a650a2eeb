"""Every row is whole, and a criterion is a row."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.decision import ahp, criteria, weights
from advisor.decision.criteria import (
    CRITERIA,
    GROUPS,
    MEASURED,
    ROWS,
    Counts,
    Kept,
    Recency,
    RubricLevel,
    TargetLevels,
)
from advisor.decision.model import Criterion, Group, ProjectStage, Target
from advisor.frameworks import catalogue
from advisor.i18n import LANGUAGES
from advisor.report.wording import evidence, names
from advisor.workloads.model import Task
from tests.decision import fourteenth

ROOT = Path(__file__).resolve().parents[2]


def facts(row):
    """The ids of the facts that a row rests on."""
    match row.value:
        case RubricLevel(fact, by_task=True):
            return [f"{fact}.{task}" for task in Task]
        case RubricLevel(fact):
            return [fact]
        case TargetLevels(fact, otherwise):
            return [otherwise, *(f"{fact}.{target}" for target in Target)]
        case Kept(fact):
            return [f"{fact}.{each.id}" for each in catalogue.load() if not each.serves]
        case Counts(scales, (stand_in, _product)):
            return [*scales, stand_in]
        case Recency(fact, kept):
            return [fact, kept]
        case _:
            return []


def test_every_criterion_has_one_row_and_one_group():
    assert len(criteria._ROWS) == len(ROWS)
    assert set(CRITERIA) == set(Criterion)
    assert sorted(each for members in GROUPS.values() for each in members) == sorted(Criterion)
    assert set(GROUPS) == set(Group)
    # Comparisons in pairs know random indices up to that many.
    assert all(1 <= len(members) < len(ahp.RANDOM_INDEX) for members in GROUPS.values())


@pytest.mark.parametrize("criterion", Criterion)
def test_a_row_is_whole(criterion):
    row = ROWS[criterion]
    assert row.unit
    assert (criterion in MEASURED) == isinstance(row.value, criteria.Measured)
    assert set(row.tiers) == set(ProjectStage)
    for stage in ProjectStage:
        assert weights.preset(stage)[criterion] > 0
        # No tier is left out on the way to this one.
        taken = {ROWS[each].tiers[stage] for each in GROUPS[row.group]}
        assert set(range(1, row.tiers[stage] + 1)) <= taken
    for language in LANGUAGES:
        assert names.criterion_note(criterion, language)  # its name stands beside it
    known = {key.partition("@")[0] for each in catalogue.load() for key in each.facts}
    if isinstance(row.value, RubricLevel | TargetLevels | Kept):
        assert row.value.fact in catalogue.rubrics()
    for fact in facts(row):
        assert fact in known
        assert evidence.fact_name(fact, "en") != fact


@pytest.mark.parametrize("kind", fourteenth.ADDED)
def test_a_criterion_is_added_by_its_id_and_its_row(kind):
    done = subprocess.run(
        [sys.executable, "-m", "tests.decision.fourteenth", kind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    found = json.loads(done.stdout)
    identifier, _row = fourteenth.ADDED[kind]
    assert found["points"] == pytest.approx(
        {"measured": {"alpha": 0, "beta": 100}, "cited": {"alpha": 25, "beta": 100}}[kind]
    )
    for drawn in found["weights"].values():
        assert len(drawn) == len(Criterion) + 1
        assert drawn[identifier] > 0
        assert sum(drawn.values()) == pytest.approx(1)
    assert found["order"] == ["beta", "alpha"]
    assert found["decisive"] == [identifier]
    assert found["pairs"] == [False, True, False, False, False]
    assert found["read_back"]
    assert names.criterion(identifier, "en") in found["report"]
