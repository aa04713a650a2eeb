"""Hosts reached for real: Dask workers on this machine, an SSH server that the test starts, the program itself."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading

import asyncssh
import psutil
import pypdfium2
import pytest

from advisor.assessment import fleet as fleets
from advisor.assessment import host_lock
from advisor.assessment.fleet import FleetHost, HostEnded, HostHeard
from advisor.assessment.model import RunOptions, Status
from advisor.assessment.sites import dask
from advisor.assessment.sites.address import SshAddress, parse
from advisor.assessment.sites.conversation import Conversation, order
from advisor.assessment.sites.local import LocalSite
from advisor.assessment.sites.model import HostOutcome, Job, Stop, Waiting
from advisor.assessment.sites.ssh import SshSite
from advisor.assessment.store import Store
from advisor.decision.model import Needs
from advisor.errors import AdvisorError, HostBusyError
from advisor.probes.model import SampleTaken
from advisor.report import fleet as fleet_report
from advisor.report import pdf

HOST = (sys.executable, "-m", "tests.assessment.fleet_host")


@pytest.fixture
def locks(tmp_path, monkeypatch):
    """A host lock of the test's own, which programs that it starts share."""
    folder = tmp_path / "lock"
    folder.mkdir()
    monkeypatch.setenv(host_lock.FOLDER_VARIABLE, str(folder))
    return folder


@contextlib.contextmanager
def ssh_server():
    """An SSH server on the loopback that runs what it is asked to, as one client with one key."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="ssh server")
    thread.start()

    async def serve(process):
        child = await asyncio.create_subprocess_shell(
            process.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
        code = await child.wait()
        if code < 0:
            process.exit_with_signal(signal.Signals(-code).name.removeprefix("SIG"))
        else:
            process.exit(code)
        await process.wait_closed()

    async def listen():
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            authorized_client_keys=asyncssh.import_authorized_keys(key.export_public_key().decode()),
            process_factory=serve,
            encoding=None,
        )

    try:
        server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
        port = server.sockets[0].getsockname()[1]
        known = asyncssh.import_known_hosts(f"[127.0.0.1]:{port} {host_key.export_public_key().decode()}")
        yield port, {"client_keys": [key], "known_hosts": known, "username": "tester", "config": None}

        async def close():
            server.close()
            await server.wait_closed()

        asyncio.run_coroutine_threadsafe(close(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def nobody_listens():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return closed.getsockname()[1]


def run(sites, emit=lambda event: None, cancel=None, needs=None):
    begun = fleets.begin(
        needs or Needs(),
        RunOptions(),
        [FleetHost(name, address=site.address) for name, site in sites.items()],
    )
    return fleets.run(begun, sites, emit, cancel or threading.Event())


def pdf_text(data):
    with pypdfium2.PdfDocument(data) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def run_and_kill(sites, victim, kill):
    """Run a fleet, kill one of its hosts' programs at its first sample, and return the fleet and what was heard."""
    events, killed = [], []

    def emit(event):
        events.append(event)
        sample = isinstance(event, HostHeard) and isinstance(event.event, SampleTaken)
        if sample and event.host == victim and not killed:
            killed.append(victim)
            kill()

    fleet = run(sites, emit)
    assert killed
    return fleet, events


def assert_it_compares_three_and_says_what_failed(fleet, events, names, victim):
    outcomes = {host.name: host.outcome for host in fleet.hosts}
    assert outcomes == {**dict.fromkeys(names, HostOutcome.DONE), "down": HostOutcome.UNREACHABLE}
    assert fleet.host(victim).attempts == 2
    assert [event.host for event in events if isinstance(event, HostEnded) and event.again] == [victim]
    assert {each.machine for each in fleet.decision.machines} == set(names)
    made = fleet_report.build(fleet)
    text = pdf_text(pdf.render_document(made, fleets.encode(fleet)))
    for name in names:
        assert name in text
    assert "down: not reached" in text


def test_three_workers_one_killed_and_one_host_down_end_with_a_report(tmp_path, locks):
    data = tmp_path / "data"
    names = ["local-1", "local-2", "local-3"]
    with dask.tried_here(names) as client:
        pids = client.run(os.getpid)
        addresses = dict(dask.by_host(client, names))
        command = (*HOST, "--data", str(data))
        sites = {name: dask.DaskSite(client, name, addresses[name], command) for name in names}
        sites["down"] = SshSite(f"127.0.0.1:{nobody_listens()}", known_hosts=None, config=None)
        fleet, events = run_and_kill(
            sites, "local-2", lambda: os.kill(pids[addresses["local-2"]], signal.SIGKILL)
        )
    assert_it_compares_three_and_says_what_failed(fleet, events, names, "local-2")
    # It went on with what its first attempt had kept: one assessment for each host, no more.
    assert sorted(entry.id for entry in Store(data).entries()) == sorted(
        host.assessment.id for host in fleet.hosts if host.assessment
    )


def test_three_hosts_over_ssh_one_killed_and_one_down_end_with_a_report(tmp_path, locks):
    names = ["there-1", "there-2", "there-3"]

    def kill():
        for child in psutil.Process().children(recursive=True):
            if str(tmp_path / "there-2") in child.cmdline():
                child.kill()

    with ssh_server() as (port, options):
        sites = {
            name: SshSite(f"127.0.0.1:{port}", " ".join((*HOST, "--data", str(tmp_path / name))), **options)
            for name in names
        }
        sites["down"] = SshSite(f"127.0.0.1:{nobody_listens()}", **options)
        fleet, events = run_and_kill(sites, "there-2", kill)
    assert_it_compares_three_and_says_what_failed(fleet, events, names, "there-2")
    (entry,) = Store(tmp_path / "there-2").entries()
    assert entry.id == fleet.host("there-2").assessment.id


