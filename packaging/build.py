"""Build what users install: ``python packaging/build.py [--fast] deb|appdir|windows|macos|wheel`` (Python >= 3.11).

Everything runs in an environment of its own under ``build/``, made of the pinned, hashed versions in
``constraints.txt``. Results go to ``dist/``, each with its software bill of materials and list of files.
``--fast`` compresses less, for tries.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

PACKAGING = Path(__file__).resolve().parent
ENVIRONMENT = PACKAGING.parent / "build" / "environment"
CONSTRAINTS = PACKAGING / "constraints.txt"


def main() -> int:
    """Prepare the environment and build the targets in it."""
    script = [str(prepare()), str(PACKAGING / "targets.py"), *sys.argv[1:]]
    return subprocess.run(script, env={**os.environ, "PYTHONHASHSEED": "0"}, check=False).returncode


def prepare() -> Path:
    """Make the environment, unless one from these very constraints is there; return its interpreter."""
    python = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    mark = ENVIRONMENT / "made-from"
    made_from = f"{sys.version} {hashlib.sha256(CONSTRAINTS.read_bytes()).hexdigest()}"
    if mark.is_file() and mark.read_text("utf-8") == made_from:
        return python
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement"]
    subprocess.run([*pip, str(CONSTRAINTS)], check=True)
    mark.write_text(made_from, "utf-8")
    return python


if __name__ == "__main__":
    sys.exit(main())
