"""What every command shares: where output goes, in which language, and how errors end the program."""

import contextlib
import sys
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TextIO, TypedDict, cast

import click
import msgspec
from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

import advisor
from advisor import log
from advisor.assessment import document
from advisor.assessment import settings as settings_file
from advisor.assessment.model import Assessment
from advisor.assessment.settings import Settings
from advisor.assessment.store import Store
from advisor.cli.exits import Exit as Exit
from advisor.escapes import json_text, terminal, terminal_cell
from advisor.files import make_folder
from advisor.frameworks.environments import Environments
from advisor.i18n import LANGUAGES, system_language, translator

Paper = Literal["a4", "us-letter"]


class ReportOptions(TypedDict):
    """How a PDF is written."""

    organisation: str | None
    logo: Path | None
    paper: Paper


class Screen(Console):
    """A console for text that may come from anyone: what it shows it shows as it is."""

    def __init__(self, stream: TextIO) -> None:
        soft_wrap = not stream.isatty()
        super().__init__(file=stream, soft_wrap=soft_wrap, highlight=False, markup=False, emoji=False)

    def render_str(self, text: str, *arguments: Any, **options: Any) -> Text:
        """Return a text to print, rid of what a terminal would obey."""
        return super().render_str(terminal(text), *arguments, **options)

    def render(self, renderable: Any, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Return the pieces to print; see ``render_str``."""
        if isinstance(renderable, Text) and terminal(renderable.plain) != renderable.plain:
            renderable = renderable.copy()
            renderable.plain = terminal(renderable.plain)
        return super().render(renderable, options)

    def on_broken_pipe(self) -> None:
        """Leave the ending to the program's one way out."""
        raise BrokenPipeError


class _Lenient:
    """A stream for remarks: that nobody can hear them any more must not end a run."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class CliContext:
    """One invocation: results go to stdout, progress and remarks to stderr.

    Parameters
    ----------
    folder : Path, optional
        The data folder, if not the user's own.
    language : str, optional
        A language of ``LANGUAGES``, if not the settings' or the system's.
    verbose : bool
        Whether what is logged is shown, too, and in detail.
    """

    def __init__(
        self, folder: Path | None = None, language: str | None = None, *, verbose: bool = False
    ) -> None:
        self._folder = folder
        self._language = language
        self._verbose = verbose
        self.out = Screen(sys.stdout)
        self.err = Screen(cast(TextIO, _Lenient(sys.stderr)))
        if verbose:
            log.echo()

    @cached_property
    def folder(self) -> Path:
        """The data folder, made on first use; the log is opened in it."""
        folder = make_folder(self._folder).resolve() if self._folder else settings_file.data_folder()
        log.start(folder, verbose=self._verbose)
        log.ROOT.info("%s %s: %s", advisor.__name__, advisor.__version__, " ".join(sys.argv[1:]))
        return folder

    @cached_property
    def settings(self) -> Settings:
        """The user's settings."""
        return settings_file.load(self.folder)

    @cached_property
    def store(self) -> Store:
        """The saved assessments."""
        return Store(self.folder)

    def assessment(self, named: Path) -> Assessment:
        """Return a saved assessment, named by its file or by its id in the history."""
        return document.read(named) if named.exists() else self.store.load(str(named))

    @cached_property
    def environments(self) -> Environments:
        """The managed environments."""
        return Environments(self.folder)

    @cached_property
    def language(self) -> str:
        """The language of everything printed and reported."""
        return self._language or self.settings.language or system_language()

    def use(self, language: str | None) -> None:
        """Let a command's own ``--lang`` win over the global one."""
        self._language = language or self._language
        self.__dict__.pop("language", None)

    @property
    def gettext(self) -> Callable[[str], str]:
        """Translate one message."""
        return translator(self.language).gettext

    @property
    def ngettext(self) -> Callable[[str, str, int], str]:
        """Translate a message with a number in it."""
        return translator(self.language).ngettext

    def report_options(
        self, organisation: str | None = None, logo: Path | None = None, paper: Paper | None = None
    ) -> ReportOptions:
        """Return whose report it is and on what paper: as said, else as in the settings."""
        if logo is None and self.settings.logo:
            logo = Path(self.settings.logo)
        return ReportOptions(
            organisation=organisation or self.settings.organisation,
            logo=logo,
            paper=paper or self.settings.paper,
        )

    def json(self, value: Any) -> None:
        """Print a value as indented JSON."""
        text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
        # UTF-8 whatever the terminal's encoding is: JSON knows no other.
        click.echo(f"{json_text(text)}\n".encode(), nl=False)

    def table(self, headings: list[str], rows: list[list[str]], right: tuple[int, ...] = ()) -> None:
        """Print a table; columns numbered in ``right`` hold figures."""
        if not self.out.is_terminal:
            for row in [headings, *rows]:
                click.echo("\t".join(map(terminal_cell, row)))  # rich would turn tabs into spaces
            return
        table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for index, heading in enumerate(headings):
            table.add_column(heading, justify="right" if index in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(click.unstyle(cell) for cell in row))
        self.out.print(table)

    def pairs(self, rows: list[list[str]]) -> None:
        """Print labels and values, the values aligned."""
        if not self.out.is_terminal:
            for label, value in rows:
                self.out.print(f"{label}: {value}")
            return
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for label, value in rows:
            table.add_row(label, value)
        self.out.print(table)

    def remark(self, text: str) -> None:
        """Say something beside the result, on stderr."""
        self.err.print(text, style="dim" if self.err.is_terminal else None)

    def confirm(self, question: str) -> bool:
        """Ask yes or no; without a terminal the answer is no."""
        return sys.stdin.isatty() and click.confirm(question, default=True, err=True)


pass_door = click.make_pass_decorator(CliContext)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
language_option = click.option(
    "--lang", "language", type=click.Choice(list(LANGUAGES)), help="Language of the report and the messages."
)
