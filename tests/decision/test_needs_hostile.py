"""Needs from anyone: whatever a text is, it holds needs that can be decided with, or there is one clear message."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from advisor.decision import needs as needs_file
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue
from advisor.workloads.model import Task

CATALOGUE = catalogue.load()
TEXTS = {
    "needs.toml": needs_file.template(),
    "needs.json": needs_file.dumps(Needs(tasks=dict.fromkeys(Task, 1.0)), as_json=True),
}
VALUES = st.sampled_from(
    (
        *("9" * 400, "1" * 5000, "1e400", "-1e308", "nan", "inf", "null", "true", '""', "[]", "{}", "[{}]"),
        *('"\\ud800"', '"\\u0000"', "1979-05-27T07:32:00Z", "07:32:00", "0x" + "f" * 300, "[" * 3000),
        *('"a.b" = 1', "[a.b.c]", "[[team]]", "{a = 1, b = {c = [1]}}", '"' + "k" * 300 + '"', '"\x1b[2J"'),
        *("2.5", "\u2028", "\x85"),
    )
)


@st.composite
def mangled(draw):
    """A needs file in which values were replaced, lines doubled, text put in, and the end cut off."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    lines = TEXTS[name].split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        mark = "=" if name.endswith("toml") else ":"
        match draw(st.sampled_from(("value", "value", "double", "insert", "cut"))):
            case "value" if mark in lines[at]:
                comma = "," if lines[at].rstrip().endswith(",") else ""
                lines[at] = lines[at].partition(mark)[0] + mark + draw(VALUES) + comma
            case "double":
                lines.insert(at, draw(st.sampled_from(lines)))
            case "insert":
                column = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:column] + draw(VALUES | st.text(max_size=3)) + lines[at][column:]
            case "cut":
                lines = lines[: at + 1]
    return "\n".join(lines), name


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(mangled())
@example(("[team]\nsize = " + "9" * 400, "needs.toml"))
@example(('{"team": {"size": ' + "9" * 5000 + "}}", "needs.json"))
@example(("[tasks]\nnlp = " + "9" * 400, "needs.toml"))
def test_a_mangled_file_holds_needs_or_is_refused_with_words(case):
    text, name = case
    try:
        needs = needs_file.loads(text, name, CATALOGUE)
    except AdvisorError as error:
        assert name in error.message
        assert len(str(error)) < 5000
    else:
        assert needs_file.loads(needs_file.dumps(needs), "again.toml", CATALOGUE) == needs


@given(st.text(max_size=200), st.sampled_from(("a.toml", "a.json")))
def test_any_text_is_answered(text, name):
    try:
        needs_file.loads(text, name, CATALOGUE)
    except AdvisorError as error:
        assert name in error.message


@pytest.mark.parametrize("number", ["9" * 400, "1e400", "nan", "-inf", str(2**60)])
def test_numbers_beyond_reckoning_are_refused_with_their_line(number):
    with pytest.raises(AdvisorError, match=r"line 2: .*team\.size"):
        needs_file.loads(f"[team]\nsize = {number}\n", "needs.toml", CATALOGUE)
