"""The log tells at which step a run was, without the samples."""

import msgspec

from advisor import log
from advisor.assessment.journal import Journal
from advisor.assessment.pipeline import Phase, PhaseStarted, Saved, WorkloadStarted
from advisor.frameworks.model import InstallProgress, InstallState
from advisor.probes.model import Eta, Outcome, Stage, StageChanged
from tests.samples import sample_assessment


def test_every_step_is_logged_once_and_handed_on(tmp_path):
    assessment = sample_assessment("standard")
    run = assessment.runs[0]
    failed = msgspec.structs.replace(run.results[0], outcome=Outcome.CRASHED, stderr_tail="libm\x1b[2J")
    subject = failed.subject
    told = msgspec.structs.replace(
        assessment, runs=(msgspec.structs.replace(run, results=(failed, *run.results[1:])),)
    )
    events = [
        PhaseStarted(Phase.INSTALL),
        InstallProgress("tiny", InstallState.RESOLVING),
        InstallProgress("tiny", InstallState.RESOLVING, line="from https://me:hush@index.example/"),
        InstallProgress("tiny", InstallState.FAILED, reason="The disk is full."),
        PhaseStarted(Phase.PROBE),
        WorkloadStarted(run.workload, 0, 1, ()),
        StageChanged(subject, Stage.STARTING),
        StageChanged(subject, Stage.FAILED, Outcome.CRASHED, "SIGSEGV"),
        Eta(3.0, 0.5),
        Saved(told),
        Saved(told),
    ]
    texts = []
    for verbose in (False, True):
        folder = tmp_path / str(verbose)
        folder.mkdir()
        log.start(folder, verbose=verbose)
        heard = []
        journal = Journal(heard.append)
        for event in events:
            journal(event)
        texts.append(log.file().read_text("utf-8"))
        log.stop()
        assert heard == events
    brief, detailed = texts
    for words in ("phase install", "environment of tiny: failed: The disk is full.", run.workload.id):
        assert words in brief
    assert brief.count("environment of tiny: resolving") == 1
    assert f"failed {Outcome.CRASHED} SIGSEGV" in brief
    assert assessment.status in brief
    assert "libm" not in brief
    assert detailed.count("libm") == 1
    assert "index.example" in detailed
    assert "hush" not in detailed
