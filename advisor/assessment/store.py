"""Saved assessments and their history: one JSON file each, an SQLite index that can be rebuilt."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import filelock
import msgspec

from advisor.assessment import document
from advisor.assessment.model import Assessment, Status
from advisor.errors import AdvisorError
from advisor.files import make_folder, sweep, write_atomically

INDEX_VERSION = 3
"""History of the index. 1: first. 2: of documents of format 2. 3: tags. An index of another version is rebuilt."""

_COLUMNS = "id, title, created_at, status, tasks, recommended, verdict, machine, tags, mtime_ns, size"


class Unreadable(msgspec.Struct, frozen=True):
    """A file of the history that can't be read, and why."""

    id: str
    reason: str


class Entry(msgspec.Struct, frozen=True):
    """One line of the history."""

    id: str
    title: str
    created_at: str
    status: Status
    tasks: tuple[str, ...]
    recommended: tuple[str, ...]
    verdict: str | None
    machine: str | None
    tags: tuple[str, ...] = ()


def new_id(now: datetime | None = None) -> str:
    """Return an id that sorts by time and that two runs of the same second don't share."""
    return f"{(now or datetime.now(UTC)):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


class Store:
    """Assessments under a folder. Safe for several programs at once: files are whole, the index follows them.

    Parameters
    ----------
    folder : Path
        Holds ``assessments/``; made where missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "assessments"
        self._trash = self.folder / "removed"
        make_folder(self._trash)
        sweep(folder)
        sweep(self.folder)
        self._index = self.folder / "index.sqlite"

    def path(self, identity: str) -> Path:
        """Return the file of an assessment (which need not exist)."""
        if not identity or any(letter in identity for letter in "/\\:") or identity.startswith("."):
            raise AdvisorError(f"“{identity}” is not the id of an assessment.")
        return self.folder / f"{identity}.json"

    def save(self, assessment: Assessment) -> Path:
        """Write an assessment atomically and return its file.

        Raises
        ------
        AdvisorError
            It could not be read again; what was there before stays.
        """
        path = self.path(assessment.id)
        data = document.encode(assessment)
        document.decode(data, path.name)
        write_atomically(path, data)
        return path

    def load(self, identity: str) -> Assessment:
        """Read one by its id, or by a beginning of it that only one has."""
        return document.read(self.path(self.resolve(identity)))

    def resolve(self, identity: str) -> str:
        """Return the full id for an id, an unambiguous beginning of one, or ``latest``."""
        known = [entry.id for entry in self.entries()]
        if identity == "latest" and known:
            return known[0]
        matches = [each for each in known if each.startswith(identity)] if identity else []
        if identity in known:
            return identity
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise AdvisorError(
                f"{len(matches)} assessments begin with “{identity}”.",
                f"Say more of it: {', '.join(matches)}.",
            )
        raise AdvisorError(
            f"There is no assessment “{identity}”.",
            "See “advisor assessments list” for those there are."
            if known
            else "None has been made yet: “advisor recommend” makes one.",
        )

    def remove(self, identity: str) -> str:
        """Put an assessment aside, so that :meth:`restore` can bring it back; return its id.

        Raises
        ------
        AdvisorError
            If it is running now, here or in another program.
        """
        identity = self.resolve(identity)
        with self.running(identity):
            self.path(identity).replace(self._trash / f"{identity}.json")
        self._lock(identity).unlink(missing_ok=True)
        return identity

    def restore(self, identity: str) -> None:
        """Undo :meth:`remove`."""
        path = self.path(identity)
        (self._trash / path.name).replace(path)

    def empty_trash(self) -> None:
        """Delete for good what was removed."""
        for path in self._trash.glob("*.json"):
            path.unlink(missing_ok=True)

    def add(self, path: Path) -> Assessment:
        """Import a file from elsewhere; one with the id of another assessment gets a new id."""
        assessment = document.read(path)
        try:
            taken = self.path(assessment.id).exists()
        except AdvisorError:
            taken = True  # an id that is no file name comes from no store
        if taken:
            assessment = msgspec.structs.replace(assessment, id=new_id())
        if assessment.status is Status.RUNNING:
            assessment = msgspec.structs.replace(assessment, status=Status.CANCELLED)
        self.save(assessment)
        return assessment

    @contextmanager
    def running(self, identity: str) -> Iterator[None]:
        """Hold an assessment while it is run or moved, so that no other program does so at once."""
        lock = filelock.FileLock(self._lock(identity), timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise AdvisorError(
                f"Assessment {identity} is being run.",
                "Wait for it to end, or stop it.",
            ) from None
        try:
            yield
        finally:
            lock.release()

    def interrupted(self) -> tuple[Entry, ...]:
        """Return assessments whose run was killed: marked as running, but nobody holds them."""
        marked = (entry for entry in self.entries() if entry.status is Status.RUNNING)
        return tuple(entry for entry in marked if not self.held(entry.id))

    def held(self, identity: str) -> bool:
        """Say whether somebody is running an assessment now, here or in another program."""
        try:
            with self.running(identity):
                return False
        except AdvisorError:
            return True

    def entries(self) -> tuple[Entry, ...]:
        """Return the history, newest first, after bringing the index up to date with the files."""
        try:
            return self._refreshed()
        except sqlite3.DatabaseError:
            self._index.unlink(missing_ok=True)
            return self._refreshed()

    def unreadable(self) -> tuple[Unreadable, ...]:
        """Return the files of the history that are no readable assessments, by name."""
        readable = {entry.id for entry in self.entries()}
        found = []
        for path in sorted(self.folder.glob("*.json")):
            if path.stem not in readable:
                try:
                    document.read(path)
                except AdvisorError as error:
                    found.append(Unreadable(path.stem, str(error)))
        return tuple(found)

    def _lock(self, identity: str) -> Path:
        return self.path(identity).with_suffix(".lock")

    def _refreshed(self) -> tuple[Entry, ...]:
        with closing(sqlite3.connect(self._index, timeout=30)) as connection, connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] != INDEX_VERSION:
                connection.execute("DROP TABLE IF EXISTS assessments")
                connection.execute(f"PRAGMA user_version = {INDEX_VERSION}")
            connection.execute(f"CREATE TABLE IF NOT EXISTS assessments ({_COLUMNS}, PRIMARY KEY (id))")
            known = {
                row[0]: row[1:]
                for row in connection.execute("SELECT id, mtime_ns, size FROM assessments").fetchall()
            }
            present = set()
            for path in self.folder.glob("*.json"):
                try:
                    status = path.stat()
                except OSError:
                    continue  # removed by another program since the listing
                present.add(path.stem)
                if known.get(path.stem) == (status.st_mtime_ns, status.st_size):
                    continue
                row = _row(path)
                if row is None:
                    present.discard(path.stem)
                    continue
                connection.execute(
                    f"INSERT OR REPLACE INTO assessments ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                    (*row, status.st_mtime_ns, status.st_size),
                )
            for gone in known.keys() - present:
                connection.execute("DELETE FROM assessments WHERE id = ?", (gone,))
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM assessments ORDER BY created_at DESC, id DESC"
            ).fetchall()
        return tuple(
            Entry(
                row[0],
                row[1],
                row[2],
                Status(row[3]),
                _split(row[4]),
                _split(row[5]),
                row[6],
                row[7],
                tuple(row[8].splitlines()),
            )
            for row in rows
        )


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _row(path: Path) -> tuple[str | None, ...] | None:
    """Return a file's index row; None where it is no readable assessment (it stays where it is)."""
    try:
        assessment = document.read(path)
    except AdvisorError:
        return None
    verdict = assessment.decision.verdict if assessment.decision else None
    return (
        path.stem,
        assessment.title,
        assessment.created_at,
        assessment.status.value,
        ",".join(assessment.needs.tasks),
        ",".join(verdict.recommended) if verdict else "",
        verdict.kind.value if verdict else None,
        assessment.machine.cpu.model,
        "\n".join(assessment.tags),
    )
