"""The manual page and shell completions, made from the commands themselves."""

import re
import sys

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete
from metadata import COMMAND, NAME, ROOT, SUMMARY, VERSION

sys.path.insert(0, str(ROOT))
from advisor.assessment.settings import DATA_VARIABLE
from advisor.cli.main import advise

# Where Debian's shells look for what a package brings, and what makes it.
COMPLETIONS = {
    f"bash-completion/completions/{COMMAND}": BashComplete,
    f"zsh/vendor-completions/_{COMMAND}": ZshComplete,
    f"fish/vendor_completions.d/{COMMAND}.fish": FishComplete,
}


def completion(place: str) -> str:
    """Return one shell's completion script, by its place under ``/usr/share``."""
    variable = f"_{COMMAND.upper()}_COMPLETE"
    return COMPLETIONS[place](advise, {}, COMMAND, variable).source().strip() + "\n"


def page(date: str) -> str:
    """Return the manual page, in man's own macros."""
    context = click.Context(advise, info_name=COMMAND)
    lines = [
        f'.TH {COMMAND.upper()} 1 "{date}" "{NAME} {VERSION}" "User Commands"',
        ".SH NAME",
        f"{COMMAND} \\- {_plain(SUMMARY)}",
        ".SH SYNOPSIS",
        f".B {COMMAND}\n.RI [ assessment ]",
        ".br",
        f'.B {COMMAND}\n.RI [ options ] " command " [ arguments ]',
        ".SH DESCRIPTION",
        _plain(advise.help or ""),
        ".SH OPTIONS",
        *_options(advise, context),
        ".SH COMMANDS",
        *_commands(advise, context),
        ".SH EXIT STATUS",
        _plain((advise.epilog or "").removeprefix("Exit codes: ")),
        ".SH ENVIRONMENT",
        f".TP\n.B {DATA_VARIABLE}\nFolder for assessments and managed environments, instead of the user's own "
        "data folder.",
        ".SH FILES",
        ".TP\n.I ~/.local/share/framework\\-advisor\nAssessments, settings and managed environments.",
    ]
    return "\n".join(lines) + "\n"


def _commands(group: click.Group, context: click.Context, prefix: str = "") -> list[str]:
    lines: list[str] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            lines += _commands(command, inner, f"{prefix}{name} ")
            continue
        usage = _plain(" ".join(command.collect_usage_pieces(inner)))
        lines += [
            f".SS {_plain(prefix + name)} {usage}",
            _plain(command.help or ""),
            *_options(command, inner),
        ]
    return lines


def _options(command: click.Command, context: click.Context) -> list[str]:
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    return [f".TP\n.B {_plain(names)}\n{_plain(text)}" for names, text in filter(None, records)]


def _plain(text: str) -> str:
    """Escape what man's macros would read as theirs, and join the lines of a paragraph."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("“", "\\(lq").replace("”", "\\(rq")
    paragraphs = [re.sub(r"\s+", " ", paragraph.strip()) for paragraph in text.split("\n\n")]
    return "\n.PP\n".join(re.sub(r"^([.'])", r"\\&\1", paragraph) for paragraph in paragraphs if paragraph)
