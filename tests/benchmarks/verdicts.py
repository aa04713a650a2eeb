"""Verdicts before and after tuning: one assessment that was tuned, four needs, and what each is told.

Run as ``python tests/benchmarks/verdicts.py ASSESSMENT.json``, of a run with ``--tune`` (budget standard, all three
tasks). Nothing is measured: the same figures are decided on with frameworks as they come, with the settings found, and
with approximations accepted up to the needs' loss.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from msgspec.structs import replace

from advisor.assessment import document
from advisor.assessment.redeciding import under
from advisor.decision.model import Basis, Needs, ProjectStage, Team
from advisor.report.context import ReportContext
from advisor.report.summary import sentence

TENSORFLOW = Team(skills={"tensorflow": 4.0}, existing={"tensorflow": 1.0}, size=5)


def needs_of(before: Needs) -> dict[str, Needs]:
    own = replace(before, frameworks=())
    return {
        "research": replace(own, stage=ProjectStage.RESEARCH),
        "training": replace(own, stage=ProjectStage.TRAINING),
        "serving": replace(own, stage=ProjectStage.SERVING),
        "a TensorFlow team": replace(own, stage=ProjectStage.TRAINING, team=TENSORFLOW),
    }


def main() -> None:
    path = Path(sys.argv[1])
    assessment = document.decode(path.read_bytes(), path.name)
    print(f"{path.name}: {len(assessment.searches)} searches, {assessment.options.budget} budget")
    for who, needs in needs_of(assessment.needs).items():
        print(f"\n{who}")
        for basis in Basis:
            decided = under(assessment, replace(needs, basis=basis))
            print(f"  {basis:<12} {sentence(ReportContext(decided, 'en'), decided.decision)}")
            ranking = decided.decision.ranking if decided.decision else ()
            print(f"  {'':<12} {', '.join(f'{each.alternative} {each.points:.1f}' for each in ranking[:4])}")


if __name__ == "__main__":
    main()
