"""Assessments saved in format 1: they open, rank and report as they did, and damaged ones say so.

``version1/`` holds real runs (their names say so) and synthetic ones, as that version wrote them, with the ranking
that it gave beside each.
"""

import contextlib
import gzip
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.assessment import document
from advisor.assessment.model import RunOptions
from advisor.decision.engine import Model
from advisor.errors import AdvisorError
from advisor.probes.configuration import DEFAULT, ConfigurationOrigin
from advisor.report import html, markdown, pdf, tables

FOLDER = Path(__file__).parent / "version1"
NAMES = sorted(path.name.removesuffix(".json.gz") for path in FOLDER.glob("*.json.gz"))

ROUNDING = 0.01
"""Points that a ranking may move by without anything having changed."""

JUDGED_ANEW = 2.0
"""Points that it may move by where compiled ways were measured: half of the rounds judge what the other half
chose, where all of them did both."""


def raw(name):
    return gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes())


def told(name):
    return json.loads((FOLDER / f"{name}.ranking.json").read_text("utf-8"))


def decide(assessment):
    parts = assessment.needs, assessment.catalogue, assessment.machine, assessment.runs
    return Model(*parts, seed=assessment.options.seed).decide()


@pytest.mark.parametrize("name", NAMES)
def test_it_ranks_as_it_did(name):
    before, decision = told(name), decide(document.decode(raw(name)))
    tolerance = JUDGED_ANEW if before["compiled"] else ROUNDING
    points = {each.alternative: each.points for each in decision.ranking}
    assert points == pytest.approx(dict(before["ranking"]), abs=tolerance)
    assert list(points) == [alternative for alternative, _points in before["ranking"]]
    # An interrupted run is ranked as it was, and no longer recommends.
    recommended = () if name == "real-cancelled" else tuple(before["recommended"][:1])
    assert decision.verdict.recommended[:1] == recommended


@pytest.mark.parametrize("name", NAMES)
def test_what_was_decided_then_is_kept(name):
    decision = document.decode(raw(name)).decision
    assert [[each.alternative, each.points] for each in decision.ranking] == told(name)["ranking"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_kept_as_the_present_format(name):
    assessment = document.decode(raw(name))
    tree = json.loads(raw(name))
    assert assessment.schema_version == 2
    assert assessment.options == RunOptions(budget=tree["budget"], seed=tree["seed"])
    assert document.decode(document.encode(assessment)) == assessment


@pytest.mark.parametrize("name", NAMES)
def test_ways_of_running_become_configurations_and_nothing_is_lost(name):
    assessment, tree = document.decode(raw(name)), json.loads(raw(name))
    assert len(assessment.runs) == len(tree["runs"])
    for run, before in zip(assessment.runs, tree["runs"], strict=True):
        assert len({result.subject for result in run.results}) == len(before["results"])
        for result, old in zip(run.results, before["results"], strict=True):
            origin = ConfigurationOrigin(old["subject"]["variant"])
            assert result.subject.configuration.origin is origin
            assert (result.subject.configuration == DEFAULT) is (origin is ConfigurationOrigin.DEFAULT)
            assert len(result.samples) == len(old["samples"])
            cores = [point.threads for point in result.scaling]
            assert cores == ([1, run.conditions.threads] if old["one_core_samples"] else [])
            assert [len(point.samples) for point in result.scaling] == (
                [len(old["one_core_samples"]), len(old["all_core_samples"])] if cores else []
            )


def test_the_levers_of_a_compiled_way_are_those_it_had():
    run = document.decode(raw("synthetic-standard")).runs[0]
    levers = {
        each.subject.alternative: each.subject.configuration.label
        for each in run.results
        if not each.subject.configuration.is_default
    }
    assert levers == {
        "pytorch": "compile=on",
        "tensorflow": "xla=on",
        "keras-tensorflow": "jit_compile=on",
        "keras-torch": "jit_compile=on",
        "keras-jax": "jit_compile=on",
        "mxnet": "static_alloc=on, static_shape=on",
    }


def test_figures_in_the_users_terms_are_those_of_the_tasks_workload():
    assessment, tree = document.decode(raw("synthetic-standard")), json.loads(raw("synthetic-standard"))
    workloads = {run["workload"]["task"]: run["workload"]["id"] for run in tree["runs"]}
    then = [workloads[term["task"]] for term in tree["decision"]["user_terms"]]
    assert [term.workload for term in assessment.decision.user_terms] == then


@pytest.mark.parametrize("name", NAMES)
def test_it_is_reported_in_every_format(name, tmp_path):
    assessment = document.decode(raw(name))
    pdf.write(assessment, tmp_path / "report.pdf")
    html.write(assessment, tmp_path / "report.html")
    markdown.write(assessment, tmp_path / "report.md")
    written = tables.write(assessment, tmp_path / "tables")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    for path in (tmp_path / "report.html", tmp_path / "report.md"):
        assert "PyTorch" in path.read_text("utf-8")
    assert written or not assessment.runs


SMALL = json.loads(raw("real-cancelled"))


def places(tree, at=()):
    """Every place in a tree, shallow ones of long lists only."""
    yield at
    items = tree.items() if isinstance(tree, dict) else enumerate(tree[:2]) if isinstance(tree, list) else ()
    for key, inner in items:
        yield from places(inner, (*at, key))


PLACES = [place for place in places(SMALL) if place and place != ("schema_version",)]
ODD = [None, [], {}, "", "compiled", 0, -1, 1.5, True, [None], [[]], {"": None}]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(ODD) | st.just(...))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(place, odd):
    tree = json.loads(json.dumps(SMALL))
    holder = tree
    for key in place[:-1]:
        holder = holder[key]
    if odd is ...:
        del holder[place[-1]]
    else:
        holder[place[-1]] = odd
    with contextlib.suppress(AdvisorError):
        document.decode(msgspec.json.encode(tree))
