"""The packaged catalogue is complete and cited, and a damaged one is named by file and field."""

import json
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import AdvisorError
from advisor.frameworks import catalogue
from advisor.frameworks.model import Fact, Framework, Grade, Role
from advisor.resources import resource

TASKS = ("image-classification", "nlp", "rl")
TARGETS = ("server", "desktop", "android", "ios", "browser", "microcontroller")
NUMBERS = ("downloads_month", "github_stars", "contributors", "pypi_rank")
FLAGS = (
    *(f"target.{name}" for name in TARGETS),
    *(f"platform.{name}" for name in ("linux", "windows", "macos")),
    *(f"accelerator.{name}" for name in ("cuda.linux", "cuda.windows", "rocm", "mps", "xpu")),
    *(f"language.{name}" for name in ("python", "c++", "java", "javascript", "swift")),
    *("distributed", "federated", "automl", "maintained"),
)
COUNTED = ("code_statements", "code_names", "code_namespaces")
ORIGINS = ("pytorch", "tensorflow", "keras", "mxnet", "jax", "paddle")
LEVELS = (
    *("ease_of_use", "deployment"),
    *(f"ecosystem.{task}" for task in TASKS),
    *(f"way.{name}" for name in TARGETS),
    *(f"migration.{name}" for name in ORIGINS),
)
TEXTS = (
    "mixed_precision",
    "quantisation",
    "pruning",
    "export",
    "last_release",
    "first_release",
    "last_version",
)

FRAMEWORKS = catalogue.load()
TRAINERS = [each for each in FRAMEWORKS if not each.serves]
RUNTIMES = [each for each in FRAMEWORKS if each.serves]
SERVED = (
    *(
        fact_id
        for fact_id in FLAGS
        if fact_id.partition(".")[0] in ("target", "platform", "accelerator", "language")
    ),
    *("maintained", "last_release", "last_version", "deployment"),
    *(f"way.{name}" for name in TARGETS),
)
FACTS = [
    pytest.param(fact_id, fact, id=f"{framework.id}:{fact_id}")
    for framework in FRAMEWORKS
    for fact_id, fact in framework.facts.items()
]


def test_frameworks_come_in_their_fixed_order() -> None:
    assert [framework.id for framework in FRAMEWORKS] == [
        "pytorch",
        "tensorflow",
        "keras",
        "mxnet",
        "jax",
        "paddle",
        "onnxruntime",
        "openvino",
        "litert",
    ]


def test_every_backend_of_keras_is_an_alternative() -> None:
    assert [item.id for item in catalogue.alternatives(FRAMEWORKS)] == [
        "pytorch",
        "pytorch-onnxruntime",
        "pytorch-openvino",
        "tensorflow",
        "tensorflow-litert",
        "keras-tensorflow",
        "keras-torch",
        "keras-jax",
        "keras-tensorflow-openvino",
        "keras-tensorflow-litert",
        "mxnet",
        "jax",
        "paddle",
    ]


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.id)
def test_a_runtime_states_what_it_decides_and_serves_what_there_is(runtime: Framework) -> None:
    assert set(SERVED) <= set(runtime.facts)
    assert runtime.roles == (Role.SERVE,)
    for source in runtime.serves:
        trainer = catalogue.find(FRAMEWORKS, source.framework)
        assert source.backend in (trainer.backends or (None,))
        assert source.note, "what is lost on the way"


@pytest.mark.parametrize("framework", TRAINERS, ids=lambda framework: framework.id)
@pytest.mark.parametrize("fact_id", [*NUMBERS, *FLAGS, *COUNTED, *LEVELS, *TEXTS])
def test_every_framework_states_every_fact_that_decisions_rest_on(framework: Framework, fact_id: str) -> None:
    # Nothing is moved from a framework to itself.
    assert fact_id in framework.facts or fact_id == f"migration.{framework.id}"


