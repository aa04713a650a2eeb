"""On which configurations a decision stands."""

from msgspec.structs import replace

from advisor.decision.engine import decide
from advisor.decision.model import Basis, Criterion, Needs
from advisor.frameworks.model import Acts, Lever
from advisor.probes.configuration import DEFAULT, Configuration, ConfigurationOrigin
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


def test_safe_is_what_is_meant_where_nothing_is_said():
    assert Needs().basis is Basis.SAFE
