"""The search: what it finds in spaces with known truth, what it claims where there is nothing, and with workers."""

import math
import threading

import numpy as np
import pytest
from doubles import BUDGET, CONDITIONS, REFERENCES, RL_WORKLOAD, WORKLOAD, candidate, run
from msgspec.structs import replace

from advisor.frameworks.model import Acts, Affects, Lever, Prior
from advisor.probes.configuration import ConfigurationOrigin
from advisor.probes.model import Outcome, Quantity, Sample, SearchExtent, SearchProgress
from advisor.probes.passes import trials
from advisor.probes.passes.trials import search_workload
from advisor.probes.search import Search, Space, space, tuned
from advisor.probes.statistics import paired_ratio

NOISE = 0.05


def lever(id_, *values, **more):
    return Lever(id_, values or ("on",), more.pop("acts", Acts.BUILD), "2026-11-24", "made up", **more)


class Truth:
    """A space whose gains are known, with noise on every sample."""

    def __init__(self, axes, gains, seed=0, priors=()):
        self.space = Space(tuple(axes), tuple(priors))
        self.logs = {pair: math.log(gain) for pair, gain in gains.items()}
        self.random = np.random.default_rng(seed)
        self.rounds = 0
        self.asked = []

    def gain(self, pulled):
        return sum(self.logs.get(pair, 0.0) for pair in pulled)

    def measure(self, pulled, rounds):
        self.asked.append(tuple(pulled))
        found = {each: {} for each in pulled}
        for _ in range(rounds):
            self.rounds += 1
            default = NOISE * self.random.standard_normal()
            for each in pulled:
                found[each][self.rounds] = self.gain(each) + NOISE * self.random.standard_normal() - default
        return found


def test_it_finds_what_pays_and_nothing_else():
    axes = [lever("a"), lever("b", "x", "y"), lever("c"), lever("slow")]
    truth = Truth(axes, {("a", "on"): 1.4, ("b", "y"): 1.3, ("slow", "on"): 0.7})
    found = Search(truth.space, truth.measure).run(full=True)
    assert {("a", "on"), ("b", "y")} <= set(found.best)
    assert ("slow", "on") not in found.best
    assert found.steps[-1] == found.best
    assert all(set(one) < set(other) for one, other in zip(found.steps, found.steps[1:], strict=False))


def test_who_is_far_behind_gets_no_more_rounds():
    bad, good = (("bad", "on"),), (("good", "on"),)
    truth = Truth([lever("bad"), lever("good")], {bad[0]: 0.5, good[0]: 1.5}, priors=(bad, good))
    found = Search(truth.space, truth.measure).run(full=False)
    assert found.best == good
    assert sum(bad in asked for asked in truth.asked) == 1


def test_a_lever_comes_with_those_that_it_needs():
    axes = [lever("shape", needs={"alloc": "on"}), lever("alloc")]
    truth = Truth(axes, {("shape", "on"): 1.5})
    found = Search(truth.space, truth.measure).run(full=True)
    assert found.best == (("alloc", "on"), ("shape", "on"))
    assert all(truth.space.complete(dict(each)) for asked in truth.asked for each in asked)
    assert truth.space.size == 3


def test_what_fails_is_asked_for_once():
    truth = Truth([lever("broken"), lever("good")], {("good", "on"): 1.5}, priors=((("broken", "on"),),))
    asked = []

    def measure(pulled, rounds):
        asked.extend(each for each in pulled if ("broken", "on") in each)
        found = truth.measure(pulled, rounds)
        return {each: gains for each, gains in found.items() if ("broken", "on") not in each}

    assert Search(truth.space, measure).run(full=True).best == (("good", "on"),)
    assert len(asked) == len(set(asked))


def test_a_prior_is_tried_again_without_what_does_nothing_here():
    prior = (("inert", "on"), ("good", "on"))
    prior = tuple(sorted(prior))
    truth = Truth([lever("inert"), lever("good")], {("good", "on"): 1.5}, priors=(prior,))
    inert = set()

    def measure(pulled, rounds):
        found = truth.measure(pulled, rounds)
        for each in pulled:
            if ("inert", "on") in each:
                inert.add("inert")
                del found[each]
        return found

    assert Search(truth.space, measure, inert=inert).run(full=False).best == (("good", "on"),)


