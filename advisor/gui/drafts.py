"""Assessments that were begun and not yet run: the wizard's answers, kept after every change."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct, field

from advisor.assessment.model import Assessment, RunOptions
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.files import read_bounded, sweep, write_atomically

SIZE_LIMIT_BYTES = 2**20


class Draft(Struct, frozen=True):
    """Answers so far, which steps have been seen, and where the user left off."""

    id: str
    changed_at: str  # ISO 8601, UTC
    needs: Needs = field(default_factory=Needs)
    options: RunOptions = RunOptions()
    seen: tuple[str, ...] = ()
    step: str = ""


class Drafts:
    """Drafts under the user's data folder, one JSON file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "drafts"
        sweep(self._folder)

    def new(self, budget: str) -> Draft:
        """Return a draft with every answer at its default. It is not kept until it is saved."""
        now = datetime.now(UTC)
        return Draft(
            f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}", _stamp(now), options=RunOptions(budget=budget)
        )

    def like(self, assessment: Assessment, step: str) -> Draft:
        """Return a draft with an assessment's answers, to be looked at from a step on."""
        draft = self.new(assessment.options.budget)
        needs = msgspec.structs.replace(assessment.needs, title=assessment.title)
        return msgspec.structs.replace(draft, needs=needs, options=assessment.options, step=step)

    def save(self, draft: Draft) -> Draft:
        """Keep a draft as of now."""
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = msgspec.structs.replace(draft, changed_at=_stamp(datetime.now(UTC)))
        write_atomically(self._path(draft.id), msgspec.json.format(msgspec.json.encode(draft)))
        return draft

    def list(self) -> tuple[Draft, ...]:
        """Return the drafts, the one changed last first. What can't be read is left alone."""
        found = []
        for path in self._folder.glob("*.json"):
            try:
                tree = msgspec.json.decode(read_bounded(path, SIZE_LIMIT_BYTES))
                draft = msgspec.convert(_migrated(tree), Draft)
            except (AdvisorError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue
            if self._path(draft.id) == path:
                found.append(draft)
        return tuple(sorted(found, key=lambda draft: draft.changed_at, reverse=True))

    def remove(self, identity: str) -> None:
        """Delete a draft, if it is there. :meth:`save` brings one back that somebody still has."""
        self._path(identity).unlink(missing_ok=True)

    def _path(self, identity: str) -> Path:
        return self._folder / f"{identity}.json"


def _migrated(tree: object) -> object:
    """Draw budget and device, which stood by themselves at first, together as options."""
    if not isinstance(tree, dict) or "options" in tree:
        return tree
    return {**tree, "options": {name: tree[name] for name in ("budget", "device") if name in tree}}


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
