"""The comparison with the float64 reference, and the file that it is read from."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from advisor.errors import AdvisorError
from advisor.probes.equivalence import Reference, References, compare, load_references
from advisor.probes.launch.wire import Prepared
from advisor.probes.model import Conditions

REFERENCES = References(0, {"w": Reference(10, ((1.0, -2.0), (0.5, 0.25)), (2.0, 1.5))})
EXACT = Prepared(0.1, 10, [[1.0, -2.0], [0.5, 0.25]], [2.0, 1.5], {})
FP32 = Conditions(threads=1)


def test_the_exact_network_passes_with_no_error():
    found = compare(EXACT, "w", REFERENCES, FP32)
    assert found.passed and found.reason is None
    assert (found.output_error, found.loss_errors) == (0.0, (0.0, 0.0))


@given(st.floats(-0.01, 0.01), st.sampled_from([(0, 0), (0, 1), (1, 0), (1, 1)]))
def test_the_output_error_is_relative_to_the_largest_output(error, where):
    outputs = [list(row) for row in EXACT.outputs]
    outputs[where[0]][where[1]] += error
    found = compare(replace(EXACT, outputs=outputs), "w", REFERENCES, FP32)
    assert found.output_error == pytest.approx(abs(error) / 2.0, abs=1e-12)
    assert found.passed == (found.output_error <= 1e-3)


@given(st.floats(-0.01, 0.01), st.sampled_from([0, 1]))
def test_the_loss_after_one_step_counts_as_well(error, which):
    losses = list(EXACT.losses)
    losses[which] *= 1 + error
    found = compare(replace(EXACT, losses=losses), "w", REFERENCES, FP32)
    assert found.loss_errors[which] == pytest.approx(abs(error), abs=1e-12)
    assert found.passed == (max(found.loss_errors) <= 1e-3)


def test_another_seed_has_no_reference():
    assert compare(EXACT, "w", REFERENCES, Conditions(threads=1, seed=1)).reason == "no-reference"


def test_the_shipped_references_can_be_read_and_are_of_seed_0():
    references = load_references()
    assert references.seed == 0
    assert all(reference.outputs for reference in references.workloads.values())


@pytest.mark.parametrize("text", [None, "", "{", json.dumps({"seed": "x", "workloads": {}})])
def test_a_damaged_file_is_told_by_name(tmp_path, text):
    path = tmp_path / "references.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(AdvisorError, match=r"references\.json"):
        load_references(path)
