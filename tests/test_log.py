"""The log: bounded, without secrets, silent where it can't be written; and what redaction takes out."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import log
from advisor.redaction import redacted


@pytest.fixture(autouse=True)
def closed():
    yield
    log.stop()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:hush@index.example/simple", "https://***@index.example/simple"),
        ("https://me:hu/s@h:port/x@index.example:a/simple", "https://***@index.example:a/simple"),
        ("HTTPS://hush@index.example", "HTTPS://***@index.example"),
        ("(http://u:hush@[::1) and socks5://u:hush@b/", "(http://***@[::1) and socks5://***@b/"),
        ("https://a.example/simple?token=hush&x=1", "https://a.example/simple?***"),
        ("https://a.example/hush1hush2hush3hush/simple/", "https://a.example/***/simple/"),
        (
            "https://a.example/simple/scikit-learn-extension/",
            "https://a.example/simple/scikit-learn-extension/",
        ),
        ("password = hush", "password = ***"),
        ("PIP_TOKEN: hush", "PIP_TOKEN: ***"),
        ("Authorization: Basic hush==", "Authorization: Basic ***"),
        ("ghp_hush0123456789", "ghp_***"),
        ("the token of a model, 5 tokens/s", "the token of a model, 5 tokens/s"),
        ("/data/environments/4fd683c9cb4a41bb/bin/python", "/data/environments/4fd683c9cb4a41bb/bin/python"),
    ],
)
def test_secrets_are_taken_out_and_the_rest_stays(text, shown):
    assert redacted(text) == shown


@given(
    st.text(alphabet=st.characters(exclude_categories=("Z", "C"), exclude_characters="'\"<>`"), min_size=1)
)
def test_no_password_is_left_however_odd(password):
    left = redacted(f"error: https://me:{password}-hush@index.example/simple failed")
    assert "hush" not in left
    assert left.endswith(" failed")


def test_log_is_bounded_and_holds_no_secrets_and_no_commands_to_a_terminal(tmp_path, monkeypatch):
    monkeypatch.setattr(log, "SIZE_BYTES", 2000)
    log.start(tmp_path)
    for number in range(200):
        log.ROOT.info("line %d of https://me:hush@a.example \x1b[2J", number)
    log.ROOT.debug("a detail")
    files = sorted((tmp_path / "logs").iterdir())
    assert log.file() == files[0]
    assert [path.name for path in files] == ["advisor.log", "advisor.log.1", "advisor.log.2"]
    assert all(path.stat().st_size <= 2000 for path in files)
    text = files[0].read_text("utf-8")
    assert "line 199" in text
    assert not {"hush", "\x1b", "a detail"} & {each for each in ("hush", "\x1b", "a detail") if each in text}


def test_details_are_logged_on_request(tmp_path):
    log.start(tmp_path, verbose=True)
    logging.getLogger("advisor.frameworks").debug("a detail")
    assert "a detail" in log.file().read_text("utf-8")


def test_where_nothing_can_be_written_the_program_goes_on(tmp_path, capsys):
    (tmp_path / "logs").touch()
    log.start(tmp_path)
    log.ROOT.error("heard by nobody")
    assert log.file() is None
    log.start(tmp_path / "absent")
    log.ROOT.error("heard by nobody")
    assert capsys.readouterr() == ("", "")
