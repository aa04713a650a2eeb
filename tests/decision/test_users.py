"""Realistic users, one needs file each: the answer is the one that somebody who knows the field would give.

All are decided on one fixed assessment (invented figures, PyTorch fastest) and today's catalogue.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from advisor.decision import gates, needs
from advisor.decision.engine import decide
from advisor.decision.model import Criterion, GateStatus, VerdictKind
from advisor.decision.trust import Doubt
from advisor.frameworks import catalogue
from advisor.report.wording import trust
from tests.samples import sample_assessment

MEASURED = tuple(each for each in catalogue.load() if each.id in ("pytorch", "tensorflow", "keras", "mxnet"))
"""What the fixed assessment has measured: no pair, and none of those that came later."""

FOLDER = Path(__file__).parent / "users"
CLEAR, LEANING, CLOSE, NONE = (
    VerdictKind.CLEAR,
    VerdictKind.LEANING,
    VerdictKind.TOO_CLOSE,
    VerdictKind.NONE,
)
KERAS = ("keras-tensorflow", "keras-torch", "keras-jax")
ALL = ("pytorch", "tensorflow", *KERAS, "mxnet")
NO_CHIP = ("keras-torch", "keras-jax", "mxnet")


class User(NamedTuple):
    """What is expected: kind, shortlist, some of what decides, and who fails or is not proven on a gate."""

    kind: VerdictKind
    recommended: tuple[str, ...] = ()
    decisive: tuple[Criterion, ...] = ()
    fails: dict[str, tuple[str, ...]] = {}
    open: dict[str, tuple[str, ...]] = {}


USERS = {
    # LiteRT is the surer way and PyTorch has the models: either will do. This machine's latency says nothing.
    "android_app": User(CLOSE, ("keras-tensorflow", "pytorch", "tensorflow"), (Criterion.DEPLOYMENT,)),
    "ios_and_android_app": User(
        LEANING,
        ("pytorch",),
        (Criterion.ECOSYSTEM,),
        fails={"language:swift": ("mxnet",)},
        open={"target:ios": ("mxnet",)},
    ),
    # 46.8 MB of weights, 11.7 MB of them once quantised: it fits below 20 MB.
    "old_phone": User(CLOSE, ("keras-tensorflow", "pytorch", "tensorflow"), (Criterion.DEPLOYMENT,)),
    # 297 million operations ten times a second are three times what the processor can do, whoever writes them.
    "slow_phone": User(NONE, fails={"fits:android": ALL}),
    # 17,410 parameters fit. LiteRT for Microcontrollers is the tried way there, and ExecuTorch's is called beta;
    # policies are trained where the libraries are, with PyTorch. Two backends have no way there.
    "sensor_board": User(
        CLOSE,
        ("keras-tensorflow", "tensorflow", "pytorch"),
        open={"target:microcontroller": NO_CHIP},
    ),
    "chip_too_small": User(
        NONE, fails={"fits:microcontroller": ALL}, open={"target:microcontroller": NO_CHIP}
    ),
    "chip_unknown": User(NONE, open={"fits:microcontroller": ALL, "target:microcontroller": NO_CHIP}),
    "browser_demo": User(
        LEANING, ("pytorch",), (Criterion.ECOSYSTEM,), fails={"language:javascript": ("mxnet",)}
    ),
    # Models come trained, so that running them from Java is enough.
    "java_backend": User(CLEAR, ("pytorch",), (Criterion.INFERENCE_LATENCY,)),
    # Only TensorFlow's Java trains.
    "java_only": User(CLEAR, ("tensorflow",), fails={"language:java": ("pytorch", *KERAS, "mxnet")}),
    # Python trains, Java has but to run what was trained.
    "python_and_java": User(CLEAR, ("pytorch",), (Criterion.ECOSYSTEM,)),
    "rl_lab": User(CLEAR, ("pytorch",), (Criterion.ECOSYSTEM,)),
    "nlp_research": User(LEANING, ("pytorch",), (Criterion.ECOSYSTEM,)),
    "relaxed_service": User(CLEAR, ("pytorch",), (Criterion.INFERENCE_LATENCY,)),
    "tight_service": User(
        CLEAR, ("pytorch",), fails={"latency": ("tensorflow", *KERAS)}, open={"latency": ("mxnet",)}
    ),
    "borderline_service": User(
        NONE, fails={"latency": ("tensorflow", *KERAS, "mxnet")}, open={"latency": ("pytorch",)}
    ),
    "impossible_service": User(NONE, fails={"latency": ALL}),
    # All of their models and most of their skill: a third more speed doesn't pay for writing it all anew.
    "tensorflow_team": User(LEANING, ("tensorflow",), (Criterion.MIGRATION, Criterion.TEAM_SKILL)),
    "pytorch_team": User(CLEAR, ("pytorch",), (Criterion.TEAM_SKILL, Criterion.MIGRATION)),
    # They have to move; others went to PyTorch before them.
    "mxnet_team": User(CLEAR, ("pytorch",), (Criterion.MIGRATION,), fails={"maintained": ("mxnet",)}),
    # Free to stay, and still told to go: nothing mends what breaks.
    "mxnet_team_stays": User(CLEAR, ("pytorch",), (Criterion.MAINTENANCE,)),
    "keras_team": User(CLOSE, ("keras-jax", "keras-torch")),
    "hospital": User(CLEAR, ("pytorch",), (Criterion.TRAINING_SPEED,)),
    "cluster": User(CLEAR, ("pytorch",), (Criterion.ECOSYSTEM,)),
    "tiny_memory": User(NONE, fails={"memory_limit": ALL}),
    # The only one that is proven to fit is no clear choice: others may.
    "small_memory": User(
        LEANING,
        ("pytorch",),
        fails={"memory_limit": ("keras-tensorflow", "keras-jax")},
        open={"memory_limit": ("tensorflow", "keras-torch")},
    ),
    # Training takes more than the container has; what answering takes was not measured.
    "small_container": User(NONE, open={"memory_limit": ALL}),
    # PyTorch's wheel declares five licences more, and Keras on PyTorch installs that wheel.
    "apache_only": User(CLOSE, ("tensorflow", "keras-jax"), fails={"licence": ("pytorch", "keras-torch")}),
    "permissive_only": User(CLEAR, ("pytorch",), (Criterion.TRAINING_SPEED,)),
    "bsd_only": User(NONE, fails={"licence": ALL}),
    "speed_only": User(CLEAR, ("pytorch",), (Criterion.TRAINING_SPEED,)),
    "no_preference": User(CLOSE, ("pytorch", "keras-tensorflow")),
    # Keras is the easiest; which backend is beside the point for a school.
    "beginners": User(CLOSE, ("keras-torch", "pytorch")),
    "windows_desktop": User(
        CLEAR, ("pytorch",), (Criterion.MAINTENANCE,), fails={"platform:windows": ("mxnet",)}
    ),
    "no_accelerator": User(NONE, fails={"accelerator": ALL}),
    # Whoever trains here answers there: how long that takes was not measured.
    "phone_within_50_ms": User(CLOSE, ("keras-tensorflow", "pytorch", "tensorflow"), (Criterion.DEPLOYMENT,)),
    "phone_and_server": User(
        CLEAR, ("pytorch",), (Criterion.INFERENCE_LATENCY,), open={"target:android": ("mxnet",)}
    ),
    "mixed_group": User(CLEAR, ("pytorch",), (Criterion.ECOSYSTEM, Criterion.TEAM_SKILL)),
    # The least memory of those that are maintained, and the fastest.
    "ordered": User(CLEAR, ("pytorch",), (Criterion.TRAINING_SPEED,)),
    # Keras is easier; five times the weight doesn't make up for where models and people are.
    "compared": User(LEANING, ("pytorch",), (Criterion.ECOSYSTEM,)),
    "mac_and_linux": User(LEANING, ("pytorch",), (Criterion.ECOSYSTEM,)),
    "automl_shop": User(CLEAR, ("pytorch",), (Criterion.ECOSYSTEM, Criterion.TRAINING_SPEED)),
    "one_answered": User(LEANING, ("pytorch",), (Criterion.ECOSYSTEM,)),
}


@cache
def decided(name):
    assessment = sample_assessment("standard")
    # The warnings of the sample are another matter, and so is that it has few single calls.
    runs = tuple(
        replace(run, warnings=(), results=tuple(map(with_calls, run.results))) for run in assessment.runs
    )
    return decide(needs.read(FOLDER / f"{name}.toml"), MEASURED, assessment.machine, runs, seed=7)


def with_calls(result):
    """A result whose single calls are enough for a 99th percentile."""
    samples = (replace(each, durations_s=each.durations_s * 5) for each in result.samples)
    return replace(result, samples=tuple(samples))


def held(name, status):
    """Who is held by which gate, but for MXNet's retirement where nothing else was expected."""
    found = {}
    for alternative, blocked in gates.blocking(decided(name).gates, status).items():
        for gate in blocked:
            found.setdefault(gate, []).append(alternative)
    return {gate: tuple(sorted(names)) for gate, names in found.items()}


