"""Formatting, lint, types and layer rules in one command: what CI checks. ``--fix`` mends what it can."""

import subprocess
import sys
from pathlib import Path

FIX = "--fix" in sys.argv[1:]
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
    for command in [*modules, layers]:
        print("+", *command, flush=True)
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
