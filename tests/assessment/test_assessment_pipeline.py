"""The pipeline from needs to decision, with the scriptable worker in the frameworks' place."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from advisor.assessment import pipeline
from advisor.assessment.inventory import Inventory
from advisor.assessment.model import FrameworkState, RunOptions, Status
from advisor.assessment.pipeline import PhaseStarted, Request, Saved, WorkloadStarted
from advisor.assessment.store import Store
from advisor.decision.model import Needs, VerdictKind
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks.model import Acts, Lever, Prior
from advisor.hardware.detection import detect
from advisor.hardware.model import Calibration
from advisor.probes.equivalence import Reference, References
from advisor.probes.model import (
    LearningProgress,
    Outcome,
    SampleTaken,
    SearchExtent,
    SearchProgress,
    StopRule,
)
from advisor.workloads.model import Task
from advisor.workloads.published import WORKLOADS
from tests.probes.doubles import candidate

REFERENCES = References(
    0, {identity: Reference(10, ((1.0, -2.0), (0.5, 0.25)), (2.0, 1.5)) for identity in WORKLOADS}
)


def inventory_of(folder):
    catalogue = catalogue_file.load()
    states = tuple(
        FrameworkState(each.id, None, "not-installed") for each in catalogue_file.alternatives(catalogue)
    )
    return Inventory(detect(folder=folder), catalogue, (), states)


@pytest.fixture
def ready():
    return tuple(
        candidate(
            name,
            noise=0.02,
            seed=index,
            seconds={"train": 0.02 * (1 + index), "infer": 0.01, "latency": 0.001},
        )
        for index, name in enumerate(("pytorch", "tensorflow", "mxnet"))
    )


@pytest.fixture
def run(tmp_path, ready, monkeypatch):
    monkeypatch.setattr(pipeline, "calibrate", lambda *_, **__: Calibration(gemm_fp32=(1e12,)))

    def call(needs=None, emit=lambda event: None, cancel=None, resume=None, **options):
        return pipeline.run(
            Request(needs or Needs(), options.pop("options", RunOptions())),
            inventory_of(tmp_path),
            Store(tmp_path),
            emit,
            cancel or threading.Event(),
            resume=resume,
            ready=options.pop("ready", ready),
            references=REFERENCES,
            **options,
        )

    return call


def test_a_target_that_was_not_learnt_by_everybody_is_learnt_again_and_nothing_else_is(run):
    cancel = threading.Event()

    def stop_while_learning(event):
        if isinstance(event, LearningProgress):
            cancel.set()

    options = RunOptions(target=True)
    stopped = run(emit=stop_while_learning, cancel=cancel, options=options)
    assert [each.complete for each in stopped.targets] == [False]
    events = []
    finished = run(emit=events.append, resume=stopped)
    (learnt,) = finished.targets
    assert learnt.complete and all(len(each.curves) == learnt.seeds for each in learnt.learners)
    assert finished.runs == stopped.runs
    heard = [event for event in events if isinstance(event, LearningProgress)]
    assert {each.alternative for each in heard} == {each.subject.alternative for each in learnt.learners}
    again = run(emit=events.append, resume=msgspec.structs.replace(finished, status=Status.CANCELLED))
    assert again.targets == finished.targets
    assert run(options=RunOptions()).targets == ()


def test_a_run_that_tunes_measures_what_it_finds_and_goes_on_where_it_was_stopped(run, tmp_path):
    fast = Lever("fast", ("on",), Acts.BUILD, "2026-11-24", "made up")
    prior = Prior({"fast": "on"}, "2026-11-24", "made up")
    ready = tuple(
        msgspec.structs.replace(
            candidate(name, noise=0.01, factors={"fast=on": factor}), levers=(fast,), priors=(prior,)
        )
        for name, factor in (("pytorch", 0.5), ("tensorflow", 1.5))
    )
    options = RunOptions(search=SearchExtent.PRIORS)
    cancel, searched = threading.Event(), []

    def stop_after_the_search(event):
        searched.append(isinstance(event, SearchProgress))
        if isinstance(event, Saved) and event.assessment.runs:
            cancel.set()

    stopped = run(emit=stop_after_the_search, cancel=cancel, ready=ready, options=options)
    assert any(searched)
    assert len(stopped.searches) == 4
    events = []
    finished = run(emit=events.append, resume=stopped, ready=ready)
    assert not any(isinstance(event, SearchProgress) for event in events)
    assert finished.searches == stopped.searches
    (measured,) = finished.runs
    tuned = [each.subject for each in measured.results if not each.subject.configuration.is_default]
    assert [(each.alternative, each.configuration.label) for each in tuned] == [("pytorch", "fast=on")]
    assert Store(tmp_path).load(finished.id) == finished


def test_whole_run_measures_decides_and_is_kept(run, tmp_path):
    events = []
    assessment = run(Needs(tasks={Task.IMAGE_CLASSIFICATION: 1.0, Task.NLP: 1.0}), events.append)
    assert assessment.status is Status.COMPLETE
    assert [each.workload.task for each in assessment.runs] == [Task.IMAGE_CLASSIFICATION, Task.NLP]
    assert all(each.outcome is Outcome.MEASURED for run in assessment.runs for each in run.results)
    assert assessment.decision.verdict.recommended[0] in ("pytorch", "tensorflow")
    assert Store(tmp_path).load(assessment.id) == assessment
    phases = [each.phase for each in events if isinstance(each, PhaseStarted)]
    assert phases == ["calibrate", "probe", "decide"]
    assert [each.index for each in events if isinstance(each, WorkloadStarted)] == [0, 1]


def test_every_round_is_on_disk_before_the_next_begins(run, tmp_path):
    seen = []

    def emit(event):
        if isinstance(event, Saved) and event.assessment.runs:
            kept = Store(tmp_path).load(event.assessment.id)
            seen.append(kept.runs[0].rounds)

    assessment = run(emit=emit)
    assert seen == sorted(seen)
    assert set(range(1, assessment.runs[0].rounds + 1)) <= set(seen)


def test_cancelled_run_keeps_its_samples_and_goes_on_later(run):
    cancel = threading.Event()
    taken = []

    def emit(event):
        if isinstance(event, SampleTaken):
            taken.append(event)
            if event.sample.round == 2:
                cancel.set()

    assessment = run(emit=emit, cancel=cancel)
    assert assessment.status is Status.CANCELLED
    assert assessment.runs[0].stop_rule is StopRule.CANCELLED
    kept = {each.subject: each.samples for each in assessment.runs[0].results}
    assert any(kept.values())
    assert assessment.decision is not None

    told = []
    finished = run(resume=assessment, emit=lambda event: told.append(event))
    (first, *_later) = [event.assessment for event in told if isinstance(event, Saved)]
    assert first.status is Status.RUNNING
    assert first.decision is None
    assert finished.id == assessment.id
    assert finished.status is Status.COMPLETE
    rounds = assessment.runs[0].rounds
    for result in finished.runs[0].results:
        before = [each for each in kept[result.subject] if each.round < rounds]
        assert list(result.samples[: len(before)]) == before


def test_a_run_goes_on_with_the_options_it_was_begun_with(run):
    cancel = threading.Event()
    cancel.set()
    begun = RunOptions(budget="thorough", device="cpu", compiled=False, seed=3)
    interrupted = msgspec.structs.replace(run(cancel=cancel), options=begun)
    # The request's own needs, which no catalogue could meet, count for nothing.
    finished = run(Needs(frameworks=("nobody",)), resume=interrupted, cancel=cancel, ready=None)
    assert finished.options == begun
    assert finished.needs == interrupted.needs


def test_a_run_stopped_before_its_first_figure_has_no_verdict(run):
    cancel = threading.Event()
    cancel.set()
    assessment = run(cancel=cancel)
    assert assessment.status is Status.CANCELLED
    assert assessment.decision is None


def test_when_nothing_can_be_measured_there_is_no_recommendation_but_a_reason(run):
    broken = (candidate("pytorch", fault="exit", at="import"),)
    assessment = run(ready=broken)
    assert assessment.status is Status.COMPLETE
    assert assessment.runs[0].results[0].outcome is Outcome.PROTOCOL_ERROR
    assert assessment.decision.verdict.kind is VerdictKind.TOO_LITTLE


KILLED = """
import sys, threading
from pathlib import Path
sys.path.insert(0, {root!r})
from advisor.assessment import pipeline
from advisor.assessment.pipeline import Request
from advisor.assessment.store import Store
from advisor.decision.model import Needs
from advisor.hardware.model import Calibration
from advisor.probes.model import SampleTaken
from tests.assessment.test_assessment_pipeline import REFERENCES, inventory_of
from tests.probes.doubles import candidate
pipeline.calibrate = lambda *_, **__: Calibration()
def emit(event):
    if isinstance(event, SampleTaken) and event.sample.round == 2:
        print("sampling", flush=True)
folder = Path({folder!r})
pipeline.run(Request(Needs()), inventory_of(folder), Store(folder), emit, threading.Event(),
             ready=(candidate("pytorch", work="sleep"), candidate("mxnet", work="sleep")), references=REFERENCES)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_run_of_a_killed_program_is_found_and_finished(run, tmp_path, ready):
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(root=root, folder=str(tmp_path))],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "sampling\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()

    store = Store(tmp_path)
    (entry,) = store.interrupted()
    pipeline.settle(store, entry.id)
    assert store.interrupted() == ()
    settled = store.load(entry.id)
    assert settled.status is Status.CANCELLED
    assert settled.runs[0].rounds >= 1
    assert settled.decision is not None
    finished = run(resume=settled, ready=ready)
    assert finished.status is Status.COMPLETE
