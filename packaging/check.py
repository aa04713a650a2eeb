"""Every check of the project behind one command: what CI runs, what a commit has to pass, and what takes a night.

Without options: formatting, lint, types, layer rules and translations. ``--fix`` mends what it can. ``--units`` goes on
to the tests that need no framework, several at once; ``--coverage`` measures with them how much of the program they
run, and fails below the floor. ``--fuzz`` looks for a minute for what no test thought of; ``--nightly`` for hours, and
cancels runs by the thousand.
"""

import os
import subprocess
import sys
from pathlib import Path

COVERAGE_FLOOR = 80
"""Percent of the program's lines that the tests without a framework run. It only ever rises."""

PYTEST = ["pytest", "-n", "auto", "--dist", "loadgroup", "-q", "-m", "not frameworks and not desktop"]
FUZZ = ["tests.fuzz", "--seconds"]


def commands(options: list[str]) -> list[list[str]]:
    """Return the commands that options ask for, as arguments of this Python."""
    fix = "--fix" in options
    chosen = [
        ["-m", "ruff", "format", *([] if fix else ["--check"]), "."],
        ["-m", "ruff", "check", *(["--fix"] if fix else []), "."],
        ["-m", "mypy"],
        [str(Path(sys.executable).with_name("lint-imports"))],
        ["packaging/translations.py", *([] if fix else ["--check"])],
    ]
    if "--coverage" in options:
        floor = f"--cov-fail-under={COVERAGE_FLOOR}"
        chosen.append(["-m", *PYTEST, "--cov=advisor", "--cov-report=term:skip-covered", floor])
    elif "--units" in options:
        chosen.append(["-m", *PYTEST])
    if "--fuzz" in options:
        chosen.append(["-m", *FUZZ, "60"])
    if "--nightly" in options:
        everywhere = ["--processes", str(os.cpu_count() or 1)]
        chosen += [["-m", *FUZZ, "14400", *everywhere], ["-m", "tests.probes.cancels", "--times", "1000"]]
    return chosen


def main() -> int:
    """Run every check, even after one failed; return how many did."""
    failed = 0
    for command in commands(sys.argv[1:]):
        print("+", *command, flush=True)
        python = [] if Path(command[0]).is_absolute() else [sys.executable]
        failed += subprocess.run([*python, *command], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