def test_only_exact_levers_of_the_goal_are_tried_and_costly_ones_last():
    levers = [
        lever("costly", costly=True),
        lever("process", acts=Acts.PROCESS, variable="V"),
        lever("rough", exact=False),
        lever("serving", affects=(Affects.INFER,)),
        lever("cheap"),
        lever("waiting", load=True),
    ]
    priors = [
        Prior({"cheap": "on"}, "2026-11-24", "made up"),
        Prior({"rough": "on"}, "2026-11-24", "made up"),
        Prior({"waiting": "on"}, "2026-11-24", "made up"),
    ]
    quiet, unjudged = space(levers, priors, Affects.TRAIN, busy=False)
    assert [axis.id for axis in quiet.axes] == ["cheap", "waiting", "process", "costly"]
    assert unjudged == ()
    busy, unjudged = space(levers, priors, Affects.TRAIN, busy=True)
    assert [axis.id for axis in busy.axes] == ["cheap", "process", "costly"]
    assert unjudged == ("waiting",)
    assert busy.priors == ((("cheap", "on"),),)


@pytest.mark.parametrize("rounds", [8, 16])
def test_of_24_equal_configurations_the_proposal_is_not_shown_to_gain(rounds):
    """What is shown is measured anew, so its interval includes 1 as often as it says."""
    axes = [lever("a", "x", "y"), lever("b"), lever("c"), lever("d")]
    honest, runs = 0, 300
    for seed in range(runs):
        truth = Truth(axes, {}, seed, priors=((("a", "x"),), (("b", "on"), ("c", "on"))))
        assert truth.space.size == 24
        best = Search(truth.space, truth.measure).run(full=True).best
        if not best:
            honest += 1  # nothing is claimed
            continue
        times = np.exp(NOISE * truth.random.standard_normal((2, rounds)))
        ratio = paired_ratio(*map(samples, times), Quantity.TRAIN)
        honest += ratio.low <= 1 <= ratio.high
    assert honest >= 0.93 * runs


def samples(times):
    return [Sample(Quantity.TRAIN, number, 1, float(time), 0.0, 1) for number, time in enumerate(times)]


def searched(who, extent=SearchExtent.FULL, workload=WORKLOAD, emit=lambda event: None, **options):
    return search_workload(
        workload,
        (who,),
        CONDITIONS,
        BUDGET,
        extent,
        emit,
        options.pop("cancel", threading.Event()),
        references=REFERENCES,
        **options,
    )


LEVERS = (lever("fast"), lever("slow"), lever("serving", affects=(Affects.INFER,)))
FACTORS = {"fast=on": 0.5, "slow=on": 2.0, "serving=on": 0.6}


def test_training_and_inference_have_proposals_of_their_own():
    heard = []
    who = replace(candidate("a", factors=FACTORS, noise=0.01), levers=LEVERS)
    train, infer = searched(who, emit=heard.append)
    assert (train.goal, infer.goal) == (Affects.TRAIN, Affects.INFER)
    assert train.proposed.levers == (("fast", "on"),)
    assert infer.proposed.levers == (("fast", "on"), ("serving", "on"))
    assert train.proposed.origin is ConfigurationOrigin.TUNED
    assert train.trial((("fast", "on"),)).gains[0] == pytest.approx(2.0, rel=0.1)
    tried = train.trial((("fast", "on"), ("slow", "on")))
    assert tried.outcome is Outcome.MEASURED  # listed as without gain
    assert max(tried.gains) < 1.2
    assert not any(("serving", "on") in each.levers for each in train.trials)
    assert train.space == 4
    assert heard and all(isinstance(each, SearchProgress) for each in heard)
    assert heard[-1].gain == pytest.approx(1 / 0.3, rel=0.1)


def test_a_lever_that_the_worker_does_not_show_is_no_proposal():
    who = replace(candidate("a", factors=FACTORS, applied={}), levers=LEVERS[:1])
    train, _ = searched(who)
    assert train.proposed.is_default
    assert train.trials[0].outcome is Outcome.UNSUPPORTED
    assert train.trials[0].reason == "lever-ignored: fast"