def test_every_file_is_a_user_of_the_table():
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(USERS)
    assert len(USERS) >= 30


@pytest.mark.parametrize("name", USERS)
def test_a_user_gets_the_answer_of_somebody_who_knows(name):
    user, verdict = USERS[name], decided(name).verdict
    # Whose points are a fraction higher on a shortlist is no part of the answer.
    assert (verdict.kind, set(verdict.recommended)) == (user.kind, set(user.recommended))
    assert set(user.decisive) <= set(verdict.decisive)


@pytest.mark.parametrize("name", USERS)
def test_whoever_misses_a_requirement_is_held_by_it_and_nobody_else(name):
    user = USERS[name]
    for status, expected in ((GateStatus.FAIL, user.fails), (GateStatus.UNKNOWN, user.open)):
        found = held(name, status)
        assert {gate: found.get(gate) for gate in expected} == {
            gate: tuple(sorted(names)) for gate, names in expected.items()
        }
        unexpected = set(found) - set(expected) - {"maintained"}
        # What MXNet can't do besides being retired is nobody's reason.
        assert not {gate for gate in unexpected if found[gate] != ("mxnet",)}
    assert not set(verdict_names(name)) & {each for names in user.fails.values() for each in names}


def verdict_names(name):
    return decided(name).verdict.recommended


