import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.assessment import document
from advisor.errors import AdvisorError
from tests.samples import sample_assessment

SAMPLE = sample_assessment("standard")


def test_round_trip_keeps_every_sample():
    assert document.decode(document.encode(SAMPLE)) == SAMPLE


def test_syntax_error_names_the_line():
    lines = document.encode(SAMPLE).split(b"\n")
    lines[4] = b"@" + lines[4]
    with pytest.raises(AdvisorError, match="line 5"):
        document.decode(b"\n".join(lines), "mine.json")


def test_wrong_field_is_named_with_its_line():
    tree = json.loads(document.encode(SAMPLE))
    tree["machine"]["limits"]["cores"] = "many"
    data = json.dumps(tree, indent=1).encode()
    line = next(number for number, text in enumerate(data.split(b"\n"), 1) if b'"cores": "many"' in text)
    with pytest.raises(AdvisorError, match=rf"line {line}, machine\.limits\.cores,"):
        document.decode(data)


def test_file_of_a_newer_format_asks_for_an_update():
    tree = json.loads(document.encode(SAMPLE)) | {"schema_version": 999}
    with pytest.raises(AdvisorError, match="Update Framework Advisor"):
        document.decode(json.dumps(tree).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_assessment_is_refused_with_a_message(data):
    with pytest.raises(AdvisorError):
        document.decode(data, "stray.json")


def test_file_over_the_cap_is_not_even_read(tmp_path):
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(document.SIZE_CAP_BYTES + 1)
    with pytest.raises(AdvisorError, match="larger than"):
        document.read(path)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_message(data):
    with pytest.raises(AdvisorError):
        document.decode(data)


@given(st.data())
def test_a_damaged_assessment_is_read_or_refused_with_a_message(data):
    content = bytearray(document.encode(SAMPLE))
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] = data.draw(st.integers(0, 255))
    try:
        decoded = document.decode(bytes(content))
    except AdvisorError:
        return
    assert msgspec.structs.fields(decoded)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tree: tree.update(created_at="yesterday"), r"line 5, created_at, .* no date"),
        (lambda tree: tree["machine"].update(detected_at="2026-02-30"), "no date"),
        (lambda tree: tree.update(elapsed_s=1e200), "elapsed_s, .* too large"),
        (lambda tree: tree["decision"].update(draws=10**9), "<= 1000000"),
        (lambda tree: tree["decision"]["verdict"].update(recommended=[]), "contradict"),
        (lambda tree: tree["decision"]["verdict"].update(reason="unheard of"), "contradict"),
        (lambda tree: tree["runs"].append(tree["runs"][0]), "runs, .* twice"),
        (
            lambda tree: tree["catalogue"][0].update(colour={"light": "red", "dark": "#000000"}),
            "colour.light",
        ),
        (lambda tree: next(iter(tree["catalogue"][0]["facts"].values())).update(date="soon"), "no date"),
        (lambda tree: tree["runs"][0]["workload"].update(batch=0), "batch"),
    ],
)
def test_what_can_not_be_is_refused_before_it_is_reckoned_with(change, words):
    tree = json.loads(document.encode(SAMPLE))
    change(tree)
    with pytest.raises(AdvisorError, match=words):
        document.decode(json.dumps(tree, indent=1).encode())
