"""Hosts of a Dask scheduler: an existing one, one on this machine to try it, or jobs that Slurm starts.

Whoever reaches a scheduler runs what he likes on its workers, so none is opened or joined without TLS, but on the
loopback of a machine that the user names. Certificates are Dask's own business (its configuration is read).
"""

import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from advisor.assessment.sites import task
from advisor.assessment.sites.conversation import Conversation, order
from advisor.assessment.sites.model import Ended, Hear, HostOutcome, Job, Stop
from advisor.errors import AdvisorError

try:
    import dask.config
    import distributed
    from distributed.security import Security
except ImportError as error:
    raise AdvisorError(
        "Hosts of a Dask scheduler need the package distributed.",
        "Install it with: pip install 'framework-advisor[fleet]'.",
    ) from error

CONNECT_S = 15.0
RETURN_S = 60.0
"""How long a host whose worker ended may take to bring up another before it counts as lost."""

POLL_S = 0.5
LOOPBACK = "127.0.0.1"

dask.config.set(
    {
        # A cluster forgets workers that its nannies bring up later than this, 15 s by default.
        "distributed.deploy.lost-worker-timeout": "1 hour",
        # What is lost is tried again by whoever asked, on the same host, where it can go on.
        "distributed.scheduler.allowed-failures": 0,
    }
)


class DaskSite:
    """Runs the program on the host of a Dask worker.

    Parameters
    ----------
    client : distributed.Client
        Connected to the scheduler.
    host : str
        The worker's name, or its host's address, by which another one is found where it ends.
    worker : str, optional
        The worker's address now; None where there is none.
    command : tuple of str
        What starts the program there; empty: the worker's own Python.
    """

    def __init__(
        self,
        client: "distributed.Client",
        host: str,
        worker: str | None,
        command: tuple[str, ...] = (),
        return_s: float = RETURN_S,
    ) -> None:
        self._client, self._host, self._worker = client, host, worker
        self._command, self._return_s = command, return_s
        self.address = host

    def run(self, job: Job, hear: Hear, stop: Stop) -> Ended:
        """Do a job there."""
        worker = self._worker
        if worker is None:
            return Ended(HostOutcome.UNREACHABLE, "The scheduler has no worker there.")
        conversation, ended, gone = Conversation(hear), threading.Event(), threading.Event()

        def on_worker(event: tuple[float, Any]) -> None:
            if isinstance(event[1], dict) and event[1].get("action") == "remove-worker":
                gone.set()
                ended.set()

        topic = f"advisor-{job.id}-{time.monotonic_ns()}"
        client = self._client
        client.subscribe_topic(topic, lambda event: conversation.feed(event[1]))
        client.subscribe_topic(worker, on_worker)
        future = client.submit(
            task.run_on_worker,
            job.id,
            self._command,
            order(job),
            topic,
            key=topic,
            workers=[worker],
            pure=False,
        )
        future.add_done_callback(lambda done: ended.set())
        try:
            with stop.watched(lambda: client.run(task.stop, job.id, workers=[worker], wait=False)):
                ended.wait()
            if gone.is_set():
                future.cancel()
                self._worker = self._returned(worker, stop)
                return Ended(HostOutcome.LOST, "The worker there ended.")
            code, said, last = future.result()
        except (distributed.CancelledError, distributed.KilledWorker, OSError) as error:
            self._worker = self._returned(worker, stop)
            return Ended(HostOutcome.LOST, str(error))
        except Exception as error:  # whatever the worker raised: a Python without the program, say
            return Ended(HostOutcome.FAILED, f"{type(error).__name__}: {error}")
        finally:
            with contextlib.suppress(ValueError, OSError):
                client.unsubscribe_topic(topic)
                client.unsubscribe_topic(worker)
        conversation.feed(last)
        return conversation.end(code, said)

    def _returned(self, before: str, stop: Stop) -> str | None:
        """Wait a while for another worker of the host."""
        waited, until = threading.Event(), time.monotonic() + self._return_s
        with stop.watched(waited.set):
            while time.monotonic() < until:
                with contextlib.suppress(OSError):
                    for address, name, host in workers(self._client):
                        if self._host in (name, host) and address != before:
                            return address
                if waited.wait(POLL_S):
                    break
        return None


