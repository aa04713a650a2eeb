"""The example that the program shows: a real run, told of without its machine's paths and names."""

import re

import pytest
from make_example import EXAMPLE, example
from msgspec.structs import replace

from advisor.assessment import document
from advisor.assessment.model import Status
from advisor.errors import AdvisorError
from tests import samples


def test_the_example_is_a_whole_undisturbed_run_over_all_that_was_installed() -> None:
    kept = document.read(EXAMPLE)
    installed = {each.alternative for each in kept.installations if each.installation is not None}
    assert kept.status is Status.COMPLETE
    for run in kept.runs:
        assert not run.warnings and run.interleaved
        assert {each.subject.alternative for each in run.results if each.samples} == installed
        assert all(each.memory is not None and each.scaling for each in run.results)


def test_the_example_holds_no_path_of_a_user() -> None:
    text = EXAMPLE.read_text("utf-8")
    assert not re.search(r'"(?:/(?!dev/)|[A-Z]:\\\\)', text), "an absolute path"


def test_a_disturbed_or_a_stopped_run_is_no_example() -> None:
    for kind in ("standard", "cancelled"):
        with pytest.raises(AdvisorError, match="no example"):
            example(samples.sample_assessment(kind))
    made = samples.sample_assessment("standard")
    quiet = replace(made, warnings=(), runs=tuple(replace(run, warnings=()) for run in made.runs))
    assert "/home" not in document.encode(example(quiet)).decode()
