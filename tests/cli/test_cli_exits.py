"""How the program ends, started for real: its exit codes where output, folders and encodings are hostile."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.assessment import document
from tests.samples import sample_assessment

ROOT = Path(__file__).parents[2]
WAIT_S = 120

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="written for POSIX' streams and signals")


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "assessment.json"
    path.write_bytes(document.encode(sample_assessment("standard")))
    return path


def advisor(arguments, redirection="", **environ):
    """Run a command line through a shell; return its exit code, what it printed and what it said."""
    command = f'"$@" {redirection}'
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **environ}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        environment.pop(name, None)
    ended = subprocess.run(
        [
            "bash",
            "-o",
            "pipefail",
            "-c",
            command,
            "bash",
            sys.executable,
            "-m",
            "advisor",
            *map(str, arguments),
        ],
        capture_output=True,
        env=environment,
        timeout=WAIT_S,
        check=False,
    )
    out, err = (each.decode("utf-8", "surrogateescape") for each in (ended.stdout, ended.stderr))
    assert "Traceback" not in err + out
    assert "Exception ignored" not in err
    return ended.returncode, out, err


@pytest.mark.parametrize(
    ("redirection", "code", "words"),
    [
        ("> /dev/full", 2, "disk is full"),
        ("2> /dev/full", 0, ""),
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        ("<&-", 0, ""),
        (">&- 2>&- <&-", 0, ""),
        ("| head -1", 0, ""),
        ("2>&1 | head -1", 0, ""),
    ],
)
@pytest.mark.parametrize("command", ["rank", "help"])
def test_wherever_the_output_goes(saved, tmp_path, command, redirection, code, words):
    arguments = ["--data", tmp_path / "data", "rank", saved, "--explain"] if command == "rank" else ["--help"]
    ended, _, err = advisor(arguments, redirection)
    assert ended == code
    assert words in err


def test_reader_that_leaves_in_the_middle(saved, tmp_path):
    base = ["--data", tmp_path / "data", "assessments"]
    advisor([*base, "import", saved])
    show = [*base, "show", "latest", "--json"]
    _, out, _ = advisor(show)
    assert len(out) > 2**16, "more than a pipe holds, so that writing fails"
    assert advisor(show, "| head -c 1") == (0, out[:1], "")


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "ascii", "cp437"])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_whatever_the_encoding_is(saved, tmp_path, encoding, language):
    base = ["--data", tmp_path / "data", "--lang", language]
    environ = {"PYTHONIOENCODING": encoding, "LC_ALL": "C", "PYTHONUTF8": "0"}
    assert advisor([*base, "rank", saved, "--explain"], **environ)[0] == 0
    code, out, _ = advisor([*base, "rank", saved, "--json"], **environ)
    assert code == 0
    assert json.loads(out), "JSON is UTF-8 in any encoding"
    assert advisor([*base, "rank", tmp_path / "“none” → here"], **environ)[0] == 2


def test_folders_that_can_not_be_used(saved, tmp_path):
    (tmp_path / "file").touch()
    for folder, words in (
        (tmp_path / "file" / "below", "not a folder"),
        (tmp_path / ("x" * 300), "too long"),
        ("/proc/nowhere", "can't be made"),
    ):
        code, _, err = advisor(["--data", folder, "assessments", "list"])
        assert code == 2, err
        assert words in err
        assert advisor(["assessments", "list"], FRAMEWORK_ADVISOR_DATA=str(folder))[0] == 2
    # A folder that nothing can be written to, whoever asks.
    for command in (["assessments", "list"], ["assessments", "import", saved], ["detect"]):
        code, _, err = advisor(["--data", "/sys", *command])
        assert code in (0, 2)
        assert err.count("\n") <= 2 or code == 0


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


def test_signals_end_it_from_the_first_moment_on(tmp_path):
    """Whenever a signal comes once the program has begun, it says that it was interrupted, and only that."""
    code = "import advisor.__main__ as program, os, signal, sys; real = program._start\n"
    code += "def early(arguments): os.kill(os.getpid(), getattr(signal, sys.argv.pop())); return real(arguments)\n"
    code += "program._start = early; sys.exit(program.main())"
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        ended = subprocess.run(
            [sys.executable, "-c", code, "--data", str(tmp_path), "detect", name],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=WAIT_S,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (130, "Interrupted.\n")


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
