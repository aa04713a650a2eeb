"""What was not measured can't win or lose, and what weakens the measurements weakens the verdict."""

import pytest
from msgspec.structs import replace

from advisor.decision.engine import decide
from advisor.decision.model import Constraints, Effect, Ground, Needs, VerdictKind
from advisor.decision.trust import Doubt
from advisor.frameworks.model import Fact, Grade
from advisor.probes.model import Outcome, ProbeWarning, StopRule, WarningCode
from tests.decision.builders import framework, machine, result, run
from tests.decision.scenarios import ALPHA, BETA, DRAWS, GAMMA, PERFORMANCE_ONLY, THREE, decided, order

MISSING = Outcome.NOT_INSTALLED


def concerns(decision):
    return {each.code: each for each in decision.verdict.concerns}


def of(measured, needs=PERFORMANCE_ONLY, catalogue=THREE):
    return decide(needs, catalogue, machine(), (measured,), draws=DRAWS)


def test_one_measured_framework_is_no_recommendation_however_good_it_is():
    results = [result("alpha", 0.02), result("beta", outcome=MISSING), result("gamma", outcome=MISSING)]
    verdict = decided(PERFORMANCE_ONLY, results=results).verdict
    assert (verdict.kind, verdict.recommended) == (VerdictKind.TOO_LITTLE, ())
    assert set(verdict.nearest) == {"beta", "gamma"}  # what to install
    assert verdict.concerns[0].effect is Effect.WITHHELD


def test_nothing_measured_recommends_nothing_even_where_no_measured_criterion_counts():
    needs = replace(Needs(), constraints=Constraints(waived=("measured",)))
    assert decide(needs, THREE, machine(), (), draws=DRAWS).verdict.kind is VerdictKind.TOO_LITTLE


def test_what_is_left_when_all_others_are_ruled_out_needs_no_comparison():
    catalogue = (ALPHA, framework("beta", maintained=False), framework("gamma", maintained=False))
    results = [result("alpha"), result("beta", outcome=MISSING), result("gamma", outcome=MISSING)]
    verdict = decided(catalogue=catalogue, results=results).verdict
    assert (verdict.kind, verdict.recommended) == (VerdictKind.CLEAR, ("alpha",))
    alone = decided(catalogue=(ALPHA,), results=[result("alpha")]).verdict
    assert alone.kind is VerdictKind.TOO_LITTLE


def test_who_was_not_measured_is_never_first_and_keeps_the_verdict_from_being_clear():
    fast = [result("alpha", 0.2), result("beta", 0.4)]
    with_gamma = decided(PERFORMANCE_ONLY, results=[*fast, result("gamma", outcome=Outcome.TIMED_OUT)])
    without = decided(PERFORMANCE_ONLY, catalogue=(ALPHA, BETA), results=fast)
    assert without.verdict.kind is VerdictKind.CLEAR
    assert (with_gamma.verdict.kind, with_gamma.verdict.recommended) == (VerdictKind.LEANING, ("alpha",))
    assert concerns(with_gamma)[Doubt.UNMEASURED].about == ("gamma",)
    assert order(with_gamma)[-1] == "gamma"
    assert with_gamma.ranking[-1].acceptability[0] == 0
    assert with_gamma.ranking[0].acceptability[0] == without.ranking[0].acceptability[0]


def test_a_cancelled_run_recommends_nothing():
    measured = replace(run(result("alpha", 0.1), result("beta", 0.4)), stop_rule=StopRule.CANCELLED)
    verdict = of(measured, catalogue=(ALPHA, BETA)).verdict
    assert (verdict.kind, verdict.recommended) == (VerdictKind.TOO_LITTLE, ())
    assert verdict.concerns[0].code == Doubt.CANCELLED


@pytest.mark.parametrize("step_s", [0.3, 3.0, 300.0])
@pytest.mark.parametrize("code", [WarningCode.LOAD, WarningCode.STEAL])
def test_no_lead_is_clear_on_a_machine_that_is_98_percent_busy(step_s, code):
    name = "others_share" if code is WarningCode.LOAD else "steal_share"
    measured = run(result("alpha", 0.2), result("beta", step_s))
    for when in ("before", "during"):
        busy = replace(measured, warnings=(ProbeWarning(code, when, {name: 0.98}),))
        found = of(busy, catalogue=(ALPHA, BETA))
        assert found.verdict.kind is not VerdictKind.CLEAR
        assert concerns(found)[Doubt.HEAVY_LOAD].detail["share"] == 0.98


def test_few_rounds_are_never_clear():
    calm = run(result("alpha", 0.1, rounds=5), result("beta", 0.4, rounds=5))
    short = run(result("alpha", 0.1, rounds=4), result("beta", 0.4, rounds=5))
    assert of(calm, catalogue=(ALPHA, BETA)).verdict.kind is VerdictKind.CLEAR
    found = of(short, catalogue=(ALPHA, BETA))
    assert found.verdict.kind is VerdictKind.LEANING
    assert concerns(found)[Doubt.FEW_ROUNDS].detail == {"rounds": 4}


def test_old_facts_of_the_leaders_and_criteria_without_data_are_named():
    old = Fact(value=3, date="2024-05", source="https://example.org", grade=Grade.B)
    aged = replace(ALPHA, facts=ALPHA.facts | {"ease_of_use": old})
    found = concerns(decided(catalogue=(aged, BETA, GAMMA)))
    assert found[Doubt.STALE_FACTS].detail == {"count": 1, "months": 29}
    assert "energy" in found[Doubt.UNASSESSED].about
    assert Doubt.STALE_FACTS not in concerns(decided())


def test_what_the_weight_stands_on_is_told_and_adds_up():
    decision = decided()
    assert sum(decision.grounds.values()) == pytest.approx(1)
    weights = {each.criterion: each.weight for each in decision.weights}
    judged = weights["ease_of_use"] + weights["ecosystem"] + weights["deployment"]
    assert decision.grounds[Ground.JUDGED] == pytest.approx(judged)
    assert Ground.STATED not in decision.grounds  # nothing was said of the team
    assert decided(PERFORMANCE_ONLY).grounds == {Ground.MEASURED: pytest.approx(1)}


def test_one_level_of_judgement_is_worth_what_changing_it_changes():
    decision = decided()
    step = decision.sensitivity.judgement
    assert step.criterion == "ecosystem"
    lower = decided(catalogue=(framework("alpha", **{"ecosystem__image-classification": 1}), BETA, GAMMA))
    before, after = (
        {each.alternative: each.points for each in some.ranking}["alpha"] for some in (decision, lower)
    )
    assert before - after == pytest.approx(step.points)
