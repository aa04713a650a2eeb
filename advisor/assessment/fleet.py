"""Many machines: one assessment on each, kept together, and what was decided on all of them."""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

import advisor
from advisor.assessment import document
from advisor.assessment.consistency import coherent, oversized_in
from advisor.assessment.model import Assessment, RunOptions
from advisor.assessment.sites.model import Ended, HostOutcome, Job, Site, Stop, Way, WireEvent
from advisor.assessment.store import Unreadable, new_id
from advisor.decision.engine import DRAWS, Model
from advisor.decision.fleet import FleetDecision, Member, decide_fleet
from advisor.decision.model import Needs, VerdictKind
from advisor.errors import AdvisorError
from advisor.files import make_folder, read_bounded, sweep, write_atomically

FLEET_VERSION = 1
"""History of the format. 1: first."""

SIZE_CAP_BYTES = 2**31
ATTEMPTS = 3
"""How often a host that is lost in the middle is tried: it goes on where it was."""

_NAME = re.compile(r"[\w.-]+\Z")


LARGEST_SHARE = 1e9
Share = Annotated[float, Meta(gt=0, le=LARGEST_SHARE)]


class FleetHost(Struct, frozen=True):
    """One machine's part. ``share``: how much of the work is done there; only proportions count."""

    name: str
    share: Share = 1.0
    address: str = ""
    outcome: HostOutcome | None = None  # None: not ended yet
    reason: str = ""  # the host's own words, where it is not done
    attempts: int = 0
    assessment: Assessment | None = None
    way: Way | None = None  # None: made by hand, or reached through a scheduler

    @property
    def done(self) -> bool:
        """Whether nothing is left to be measured."""
        return self.outcome is HostOutcome.DONE


class Fleet(Struct, frozen=True):
    """Assessments of several machines under the same needs, and the decision on all of them."""

    schema_version: int
    id: str
    app_version: str
    created_at: str  # ISO 8601, UTC
    needs: Needs
    options: RunOptions
    hosts: tuple[FleetHost, ...]
    decision: FleetDecision | None = None
    title: str = ""

    def host(self, name: str) -> FleetHost:
        """Return a host by its name."""
        return next(each for each in self.hosts if each.name == name)


class HostHeard(Struct, frozen=True):
    """A host sent an event."""

    host: str
    event: WireEvent


class HostEnded(Struct, frozen=True):
    """An attempt on a host ended; it is tried again where ``again``."""

    host: str
    ended: Ended
    again: bool


FleetEvent = HostHeard | HostEnded


def begin(needs: Needs, options: RunOptions, hosts: Sequence[FleetHost]) -> Fleet:
    """Return a fleet of which nothing is known yet.

    Raises
    ------
    AdvisorError
        Two hosts have one name.
    """
    names = [each.name for each in hosts]
    if twice := next((each for each in names if names.count(each) > 1), None):
        raise AdvisorError(f"Two hosts are called “{twice}”.", "Name them differently: NAME=user@host.")
    now = datetime.now(UTC)
    return Fleet(
        FLEET_VERSION,
        new_id(now),
        advisor.__version__,
        now.isoformat(timespec="seconds"),
        needs,
        options,
        tuple(hosts),
        title=needs.title,
    )


def like(host: FleetHost, title: str = "") -> Fleet:
    """Return a fleet of no hosts yet that asks what one's assessment asked."""
    asked = host.assessment
    assert asked is not None
    return begin(replace(asked.needs, title=title or asked.needs.title), asked.options, ())


