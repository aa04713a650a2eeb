"""Every place that text from anyone is shown in, read back by the parser that reads it there."""

import csv
import html.parser
import io
import json
import re

import markdown_it
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor import escapes

ANYTHING = st.text(max_size=60) | st.text(
    alphabet="`~*_[]()<>!|#\\&;:/.-+=@ \n\thtpsw1\x1b\x9b\u202e", max_size=40
)
GRIM = (
    '<img src="file:///etc/passwd" onerror=alert(1)>',
    "![x](http://evil.example/p.png) [y](javascript:alert(1)) <http://a.example>",
    "``` \n<script>alert(1)</script>\n```",
    "https://evil.example www.evil.example me@evil.example",
    "# title\n- item\n1. item\n> quote\n---\n===\n    code",
    "&lt;b&gt; &#60; $x$ ~~gone~~ | cell |",
    "\x1b]52;c;aGk=\x07\x1b[2J\x1b]0;title\x07\x9b2J\x90q\x9c",
)
MARKDOWN = markdown_it.MarkdownIt("gfm-like", {"linkify": False})


def flat(tokens):
    for token in tokens:
        yield token
        yield from flat(token.children or ())


def visible(text):
    return " ".join(re.sub(r"[\x00-\x1f\x7f]|\s", " ", text).replace("\ufffd", " ").split())


@pytest.mark.parametrize("text", GRIM)
@pytest.mark.parametrize(
    "form", ["{}", "# {}", "- {}", "- label: {}", "**{}.** x", "| a | {} |\n|---|---|\n| {} | b |"]
)
def test_markdown_shows_it_and_makes_nothing_of_it(text, form):
    tokens = list(flat(MARKDOWN.parse(form.replace("{}", escapes.markdown(text)))))
    harmless = list(flat(MARKDOWN.parse(form.replace("{}", "word"))))
    assert {token.type for token in tokens} - {"text_special", "text", "softbreak"} <= {
        token.type for token in harmless
    }
    shown = "".join(token.content for token in tokens if token.type in ("text", "text_special"))
    assert visible(escapes.terminal(text)).replace(" ", "") in visible(shown).replace(" ", "")


@given(ANYTHING)
def test_markdown_paragraph_of_anything_is_only_text(text):
    tokens = list(flat(MARKDOWN.parse(f"word {escapes.markdown(text)}")))
    kinds = {token.type for token in tokens}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}


@given(ANYTHING)
@example("```\n<script>")
@example("a````b")
def test_code_stays_in_its_block(text):
    tokens = MARKDOWN.parse("\n".join([*escapes.markdown_code(text, "sh"), "", "end"]))
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert tokens[2].content == "end"


@given(st.text(max_size=40) | st.text(alphabet="=+-@\t\r\n ,\"'a1", max_size=20))
@example("text\n=cmd|' /C calc'!A0")
@example(" =1+1")
def test_no_line_of_a_cell_is_a_formula(text):
    buffer = io.StringIO()
    csv.writer(buffer).writerow([escapes.spreadsheet(text), "end"])
    (row,) = csv.reader(io.StringIO(buffer.getvalue()))
    assert row[1:] == ["end"]
    assert not [
        line for line in row[0].split("\n") if line.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    ]


@given(ANYTHING)
def test_a_terminal_has_nothing_to_obey(text):
    shown = escapes.terminal(text)
    assert not [each for each in shown if ord(each) in range(0x20) and each not in "\t\n"]
    assert not re.search("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert not set("\t\n\r") & set(escapes.terminal_cell(text))
    assert json.loads(escapes.json_text(json.dumps(text, ensure_ascii=False))) == text


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, attributes))

    def handle_data(self, data):
        self.text += data


@given(ANYTHING)
def test_a_tooltip_has_no_element_but_its_own(text):
    parser = Tags()
    parser.feed(escapes.tooltip(text))
    assert {tag for tag, _ in parser.tags} <= {"span", "br"}
    assert not any(attributes for _, attributes in parser.tags)
    assert parser.text == escapes.terminal(text).replace("\n", "")


@given(ANYTHING)
@example("../../etc/passwd")
@example("..")
@example("CON.txt")
@example("语" * 300)
def test_a_file_name_stays_in_its_folder(text):
    name = escapes.file_name(text)
    assert name
    assert not name.startswith(".")
    assert not set('/\\:*?"<>|\x00\n') & set(name)
    assert len(name.encode()) <= 101
    assert name.split(".")[0].lower() not in ("con", "nul", "prn", "aux")
