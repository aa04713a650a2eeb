"""Runs measured in blocks: what the machine did from one block to the next drops out through the anchor."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from advisor.decision.engine import decide
from advisor.decision.model import VerdictKind
from advisor.probes.model import Block, Quantity
from advisor.probes.statistics import linked_ratio
from tests.decision.builders import machine, result, run
from tests.decision.scenarios import DRAWS, PERFORMANCE_ONLY, THREE

STEPS = {"alpha": 0.20, "beta": 0.24, "gamma": 0.30}
ANCHOR = "beta"


def in_blocks(drift, seed=0, rounds=8, noise_sd=0.01):
    """Alpha and the anchor in one block, then gamma and the anchor in a machine ``drift`` times slower."""
    rng = np.random.default_rng(seed)
    noise = {
        name: {
            number: math.exp(rng.normal(0, noise_sd)) * (drift if number > rounds else 1.0)
            for number in range(1, 2 * rounds + 1)
        }
        for name in STEPS
    }
    taken = {"alpha": range(1, rounds + 1), "beta": range(1, 2 * rounds + 1)}
    results = []
    for name, step_s in STEPS.items():
        each = result(name, step_s, rounds=2 * rounds, noise=noise[name])
        kept = taken.get(name, range(rounds + 1, 2 * rounds + 1))
        results.append(replace(each, samples=tuple(s for s in each.samples if s.round in kept)))
    subjects = {each.subject.alternative: each.subject for each in results}
    blocks = (
        Block(1, rounds, (subjects["alpha"], subjects[ANCHOR])),
        Block(rounds + 1, 2 * rounds, (subjects[ANCHOR], subjects["gamma"])),
    )
    measured = replace(run(*results), rounds=2 * rounds, blocks=blocks, anchor=subjects[ANCHOR])
    return measured, {each.subject.alternative: each for each in results}


def speeds(measured):
    decision = decide(PERFORMANCE_ONLY, THREE, machine(), (measured,), draws=DRAWS)
    return {each.alternative: each.points for each in decision.ranking}, decision


@pytest.mark.parametrize("drift", [0.5, 1.0, 2.0])
def test_a_drift_between_blocks_cancels(drift):
    found, decision = speeds(in_blocks(drift)[0])
    # A doubling is a third of the scale: gamma takes half as long again as alpha.
    expected = 100 * math.log(STEPS["gamma"] / STEPS["alpha"]) / math.log(8)
    assert found["alpha"] - found["gamma"] == pytest.approx(expected, abs=1.0)
    assert decision.verdict.kind is VerdictKind.CLEAR
    assert decision.verdict.recommended == ("alpha",)


def test_without_an_anchor_the_drift_stays_and_is_reckoned_with():
    measured, _ = in_blocks(2.0)
    linked, unlinked = (
        speeds(each)[1].verdict for each in (measured, replace(measured, anchor=None, interleaved=False))
    )
    assert unlinked.gap_high - unlinked.gap_low > 2 * (linked.gap_high - linked.gap_low)


def test_ratios_across_blocks_hold_the_truth_as_often_as_they_say():
    truth = STEPS["gamma"] / STEPS["alpha"]
    held = 0
    for seed in range(200):
        measured, results = in_blocks(1.5, seed, noise_sd=0.05)
        ratio = linked_ratio(measured, results["gamma"], results["alpha"], Quantity.TRAIN)
        held += ratio.low <= truth <= ratio.high
    assert held >= 186  # 95 % of 200, less one in forty by chance


def test_a_ratio_needs_a_link():
    measured, results = in_blocks(1.0)
    gamma, alpha, beta = (results[name] for name in ("gamma", "alpha", "beta"))
    assert linked_ratio(replace(measured, anchor=None), gamma, alpha, Quantity.TRAIN) is None
    assert linked_ratio(replace(measured, interleaved=False), beta, alpha, Quantity.TRAIN) is None
    inside = linked_ratio(measured, beta, alpha, Quantity.TRAIN)
    assert inside.n == 8
    assert inside.median == pytest.approx(1.2, rel=0.02)