@pytest.mark.parametrize(("fact_id", "fact"), FACTS)
def test_a_fact_is_cited_typed_and_not_from_the_future(fact_id: str, fact: Fact) -> None:
    plain = fact_id.split("@")[0]
    assert fact.source.strip()
    assert fact.date <= date.today().isoformat()
    if fact.value is None:
        assert fact.note, "an unknown value says why"
    elif plain.startswith("language."):
        assert fact.value in ("train", "infer", False)
    elif plain.startswith("target."):
        assert isinstance(fact.value, bool | str)
    elif plain.startswith("licence."):
        assert isinstance(fact.value, str) and fact.grade is Grade.A
    elif plain in FLAGS or plain.startswith("platform."):
        assert isinstance(fact.value, bool)
    elif plain in LEVELS:
        assert fact.value in range(5)
        assert fact.unit == "level"
        assert plain.split(".")[0] in catalogue.rubrics()
    elif plain in NUMBERS + COUNTED:
        assert isinstance(fact.value, float) and fact.value > 0 and fact.unit
    elif plain in TEXTS:
        assert isinstance(fact.value, str)


def test_a_way_to_use_a_framework_is_stated_as_facts_are_and_is_no_alternative() -> None:
    ways = [each for framework in FRAMEWORKS for each in framework.wrappers]
    assert {each.name for each in ways} == {"Lightning", "Accelerate", "DeepSpeed", "KerasHub"}
    for way in ways:
        assert way.adds and way.version and way.licence
        assert way.source.startswith("https://")
        assert way.released <= way.date <= date.today().isoformat()
        assert way.ease_of_use in range(len(catalogue.rubrics()["ease_of_use"].levels))
    offered = {each.name for each in catalogue.alternatives(FRAMEWORKS)}
    assert not offered & {each.name for each in ways}


@pytest.mark.parametrize("framework", TRAINERS, ids=lambda framework: framework.id)
def test_ease_of_use_is_called_a_judgement(framework: Framework) -> None:
    assert framework.facts["ease_of_use"].grade is Grade.C


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.id)
def test_a_fact_for_a_backend_names_one_the_framework_has(framework: Framework) -> None:
    named = {fact_id.split("@")[1] for fact_id in framework.facts if "@" in fact_id}
    assert named <= set(framework.backends)
    assert set(framework.backend_modules) == set(framework.backend_names) == set(framework.backends)


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.id)
def test_every_requirement_is_pinned(framework: Framework) -> None:
    assert "cpu" in framework.requirements
    for requirements in framework.requirements.values():
        assert all("==" in package for package in requirements.packages)


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.id)
def test_a_licence_is_declared_for_the_framework_and_for_every_backend(framework: Framework) -> None:
    declared = {key.removeprefix("licence.") for key in framework.facts if key.startswith("licence.")}
    assert framework.package in declared
    assert {f"{backend}@{backend}" for backend in framework.backends} <= declared


@pytest.mark.frameworks
def test_the_licences_are_what_the_installed_distributions_say(framework_pythons: dict[str, str]) -> None:
    script = (
        "import importlib.metadata as m, json, sys\n"
        "d = m.metadata(sys.argv[1])\n"
        "classified = [c.rpartition(' :: ')[2] for c in d.get_all('Classifier') or () if c.startswith('License')]\n"
        "print(json.dumps([d.get('License-Expression'), d.get('License') or ''.join(classified)]))"
    )
    for framework in FRAMEWORKS:
        for key, fact in framework.facts.items():
            if not key.startswith("licence."):
                continue
            name = key.removeprefix("licence.").partition("@")[0]
            name = {"tensorflow": "tensorflow-cpu"}.get(name, name)
            done = subprocess.run(
                [framework_pythons[framework.id], "-c", script, name],
                capture_output=True,
                text=True,
                check=True,
            )
            expression, text = json.loads(done.stdout)
            text = {"MIT License": "MIT"}.get(text, text)
            apache = ("Apache Software License", "Apache 2.0", "Apache License 2.0", "Apache-2.0")
            assert fact.value == (expression or ("Apache-2.0" if text in apache else text))


