"""Settings of one user, and where a user's data lives."""

import contextlib
import os
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from advisor.errors import AdvisorError
from advisor.files import make_folder, read_bounded, write_atomically

SETTINGS_VERSION = 1
"""History of the format. 1: first."""

SIZE_LIMIT_BYTES = 2**20

DATA_VARIABLE = "FRAMEWORK_ADVISOR_DATA"


class Settings(msgspec.Struct, frozen=True):
    """What a user set once for all assessments."""

    schema_version: int = SETTINGS_VERSION
    language: str | None = None  # None: the system's
    theme: str = "system"  # "system", "light", "dark"
    interpreters: tuple[str, ...] = ()  # added by the user, besides those found
    organisation: str | None = None  # on reports
    logo: str | None = None
    paper: Literal["a4", "us-letter"] = "a4"
    budget: str = "quick"


def data_folder() -> Path:
    """Return the folder of this user's data (assessments, environments, settings), made if missing."""
    named = os.environ.get(DATA_VARIABLE)
    folder = Path(named) if named else platformdirs.user_data_path("framework-advisor", appauthor=False)
    try:
        return make_folder(folder)
    except AdvisorError as error:
        raise AdvisorError(
            f"The data folder is not usable. {error.message}",
            f"Set {DATA_VARIABLE} to a folder that can be written.",
        ) from None


def load(folder: Path) -> Settings:
    """Read the settings; what is missing or unreadable has its default (the old file is kept aside)."""
    path = folder / "settings.json"
    if not path.exists():
        return Settings()
    try:
        return msgspec.json.decode(read_bounded(path, SIZE_LIMIT_BYTES), type=Settings)
    except (AdvisorError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        with contextlib.suppress(OSError):
            path.replace(path.with_suffix(".broken.json"))
        return Settings()


def save(folder: Path, settings: Settings) -> None:
    """Write the settings atomically."""
    write_atomically(folder / "settings.json", msgspec.json.format(msgspec.json.encode(settings)))