def workers(client: "distributed.Client") -> list[tuple[str, str, str]]:
    """Return address, name and host of every worker."""
    known = client.scheduler_info(n_workers=-1)["workers"]
    return [(address, str(each["name"]), str(each["host"])) for address, each in known.items()]


@contextlib.contextmanager
def joined(address: str) -> Iterator["distributed.Client"]:
    """Connect to an existing scheduler.

    Raises
    ------
    AdvisorError
        It can't be reached, or only in the clear.
    """
    parts = urlsplit(address)
    if parts.scheme != "tls" and not _is_loopback(parts.hostname or ""):
        raise AdvisorError(
            f"{address} would be spoken to in the clear, and whoever listens could run programs on its hosts.",
            "Give the scheduler TLS (tls://…; see Dask’s “distributed.comm.tls”), or reach the hosts over SSH.",
        )
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise AdvisorError(
            f"The scheduler {address} can’t be reached: {error}.", "Check its address and TLS files."
        ) from None
    with client:
        yield client


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def by_host(client: "distributed.Client", named: Sequence[str] = ()) -> list[tuple[str, str | None]]:
    """Return one worker for every host, or for those named; None for one that has none."""
    found: dict[str, str] = {}
    for address, name, host in workers(client):
        found.setdefault(host, address)
        if name in named:
            found[name] = address
    return [(each, found.get(each)) for each in named] if named else list(found.items())


@contextlib.contextmanager
def tried_here(names: Sequence[str]) -> Iterator["distributed.Client"]:
    """Start a scheduler and a worker for each name on this machine, its loopback and TLS."""
    security = Security.temporary()
    common = {"host": LOOPBACK, "protocol": "tls://", "security": security}
    with tempfile.TemporaryDirectory(prefix="advisor-fleet-", ignore_cleanup_errors=True) as folder:
        own = {"nthreads": 1, "memory_limit": 0, "local_directory": folder, "silence_logs": "ERROR"}
        cluster = distributed.SpecCluster(
            scheduler={"cls": distributed.Scheduler, "options": {**common, "port": 0, "dashboard": False}},
            workers={
                name: {"cls": distributed.Nanny, "options": {**common, **own, "name": name}} for name in names
            },
            security=security,
            silence_logs="ERROR",
        )
        with cluster, distributed.Client(cluster, set_as_default=False) as client:
            client.wait_for_workers(len(names), timeout=120)
            yield client


@contextlib.contextmanager
def submitted(jobs: int, folder: Path, wait_s: float) -> Iterator["distributed.Client"]:
    """Ask Slurm for whole nodes, and wait a while for them; certificates are gone with the cluster.

    Queue, account and times are as dask-jobqueue's own configuration has them.
    """
    with (
        tempfile.TemporaryDirectory(prefix="slurm-", dir=folder) as shared,
        slurm_cluster(Path(shared)) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        cluster.scale(jobs=jobs)
        with contextlib.suppress(TimeoutError):
            client.wait_for_workers(jobs, timeout=wait_s)
        yield client


def slurm_cluster(folder: Path) -> Any:
    """Return a cluster of Slurm jobs, of which none is submitted yet: one worker with a node of its own each.

    Parameters
    ----------
    folder : Path
        Where the hosts, too, find the certificates of this cluster, in files that are the user's alone; they stay.
    """
    try:
        from dask_jobqueue.slurm import SLURMCluster
    except ImportError:
        raise AdvisorError(
            "Slurm jobs need the package dask-jobqueue.",
            "Install it with: pip install 'framework-advisor[fleet]'.",
        ) from None
    return SLURMCluster(
        cores=1,
        processes=1,
        memory="1 GiB",
        job_extra_directives=["--exclusive", "--mem=0"],
        job_directives_skip=["--mem=1"],
        security=Security.temporary(),
        shared_temp_directory=str(folder),
        protocol="tls://",
        scheduler_options={"dashboard": False, "dashboard_address": f"{LOOPBACK}:0"},
        # The page of a worker or a scheduler has no TLS: it stays on its own machine.
        worker_extra_args=["--no-dashboard", "--dashboard-address", f"{LOOPBACK}:0"],
    )
