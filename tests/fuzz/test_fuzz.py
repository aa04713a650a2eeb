"""The fuzzer's first steps, the same each time; ``python -m tests.fuzz`` goes on from here."""

import sys

import pytest

if sys.platform == "win32":
    pytest.skip("the fuzzer stops what takes too long by a signal", allow_module_level=True)

from tests.fuzz import __main__ as fuzz
from tests.fuzz.targets import TARGETS, Target

COUNTS = {
    **{"documents": 120, "old": 40, "fleets": 30, "needs": 150},
    **{"messages": 1500, "events": 150, "drafts": 80, "settings": 50},
}


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_is_made_of_the_types_ends_in_an_answer_or_in_words(tmp_path, name):
    fuzzer = fuzz.Fuzzer(tmp_path, seed=1)
    for _ in range(COUNTS[name]):
        fuzzer.one(name)
    assert not fuzzer.failures
    assert 0 < fuzzer.refused[name] < COUNTS[name] or name in ("settings", "drafts")


def test_a_defect_is_found_and_its_input_kept(tmp_path, monkeypatch, capsys):
    def drive(data, random):
        if b'"paper":"a4"' not in data:
            raise KeyError("paper")

    monkeypatch.setitem(TARGETS, "settings", Target(TARGETS["settings"].make, drive))
    fuzzer = fuzz.Fuzzer(tmp_path, seed=1)
    while not fuzzer.failures:
        fuzzer.one("settings")
    (path,) = fuzzer.failures.values()
    assert str(path) in capsys.readouterr().err
    again = fuzz.Fuzzer(tmp_path / "again", seed=2)
    again.drive("settings", path.read_bytes())
    assert again.failures


def test_the_corpus_is_gone_on_from(tmp_path):
    first = fuzz.Fuzzer(tmp_path, seed=1)
    for _ in range(40):
        first.one("messages")
    second = fuzz.Fuzzer(tmp_path, seed=2)
    assert second.counts["messages"] == len(list((tmp_path / "messages").iterdir())) > 5
