"""Decides and reports with one criterion more, to see that its id and its row are all that it takes.

``python -m tests.decision.fourteenth measured`` (or ``cited``) loads the sources with one line added to
``Criterion`` and one row to ``criteria``, and prints what came of it as JSON.
"""

import importlib.util
import json
import sys
from pathlib import Path

ADDED = {
    "measured": (
        "first_answer",
        'Reading(lambda result: result.startup.first_infer_s, sd=0.1, full=lambda _workload: 0.25), "s"',
    ),
    "cited": ("patience", 'RubricLevel("patience"), "level"'),
}


def load(name: str, before: str, added: str) -> None:
    """Load a module whose source has something added before a line."""
    spec = importlib.util.find_spec(name)
    source = Path(spec.origin).read_text("utf-8")
    if source.count(before) != 1:
        raise ValueError(f"{name} has no line of its own that reads {before!r}")
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    exec(compile(source.replace(before, added + before), spec.origin, "exec"), module.__dict__)


def add(identifier: str, value_and_unit: str) -> None:
    """Add a criterion: its id, and its row."""
    value, unit = value_and_unit.rsplit(", ", 1)
    load("advisor.decision.model", '    TRAINING_SPEED = "', f'    {identifier.upper()} = "{identifier}"\n')
    row = f"Criterion.{identifier.upper()}, Group.PERFORMANCE, {unit}, {value}, _tiers(1, 1, 1, 1)"
    load("advisor.decision.criteria", "    Row(\n        Criterion.TRAINING_SPEED,", f"    Row({row}),\n")


def main(identifier: str) -> None:
    """Decide on two alternatives that differ in the added criterion alone."""
    from msgspec.structs import replace

    from advisor.assessment import document
    from advisor.decision import ahp
    from advisor.decision.engine import Model
    from advisor.decision.model import Criterion, Needs, Priorities, PriorityMode
    from advisor.report import document as report
    from advisor.report import markdown
    from tests.decision.builders import framework, machine, result, run
    from tests.samples import sample_assessment

    added = Criterion(identifier)
    catalogue = (framework("alpha", patience=1), framework("beta", patience=4))
    alpha, beta = result("alpha"), result("beta")
    runs = (
        run(
            replace(alpha, startup=replace(alpha.startup, first_infer_s=2.0)),
            replace(beta, startup=replace(beta.startup, first_infer_s=0.25)),
        ),
    )
    decisions = {
        mode: Model(
            Needs(priorities=Priorities(mode=mode, order=(added,))), catalogue, machine(), runs, draws=500
        ).decide()
        for mode in PriorityMode
    }
    decision = decisions[PriorityMode.WEIGHTS]
    assessment = replace(
        sample_assessment("standard"), needs=Needs(), catalogue=catalogue, runs=runs, decision=decision
    )
    saved = document.decode(document.encode(assessment))
    print(
        json.dumps(
            {
                "weights": {
                    mode: {each.criterion: each.weight for each in found.weights}
                    for mode, found in decisions.items()
                },
                "points": {e.alternative: e.points for e in decision.values if e.criterion is added},
                "order": [each.alternative for each in decision.ranking],
                "pairs": [added in members for members in ahp.MEMBERS],
                "decisive": list(decision.verdict.decisive),
                "read_back": saved.decision == decision,
                "report": markdown.render(report.build(saved)),
            }
        )
    )


if __name__ == "__main__":
    kind = sys.argv[1]
    add(*ADDED[kind])
    main(ADDED[kind][0])
