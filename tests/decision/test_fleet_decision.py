"""One choice for several machines: what shares decide, what a mix brings, and who is left out."""

import pytest

from advisor.decision.engine import Model
from advisor.decision.fleet import Member, decide_fleet
from advisor.decision.model import VerdictKind
from tests.decision.builders import machine, result, run, wobble
from tests.decision.scenarios import PERFORMANCE_ONLY, THREE


def member(name, share=1.0, complete=True, **steps_s):
    results = [result(alternative, seconds, noise=wobble(0.02)) for alternative, seconds in steps_s.items()]
    model = Model(PERFORMANCE_ONLY, THREE, machine(), (run(*results),), draws=1000, scope=name)
    return Member(name, share, model, complete)


FAST_ALPHA = {"alpha": 0.2, "beta": 0.4, "gamma": 0.5}
FAST_BETA = {"alpha": 0.3, "beta": 0.2, "gamma": 0.5}


def test_shares_decide_which_one_serves_all():
    small = decide_fleet([member("laptop", 1.0, **FAST_ALPHA), member("server", 9.0, **FAST_BETA)])
    large = decide_fleet([member("laptop", 9.0, **FAST_ALPHA), member("server", 1.0, **FAST_BETA)])
    assert small.verdict.recommended == ("beta",)
    assert large.verdict.recommended == ("alpha",)
    assert large.verdict.kind is VerdictKind.CLEAR
    assert [each.share for each in small.machines] == [0.1, 0.9]
    assert [each.best for each in small.machines] == ["alpha", "beta"]


def test_points_for_all_are_the_machines_own_by_shares():
    members = [member("laptop", 1.0, **FAST_ALPHA), member("server", 3.0, **FAST_BETA)]
    decided = decide_fleet(members)
    own = [each.model.scored().points["alpha"] for each in members]
    alpha = next(each for each in decided.ranking if each.alternative == "alpha")
    assert alpha.points == pytest.approx((own[0] + 3 * own[1]) / 4)
    assert alpha.low < alpha.points < alpha.high


def test_mix_gains_what_one_for_all_loses():
    decided = decide_fleet([member("laptop", 1.0, **FAST_ALPHA), member("server", 1.0, **FAST_BETA)])
    single, pair = decided.mixes
    assert len(single.frameworks) == 1
    assert single.gain == pytest.approx(0.0)
    assert pair.by_machine == {"laptop": "alpha", "server": "beta"}
    lost = sum(each.share * (each.best_points - each.common_points) for each in decided.machines)
    assert pair.gain == pytest.approx(lost)
    assert 0 < pair.gain_low < pair.gain < pair.gain_high


def test_mix_that_adds_nothing_is_not_named():
    decided = decide_fleet([member("a", **FAST_ALPHA), member("b", **FAST_ALPHA)])
    assert len(decided.mixes) == 1


def test_what_one_machine_could_not_measure_serves_not_all():
    without = {"alpha": 0.25, "gamma": 0.5}
    decided = decide_fleet([member("laptop", **FAST_BETA), member("server", **without)])
    assert decided.verdict.recommended == ("alpha",)
    beta = next(each for each in decided.ranking if each.alternative == "beta")
    assert beta.lacking == ("server",)
    assert beta.probability == 0.0


def test_incomplete_machine_keeps_the_answer_from_being_clear():
    whole = [member("a", **FAST_ALPHA), member("b", **FAST_ALPHA)]
    partial = [whole[0], member("b", complete=False, **FAST_ALPHA)]
    assert decide_fleet(whole).verdict.kind is VerdictKind.CLEAR
    assert decide_fleet(partial).verdict.kind is VerdictKind.LEANING


def test_measurements_of_two_machines_are_independent_and_evidence_is_common():
    one, other = (member(name, **FAST_ALPHA).model.scored().scores["alpha"] for name in ("a", "b"))
    assert (one != other).any()
    again = member("a", **FAST_ALPHA).model.scored().scores["alpha"]
    assert (one == again).all()
