"""On which configurations a decision stands."""

import pytest
from msgspec.structs import replace

from advisor.decision import basis as basis_of
from advisor.decision.engine import decide
from advisor.decision.model import Basis, Criterion, Needs
from advisor.frameworks import catalogue
from advisor.frameworks.model import Acts, Lever
from advisor.frameworks.pairs import offered
from advisor.probes.configuration import DEFAULT, Configuration, ConfigurationOrigin
from advisor.probes.model import Fidelity
from tests.decision.builders import framework, machine, result, run

FAST = Configuration(ConfigurationOrigin.TUNED, (("onednn", "1"),))
ROUGH = Configuration(ConfigurationOrigin.USER, (("int8", "on"),))
CATALOGUE = (
    replace(
        framework("alpha"),
        levers=(
            Lever("onednn", ("1",), Acts.BUILD, "2026-10", "synthetic"),
            Lever("int8", ("on",), Acts.BUILD, "2026-10", "synthetic", exact=False),
        ),
    ),
    framework("beta"),
)
SHIPPED = catalogue.load()
RUNS = (
    run(
        result("alpha", 0.6),
        result("alpha", 0.2, configuration=FAST),
        result("alpha", 0.05, configuration=ROUGH),
        result("beta", 0.3),
    ),
)


def judged(basis):
    decision = decide(Needs(basis=basis), CATALOGUE, machine(), RUNS, draws=500)
    value = next(
        each
        for each in decision.values
        if (each.alternative, each.criterion) == ("alpha", Criterion.TRAINING_SPEED)
    )
    return decision, value


def test_as_it_comes_looks_at_defaults_alone():
    decision, value = judged(Basis.AS_IT_COMES)
    assert value.configuration == DEFAULT
    assert decision.ranking[0].alternative == "beta"
    assert all(term.alternative != "alpha" or term.value for term in decision.user_terms)


def test_what_is_safe_is_set_and_what_trades_accuracy_is_not():
    decision, value = judged(Basis.SAFE)
    assert value.configuration == FAST
    assert decision.ranking[0].alternative == "alpha"


@pytest.mark.parametrize(
    ("agreeing", "loss", "counts"),
    [(99, 0.01, True), (98, 0.01, False), (98, 0.02, True), (None, 0.5, False)],
)
def test_an_approximation_counts_only_where_it_is_accepted(agreeing, loss, counts):
    fidelity = None if agreeing is None else Fidelity(100, agreeing)
    rough = replace(result("alpha", 0.05, configuration=ROUGH), fidelity=fidelity)
    runs = (run(result("alpha", 0.6), rough, result("beta", 0.3)),)
    for basis in Basis:
        needs = Needs(basis=basis, accepted_loss=loss)
        (considered,) = basis_of.considered(needs, CATALOGUE, runs)
        assert (rough in considered.results) == (counts and basis is Basis.APPROXIMATE)


def test_the_runtime_of_a_pair_says_what_approximates():
    pair = next(each for _, each in offered(SHIPPED) if each.runtime == "onnxruntime")
    rough = Configuration(ConfigurationOrigin.USER, (("int8", "full"),))
    runs = (run(result(pair.id, 0.6), result(pair.id, 0.1, configuration=rough)),)
    (considered,) = basis_of.considered(Needs(), SHIPPED, runs)
    assert [each.subject.configuration for each in considered.results] == [DEFAULT]


def test_safe_is_what_is_meant_where_nothing_is_said():
    assert Needs().basis is Basis.SAFE
