import numpy as np
import pytest

from advisor.decision import verdict
from advisor.decision.model import Contrast, Contribution, Criterion, VerdictKind
from advisor.decision.verdict import Reason

DRAWS = 10_000


def reach(means, sd=1.0, frameworks=None, repeat_sd=0.0, trade=False, capped=False):
    """A verdict on normal scores around some means, best first."""
    names = [f"a{place}" for place in range(len(means))]
    rng = np.random.default_rng(0)
    scores = (np.array(means)[:, None] + rng.normal(0, sd, (len(means), DRAWS))).astype(np.float32)
    loss = (Contribution(Criterion.MEMORY, -1.0),) if trade else ()
    contrasts = {
        name: Contrast("a0", name, (Contribution(Criterion.TRAINING_SPEED, 5.0), *loss)) for name in names[1:]
    }
    return verdict.reach(
        names, frameworks or names, np.array(means, float), scores, contrasts, repeat_sd, capped=capped
    )


@pytest.mark.parametrize(
    ("means", "kind", "reason"),
    [
        ([50, 45], VerdictKind.CLEAR, Reason.DOMINANT),
        ([50, 48.8], VerdictKind.LEANING, Reason.LIKELY),  # P = 0.80
        ([50, 49.5], VerdictKind.TOO_CLOSE, Reason.INTERVAL_SPANS_ZERO),  # P = 0.64
    ],
)
def test_the_wider_the_lead_the_firmer_the_verdict(means, kind, reason):
    found = reach(means)
    assert (found.kind, found.reason) == (kind, reason)
    assert found.gap == means[0] - means[1]
    assert found.gap_low < found.gap < found.gap_high
    assert found.runner_up == "a1"


def test_a_clear_winner_that_loses_somewhere_does_not_dominate():
    assert reach([50, 40], trade=True).reason is Reason.ROBUST


def test_a_lead_that_measuring_again_may_undo_is_too_close():
    assert reach([50, 45], repeat_sd=2.0).kind is VerdictKind.CLEAR
    assert reach([50, 45], repeat_sd=3.0).kind is VerdictKind.TOO_CLOSE


def test_the_shortlist_holds_who_is_best_often_enough():
    found = reach([50.0, 49.9, 49.8, 40.0])
    assert found.recommended == ("a0", "a1", "a2")


def test_who_is_second_and_never_first_is_not_on_the_shortlist():
    """Another backend that always comes just behind: what the first is compared with is its rival."""
    rng = np.random.default_rng(0)
    leader, rival = 50 + rng.normal(0, 1, DRAWS), 49.5 + rng.normal(0, 1, DRAWS)
    scores = np.array([leader, leader - 0.2, rival], dtype=np.float32)
    contrasts = {
        name: Contrast("a0", name, (Contribution(criterion, 5.0),))
        for name, criterion in (("a1", Criterion.MEMORY), ("a2", Criterion.ECOSYSTEM))
    }
    found = verdict.reach(
        ["a0", "a1", "a2"], ["many", "many", "other"], np.array([50, 49.8, 49.5]), scores, contrasts, 0.0
    )
    assert (found.kind, found.recommended) == (VerdictKind.TOO_CLOSE, ("a0", "a2"))
    assert (found.runner_up, found.gap) == ("a2", 0.5)
    assert found.decisive == (Criterion.ECOSYSTEM,)
    assert found.gap_low < 0 < found.gap_high


def test_backends_of_one_framework_that_are_close_are_named_as_such():
    found = reach([50.0, 49.9, 40.0], frameworks=["many", "many", "other"])
    assert (found.kind, found.reason) == (VerdictKind.TOO_CLOSE, Reason.BACKENDS_CLOSE)
    assert found.framework_probability == pytest.approx(1.0)
    assert found.probability == pytest.approx(0.53, abs=0.03)
    apart = reach([50.0, 49.9, 40.0])
    assert apart.reason is Reason.INTERVAL_SPANS_ZERO
    assert apart.framework_probability == apart.probability


@pytest.mark.parametrize(
    ("others_fail", "capped", "kind", "reason"),
    [
        (True, False, VerdictKind.CLEAR, Reason.ONLY_ELIGIBLE),
        (True, True, VerdictKind.LEANING, Reason.ONLY_ELIGIBLE),
        (False, False, VerdictKind.LEANING, Reason.ONLY_PROVEN),
    ],
)
def test_the_only_one_left_is_clear_only_where_all_others_are_ruled_out(others_fail, capped, kind, reason):
    found = verdict.alone("a0", others_fail=others_fail, capped=capped)
    assert (found.kind, found.recommended, found.reason) == (kind, ("a0",), reason)
    assert (found.runner_up, found.gap, found.probability) == (None, None, None)


def test_a_doubt_keeps_the_largest_lead_from_being_clear_and_leaves_the_rest_as_it_is():
    found = reach([50, 20], capped=True)
    assert (found.kind, found.reason) == (VerdictKind.LEANING, Reason.HELD_BACK)
    assert found.recommended == ("a0",)
    assert reach([50, 48.8], capped=True).reason is Reason.LIKELY
    assert reach([50, 49.5], capped=True).kind is VerdictKind.TOO_CLOSE
