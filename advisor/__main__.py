"""The program: ``advisor`` opens the window, ``advisor COMMAND`` works headless."""

import os
import sys
from pathlib import Path

ASSESSMENT_SUFFIXES = (".advisor", ".json")


def main() -> int:
    """Open the window when started bare or with a saved assessment, else run the command."""
    from advisor.cli import exits

    exits.prepare()
    return exits.ending(lambda: _start(sys.argv[1:]))


def _start(arguments: list[str]) -> int:
    if getattr(sys, "frozen", False) and arguments and _is_own_worker(arguments[0]):
        return _run_worker(arguments)
    # A shell that completes a command line calls the program without arguments.
    completes = "_ADVISOR_COMPLETE" in os.environ
    opens_file = len(arguments) == 1 and Path(arguments[0]).suffix in ASSESSMENT_SUFFIXES
    opens_file = opens_file and Path(arguments[0]).is_file()
    if (not arguments or opens_file) and not completes and _has_display():
        return _window(arguments)
    from advisor.cli.main import run

    return run(arguments)


def _is_own_worker(argument: str) -> bool:
    """Whether the self-test wants its worker, which needs no framework, run by this frozen program itself."""
    from advisor.resources import worker_script

    return argument == str(worker_script("fake_worker"))


def _run_worker(arguments: list[str]) -> int:
    import runpy

    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")
    return 0


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(each) for each in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _window(arguments: list[str]) -> int:
    from advisor.assessment.settings import data_folder

    try:
        from advisor.gui.app import main as window

        return window(arguments, data_folder())
    except ImportError as error:
        # A server often lacks the system libraries of Qt (libEGL, libxkbcommon, …).
        print(f"The window can't open: {error}.", file=sys.stderr)
        print("Use the command line instead (advisor --help), or see “advisor doctor”.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
