"""Assessments that are dragged out of the window: copies under the names of their titles."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from advisor.assessment.store import Store
from advisor.gui.export import file_name


class DraggedCopies:
    """Copies that last as long as the window: who they are dropped on may read them late."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = tempfile.TemporaryDirectory(prefix="advisor-", ignore_cleanup_errors=True)

    def of(self, titles: Mapping[str, str]) -> list[Path]:
        """Return a file for each assessment, of titles by id."""
        found = []
        for key, title in titles.items():
            path = Path(self._folder.name) / key / f"{file_name(title, key)}.advisor"
            path.parent.mkdir(exist_ok=True)
            found.append(Path(shutil.copyfile(self._store.path(key), path)))
        return found

    def clear(self) -> None:
        """Delete them."""
        self._folder.cleanup()
