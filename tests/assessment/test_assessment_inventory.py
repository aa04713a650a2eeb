"""What a run measures: alternatives, devices and configurations, by needs and options."""

import pytest
from msgspec.structs import replace

from advisor.assessment.inventory import Inventory, candidates, configurations
from advisor.assessment.model import FrameworkState, RunOptions
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.frameworks.model import Acts, Installation, Lever, Origin
from advisor.probes.configuration import DEFAULT, Configuration, ConfigurationOrigin
from tests.decision.builders import framework, machine

LEVERS = (
    Lever("xla", ("on",), Acts.BUILD, "2026-11", "https://example.org"),
    Lever("threads", ("1", "2"), Acts.PROCESS, "2026-11", "https://example.org", variable="THREADS"),
    Lever("graph", ("on",), Acts.BUILD, "2026-11", "https://example.org", devices=("cuda",)),
)
ALPHA = replace(framework("alpha"), worker="fake_worker", levers=LEVERS, compiled={"xla": "on"})
BETA = replace(framework("beta"), worker="fake_worker")
XLA = Configuration(ConfigurationOrigin.COMPILED, (("xla", "on"),))


def own(**levers):
    return Configuration(ConfigurationOrigin.USER, tuple(sorted(levers.items())))


def found(options=RunOptions(), needs=Needs()):
    states = tuple(
        FrameworkState(name, Installation(name, "1.0", "/python", "3.12", Origin.MANAGED))
        for name in ("alpha", "beta")
    )
    made = candidates(Inventory(machine(), (ALPHA, BETA), (), states), needs, options)
    return {each.alternative: each for each in made}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (RunOptions("quick"), (DEFAULT,)),
        (RunOptions("standard"), (DEFAULT, XLA)),
        (RunOptions("quick", compiled=True), (DEFAULT, XLA)),
        (RunOptions("standard", compiled=False), (DEFAULT,)),
        (RunOptions("quick", configurations={"alpha": (own(threads="2"),)}), (DEFAULT, own(threads="2"))),
        # The compiled way asked for by its levers is not measured twice.
        (RunOptions("standard", configurations={"alpha": (own(xla="on"),)}), (DEFAULT, XLA)),
    ],
)
def test_the_default_comes_first_then_the_compiled_way_then_the_users_own(options, expected):
    assert found(options)["alpha"].configurations == expected
    assert found(options)["beta"].configurations == (DEFAULT,)


def test_a_candidate_has_the_levers_of_its_device():
    assert [each.id for each in found()["alpha"].levers] == ["xla", "threads"]
    on_gpu = found(RunOptions(device="cuda:0"))["alpha"]
    assert on_gpu.devices == ("cuda:0",)
    assert [each.id for each in on_gpu.levers] == ["xla", "threads", "graph"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"alpha": (own(threds="2"),)}, "threads"),
        ({"alpha": (own(threads="9"),)}, "1, 2"),
        ({"alpha": (own(graph="on"),)}, "xla"),
        ({"gamma": (own(xla="on"),)}, "alpha, beta"),
    ],
)
def test_a_setting_that_there_is_not_is_refused_with_those_there_are(asked, said):
    with pytest.raises(AdvisorError, match=said):
        found(RunOptions(configurations=asked))


def test_only_what_is_named_is_measured_of_what_is_compared():
    assert list(found(RunOptions(frameworks=("beta",)))) == ["beta"]
    with pytest.raises(AdvisorError, match="alpha"):
        found(RunOptions(frameworks=("beta",)), Needs(frameworks=("alpha",)))


def test_a_framework_without_a_compiled_way_has_none():
    (alternative,) = BETA.alternatives
    assert configurations(BETA, alternative, "cpu", RunOptions("thorough")) == (DEFAULT,)