def test_the_specific_fact_goes_before_the_plain_one() -> None:
    keras = catalogue.find(FRAMEWORKS, "keras")
    assert catalogue.fact(keras, "accelerator.mps", "torch") is keras.facts["accelerator.mps@torch"]
    assert catalogue.fact(keras, "language.python", "torch") is keras.facts["language.python"]
    assert catalogue.fact(keras, "no.such.fact", "torch") is None


def test_an_alternative_leads_to_its_framework() -> None:
    assert catalogue.find(FRAMEWORKS, "keras-jax").id == "keras"


def test_a_misspelt_framework_gets_the_nearest_name() -> None:
    with pytest.raises(AdvisorError, match='"pytorch"'):
        catalogue.find(FRAMEWORKS, "pytroch")


def test_stale_facts_come_oldest_first() -> None:
    aged = catalogue.stale(FRAMEWORKS, date(2026, 11, 24), months=12)
    assert {(item.framework, item.id) for item in aged} >= {
        ("pytorch", "survey_share"),
        ("mxnet", "maintained"),
    }
    assert [item.age_months for item in aged] == sorted((item.age_months for item in aged), reverse=True)
    assert not any(item.fact.date.startswith("2026") for item in aged)


@pytest.mark.parametrize(
    ("stated", "today", "stale"),
    [
        ("2025-11-24", date(2026, 11, 24), True),
        ("2025-11-25", date(2026, 11, 24), False),
        ("2025-11", date(2026, 11, 24), False),
        ("2025-11", date(2026, 12, 1), True),
        ("2025", date(2026, 12, 1), False),
        ("2025-10-31", date(2026, 11, 1), True),
    ],
)
def test_a_year_has_to_pass_before_a_fact_is_stale(stated: str, today: date, stale: bool) -> None:
    assert bool(catalogue.stale([_with_fact(stated)], today)) is stale


@given(st.dates(date(2000, 1, 1), date(2026, 1, 1)), st.integers(1, 100))
def test_a_fact_of_today_is_never_stale(day: date, months: int) -> None:
    assert catalogue.stale([_with_fact(day.isoformat())], day, months) == ()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('name = "MXNet"', "name = 3", r"mxnet\.toml.*\$\.name"),
        ('grade = "A"', 'grade = "Z"', r"mxnet\.toml.*Z.*\.facts"),
        ('id = "mxnet"', 'id = "other"', r"mxnet\.toml.*other"),
        ('date = "2026-11"', 'date = "last week"', r"mxnet\.toml.*pypi_rank\.date"),
        ("[facts]", "[facts", r"mxnet\.toml is not valid TOML"),
        ('module = "mxnet"', 'module = "mxnet"\nsurprise = 1', r"mxnet\.toml.*surprise"),
    ],
)
def test_a_damaged_file_is_named_with_its_field(tmp_path: Path, old: str, new: str, named: str) -> None:
    folder = shutil.copytree(resource("catalogue"), tmp_path / "catalogue")
    path = folder / "mxnet.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(AdvisorError, match=named):
        catalogue.load(folder)


def test_a_missing_catalogue_says_so(tmp_path: Path) -> None:
    with pytest.raises(AdvisorError, match="no catalogue"):
        catalogue.load(tmp_path)


def _with_fact(stated: str) -> Framework:
    fact = Fact(value=1.0, date=stated, source="a book", grade=Grade.A)
    return Framework("x", "X", "", "x", "x", "x", "MIT", {}, {"fact": fact})


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.id)
def test_the_readme_names_the_version_that_is_set_up(framework: Framework) -> None:
    names = (framework.package, *framework.distributions, f"{framework.package}-cpu")
    pins = dict(package.partition(";")[0].split("==") for package in framework.requirements["cpu"].packages)
    version = next(pins[name] for name in names if name in pins)
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert re.search(rf"{re.escape(framework.name)} \(?{re.escape(version)}\b", readme)
