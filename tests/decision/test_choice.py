"""Which configuration is judged, and that the luck of being chosen isn't counted."""

import numpy as np
import pytest
from msgspec.structs import replace

from advisor.decision import choice, estimates
from advisor.decision.choice import Reason
from advisor.decision.model import Needs, WorkloadNeeds
from advisor.probes.configuration import Configuration, ConfigurationOrigin
from advisor.probes.model import Outcome, Quantity
from advisor.probes.statistics import paired_ratio, summarise
from tests.decision.builders import COMPILED, result, run, wobble

LONG = Needs(workload=WorkloadNeeds(dataset_items=1_000_000, epochs=20))


def own(number, levers=1):
    pulled = tuple((f"lever{each}", str(number)) for each in range(levers))
    return Configuration(ConfigurationOrigin.USER, pulled)


def chosen(*results, needs=LONG, quantity=Quantity.TRAIN):
    return estimates.choice_of(run(*results), "alpha", quantity, needs)


def test_a_configuration_that_has_no_rival_keeps_every_round():
    only = result("alpha", noise=wobble(0.05))
    assert chosen(only) == choice.Choice(only, Reason.ONLY)


def test_what_is_known_to_be_sooner_is_chosen_and_judged_by_other_rounds():
    found = chosen(result("alpha", 0.2), result("alpha", 0.1, configuration=COMPILED))
    assert (found.result.subject.configuration, found.reason) == (COMPILED, Reason.SOONEST)
    assert {sample.round for sample in found.result.samples} == {2, 4, 6, 8}


def test_rounds_that_choose_do_not_judge():
    # Fast in the rounds that choose, slow in those that judge: what is shown is the slowness.
    lucky = result("alpha", 0.1, configuration=COMPILED, noise={2: 3.0, 4: 3.0, 6: 3.0, 8: 3.0})
    found = chosen(result("alpha", 0.2), lucky)
    assert found.result.subject.configuration == COMPILED
    times = [s.elapsed_s / s.iterations for s in found.result.samples if s.quantity is Quantity.TRAIN]
    assert times == pytest.approx([0.3] * 4)


def test_a_slow_drift_weighs_on_both_parts_alike():
    choosing, judging = choice.part(range(1, 21))
    assert not set(choosing) & set(judging)
    assert abs(np.mean(choosing) - np.mean(judging)) <= 1


def test_a_tie_goes_to_the_fewest_levers():
    noise = {number: 1.0 + 0.05 * (-1) ** (number // 2) for number in range(1, 9)}
    barely = result("alpha", 0.1995, configuration=own(1), noise=noise)
    found = chosen(result("alpha", 0.2), barely)
    assert (found.result.subject.configuration.is_default, found.reason) == (True, Reason.TIE)
    many = result("alpha", 0.1, configuration=own(2, 2), noise=noise)
    few = result("alpha", 0.101, configuration=own(2, 1))
    found = chosen(result("alpha", 0.2), many, few)
    assert (found.result.subject.configuration, found.reason) == (own(2, 1), Reason.TIE)


@pytest.mark.parametrize(("rounds", "reason"), [(3, Reason.TOO_FEW_ROUNDS), (4, Reason.SOONEST)])
def test_too_few_rounds_for_both_take_the_default_with_all_of_them(rounds, reason):
    default = result("alpha", 0.2, rounds=rounds)
    found = chosen(default, result("alpha", 0.1, configuration=COMPILED, rounds=rounds))
    assert found.reason is reason
    assert (found.result == default) is (reason is Reason.TOO_FEW_ROUNDS)


def test_what_was_not_sampled_does_not_compete():
    dumb = replace(result("alpha", 0.1, configuration=COMPILED), samples=())
    default = result("alpha", 0.2)
    assert chosen(default, dumb) == choice.Choice(default, Reason.ONLY)
    assert chosen(result("alpha", outcome=Outcome.CRASHED)) is None


def test_the_start_counts_in_the_planned_work():
    short = Needs(workload=WorkloadNeeds(dataset_items=1_000, epochs=1))
    slow_start = result("alpha", 0.1, configuration=COMPILED, first_s=500.0)
    assert chosen(result("alpha", 0.2), slow_start, needs=short).result.subject.configuration.is_default
    assert chosen(result("alpha", 0.2), slow_start).result.subject.configuration == COMPILED


def equal_configurations(random, rounds, count=24, noise=0.05):
    """Configurations that are equally fast, in rounds of independent noise."""
    return [
        result(
            "alpha",
            0.2,
            configuration=own(number) if number else Configuration(),
            rounds=rounds,
            noise=dict(enumerate(np.exp(noise * random.standard_normal(rounds)), 1)),
            efficiency=None,
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("rounds", [8, 16])
def test_of_equal_configurations_none_is_shown_to_gain(rounds):
    random = np.random.default_rng(rounds)
    honest = naive = 0
    runs = 200
    for _ in range(runs):
        configurations = equal_configurations(random, rounds)
        default = configurations[0]
        judged = chosen(*configurations).result
        if judged.subject.configuration.is_default:
            honest += 1  # nothing is claimed
        else:
            ratio = paired_ratio(judged.samples, default.samples, Quantity.TRAIN)
            honest += ratio.low <= 1 <= ratio.high
        best = min(configurations, key=lambda each: summarise(each.samples, Quantity.TRAIN).median_s)
        ratio = paired_ratio(best.samples, default.samples, Quantity.TRAIN)
        naive += best is default or ratio.low <= 1 <= ratio.high
    assert honest >= 0.93 * runs
    assert naive < 0.93 * runs
