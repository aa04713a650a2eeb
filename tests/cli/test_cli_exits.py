"""How the program ends, started for real: its exit codes where output, folders and encodings are hostile."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from advisor.assessment import document
from tests.samples import sample_assessment

ROOT = Path(__file__).parents[2]
WAIT_S = 120

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="written for POSIX' streams and signals")


EARLY = (
    "import advisor.__main__ as program, os, signal, sys; real = program._start\n"
    "def early(arguments): os.kill(os.getpid(), getattr(signal, sys.argv.pop(1))); return real(arguments)\n"
    "program._start = early; sys.exit(program.main())"
)
"""The program, with a signal in its first moments."""

COMMANDS = {
    "help": ["--help"],
    "ruled out": ["rank", "{ruled_out}", "--explain"],
    "detect": ["detect"],
    "list": ["assessments", "list"],
    "nonsense": ["rank", "“none” → nirgends"],
}


class Row(NamedTuple):
    """One circumstance, the exit codes of ``COMMANDS`` in it, and what is said where it is at fault."""

    codes: tuple[int, ...]
    words: str = ""
    redirection: str = ""
    environ: dict[str, str] = {}
    data: str = "{tmp}/data"
    signal: str = ""


def encoded(encoding: str) -> Row:
    environ = {"PYTHONIOENCODING": encoding, "LC_ALL": "C", "PYTHONUTF8": "0", "LANGUAGE": "zh_CN"}
    return Row((0, 3, 0, 0, 2), environ=environ)


MATRIX = {
    # Circumstance: codes of help, ruled out, detect, list, nonsense
    "as ever": Row((0, 3, 0, 0, 2)),
    "output to a full disk": Row((2, 2, 2, 0, 2), "disk is full", "> /dev/full"),
    "errors to a full disk": Row((0, 3, 0, 0, 2), redirection="2> /dev/full"),
    "everything to a full disk": Row((2, 2, 2, 0, 2), redirection="> /dev/full 2>&1"),
    "output closed": Row((0, 3, 0, 0, 2), redirection=">&-"),
    "errors closed": Row((0, 3, 0, 0, 2), redirection="2>&-"),
    "everything closed": Row((0, 3, 0, 0, 2), redirection=">&- 2>&- <&-"),
    "a reader that leaves": Row((0, 0, 0, 0, 2), redirection="| head -1"),
    "a reader of both that leaves": Row((0, 0, 0, 0, 2), redirection="2>&1 | head -1"),
    "western code page": encoded("cp1252"),
    "chinese code page": encoded("gbk"),
    "old code page": encoded("cp437"),
    "ascii only": encoded("ascii"),
    "data folder that is read-only": Row((0, 3, 0, 2, 2), data="/sys"),
    "data folder that can't be made": Row((0, 2, 2, 2, 2), "can't be made", data="/proc/nowhere"),
    "data folder below a file": Row((0, 2, 2, 2, 2), "not a folder", data="{tmp}/file/below"),
    "data folder of a name too long": Row((0, 2, 2, 2, 2), "too long", data="{tmp}/" + "x" * 300),
    "terminated at once": Row((130,) * 5, "Interrupted.", signal="SIGTERM"),
    "interrupted at once": Row((130,) * 5, "Interrupted.", signal="SIGINT"),
    "hung up at once": Row((130,) * 5, "Interrupted.", signal="SIGHUP"),
}


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "assessment.json"
    path.write_bytes(document.encode(sample_assessment("standard")))
    return path


def advisor(arguments, redirection="", program=("-m", "advisor"), **environ):
    """Run a command line through a shell; return its exit code, what it printed and what it said."""
    command = f'"$@" {redirection}'
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **environ}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        environment.pop(name, None)
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command, "bash", sys.executable, *program, *map(str, arguments)],
        capture_output=True,
        env=environment,
        timeout=WAIT_S,
        check=False,
    )
    out, err = (each.decode("utf-8", "surrogateescape") for each in (ended.stdout, ended.stderr))
    assert "Traceback" not in err + out
    assert "Exception ignored" not in err
    return ended.returncode, out, err


@pytest.mark.parametrize("circumstance", MATRIX)
def test_how_it_ends(tmp_path, circumstance):
    row = MATRIX[circumstance]
    (tmp_path / "file").touch()
    names = {"tmp": tmp_path, "ruled_out": tmp_path / "ruled out.json"}
    names["ruled_out"].write_bytes(document.encode(sample_assessment("all-ruled-out")))
    program = ("-c", EARLY, row.signal) if row.signal else ("-m", "advisor")
    ended, said = [], []
    for arguments in COMMANDS.values():
        line = ["--data", row.data.format(**names), *(each.format(**names) for each in arguments)]
        code, _, err = advisor(line, row.redirection, program, **row.environ)
        ended.append(code)
        said.append(err)
    assert dict(zip(COMMANDS, ended, strict=True)) == dict(zip(COMMANDS, row.codes, strict=True)), said
    assert any(row.words in err for err in said)
    assert all(err.count("\n") <= 2 for code, err in zip(ended, said, strict=True) if code == 2)


def test_reader_that_leaves_in_the_middle(saved, tmp_path):
    base = ["--data", tmp_path / "data", "assessments"]
    advisor([*base, "import", saved])
    show = [*base, "show", "latest", "--json"]
    _, out, _ = advisor(show)
    assert len(out) > 2**16, "more than a pipe holds, so that writing fails"
    assert advisor(show, "| head -c 1") == (0, out[:1], "")


@pytest.mark.parametrize("encoding", ["cp1252", "gbk"])
def test_json_is_utf_8_in_any_encoding(saved, tmp_path, encoding):
    base = ["--data", tmp_path / "data", "--lang", "zh_CN"]
    code, out, _ = advisor(
        [*base, "rank", saved, "--json"], PYTHONIOENCODING=encoding, LC_ALL="C", PYTHONUTF8="0"
    )
    assert json.loads(out), code


def test_the_variable_s_folder_is_held_to_the_same(saved, tmp_path):
    code, _, err = advisor(["assessments", "list"], FRAMEWORK_ADVISOR_DATA="/proc/nowhere")
    assert code == 2
    assert "FRAMEWORK_ADVISOR_DATA" in err
    assert advisor(["--data", "/sys", "assessments", "import", saved])[0] == 2


def test_names_that_no_file_can_have(saved, tmp_path):
    for arguments in (
        ["rank", "x" * 5000],
        ["needs", "check", "x" * 300],
        ["report", saved, "--pdf", tmp_path / ("x" * 300)],
        ["report", saved, "--csv", tmp_path / ("x" * 300)],
        ["report", saved, "--markdown", "/dev/full"],
        ["assessments", "show", "../../etc/passwd"],
    ):
        code, _, err = advisor(["--data", tmp_path / "data", *arguments])
        assert code == 2, (arguments, err)
        assert err.startswith(("Error: ", "Usage: "))


def test_devices_and_pipes_are_read_to_a_bound_and_never_replaced(saved, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for arguments in (
        ["needs", "check", "/dev/zero"],
        ["needs", "check", tmp_path],
        ["report", saved, "--logo", "/dev/zero", "--pdf", tmp_path / "r.pdf"],
        ["report", saved, "--html", tmp_path / "pipe"],
    ):
        code, _, err = advisor(["--data", tmp_path / "data", *arguments])
        assert code == 2, (arguments, err)
    assert (tmp_path / "pipe").is_fifo()


def test_folder_that_was_deleted_meanwhile(saved, tmp_path):
    gone = tmp_path / "gone"
    script = f'mkdir {gone} && cd {gone} && rmdir {gone} && "$@"'
    for arguments, code in ((["detect"], 0), (["rank", str(saved)], 0), (["needs", "new", "n.toml"], 2)):
        ended = subprocess.run(
            [
                *("bash", "-c", script, "bash", sys.executable, "-m", "advisor"),
                *("--data", str(tmp_path / "data"), *arguments),
            ],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=WAIT_S,
            check=False,
        )
        assert ended.returncode == code, ended.stderr
        assert "Traceback" not in ended.stderr


def test_defect_names_the_log_that_has_its_details(tmp_path):
    code = (
        "import advisor.report.wording.machine as words, advisor.__main__ as program, sys\n"
        "def facts(*arguments): raise KeyError('https://me:hush@host/')\n"
        "words.facts = facts; sys.exit(program.main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "--data", str(tmp_path / "data"), "detect"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=WAIT_S,
        check=False,
    )
    log = tmp_path / "data" / "logs" / "advisor.log"
    assert ended.returncode == 1
    assert str(log) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "KeyError: 'https:" in log.read_text("utf-8")
    assert "hush" not in log.read_text("utf-8") + ended.stderr
