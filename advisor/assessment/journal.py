"""What a run did, step by step, into the log: the doors hear the same events and show them."""

import logging
from collections.abc import Callable
from typing import Any

from advisor.assessment.model import Assessment, Status
from advisor.assessment.pipeline import PhaseStarted, Saved, WorkloadStarted
from advisor.frameworks.model import InstallProgress, InstallState
from advisor.probes.model import Stage, StageChanged, Subject, Warned

_LOG = logging.getLogger(__name__)


class Journal:
    """Logs events and hands them on. One per run.

    Parameters
    ----------
    emit : callable
        Who hears the events besides.
    """

    def __init__(self, emit: Callable[[Any], None]) -> None:
        self._emit = emit
        self._states: dict[str, InstallState] = {}
        self._told: set[Subject] = set()

    def __call__(self, event: Any) -> None:
        """Log an event, samples and estimates excepted: there are thousands."""
        match event:
            case PhaseStarted(phase):
                _LOG.info("phase %s", phase)
            case WorkloadStarted(workload, index, count, candidates):
                _LOG.info("workload %s (%d of %d)", workload.id, index + 1, count)
                for each in candidates:
                    _LOG.info("candidate %s: %s on %s", each.alternative, each.interpreter, each.devices)
            case StageChanged(subject, stage, outcome, reason):
                level = logging.WARNING if stage is Stage.FAILED else logging.INFO
                details = " ".join(str(each) for each in (outcome, reason) if each)
                _LOG.log(level, "%s %s", _name(subject), f"{stage} {details}".rstrip())
            case Warned(warning):
                _LOG.warning("%s %s: %s", warning.code, warning.when, dict(warning.detail))
            case InstallProgress(framework, state, line, _, _, reason):
                if self._states.get(framework) is not state:
                    self._states[framework] = state
                    _LOG.info("environment of %s: %s%s", framework, state, f": {reason}" if reason else "")
                if line:
                    _LOG.debug("environment of %s: %s", framework, line)
            case Saved(assessment):
                self._note(assessment)
        self._emit(event)

    def _note(self, assessment: Assessment) -> None:
        for run in assessment.runs:
            for result in run.results:
                if result.stderr_tail and result.subject not in self._told:
                    self._told.add(result.subject)
                    _LOG.debug("%s wrote: %s", _name(result.subject), result.stderr_tail)
        if assessment.status is not Status.RUNNING:
            phases = {name: round(seconds, 1) for name, seconds in assessment.phases_s.items()}
            _LOG.info("%s is %s after %s", assessment.id, assessment.status, phases)


def _name(subject: Subject) -> str:
    return " ".join(str(getattr(subject, field)) for field in subject.__struct_fields__)
