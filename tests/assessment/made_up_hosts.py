"""Hosts without machines: each sends made-up events as they would come over a line, and ends as it is told."""

import threading
from collections.abc import Iterator

from advisor.assessment.pipeline import Phase, PhaseStarted, WorkloadStarted
from advisor.assessment.sites.conversation import Conversation, line
from advisor.assessment.sites.model import Ended, HostOutcome, Waiting, WireEvent
from advisor.probes.model import Eta, SampleTaken
from tests.samples import sample_assessment

OUTCOMES = tuple(HostOutcome)


def telling(samples: int, until: float = 1.0) -> Iterator[WireEvent]:
    """Yield the events of a run of the standard sample, up to a share of it."""
    run = sample_assessment("standard").runs[0]
    taken = [(result.subject, sample) for result in run.results for sample in result.samples]
    yield Waiting()
    yield PhaseStarted(Phase.CALIBRATE)
    yield PhaseStarted(Phase.PROBE)
    yield WorkloadStarted(run.workload, 0, 1, ())
    for number in range(samples):
        subject, sample = taken[number % len(taken)]
        time_s = sample.elapsed_s / sample.iterations
        yield SampleTaken(subject, sample, time_s, 0.9 * time_s, 1.1 * time_s)
        share = until * (number + 1) / samples
        yield Eta(100.0 * (1 - share), share)


class MadeUpHost:
    """A host that tells lines, and ends its attempts one after the other as it is told.

    Parameters
    ----------
    lines : tuple of bytes
        What it writes in each attempt.
    attempts : tuple of Ended
        How these end.
    gate : threading.Event, optional
        What it waits for before each ends, unless it is told to stop.
    """

    address = "made-up"

    def __init__(
        self, lines: tuple[bytes, ...], attempts: tuple[Ended, ...], gate: threading.Event | None = None
    ) -> None:
        self._lines, self._attempts, self._gate = lines, list(attempts), gate

    def run(self, job, hear, stop) -> Ended:
        """Tell everything, and end."""
        conversation = Conversation(hear)
        for each in self._lines:
            conversation.feed(each)
        if self._gate is not None:
            with stop.watched(self._gate.set):
                self._gate.wait()
        return Ended(HostOutcome.CANCELLED) if stop.is_set else self._attempts.pop(0)


def lines(samples: int, until: float = 1.0) -> tuple[bytes, ...]:
    """Return the events of ``telling`` as they travel."""
    return tuple(map(line, telling(samples, until)))


def attempts(number: int) -> tuple[Ended, ...]:
    """Return how the attempts of a host end, all ways in turn; which one its last is."""
    outcome = OUTCOMES[number % len(OUTCOMES)]
    if outcome is HostOutcome.LOST:
        return 3 * (Ended(outcome, f"host {number} went away"),)
    if number % 7 == 0 and outcome is not HostOutcome.UNREACHABLE:
        return Ended(HostOutcome.LOST, "for a moment"), Ended(outcome, f"host {number}")
    return (Ended(outcome, f"host {number}"),)