def points(name, criterion):
    return {each.alternative: each.points for each in decided(name).values if each.criterion is criterion}


def test_each_target_has_points_of_its_own():
    phone, chip = points("android_app", Criterion.DEPLOYMENT), points("sensor_board", Criterion.DEPLOYMENT)
    assert all(phone[each] > chip[each] for each in ("pytorch", "tensorflow", "keras-torch"))
    assert chip["tensorflow"] > chip["pytorch"]


def test_silence_on_a_skill_is_worth_no_more_than_none():
    skill = points("one_answered", Criterion.TEAM_SKILL)
    assert max(skill.values()) == skill["tensorflow"]


def test_figures_that_exist_are_not_called_missing_where_they_do_not_count():
    found = {each.code: each.about for each in decided("android_app").verdict.concerns}
    answering = (Criterion.INFERENCE_THROUGHPUT, Criterion.INFERENCE_LATENCY)
    assert found[Doubt.ELSEWHERE] == answering
    assert not set(answering) & set(found[Doubt.UNASSESSED])
    assert Doubt.ELSEWHERE not in {each.code for each in decided("relaxed_service").verdict.concerns}


def test_the_ways_of_the_recommended_are_named():
    names = {"keras-tensorflow": "Keras (TensorFlow)", "pytorch": "PyTorch", "tensorflow": "TensorFlow"}
    assert set(trust.ways(decided("android_app"), names, "en")) == {
        "Keras (TensorFlow) and TensorFlow reach Android by LiteRT.",
        "PyTorch reaches Android by ExecuTorch.",
    }
    assert trust.ways(decided("relaxed_service"), names, "en") == []


def test_how_fast_this_machine_answers_carries_no_weight_for_another_kind():
    weights = {each.criterion: each for each in decided("android_app").weights}
    assert not weights[Criterion.INFERENCE_LATENCY].assessed
    assert weights[Criterion.TRAINING_SPEED].assessed
    assert {each.criterion: each for each in decided("relaxed_service").weights}[
        Criterion.INFERENCE_LATENCY
    ].assessed


def test_migration_counts_only_where_there_is_something_to_move():
    assert not {e.criterion: e for e in decided("rl_lab").weights}[Criterion.MIGRATION].assessed
    kept = points("tensorflow_team", Criterion.MIGRATION)
    assert kept["tensorflow"] == 100
    assert kept["keras-tensorflow"] > kept["keras-jax"] > kept["pytorch"]
