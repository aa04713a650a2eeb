import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.decision import needs
from advisor.decision.assumptions import answered, assumed
from advisor.decision.model import (
    Answer,
    Constraints,
    Criterion,
    Needs,
    Priorities,
    PriorityMode,
    ProjectStage,
    Target,
    Team,
    WorkloadNeeds,
)
from advisor.decision.source_positions import json_line, toml_line
from advisor.errors import AdvisorError
from advisor.workloads.model import Task
from tests.decision.builders import framework

CATALOGUE = (framework("pytorch"), framework("keras", backends=("tensorflow", "torch")))

FULL = Needs(
    title='A "quoted" title, with é and 中文',
    tasks={Task.NLP: 2.0, Task.RL: 1.0},
    stage=ProjectStage.EDGE,
    workload=WorkloadNeeds(dataset_items=10, epochs=3, batch=7, latency_target_s=0.01),
    constraints=Constraints(
        operating_systems=("windows",),
        targets=(Target.IOS, Target.ANDROID),
        languages=("c++",),
        licences=("Apache-2.0",),
        federated=True,
        maintained=False,
        waived=("target:ios",),
    ),
    team=Team(skills={"pytorch": 4, "keras-torch": 0}, size=3, willingness=1),
    priorities=Priorities(
        mode=PriorityMode.ORDER,
        weights={Criterion.MEMORY: 40.0},
        order=(Criterion.MEMORY, Criterion.ENERGY),
        sureness=0.25,
    ),
    frameworks=("keras", "pytorch"),
)


def fault(text, name="needs.toml"):
    with pytest.raises(AdvisorError) as caught:
        needs.loads(text, name, CATALOGUE)
    return str(caught.value)


@pytest.mark.parametrize("name", ["needs.toml", "needs.json"])
@pytest.mark.parametrize("written", [Needs(), FULL])
def test_what_is_written_is_read_back(tmp_path, name, written):
    path = tmp_path / name
    needs.write(written, path)
    assert needs.read(path, CATALOGUE) == written


def test_what_stands_in_a_file_is_the_users_word_though_it_is_the_default():
    read = needs.loads(
        'stage = "research"\n[workload]\nepochs = 20\n[priorities]\nsureness = 0.5', "a.toml", CATALOGUE
    )
    assert read.stated == (Answer.STAGE, Answer.DATA, Answer.SURENESS)
    assert set(assumed(Needs())) - set(assumed(read)) == set(read.stated)
    # Whoever names what they state has said what they don't: the template states nothing.
    assert needs.loads('stated = ["size"]\nstage = "research"', "a.toml", CATALOGUE).stated == (Answer.SIZE,)
    assert assumed(needs.loads(needs.template(), "a.toml", CATALOGUE)) == assumed(Needs())


def test_an_answer_is_stated_once_it_is_given_and_others_stay_as_they_were():
    given_again = answered(Needs(), stage=ProjectStage.RESEARCH)
    assert given_again.stated == (Answer.STAGE,)
    priorities = Priorities(sureness=0.7)
    back = answered(answered(given_again, priorities=priorities), priorities=Priorities())
    assert back.stated == (Answer.STAGE, Answer.SURENESS)
    assert answered(Needs(), workload=WorkloadNeeds(batch=8)).stated == ()


@pytest.mark.parametrize("stage", ProjectStage)
def test_the_template_is_the_preset_and_shows_every_field(stage):
    start = needs.preset(stage, (Task.NLP,))
    text = needs.template(start)
    assert needs.loads(text, "needs.toml", CATALOGUE) == start
    for field in (
        "latency_target_s",
        "batch",
        "waived",
        "willingness",
        "sureness",
        "skills",
        "training_speed",
    ):
        assert field in text
    # The commented weights are the preset's: in force, they change nothing.
    uncommented = [line.lstrip("# ") for line in text.splitlines() if line.startswith("# training_speed = ")]
    assert len(uncommented) == 1
    assert tomllib.loads(uncommented[0])["training_speed"] > 0


