"""The group of commands, its global options and the way errors end it."""

import contextlib
import difflib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import advisor
from advisor import log
from advisor.cli.console import CliContext, language_option
from advisor.cli.exits import Exit, complain, ending
from advisor.errors import AdvisorError

COMMANDS = {
    "recommend": "advisor.cli.recommend",
    "detect": "advisor.cli.detect",
    "frameworks": "advisor.cli.frameworks",
    "probe": "advisor.cli.probe",
    "rank": "advisor.cli.rank",
    "report": "advisor.cli.report",
    "tune": "advisor.cli.tune",
    "compare": "advisor.cli.compare",
    "assessments": "advisor.cli.assessments",
    "fleet": "advisor.cli.fleet",
    "forecast": "advisor.cli.forecast",
    "needs": "advisor.cli.needs",
    "script": "advisor.cli.script",
    "model": "advisor.cli.own_model",
    "catalogue": "advisor.cli.catalogue",
    "doctor": "advisor.cli.doctor",
    "self-test": "advisor.cli.selftest",
}


class _ReaderLeft(Exception):  # noqa: N818 - nothing went wrong
    """A broken pipe on its way past click, which would end the program with 1."""


@contextlib.contextmanager
def _broken_pipes() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise _ReaderLeft from None


class Commands(click.Group):
    """Loads a command's module when it is asked for, and suggests the nearest name for an unknown one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        import importlib

        command: click.Command = importlib.import_module(module).command
        return command

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Read the command line; help and version are printed meanwhile."""
        with _broken_pipes():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; see that a defect is logged where the command keeps its data."""
        try:
            with _broken_pipes():
                return super().invoke(ctx)
        except (_ReaderLeft, click.ClickException, click.exceptions.Exit, click.Abort, AdvisorError, OSError):
            raise
        except Exception:
            if isinstance(ctx.obj, CliContext):
                with contextlib.suppress(AdvisorError, OSError):
                    ctx.obj.folder  # noqa: B018 - opens the log
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean “{near[0]}”?" if near else " See “advisor --help”."
            raise click.UsageError(f"There is no command “{args[0]}”.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done; 1 a defect of the program; 2 bad input, or circumstances that the message "
    "explains; 3 nothing could be recommended; 75 another benchmark runs on this host; 130 interrupted, what was "
    "measured is kept.",
)
@click.version_option(advisor.__version__, prog_name="Framework Advisor", message="%(prog)s %(version)s")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for assessments and managed environments.",
)
@click.option("--verbose", is_flag=True, help="Show the log on stderr, in detail.")
@language_option
@click.pass_context
def advise(ctx: click.Context, data: Path | None, verbose: bool, language: str | None) -> None:
    """Say which deep-learning framework to adopt on this machine, by measuring.

    Without a command, the window opens.
    """
    ctx.obj = CliContext(data, language, verbose=verbose)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        return ending(lambda: _run(arguments))
    finally:
        log.stop()


def _run(arguments: list[str]) -> int:
    try:
        code = advise.main(arguments, prog_name="advisor", standalone_mode=False)
        return int(code or Exit.DONE)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        complain(_usage(error))
        return Exit.INPUT
    except click.Abort:
        raise KeyboardInterrupt from None
    except _ReaderLeft:
        raise BrokenPipeError from None


def _usage(error: click.ClickException) -> str:
    """Return what click prints of an error."""
    text = io.StringIO()
    error.show(text)
    return text.getvalue().rstrip("\n")
