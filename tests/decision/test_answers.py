"""What the decision answers: the verdict, what would change it, and what it does where it can't decide."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from advisor.decision.engine import Model, decide
from advisor.decision.model import (
    Constraints,
    Criterion,
    Needs,
    Priorities,
    PriorityMode,
    ValueSource,
    VerdictKind,
)
from advisor.errors import AdvisorError
from advisor.probes.model import Startup
from tests.decision.builders import framework, machine, result, run, wobble
from tests.decision.scenarios import (
    ALPHA,
    BETA,
    DRAWS,
    GAMMA,
    PERFORMANCE_ONLY,
    THREE,
    decided,
    order,
    shared_model,
)


def test_a_catalogue_that_knows_nothing_and_no_run_decide_nothing():
    bare = tuple(replace(each, facts={}) for each in THREE)
    decision = decide(Needs(), bare, machine(), (), draws=DRAWS)
    assert decision.verdict.kind is VerdictKind.TOO_LITTLE
    assert not any(each.assessed or each.weight for each in decision.weights)


def test_a_clear_lead_is_recommended_and_a_tie_is_a_shortlist():
    clear = decided(
        PERFORMANCE_ONLY, results=[result("alpha", 0.1), result("beta", 0.2), result("gamma", 0.4)]
    )
    assert clear.verdict.kind is VerdictKind.CLEAR
    assert clear.verdict.recommended == ("alpha",)
    assert clear.verdict.decisive == (Criterion.TRAINING_SPEED,)
    tie = decided(
        PERFORMANCE_ONLY, results=[result("alpha", 0.2), result("beta", 0.2005), result("gamma", 0.8)]
    )
    assert tie.verdict.kind is VerdictKind.TOO_CLOSE
    assert set(tie.verdict.recommended) == {"alpha", "beta"}
    assert tie.verdict.gap_low < 0 < tie.verdict.gap_high


def test_a_needed_speedup_draws_level_when_it_is_had():
    decision = decided(results=[result("alpha", 0.2), result("beta", 0.3)], catalogue=(ALPHA, BETA))
    factor = decision.sensitivity.needed_speedup
    again = decided(results=[result("alpha", 0.2), result("beta", 0.3 / factor)], catalogue=(ALPHA, BETA))
    total = {each.alternative: each.points for each in again.ranking}
    assert total["beta"] == pytest.approx(total["alpha"], abs=1e-6)


def test_the_least_change_of_weights_makes_a_tie_when_it_is_made():
    model = shared_model()
    decision = model.decide()
    assert decision.sensitivity.least_change_distance is not None
    moved = model.decide(weights={c: 100 * w for c, w in decision.sensitivity.least_change.items()})
    top = sorted((each.points for each in moved.ranking), reverse=True)
    assert top[0] == pytest.approx(top[1], abs=1e-6)


def test_contributions_add_up_to_the_gap():
    decision = decided()
    total = {each.alternative: each.points for each in decision.ranking}
    assert {each.loser for each in decision.contrasts} == set(total) - {decision.ranking[0].alternative}
    for contrast in decision.contrasts:
        gap = total[contrast.winner] - total[contrast.loser]
        assert sum(each.points for each in contrast.contributions) == pytest.approx(gap)
        sizes = [abs(each.points) for each in contrast.contributions]
        assert sizes == sorted(sizes, reverse=True)


def test_tornado_bars_hold_the_gap_and_stand_widest_first():
    decision = decided()
    assert decision.sensitivity.tornado
    widths = []
    for bar in decision.sensitivity.tornado:
        assert bar.gap_low - 1e-9 <= decision.verdict.gap <= bar.gap_high + 1e-9
        widths.append(bar.gap_high - bar.gap_low)
    assert widths == sorted(widths, reverse=True)


def test_sliders_at_rest_change_nothing():
    for mode in PriorityMode:
        needs = Needs(priorities=Priorities(mode=mode, order=(Criterion.MEMORY, Criterion.COMMUNITY)))
        model = Model(needs, THREE, machine(), (run(result("alpha"), result("beta")),), draws=DRAWS)
        assert model.decide(weights=model.swing_points) == model.decide()


def test_an_override_is_certain_and_the_users():
    decision = shared_model().decide(values={("gamma", Criterion.EASE_OF_USE): 100.0})
    value = next(
        each
        for each in decision.values
        if each.alternative == "gamma" and each.criterion is Criterion.EASE_OF_USE
    )
    assert (value.points, value.low, value.high, value.source) == (100, 100, 100, ValueSource.USER)


def test_other_methods_rank_the_same_values():
    decision = decided(results=[result("alpha", 0.1), result("beta", 0.2), result("gamma", 0.4)])
    ranked = {each.method: each for each in decision.sensitivity.methods}
    assert set(ranked) == {"topsis", "promethee-ii", "spotis"}
    for each in ranked.values():
        assert each.order == ("alpha", "beta", "gamma")
        assert each.kendall_tau == 1


def test_nothing_to_compare_is_said():
    with pytest.raises(AdvisorError, match="left to compare"):
        decide(Needs(frameworks=("delta",)), THREE, machine(), ())


def test_where_everyone_is_ruled_out_nobody_is_recommended_and_the_nearest_are_named():
    needs = Needs(constraints=Constraints(languages=("python",), operating_systems=("windows", "macos")))
    catalogue = (framework("alpha", platform__macos=False), framework("beta", platform__macos=False))
    catalogue = (*catalogue, framework("gamma", platform__macos=False, platform__windows=False))
    decision = decided(needs, catalogue=catalogue)
    verdict = decision.verdict
    assert (verdict.kind, verdict.recommended, verdict.reason) == (VerdictKind.NONE, (), "all-ruled-out")
    assert set(verdict.nearest) == {"alpha", "beta"}
    assert verdict.probability is None
    assert not any(each.eligible for each in decision.ranking)


def test_who_fails_a_gate_stands_last_however_fast():
    catalogue = (framework("alpha", maintained=False, retired_since="2023-09"), BETA, GAMMA)
    decision = decided(catalogue=catalogue, results=[result("alpha", 0.01), result("beta"), result("gamma")])
    assert order(decision)[-1] == "alpha"
    assert decision.ranking[-1].blocked_by == ("maintained",)
    assert decision.ranking[-1].acceptability[0] == 0
    waived = decided(
        Needs(constraints=Constraints(waived=("maintained",))),
        catalogue=catalogue,
        results=[result("alpha", 0.01), result("beta"), result("gamma")],
    )
    assert order(waived)[0] == "alpha"
    assert waived.verdict.recommended == ("alpha",)
    gate = next(e for e in waived.gates if e.gate == "maintained" and e.alternative == "alpha")
    assert gate.waived


def test_repeated_runs_of_close_frameworks_don_t_contradict_each_other():
    # Three runs of the same two frameworks, one percent apart, each run with its own luck of two percent.
    luck = np.random.default_rng(11).normal(0, 0.02, (12, 2))
    verdicts = []
    for first, second in luck:
        results = [
            result("alpha", 0.200 * math.exp(first), noise=wobble(0.05)),
            result("beta", 0.202 * math.exp(second), noise=wobble(0.05)),
        ]
        verdict = decided(PERFORMANCE_ONLY, catalogue=(ALPHA, BETA), results=results).verdict
        verdicts.append(verdict.recommended if verdict.kind is not VerdictKind.TOO_CLOSE else None)
    firm = {each for each in verdicts if each is not None}
    assert len(firm) <= 1, verdicts


def test_impossible_figures_in_a_saved_run_count_as_not_measured():
    broken = result("alpha", 0.2)
    samples = tuple(replace(each, elapsed_s=0.0) for each in broken.samples[:4])
    samples += tuple(replace(each, items=0, iterations=0) for each in broken.samples[4:])
    broken = replace(broken, samples=samples, startup=Startup(0.0, 0.0, 0.0, 0.0, 0.0), energy_j_per_item=0.0)
    decision = decided(results=[broken, result("beta", 0.25)], catalogue=(ALPHA, BETA))
    missing = {each.criterion for each in decision.values if each.source is ValueSource.MISSING}
    assert {Criterion.TRAINING_SPEED, Criterion.STARTUP, Criterion.ENERGY} <= missing
    assert decision.ranking[0].alternative == "beta"


def test_a_machine_without_a_date_is_refused():
    undated = replace(machine(), detected_at="yesterday")
    with pytest.raises(AdvisorError, match="no date"):
        decide(Needs(), THREE, undated, ())
