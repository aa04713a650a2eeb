"""Kills a process at every system call by which it writes: ``python -m tests.assessment.crashes SCENARIO``.

The process is forked and traced (ptrace); at its n-th such call it is killed, before the call or when half of what it
was to write is written, for every n until it gets through. What it leaves is then opened as the program opens it.
"""

import ctypes
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from advisor.assessment import document, settings
from advisor.assessment.fleet import Fleet, FleetHost, FleetStore
from advisor.assessment.model import Assessment, Status
from advisor.assessment.sites.model import HostOutcome
from advisor.assessment.store import Store
from advisor.decision import needs as needs_file
from advisor.decision.model import Needs
from advisor.files import sweep
from tests.samples import sample_assessment

WRITES = {1, 18, 20}  # write, pwrite64, writev: system calls of Linux on x86-64
CHANGES = {
    *(2, 74, 75, 76, 77, 82, 83, 84, 85, 86, 87, 88),  # open, syncs, truncates, rename to symlink
    *(257, 258, 263, 264, 265, 266, 277, 285, 306, 316),  # the same relative to a folder, fallocate, syncfs
}
SUPPORTED = sys.platform == "linux" and os.uname().machine == "x86_64"

_TRACEME, _GETREGS, _SETREGS, _SYSCALL, _SETOPTIONS = 0, 12, 13, 24, 0x4200
_SYSGOOD, _EXITKILL = 1, 1 << 20
_RDX, _ORIG_RAX = 12, 15  # in ``struct user_regs_struct``

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request: int, pid: int, data: object = None) -> None:
    if _libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def killed(work: Callable[[], None], at: int, *, torn: bool) -> bool:
    """Do something in a process of its own that is killed at its ``at``-th writing call; False if it got through."""
    pid = os.fork()
    if pid == 0:
        _ptrace(_TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            work()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    os.waitpid(pid, 0)
    _ptrace(_SETOPTIONS, pid, _SYSGOOD | _EXITKILL)
    registers = (ctypes.c_ulonglong * 27)()
    seen, entering, tearing, deliver = 0, True, False, 0
    while True:
        _ptrace(_SYSCALL, pid, deliver)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, "the work itself failed"
            return False
        if not os.WIFSTOPPED(status) or os.WSTOPSIG(status) != signal.SIGTRAP | 0x80:
            deliver = os.WSTOPSIG(status)
            continue
        deliver = 0
        if tearing:
            break
        if entering:
            _ptrace(_GETREGS, pid, registers)
            call = registers[_ORIG_RAX]
            seen += call in WRITES or (call in CHANGES and not torn)
            if seen == at:
                if not torn:
                    break
                tearing = True
                registers[_RDX] //= 2
                _ptrace(_SETREGS, pid, registers)
        entering = not entering
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return True


class Scenario(NamedTuple):
    """``before`` makes what is there; ``work`` is killed; ``after`` checks what was left.

    All get the data folder; ``work`` also gets what to call with what it may say is done, ``after`` what it said.
    """

    before: Callable[[Path], None]
    work: Callable[[Path, Callable[[int], None]], None]
    after: Callable[[Path, list[int]], None]


SAMPLE = sample_assessment("minimal")
FULL = sample_assessment("cancelled")


def _rounds(count: int) -> Assessment:
    """Return an assessment as it is saved after so many rounds."""
    runs = tuple(
        replace(
            run,
            rounds=count,
            results=tuple(
                replace(result, samples=tuple(s for s in result.samples if s.round < count))
                for result in run.results
            ),
        )
        for run in FULL.runs[:1]
    )
    return replace(FULL, runs=runs, status=Status.RUNNING, decision=None)


def _save_rounds(folder: Path, done: Callable[[int], None]) -> None:
    store = Store(folder)
    with store.running(FULL.id):
        for count in range(1, 4):
            store.save(_rounds(count))
            done(count)


def _check_rounds(folder: Path, said: list[int]) -> None:
    store = opened(folder)
    entries = store.entries()
    assert len(entries) == 1 or not said
    for entry in entries:
        assert not store.held(entry.id), "a killed run is nobody's"
        found = store.load(entry.id)
        (run,) = found.runs
        assert run.rounds >= max(said, default=0), "a sample was lost that was acknowledged"
        assert found == _rounds(run.rounds), "what is there is whole"
        assert store.interrupted() == entries


def opened(folder: Path) -> Store:
    """Open the store as the program does, once what was left half written is old; check that nothing is astray."""
    sweep(folder, 0)
    sweep(folder / "assessments", 0)
    store = Store(folder)
    store.entries()
    assert store.unreadable() == ()
    kinds = {path.suffix for path in store.folder.iterdir() if path.is_file()}
    assert kinds <= {".json", ".lock", ".sqlite", ".sqlite-journal"}, kinds
    return store


def _two(folder: Path) -> None:
    store = Store(folder)
    store.save(SAMPLE)
    store.save(replace(SAMPLE, id="other"))
    store.entries()


def _edit(folder: Path, done: Callable[[int], None]) -> None:
    store = Store(folder)
    store.remove("other")
    done(1)
    store.restore("other")
    done(2)
    outside = folder / "outside.json"
    outside.write_bytes(document.encode(replace(SAMPLE, id="third")))
    store.add(outside)
    done(3)
    store.remove(SAMPLE.id)
    done(4)
    store.empty_trash()
    done(5)


def _check_edit(folder: Path, said: list[int]) -> None:
    store = opened(folder)
    present = {entry.id for entry in store.entries()}
    trash = {path.stem for path in (store.folder / "removed").glob("*.json")}
    step = max(said, default=0)
    assert "other" in present | trash, "nothing is deleted that wasn't asked to be"
    assert "other" in present or step < 2
    assert ("third" in present) or step < 3
    assert (SAMPLE.id in present) != (SAMPLE.id in trash) or step >= 4
    assert SAMPLE.id not in present or step < 4
    for identity in present:
        assert replace(store.load(identity), id=SAMPLE.id) == SAMPLE


OLD, NEW = settings.Settings(language="en"), settings.Settings(language="zh_CN", budget="thorough")
TEAM = Needs(title="new", frameworks=("pytorch", "keras"))


def _fleet(ended: int) -> Fleet:
    """Return a fleet of which so many hosts have ended."""
    hosts = (FleetHost("laptop", assessment=SAMPLE), FleetHost("server", assessment=SAMPLE))
    done = tuple(
        replace(
            host,
            outcome=HostOutcome.DONE if number < ended else None,
            assessment=SAMPLE if number < ended else None,
        )
        for number, host in enumerate(hosts)
    )
    return Fleet(1, "fleet", "0.1.0", SAMPLE.created_at, SAMPLE.needs, SAMPLE.options, done)


def _save_fleet(folder: Path, done: Callable[[int], None]) -> None:
    store = FleetStore(folder)
    for ended in (0, 1, 2):
        store.save(_fleet(ended))
        done(ended)


def _check_fleet(folder: Path, said: list[int]) -> None:
    sweep(folder / "fleets", 0)
    store = FleetStore(folder)
    left = [path.name for path in store.folder.iterdir()]
    assert left == ["fleet.json"] or (left == [] and not said)
    if left:
        found = store.load("fleet")
        ended = sum(host.outcome is not None for host in found.hosts)
        assert found == _fleet(ended)
        assert ended >= max(said, default=0), "a host was lost that was said to be kept"


def _save_small(folder: Path, done: Callable[[int], None]) -> None:
    settings.save(folder, NEW)
    done(1)
    needs_file.write(TEAM, folder / "needs.toml")
    done(2)


def _check_small(folder: Path, said: list[int]) -> None:
    opened(folder)
    assert settings.load(folder) == NEW or (not said and settings.load(folder) == OLD)
    assert not list(folder.glob("*.broken.json"))
    found = needs_file.read(folder / "needs.toml")
    assert found == TEAM or (2 not in said and found == Needs())


def _small(folder: Path) -> None:
    settings.save(folder, OLD)
    needs_file.write(Needs(), folder / "needs.toml")


SCENARIOS = {
    "rounds": Scenario(lambda folder: None, _save_rounds, _check_rounds),
    "history": Scenario(_two, _edit, _check_edit),
    "fleet": Scenario(lambda folder: None, _save_fleet, _check_fleet),
    "settings": Scenario(_small, _save_small, _check_small),
}


def crashes(scenario: Scenario) -> Iterator[int]:
    """Kill the scenario's work at one writing call after the other; yield each that was checked."""
    for torn in (False, True):
        at = 0
        going = True
        while going:
            at += 1
            folder = Path(tempfile.mkdtemp(prefix="advisor-crash-"))
            scenario.before(folder)
            reading, writing = os.pipe()
            going = killed(
                lambda folder=folder, writing=writing: scenario.work(  # type: ignore[misc]
                    folder, lambda step: os.write(writing, bytes([step])) and None
                ),
                at,
                torn=torn,
            )
            os.close(writing)
            said = list(os.read(reading, 4096))
            os.close(reading)
            scenario.after(folder, said)
            shutil.rmtree(folder)
            yield at


def main() -> None:
    """Check one scenario and say how often it was killed."""
    print(sum(1 for _ in crashes(SCENARIOS[sys.argv[1]])))


if __name__ == "__main__":
    main()