def test_host_over_ssh_is_assessed_and_what_it_greets_with_is_skipped(tmp_path, locks):
    with ssh_server() as (port, options):
        command = " ".join((*HOST, "--data", str(tmp_path / "there")))
        site = SshSite(f"127.0.0.1:{port}", command, **options)
        broken = SshSite(f"127.0.0.1:{port}", "no-such-program", **options)
        fleet = run({"there": site, "broken": broken})
    assert fleet.host("there").outcome is HostOutcome.DONE
    assert fleet.host("there").assessment.status is Status.COMPLETE
    assert fleet.host("broken").outcome is HostOutcome.FAILED
    assert "not found" in fleet.host("broken").reason


def test_stranger_in_the_place_of_a_known_host_is_not_spoken_to(tmp_path):
    with ssh_server() as (port, options):
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        known = asyncssh.import_known_hosts(f"[127.0.0.1]:{port} {other}")
        site = SshSite(f"127.0.0.1:{port}", "true", **{**options, "known_hosts": known})
        fleet = run({"there": site})
    assert fleet.host("there").outcome is HostOutcome.UNREACHABLE


def test_stopping_keeps_what_a_host_measured_and_it_goes_on_later(tmp_path, locks):
    data, cancel = tmp_path / "data", threading.Event()
    site = LocalSite((*HOST, "--data", str(data)))

    def emit(event):
        if isinstance(event, HostHeard) and isinstance(event.event, SampleTaken):
            cancel.set()

    fleet = run({"here": site}, emit, cancel)
    assert fleet.host("here").outcome is HostOutcome.CANCELLED
    kept = fleet.host("here").assessment
    assert kept.status is Status.CANCELLED
    again = fleets.run(fleet, {"here": site}, lambda event: None, threading.Event())
    assert again.host("here").outcome is HostOutcome.DONE
    assert again.host("here").assessment.id == kept.id


def test_job_ends_with_whoever_gave_it_even_if_that_was_killed(tmp_path, locks):
    job = Job("20260101-000000-0001", Needs())
    process = subprocess.Popen(
        [*HOST, "--data", str(tmp_path), "fleet", "work"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        process.stdin.write(order(job))
        process.stdin.flush()
        for line in process.stdout:
            if b'"type":"sample"' in line:
                break
        process.stdin.close()
        process.stdout.read()
        assert process.wait() == 130
    assert Store(tmp_path).load(job.id).status is Status.CANCELLED


def test_host_that_is_busy_is_waited_for_and_alone_is_refused(tmp_path, locks):
    heard, turn = [], threading.Event()

    def hear(event):
        heard.append(event)
        if isinstance(event, Waiting):
            turn.set()

    site = LocalSite((*HOST, "--data", str(tmp_path)))
    with host_lock.hold():
        with pytest.raises(HostBusyError), host_lock.hold():
            pass
        thread = threading.Thread(target=lambda: heard.append(site.run(Job("a", Needs()), hear, Stop())))
        thread.start()
        assert turn.wait(60)
    thread.join()
    assert heard[-1].outcome is HostOutcome.DONE


def test_scheduler_in_the_clear_is_refused():
    with pytest.raises(AdvisorError, match="in the clear"), dask.joined("tcp://192.0.2.1:8786"):
        pass


def test_slurm_gives_whole_nodes_and_workers_speak_tls(tmp_path):
    with dask.slurm_cluster(tmp_path) as cluster:
        script = cluster.job_script()
        assert cluster.scheduler_address.startswith("tls://")
    assert "#SBATCH --exclusive" in script
    assert "--tls-key" in script
    assert "PRIVATE KEY" not in script
    # What has no TLS stays on its own machine.
    assert "--no-dashboard --dashboard-address 127.0.0.1:0" in script


@pytest.mark.parametrize("code", [None, -9, 137, 143])
def test_program_that_a_signal_ended_is_lost_and_can_be_tried_again(code):
    assert Conversation(lambda event: None).end(code, "").outcome is HostOutcome.LOST


@pytest.mark.parametrize(
    "address",
    ["ada:secret@host", "ssh://ada@host", "host;reboot", "-oProxyCommand=x", "$(x)@host", "a b", ""],
)
def test_address_with_a_password_or_a_command_in_it_is_refused_and_not_repeated(address):
    with pytest.raises(AdvisorError) as refused:
        SshSite(address)
    assert not address or address not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("host", SshAddress("host")),
        ("ada@host.example:2222", SshAddress("host.example", "ada", 2222)),
        (r"DOMAIN\ada@host", SshAddress("host", r"DOMAIN\ada")),
        ("[fe80::1]:22", SshAddress("fe80::1", None, 22)),
        ("ada@fe80::1", SshAddress("fe80::1", "ada")),
    ],
)
def test_addresses_are_read_as_they_are_written(text, found):
    assert parse(text) == found


@pytest.mark.parametrize(
    "text", [b"not json\n", b"{}\n", b'{"type":"unknown"}\n', b"\xff\xfe\n", b"[" * 10_000 + b"\n"]
)
def test_lines_that_are_no_events_are_skipped(text):
    heard = []
    conversation = Conversation(heard.append)
    conversation.feed(text + b'{"type":"wai')
    conversation.feed(b'ting"}\n')
    assert heard == [Waiting()]
    assert conversation.end(0, "").outcome is HostOutcome.FAILED
