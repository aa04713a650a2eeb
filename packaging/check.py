"""Formatting, lint, types, layer rules and translations in one command: what CI checks.

``--fix`` mends what it can. ``--units`` goes on to the tests that need no framework, several at once.
"""

import subprocess
import sys
from pathlib import Path

FIX = "--fix" in sys.argv[1:]
UNITS = ["pytest", "-n", "auto", "--dist", "loadgroup", "-q", "-m", "not frameworks and not desktop"]
COMMANDS = [
    ["ruff", "format", *([] if FIX else ["--check"]), "."],
    ["ruff", "check", *(["--fix"] if FIX else []), "."],
    ["mypy"],
]


def main() -> int:
    """Run every check, even after one failed; return how many did."""
    failed = 0
    modules = [[sys.executable, "-m", *command] for command in COMMANDS]
    layers = [str(Path(sys.executable).with_name("lint-imports"))]
    translations = [sys.executable, "packaging/translations.py", *([] if FIX else ["--check"])]
    units = [[sys.executable, "-m", *UNITS]] if "--units" in sys.argv[1:] else []
    for command in [*modules, layers, translations, *units]:
        print("+", *command, flush=True)
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
