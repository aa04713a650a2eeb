"""Formatting, lint, types and layer rules in one command: what CI checks. ``--fix`` mends what it can."""

import subprocess
import sys

FIX = "--fix" in sys.argv[1:]
COMMANDS = [
    ["ruff", "format", *([] if FIX else ["--check"]), "."],
    ["ruff", "check", *(["--fix"] if FIX else []), "."],
    ["mypy"],
    ["importlinter.cli", "lint"],
]


def main() -> int:
    """Run every check, even after one failed; return how many did."""
    failed = 0
    for command in COMMANDS:
        print("+", *command, flush=True)
        failed += subprocess.run([sys.executable, "-m", *command], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