def run(
    fleet: Fleet,
    sites: Mapping[str, Site],
    emit: Callable[[FleetEvent], None],
    cancel: threading.Event,
    *,
    install: bool = False,
    keep: Callable[[Fleet], object] = lambda fleet: None,
) -> Fleet:
    """Make an assessment on every host that is reached and not done, all at once, and decide.

    Parameters
    ----------
    sites : mapping
        How hosts are reached, by their names; those left out stay as they are.
    emit : callable
        Hears every event, one at a time, in threads of the hosts'.
    cancel : threading.Event
        Set it to stop; what hosts measured they send, and keep.
    install : bool
        Whether hosts set up frameworks that they lack.
    keep : callable
        Gets the fleet when hosts have ended, and at the end.
    """
    lock, stop = threading.Lock(), Stop()
    due_s = 0.0

    def keep_when_due() -> None:
        # A fleet grows with every host that ends: keeping it may take a tenth of the time, however many there are.
        nonlocal due_s
        began_s = time.monotonic()
        if began_s >= due_s:
            keep(fleet)
            due_s = time.monotonic() + 10 * (time.monotonic() - began_s)

    def tell(event: FleetEvent) -> None:
        with lock:
            emit(event)

    def work(host: FleetHost) -> None:
        nonlocal fleet
        job = Job(_job_id(fleet, host), fleet.needs, fleet.options, install)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                ended = sites[host.name].run(job, lambda event: tell(HostHeard(host.name, event)), stop)
            except Exception as error:  # a way to one host that breaks must not take the others along
                ended = Ended(HostOutcome.FAILED, f"{type(error).__name__}: {error}")
            again = ended.outcome is HostOutcome.LOST and attempt < ATTEMPTS and not stop.is_set
            with lock:
                changed = _with(fleet.host(host.name), ended, attempt)
                fleet = replace(
                    fleet, hosts=tuple(changed if each.name == host.name else each for each in fleet.hosts)
                )
                emit(HostEnded(host.name, ended, again))
                if not again:
                    keep_when_due()
            if not again:
                return

    waiting = [each for each in fleet.hosts if each.name in sites and not each.done]
    threads = [threading.Thread(target=work, args=(each,), name=f"host {each.name}") for each in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            if cancel.is_set() and not stop.is_set:
                stop.set()
            thread.join(0.2)
    fleet = decided(fleet)
    keep(fleet)
    return fleet


def _job_id(fleet: Fleet, host: FleetHost) -> str:
    """Return the same id for a host however often it is tried, and whoever else joins or leaves the fleet."""
    if host.assessment is not None:
        return host.assessment.id
    return f"{fleet.id}-{hashlib.sha256(host.name.encode()).hexdigest()[:8]}"


def _with(host: FleetHost, ended: Ended, attempt: int) -> FleetHost:
    # What was unreachable at its second attempt was lost at its first.
    outcome = ended.outcome
    if outcome is HostOutcome.UNREACHABLE and attempt > 1:
        outcome = HostOutcome.LOST
    return replace(
        host,
        outcome=outcome,
        reason=ended.reason,
        attempts=host.attempts + 1,
        assessment=ended.assessment or host.assessment,
    )


def decided(fleet: Fleet, draws: int = DRAWS) -> Fleet:
    """Return a fleet with the decision on what its hosts have measured; with none where nobody has.

    Every assessment is decided on under the fleet's own needs, so that one made by hand counts like the others.
    """
    members = []
    for host in fleet.hosts:
        found = host.assessment
        if found is None or not any(result.samples for run in found.runs for result in run.results):
            continue
        model = Model(
            fleet.needs,
            found.catalogue,
            found.machine,
            found.runs,
            seed=fleet.options.seed,
            draws=draws,
            scope=host.name,
        )
        members.append(Member(host.name, host.share, model, complete=host.done))
    return replace(fleet, decision=decide_fleet(members) if members else None)


def with_host(fleet: Fleet, host: FleetHost) -> Fleet:
    """Return a fleet with one more host; in the place of one of that name. :func:`decided` decides anew."""
    others = tuple(each for each in fleet.hosts if each.name != host.name)
    return replace(fleet, hosts=(*others, host))


def encode(fleet: Fleet) -> bytes:
    """Return the fleet as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(fleet), indent=1) + b"\n"


def decode(data: bytes, name: str = "fleet") -> Fleet:
    """Read a fleet of this or an older format; its assessments may be of older ones, too.

    Raises
    ------
    AdvisorError
        It is none, is damaged, or is of a newer version.
    """
    try:
        tree: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AdvisorError(f"{name} is not valid JSON: {error}.") from None
    if not isinstance(tree, dict) or not isinstance(tree.get("hosts"), list):
        raise AdvisorError(f"{name} is not a fleet.", "Choose a file that “advisor fleet” saved.")
    if not isinstance(tree.get("schema_version"), int) or tree["schema_version"] > FLEET_VERSION:
        raise AdvisorError(
            f"{name} was saved by a newer version of Framework Advisor.",
            "Update Framework Advisor to open it.",
        )
    if fault := oversized_in(data, tree):
        raise AdvisorError(f"{name} is damaged or was edited: {fault[1]} ({fault[0]}).")
    for host in tree["hosts"]:
        if isinstance(host, dict) and host.get("assessment") is not None:
            own = document.decode(msgspec.json.encode(host["assessment"]), f"{name}, {host.get('name')}")
            host["assessment"] = msgspec.to_builtins(own)
    try:
        fleet = msgspec.convert(tree, Fleet)
    except msgspec.ValidationError as error:
        raise AdvisorError(f"{name} is damaged or was edited: {error}.") from None
    if fleet.decision is not None and not coherent(fleet.decision.verdict):
        raise AdvisorError(f"{name} is damaged or was edited: its verdict contradicts itself.")
    return fleet


class FleetEntry(Struct, frozen=True):
    """One line of the list of fleets."""

    id: str
    title: str
    created_at: str
    hosts: tuple[str, ...]
    done: int
    verdict: VerdictKind | None
    recommended: tuple[str, ...]


def entry(fleet: Fleet) -> FleetEntry:
    """Return what a list tells of a fleet."""
    reached = fleet.decision.verdict if fleet.decision else None
    return FleetEntry(
        fleet.id,
        fleet.title,
        fleet.created_at,
        tuple(each.name for each in fleet.hosts),
        sum(each.done for each in fleet.hosts),
        reached.kind if reached else None,
        reached.recommended if reached else (),
    )


class FleetStore:
    """Fleets under a folder, a file each.

    Parameters
    ----------
    folder : Path
        The user's data folder; holds ``fleets/``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = make_folder(folder / "fleets")
        sweep(self.folder)

    def save(self, fleet: Fleet) -> Path:
        """Write a fleet atomically and return its file."""
        path = self.folder / f"{self._checked(fleet.id)}.json"
        write_atomically(path, encode(fleet))
        return path

    def load(self, identity: str) -> Fleet:
        """Read one by its id, a beginning of it that only one has, or ``latest``; or a file."""
        path = Path(identity)
        if path.is_file():
            return decode(read_bounded(path, SIZE_CAP_BYTES), path.name)
        known = self.ids()
        matches = [each for each in known if each.startswith(identity)]
        if identity == "latest" and known:
            matches = known[:1]
        if len(matches) != 1:
            raise AdvisorError(
                f"{len(matches)} fleets begin with “{identity}”."
                if matches
                else f"There is no fleet “{identity}”.",
                "See “advisor fleet list” for those there are.",
            )
        path = self.folder / f"{matches[0]}.json"
        return decode(read_bounded(path, SIZE_CAP_BYTES), path.name)

    def add(self, path: Path) -> Fleet:
        """Keep a fleet of a file, under another id where a different one has its."""
        fleet = decode(read_bounded(path, SIZE_CAP_BYTES), path.name)
        own = self.folder / f"{self._checked(fleet.id)}.json"
        if own.exists() and own.read_bytes() != encode(fleet):
            fleet = replace(fleet, id=new_id())
        self.save(fleet)
        return fleet

    def ids(self) -> list[str]:
        """Return the ids of all, newest first."""
        return sorted((path.stem for path in self.folder.glob("*.json")), reverse=True)

    def entries(self) -> tuple[tuple[FleetEntry, ...], tuple[Unreadable, ...]]:
        """Return a line for each fleet, newest first, and the files that can't be read."""
        found, unreadable = [], []
        for identity in self.ids():
            try:
                found.append(entry(self.load(identity)))
            except AdvisorError as error:
                unreadable.append(Unreadable(identity, str(error)))
        return tuple(found), tuple(unreadable)

    def remove(self, identity: str) -> str:
        """Delete one and return its id. The assessments in it are copies."""
        fleet = self.load(identity)
        (self.folder / f"{self._checked(fleet.id)}.json").unlink(missing_ok=True)
        return fleet.id

    def _checked(self, identity: str) -> str:
        if not _NAME.match(identity) or identity.startswith("."):
            raise AdvisorError(f"“{identity}” is not the id of a fleet.")
        return identity
