"""A host that SSH reaches: its command line is started over the connection, and nothing listens anywhere.

Dask's own SSH cluster is not used for this: it opens ports of its own on every host, hands its settings, keys of a
temporary TLS included, over in a command line that every user of the host can read, and starts no host where one is
down. Keys, agents, known hosts and passwords are SSH's own business (``~/.ssh/config`` is read).
"""

import asyncio
import logging
from typing import Any

from advisor.assessment.sites import address
from advisor.assessment.sites.conversation import Conversation, order
from advisor.assessment.sites.model import WORK, Ended, Hear, HostOutcome, Job, Stop
from advisor.errors import AdvisorError

try:
    import asyncssh
except ImportError as error:
    raise AdvisorError(
        "Hosts over SSH need the package asyncssh.",
        "Install it with: pip install 'framework-advisor[fleet]'.",
    ) from error

CONNECT_S = 15.0
SILENCE_S, SILENCES = 15.0, 4
"""A host that doesn't answer this many questions, so far apart, is lost."""

logging.getLogger("asyncssh").setLevel(logging.WARNING)


class SshSite:
    """Runs the program on a host over SSH.

    Parameters
    ----------
    target : str
        As ``address`` reads it.
    command : str
        What starts the program there, as the host's shell reads it.
    **options
        More for ``asyncssh.connect``.
    """

    def __init__(self, target: str, command: str = "advisor", **options: Any) -> None:
        there = address.parse(target)
        self._host = there.host
        self._options = {
            **({"username": there.user} if there.user else {}),
            **({"port": there.port} if there.port else {}),
            **options,
        }
        self._command = " ".join((command, *WORK))
        self.address = target

    def run(self, job: Job, hear: Hear, stop: Stop) -> Ended:
        """Do a job there."""
        return asyncio.run(self._run(job, hear, stop))

    async def _run(self, job: Job, hear: Hear, stop: Stop) -> Ended:
        loop, wanted = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(wanted.set)

        connecting = asyncio.ensure_future(self._connected())
        stopping = asyncio.ensure_future(wanted.wait())
        with stop.watched(wake):
            await asyncio.wait((connecting, stopping), return_when=asyncio.FIRST_COMPLETED)
            try:
                ended = Ended(HostOutcome.CANCELLED)
                if connecting.done():
                    async with connecting.result() as connection:
                        ended = await self._converse(connection, job, hear, stopping)
            except (OSError, asyncssh.Error) as error:
                ended = Ended(HostOutcome.UNREACHABLE, _said(error))
            finally:
                connecting.cancel()
                stopping.cancel()
                await asyncio.gather(connecting, stopping, return_exceptions=True)
        return ended

    async def _connected(self) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            self._host,
            connect_timeout=CONNECT_S,
            keepalive_interval=SILENCE_S,
            keepalive_count_max=SILENCES,
            **self._options,
        )

    async def _converse(
        self, connection: asyncssh.SSHClientConnection, job: Job, hear: Hear, stopping: "asyncio.Future[Any]"
    ) -> Ended:
        conversation = Conversation(hear)
        tail = bytearray()
        try:
            async with connection.create_process(self._command, encoding=None) as process:

                async def listen() -> None:
                    while data := await process.stdout.read(2**16):
                        conversation.feed(data)

                async def collect() -> None:
                    while data := await process.stderr.read(2**12):
                        tail.extend(data)
                        del tail[: -(2**13)]

                process.stdin.write(order(job))
                stopping.add_done_callback(
                    lambda done: None if done.cancelled() else process.stdin.write_eof()
                )
                await asyncio.gather(listen(), collect())
                await process.wait_closed()
                return conversation.end(process.returncode, tail.decode(errors="replace"))
        except (OSError, asyncssh.Error) as error:
            return Ended(HostOutcome.LOST, _said(error))


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"No answer in {CONNECT_S:.0f} s."
    return str(error) or type(error).__name__