@pytest.mark.parametrize(
    ("text", "line", "field", "hint"),
    [
        ('stage = "researc"', 1, "stage", 'Did you mean "research"?'),
        ('title = "x"\n\n[tasks]\nnlp = 1\nnlq = 1', 5, "tasks.nlq", 'Did you mean "nlp"?'),
        ("[tasks]\nnlp = -1", 2, "tasks.nlp", "a number above 0"),
        ("tasks = { nlp = inf }", 1, "tasks.nlp", "a number above 0"),
        ("[team]\nsize = 2\nskils = {}", 3, "team.skils", 'Did you mean "skills"?'),
        ("[workload]\nepochs = 0", 2, "workload.epochs", "a whole number of at least 1"),
        ("[workload]\nepochs = true", 2, "workload.epochs", "a whole number of at least 1"),
        ('[workload]\nbatch = "x"', 2, "workload.batch", "a whole number of at least 1"),
        ("[team.skills]\npytorch = 5", 2, "team.skills.pytorch", "a whole number from 0 to 4"),
        ("[priorities.weights]\nmemory = 300", 2, "priorities.weights.memory", "a number from 0 to 100"),
        ("[priorities.weights]\nmemroy = 3", 2, "priorities.weights.memroy", 'Did you mean "memory"?'),
        ('[constraints]\ntargets = ["ios",\n"andriod"]', 2, "constraints.targets[1]", '"android"'),
        ("team = 3", 1, "team", "a table"),
        ("schema_version = 2", 1, "schema_version", "Allowed: 1"),
        ('frameworks = ["torch"]', 1, "frameworks[0]", 'Did you mean "pytorch"?'),
        ("[team.skills]\nkears = 1", 2, "team.skills.kears", 'Did you mean "keras"?'),
        ('[constraints]\nwaived = ["maintaind"]', 2, "constraints.waived[0]", 'Did you mean "maintained"?'),
        ('[constraints]\noperating_systems = ["win"]', 2, "constraints.operating_systems[0]", "windows"),
        ("tasks = {}", 1, "tasks", "nlp"),
        ('[priorities]\nmode = "order"', 1, "priorities.order", "order"),
        (
            '[priorities]\norder = ["memory", "memory"]',
            2,
            "priorities.order",
            "Name each criterion once.",
        ),
    ],
)
def test_a_fault_names_file_line_field_and_what_is_allowed(text, line, field, hint):
    message = fault(text)
    assert message.startswith(f"needs.toml, line {line}: {field}: ")
    assert hint in message


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (
            '{\n"constraints": {"targets": [\n"ios",\n"andriod"]}}',
            "needs.json, line 4: constraints.targets[1]: ",
        ),
        ('{"team":\n{"skills":\n{"pytorch": 9}}}', "needs.json, line 3: team.skills.pytorch: "),
        ('{"workload": {\n"batch": null,\n"epochs": null}}', "needs.json, line 3: workload.epochs: "),
        ("[1]", "needs.json: "),
        ('{\n"title": }', "needs.json, line 2: "),
    ],
)
def test_json_is_held_to_the_same(text, start):
    assert fault(text, "needs.json").startswith(start)


def test_broken_toml_is_said_with_its_line():
    assert "line 2" in fault('title = "x"\nstage = = 3\n')


def test_a_huge_or_binary_or_missing_file_is_refused(tmp_path):
    huge = tmp_path / "huge.toml"
    huge.write_bytes(b"#" * (needs.SIZE_LIMIT_BYTES + 1))
    with pytest.raises(AdvisorError, match="larger"):
        needs.read(huge)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AdvisorError, match="UTF-8"):
        needs.read(binary)
    with pytest.raises(AdvisorError, match=r"missing\.toml can't be read"):
        needs.read(tmp_path / "missing.toml")


def test_json_nested_beyond_reason_is_refused():
    with pytest.raises(AdvisorError):
        needs.loads('{"a":' * 100_000, "deep.json", CATALOGUE)


KEYS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=6)
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        st.integers() | st.text(max_size=5) | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def places(value, way=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*way, name)
        yield from places(inner, (*way, name))


@given(DOCUMENTS)
def test_every_field_of_a_json_text_has_its_line(document):
    # One field or item a line: the line of a place is where its key or its value stands.
    text = json.dumps(document, indent=1)
    lines = text.splitlines()
    for place in places(document):
        number = json_line(text, place)
        if isinstance(place[-1], str):
            assert lines[number - 1].strip().startswith(json.dumps(place[-1]))
        # What isn't there has the line of what would hold it.
        assert json_line(text, (*place, "no such field")) == number


def test_toml_keys_may_be_quoted_and_dotted():
    text = 'a = 1\n"b c".d = 2\n[e."f.g"]  # table\nh = "[x]"\n'
    found = {
        ("a",): 1,
        ("b c", "d"): 2,
        ("e", "f.g"): 3,
        ("e", "f.g", "h"): 4,
        ("e", "f.g", "i"): 3,
        ("j",): 1,
    }
    assert {field: toml_line(text, field) for field in found} == found


@given(DOCUMENTS)
def test_whatever_a_document_holds_it_is_needs_or_a_clear_refusal(document):
    try:
        read = needs.loads(json.dumps(document), "any.json", CATALOGUE)
    except AdvisorError as error:
        assert str(error).startswith("any.json")
    else:
        assert isinstance(read, Needs)
