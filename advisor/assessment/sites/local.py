"""This machine as a host."""

import platform

from advisor.assessment.sites import task
from advisor.assessment.sites.conversation import Conversation, order
from advisor.assessment.sites.model import WORK, Ended, Hear, HostOutcome, Job, Stop


class LocalSite:
    """Runs the program on this machine, beside this process.

    Parameters
    ----------
    command : tuple of str
        What starts it there, without the command that does the job; empty: this program once more.
    """

    def __init__(self, command: tuple[str, ...] = ()) -> None:
        self._command = (*(command or task.own_command()), *WORK)

    @property
    def address(self) -> str:
        """This machine's name."""
        return platform.node()

    def run(self, job: Job, hear: Hear, stop: Stop) -> Ended:
        """Do a job here."""
        conversation = Conversation(hear)
        try:
            with stop.watched(lambda: task.stop(job.id)):
                code, said = task.converse(job.id, self._command, order(job), conversation.feed)
        except OSError as error:
            return Ended(HostOutcome.FAILED, str(error))
        return conversation.end(code, said)
