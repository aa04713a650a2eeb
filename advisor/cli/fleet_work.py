"""``advisor fleet work``: one job of a fleet, given on standard input, its events on standard output."""

import contextlib
import os
import threading

import click
import msgspec

from advisor.assessment import host_lock, pipeline
from advisor.assessment.inventory import candidates, missing, take_inventory
from advisor.assessment.journal import Journal
from advisor.assessment.model import Assessment, Status
from advisor.assessment.pipeline import Event, Request, Saved
from advisor.assessment.sites.conversation import line
from advisor.assessment.sites.model import Finished, Job, Kept, Waiting, WireEvent
from advisor.cli.console import CliContext, Exit, pass_door
from advisor.cli.running import run_interruptibly
from advisor.errors import AdvisorError, HostBusyError

ORDER_LIMIT_BYTES = 2**20


@click.command("work")
@pass_door
def work(door: CliContext) -> int:
    """Do one job of a fleet: read it from standard input, write events as JSON lines.

    This is what “advisor fleet run” starts on every host. It stops, keeping what was measured, when its standard
    input closes.
    """
    job = _read_job()
    try:
        assessment = run_interruptibly(lambda cancel: _Worker(door, job, cancel).run())
    except HostBusyError:
        return Exit.INTERRUPTED  # its turn never came
    if assessment is None:
        return Exit.INPUT
    if assessment.status is Status.CANCELLED:
        return Exit.INTERRUPTED
    decision = assessment.decision
    return Exit.DONE if decision is not None and decision.verdict.recommended else Exit.NO_ANSWER


def _read_job() -> Job:
    """Read a line, not more: the rest of the input says nothing but that it ends."""
    text = b""
    while not text.endswith(b"\n") and len(text) < ORDER_LIMIT_BYTES and (piece := os.read(0, 2**16)):
        text += piece
    try:
        return msgspec.json.decode(text, type=Job)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise AdvisorError(f"Standard input holds no job of a fleet: {error}.") from None


class _Worker:
    """One job on this host."""

    def __init__(self, door: CliContext, job: Job, cancel: threading.Event) -> None:
        self._door, self._job, self._cancel = door, job, cancel
        self._journal = Journal(self._pass_on)

    def run(self) -> Assessment | None:
        threading.Thread(target=self._watch, name="stdin", daemon=True).start()
        with host_lock.hold(lambda: self._send(Waiting()), self._cancel):
            assessment = self._done_before()
            if assessment is None or assessment.status is not Status.COMPLETE:
                assessment = self._measure(assessment)
        if assessment is not None:
            self._send(Finished(msgspec.Raw(msgspec.json.encode(assessment))))
        return assessment

    def _done_before(self) -> Assessment | None:
        if not self._door.store.path(self._job.id).exists():
            return None
        return self._door.store.load(self._job.id)

    def _measure(self, before: Assessment | None) -> Assessment | None:
        door, job = self._door, self._job
        found = take_inventory(door.folder, door.settings)
        plans = missing(found, job.needs, door.environments, job.options) if job.install else ()
        if not plans and not candidates(found, job.needs, job.options):
            raise AdvisorError(
                "No framework is installed on this host.", "Set them up there, or start the fleet with --yes."
            )
        phases_s: dict[str, float] = {}
        if plans:
            phases_s = pipeline.install(plans, door.environments, self._journal, self._cancel)
            found = take_inventory(door.folder, door.settings, found.machine)
        return pipeline.run(
            Request(job.needs, job.options, id=job.id),
            found,
            door.store,
            self._journal,
            self._cancel,
            resume=before,
            phases_s=phases_s,
        )

    def _pass_on(self, event: Event) -> None:
        if isinstance(event, Saved):
            self._send(Kept(event.assessment.id, event.assessment.status))
        else:
            self._send(event)

    def _send(self, event: WireEvent) -> None:
        data = memoryview(line(event))
        try:
            while data:
                data = data[os.write(1, data) :]
        except OSError:
            self._cancel.set()  # nobody listens any more

    def _watch(self) -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 2**12):
                pass
        self._cancel.set()
