"""Text that may come from anyone, made harmless for where it is shown: one function per place.

What an assessment, a needs file or a machine calls itself is data. In Markdown, a spreadsheet, a terminal, a
tooltip or a path the same characters may be instructions.
"""

import re
import unicodedata
from html import escape

_MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#~$&!{}"})
_LINE_STARTS = re.compile(r"^(\s*)([-+=]|\d+(?=[.)](?:\s|$)))")
_FENCE = re.compile(r"`+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_NAME_LENGTH = 100

# What a terminal obeys instead of showing it, and what turns the direction of writing.
_CONTROLS = {code: "�" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}
_CONTROLS |= dict.fromkeys(
    (0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "�"
)


def terminal(text: str) -> str:
    """Return text that moves no cursor, sets no title or clipboard, and reads in one direction."""
    return text.translate(_CONTROLS)


def terminal_cell(text: str) -> str:
    """Return text for one cell of a table that is parted by tabs and lines."""
    return terminal(" ".join(re.split(r"[\t\r\n]+", text)))


def json_text(text: str) -> str:
    """Return JSON that is still the same JSON, with what a terminal obeys written as numbers."""
    return "".join(
        f"\\u{ord(each):04x}" if ord(each) in _CONTROLS and each not in "\r\n" else each for each in text
    )


def markdown(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    line = " ".join(terminal(text).split("\n")).translate(_MARKDOWN)
    return _LINE_STARTS.sub(lambda found: f"{found[1]}{_first(found[2])}", line)


def _first(mark: str) -> str:
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def markdown_code(text: str, language: str = "") -> list[str]:
    """Return the lines of a code block; its fence is longer than any run of backticks in the text."""
    text = terminal(text)
    longest = max((len(run) for run in _FENCE.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *text.split("\n"), fence]


def spreadsheet(text: str) -> str:
    """Return text that a spreadsheet shows and doesn't compute, in any line of it."""
    lines = terminal(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(f"'{line}" if line.lstrip(" ").startswith(_FORMULA) else line for line in lines)


def tooltip(text: str) -> str:
    """Return text for where Qt guesses whether it is rich text: rich text that shows it as it is, lines kept.

    Plain text that looks like markup would open files and addresses.
    """
    return f"<span>{escape(terminal(text)).replace(chr(10), '<br>')}</span>" if text else ""


def file_name(text: str) -> str:
    """Return a name that any file system takes and that stays in its folder."""
    text = unicodedata.normalize("NFC", text)
    name = re.sub(r"[^\w.+-]+", "-", text).strip(".-")
    while len(name.encode()) > _NAME_LENGTH:
        name = name[:-1]
    return f"_{name}" if not name or _RESERVED.fullmatch(name) else name