def test_on_a_busy_machine_it_goes_by_seconds_of_the_processor(monkeypatch):
    """Waiting threads get no verdict there; what is proposed is judged by wall time afterwards, as everything is."""
    monkeypatch.setattr(trials, "BUSY_SHARE", -1.0)
    waiting = lever("waiting", load=True)
    who = replace(candidate("a", factors={"fast=on": 0.8}, noise=0.5), levers=(*LEVERS[:1], waiting))
    train, _ = searched(who)
    assert train.by_cpu
    assert train.proposed.levers == (("fast", "on"),)
    assert train.gains(train.trials[0]) == pytest.approx([1.25] * len(train.trials[0].gains))
    assert train.unjudged == ("waiting",)


def test_reinforcement_learning_is_searched_by_its_loop():
    prior = Prior({"fast": "on"}, "2026-11-24", "made up")
    who = replace(candidate("a", factors=FACTORS, noise=0.01), levers=LEVERS, priors=(prior,))
    train, _ = searched(who, SearchExtent.PRIORS, RL_WORKLOAD)
    assert train.quantity is Quantity.LOOP
    assert [each.levers for each in train.trials] == [(("fast", "on"),)]


def test_who_only_infers_is_searched_for_that_alone():
    who = replace(candidate("a", factors=FACTORS, noise=0.01, capabilities=["infer"]), levers=LEVERS)
    (infer,) = searched(who)
    assert infer.goal is Affects.INFER


def test_what_is_done_is_not_searched_again_and_nothing_is_where_none_is_wanted():
    who = replace(candidate("a", factors=FACTORS, noise=0.01), levers=LEVERS[:1])
    assert searched(who, SearchExtent.NONE) == ()
    once = searched(who)
    again = []
    assert searched(who, done=once, emit=again.append) == once
    assert again == []


def test_a_cancelled_search_keeps_what_was_finished():
    cancel = threading.Event()
    who = replace(candidate("a", factors=FACTORS, noise=0.01), levers=LEVERS)

    def hear(event):
        if event.goal is Affects.INFER:
            cancel.set()

    (train,) = searched(who, emit=hear, cancel=cancel)
    assert train.goal is Affects.TRAIN


ROUGH = (lever("fast"), lever("int8", "a", "b", exact=False, affects=(Affects.INFER,)))
BITS = {"fast=on": 0.8, "int8=a": 0.5, "int8=b": 1.5}


def test_an_approximation_is_proposed_apart_with_how_often_it_answers_alike():
    who = replace(candidate("a", factors=BITS, wrong={"int8=a": 1}, noise=0.01), levers=ROUGH)
    train, infer = searched(who)
    assert train.approximate == ()
    assert infer.proposed.levers == (("fast", "on"),)
    assert [each.levers for each in infer.approximate] == [(("fast", "on"), ("int8", "a"))]
    fidelity = infer.trial(infer.approximate[0].levers).fidelity
    assert fidelity.items >= 256
    assert fidelity.agreeing == fidelity.items - 1
    assert infer.trial((("int8", "b"),)).outcome is Outcome.MEASURED  # slower, so it is no proposal


def test_an_approximation_is_measured_for_inference_alone_and_no_failure():
    rough = tuned((("int8", "a"),))
    who = replace(candidate("a", factors=BITS, wrong={"int8=a": 3}, noise=0.01), levers=ROUGH)
    finished = run([replace(who, configurations=(*who.configurations, rough))])
    default, approximate = finished.results
    assert default.fidelity is None
    assert approximate.outcome is Outcome.MEASURED
    assert not approximate.equivalence.passed
    assert {each.quantity for each in approximate.samples} == {Quantity.INFER, Quantity.LATENCY}
    assert approximate.fidelity.items - approximate.fidelity.agreeing == 3


def test_its_samples_rank_nobody():
    """The proposal is measured anew, in the rounds that the default has."""
    who = replace(candidate("a", factors=FACTORS, noise=0.01), levers=LEVERS[:1])
    train, _ = searched(who)
    finished = run([replace(who, configurations=(*who.configurations, tuned(train.proposed.levers)))])
    rounds = [{sample.round for sample in result.samples} for result in finished.results]
    assert len(rounds) == 2
    assert rounds[0] == rounds[1]
    assert all(result.outcome is Outcome.MEASURED for result in finished.results)
