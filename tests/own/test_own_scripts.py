"""A user's scripts as a workload: read without being run, measured as they are, compared where they have outputs."""

import sys

import msgspec
import pytest

from advisor.assessment import own_work
from advisor.assessment.model import RunOptions
from advisor.errors import AdvisorError
from advisor.probes.model import Basis, Candidate, Capability, Outcome, Quantity
from advisor.probes.trial import attempt
from advisor.workloads import own
from advisor.workloads.model import Size, Task
from tests.probes.doubles import BUDGET, CONDITIONS, by_name, run

QUICK = msgspec.structs.replace(BUDGET, sample_s=0.005, min_rounds=2, max_rounds=3, memory_steps=1)


def opened(paths, **options):
    """The work of scripts."""
    return own.scripts(paths, {}, Task.IMAGE_CLASSIFICATION, Size.COMPACT, **options)


def candidates(work):
    """This test's own interpreter for each of them."""
    ready = [Candidate(name, name, None, sys.executable, "unused") for name in work.files]
    return own_work.candidates(ready, work, ())


def measure(paths):
    """Measure scripts, as every workload is measured."""
    work = opened(paths)
    finished = run(candidates(work), workload=work.workload, budget=QUICK)
    return finished, by_name(finished)


def test_a_script_is_read_and_not_run(script, tmp_path):
    mark = tmp_path / "ran"
    path = script("train.py", before=f"open({str(mark)!r}, 'w')")
    work = opened({"pytorch": path})
    assert (work.name, work.workload.batch) == ("Secret project", 4)
    assert not mark.exists()


def test_neither_path_nor_name_is_in_what_is_saved_unless_asked(script):
    path = script("train.py")
    private, named = opened({"pytorch": path}).workload, opened({"pytorch": path}, named=True).workload
    assert b"train" not in msgspec.json.encode(private)
    assert b"Secret" not in msgspec.json.encode(private)
    assert named.architecture == "Secret project"
    assert private.id == named.id


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"ITEMS = 4 * 8\n", "no plain number"),
        (b"ITEMS = 0\n", "can't have 0 items"),
        (b"ITEMS = 999999999999\n", "can't have"),
        (b"#" * (2**20 + 1), "larger than"),
    ],
)
def test_what_cant_be_read_is_said_so(tmp_path, text, fault):
    path = tmp_path / "train.py"
    path.write_bytes(text)
    with pytest.raises(AdvisorError, match=fault):
        opened({"pytorch": path})


def test_scripts_that_count_other_items_are_refused(script, tmp_path):
    other = tmp_path / "other.py"
    other.write_text("ITEMS = 8\n")
    with pytest.raises(AdvisorError, match="another number of items"):
        opened({"pytorch": script("train.py"), "tensorflow": other})


def test_scripts_with_the_same_outputs_are_measured_side_by_side(script):
    finished, results = measure({"pytorch": script("a.py"), "tensorflow": script("b.py", before="# other")})
    assert {each.outcome for each in results.values()} == {Outcome.MEASURED}
    assert {sample.quantity for each in results.values() for sample in each.samples} == {
        Quantity.TRAIN,
        Quantity.INFER,
    }
    assert results["pytorch"].equivalence.basis is Basis.NONE
    assert results["tensorflow"].equivalence.basis is Basis.PEER
    assert finished.workload.forward_flops is None


def test_a_script_that_puts_out_something_else_is_not_timed(script):
    _, results = measure({"pytorch": script("a.py"), "tensorflow": script("b.py", last="5.0")})
    assert results["tensorflow"].outcome is Outcome.NOT_EQUIVALENT
    assert results["tensorflow"].samples == ()
    assert results["pytorch"].outcome is Outcome.MEASURED


def test_without_outputs_nothing_is_said_of_doing_the_same(script):
    _, results = measure(
        {"pytorch": script("a.py", outputs=""), "tensorflow": script("b.py", outputs="", last="9.0")}
    )
    assert {each.equivalence.basis for each in results.values()} == {Basis.NONE}


def test_what_a_script_leaves_out_is_not_measured(tmp_path):
    path = tmp_path / "infers.py"
    path.write_text(
        "class Work:\n    def infer(self): pass\n\ndef build(device, threads, seed): return Work()\n"
    )
    _, results = measure({"pytorch": path})
    assert results["pytorch"].capabilities == (Capability.INFER,)
    # One item a call: the time of a call is the latency of an answer.
    assert {sample.quantity for sample in results["pytorch"].samples} == {Quantity.INFER, Quantity.LATENCY}


@pytest.mark.parametrize(
    ("parts", "outcome"),
    [
        ({"before": "raise ImportError(__file__)"}, Outcome.IMPORT_FAILED),
        ({"before": "def half_written("}, Outcome.IMPORT_FAILED),
        ({"during": "raise ValueError(__file__)"}, Outcome.CRASHED),
        ({"during": "return object()"}, Outcome.UNSUPPORTED),
        ({"during": "raise MemoryError"}, Outcome.OUT_OF_MEMORY),
        ({"during": "import os; os._exit(3)"}, Outcome.CRASHED),
    ],
)
def test_how_a_script_fails_is_an_outcome_that_doesnt_name_it(script, tmp_path, parts, outcome):
    _, results = measure({"pytorch": script("train.py", **parts), "tensorflow": script("b.py")})
    failed = results["pytorch"]
    assert failed.outcome is outcome
    kept = f"{failed.reason} {failed.stderr_tail}"
    assert "train.py" not in kept
    assert str(tmp_path) not in kept
    assert results["tensorflow"].outcome is Outcome.MEASURED


def test_a_script_imports_what_lies_beside_it_and_not_what_lies_beside_the_workers(tmp_path):
    (tmp_path / "common.py").write_text("HERE = True\n")
    (tmp_path / "seeds.py").write_text("HERE = True\n")
    path = tmp_path / "json.py"  # named as a package is: that one is meant by "import json"
    path.write_text(
        "import json, common, seeds\n"
        "class Work:\n    def infer(self): return json.dumps([common.HERE, seeds.HERE])\n"
        "def build(device, threads, seed): return Work()\n"
    )
    (candidate,) = candidates(opened({"pytorch": path}))
    trial = attempt(candidate, opened({"pytorch": path}).workload, CONDITIONS)
    assert trial.outcome is Outcome.MEASURED, trial.stderr_tail


def test_a_saved_assessment_opens_no_path(script):
    work = opened({"pytorch": script("train.py")})
    options = RunOptions(own=(work.workload,))
    own_work.check(options, (work,))
    with pytest.raises(AdvisorError, match="doesn't say where"):
        own_work.check(options, ())
    with pytest.raises(AdvisorError, match="very same files"):
        own_work.check(options, (opened({"pytorch": script("train.py", last="7.0")}),))
