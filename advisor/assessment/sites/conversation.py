"""What a host's command line writes, read line by line: the same for every way to a host."""

import logging

import msgspec

from advisor.assessment import document
from advisor.assessment.model import Assessment
from advisor.assessment.sites.model import Ended, Finished, Hear, HostOutcome, Job, WireEvent
from advisor.errors import AdvisorError

_LOG = logging.getLogger(__name__)

TAIL_CHARACTERS = 2000
LINE_LIMIT_BYTES = document.SIZE_CAP_BYTES
"""No line is longer than the longest assessment; what is, is cut off and then no JSON."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(WireEvent)

DONE, NO_ANSWER, INTERRUPTED, NOT_FOUND = 0, 3, 130, 127
"""Exit codes of the command line, and a shell's for a command that there isn't."""

BY_SIGNAL = range(129, 193)
"""A shell's exit codes for a command that a signal ended."""


def order(job: Job) -> bytes:
    """Return the line that a job travels as."""
    return _ENCODER.encode(job) + b"\n"


def line(event: WireEvent) -> bytes:
    """Return the line that an event travels as."""
    return _ENCODER.encode(event) + b"\n"


class Conversation:
    """One attempt at a job, as it is heard of. Whatever isn't an event (a greeting, a warning) is skipped.

    Parameters
    ----------
    hear : callable
        Hears every event but the last, which is the assessment.
    """

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._open = bytearray()
        self._assessment: Assessment | None = None
        self._fault = ""

    def feed(self, data: bytes) -> None:
        """Take what came over the line, in pieces of any size."""
        self._open += data
        if b"\n" not in data:
            del self._open[LINE_LIMIT_BYTES:]
            return
        *lines, rest = bytes(self._open).split(b"\n")
        self._open = bytearray(rest)
        for each in lines:
            self._line(each)

    def _line(self, text: bytes) -> None:
        try:
            event = _DECODER.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            if text.strip():
                _LOG.debug("skipped %r", text[:200])
            return
        if not isinstance(event, Finished):
            self._hear(event)
            return
        try:
            self._assessment = document.decode(bytes(event.assessment))
        except AdvisorError as error:
            self._fault = str(error)

    def end(self, code: int | None, stderr: str) -> Ended:
        """Return how it ended.

        Parameters
        ----------
        code : int, optional
            The exit code; None or negative where a signal ended the program.
        stderr : str
            What it said last.
        """
        said = stderr.strip()[-TAIL_CHARACTERS:]
        if code in (DONE, NO_ANSWER) and self._assessment is not None:
            return Ended(HostOutcome.DONE, assessment=self._assessment)
        if code == INTERRUPTED:
            return Ended(HostOutcome.CANCELLED, assessment=self._assessment)
        if code is None or code < 0 or code in BY_SIGNAL:
            return Ended(HostOutcome.LOST, said or "The program there was killed.", self._assessment)
        if code in (DONE, NO_ANSWER):
            said = self._fault or "The program there sent no assessment."
        elif code == NOT_FOUND and not said:
            said = "Framework Advisor was not found there."
        return Ended(HostOutcome.FAILED, said or f"The program there ended with {code}.", self._assessment)
