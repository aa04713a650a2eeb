"""What people wrote for pip means the same to uv, and what they wrote for uv goes first."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import AdvisorError
from advisor.frameworks.pip_config import UvSettings, translate


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, UvSettings()),
        ({"PIP_INDEX_URL": "https://a/simple"}, UvSettings((), {"UV_DEFAULT_INDEX": "https://a/simple"})),
        (
            {"PIP_EXTRA_INDEX_URL": "https://b https://c"},
            UvSettings(
                (), {"UV_EXTRA_INDEX_URL": "https://b https://c", "UV_INDEX_STRATEGY": "unsafe-best-match"}
            ),
        ),
        ({"PIP_FIND_LINKS": "/wheels ~/more"}, UvSettings((), {"UV_FIND_LINKS": "/wheels,HOME/more"})),
        (
            {"PIP_FIND_LINKS": "/a,b https://a/b,c"},
            UvSettings((), {"UV_FIND_LINKS": "file:///a%2Cb,https://a/b%2Cc"}),
        ),
        (
            {"PIP_NO_INDEX": "1", "PIP_INDEX_URL": "https://a"},
            UvSettings(("--no-index",), {"UV_DEFAULT_INDEX": "https://a"}),
        ),
        ({"PIP_NO_INDEX": "0"}, UvSettings()),
        ({"PIP_CONSTRAINT": "/etc/c.txt ~/d"}, UvSettings((), {"UV_CONSTRAINT": "/etc/c.txt HOME/d"})),
        ({"PIP_CONSTRAINT": "'/my c.txt'"}, UvSettings(("--constraints", "/my c.txt"))),
        ({"PIP_INDEX_URL": "https://a", "UV_DEFAULT_INDEX": "https://u"}, UvSettings()),
        ({"PIP_FIND_LINKS": "/wheels", "UV_INDEX": "https://u"}, UvSettings()),
        ({"PIP_CONSTRAINT": "/etc/c.txt", "UV_CONSTRAINT": "/u.txt"}, UvSettings()),
        (
            {"PIP_CONSTRAINT": "/etc/c.txt", "UV_INDEX": "https://u"},
            UvSettings((), {"UV_CONSTRAINT": "/etc/c.txt"}),
        ),
        ({"PIP_DISABLE_PIP_VERSION_CHECK": "1"}, UvSettings()),
    ],
)
def test_where_packages_come_from(tmp_path: Path, environ: dict[str, str], expected: UvSettings) -> None:
    environment = {name: value.replace("HOME", str(tmp_path)) for name, value in expected.environment.items()}
    assert translate(environ, tmp_path, tmp_path) == UvSettings(expected.arguments, environment)


@pytest.mark.parametrize(
    ("environ", "environment"),
    [
        ({"PIP_CERT": "/ca.pem"}, {"SSL_CERT_FILE": "/ca.pem"}),
        ({"PIP_CERT": "/ca.pem", "SSL_CERT_DIR": "/certs"}, {}),
        ({"PIP_TRUSTED_HOST": "a b:80"}, {"UV_INSECURE_HOST": "a b:80"}),
        ({"PIP_DEFAULT_TIMEOUT": "180"}, {"UV_HTTP_TIMEOUT": "180"}),
        ({"PIP_TIMEOUT": "5", "PIP_DEFAULT_TIMEOUT": "180"}, {"UV_HTTP_TIMEOUT": "5"}),
        ({"PIP_TIMEOUT": "5", "UV_HTTP_TIMEOUT": "9"}, {}),
        (
            {"PIP_PROXY": "proxy:3128"},
            dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), "http://proxy:3128"),
        ),
        ({"PIP_PROXY": "proxy:3128", "https_proxy": "http://other"}, {}),
    ],
)
def test_how_they_are_reached(tmp_path: Path, environ: dict[str, str], environment: dict[str, str]) -> None:
    assert translate(environ, tmp_path, tmp_path).environment == environment


def test_nearer_files_go_before_farther_ones_and_variables_before_all(tmp_path: Path) -> None:
    home, root = tmp_path / "home", tmp_path / "root"
    named, active = tmp_path / "named.conf", tmp_path / "env"
    for path, name in [
        (root / "etc/xdg/pip/pip.conf", "a"),
        (root / "etc/pip.conf", "b"),
        (home / ".pip/pip.conf", "c"),
        (home / ".config/pip/pip.conf", "d"),
        (active / "pip.conf", "e"),
        (named, "f"),
    ]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[global]\nindex-url = https://{name}\n", "utf-8")

    def index(**environ: str) -> str:
        return translate(environ, home, root).environment["UV_DEFAULT_INDEX"]

    everything = {"PIP_CONFIG_FILE": str(named), "VIRTUAL_ENV": str(active)}
    assert index(**everything, PIP_INDEX_URL="https://g") == "https://g"
    assert index(**everything) == "https://f"
    assert index(VIRTUAL_ENV=str(active)) == "https://e"
    assert index() == "https://d"
    (home / ".config/pip/pip.conf").unlink()
    assert index() == "https://c"
    (home / ".pip/pip.conf").unlink()
    assert index() == "https://b"
    (root / "etc/pip.conf").unlink()
    assert index() == "https://a"
    assert translate({"PIP_CONFIG_FILE": "/dev/null"}, home, root) == UvSettings()


def test_a_file_may_hold_lists_on_several_lines_and_an_install_section(tmp_path: Path) -> None:
    (tmp_path / ".pip").mkdir()
    (tmp_path / ".pip/pip.conf").write_text(
        "[global]\nfind_links =\n    /one\n    /two\nindex-url = https://a\n[install]\nindex-url = https://b\n",
        "utf-8",
    )
    assert translate({}, tmp_path, tmp_path).environment == {
        "UV_DEFAULT_INDEX": "https://b",
        "UV_FIND_LINKS": "/one,/two",
    }


@pytest.mark.parametrize(
    "text", ['index-url = "https://u"', '[[index]]\nurl = "https://u"', '[pip]\nfind-links = ["/u"]']
)
def test_indexes_in_uv_s_own_file_go_before_pip_s(tmp_path: Path, text: str) -> None:
    (tmp_path / ".config/uv").mkdir(parents=True)
    (tmp_path / ".config/uv/uv.toml").write_text(text, "utf-8")
    environ = {"PIP_INDEX_URL": "https://a", "PIP_CERT": "/ca.pem"}
    assert translate(environ, tmp_path, tmp_path) == UvSettings((), {"SSL_CERT_FILE": "/ca.pem"})
    unheeded = translate(environ | {"UV_NO_CONFIG": "1"}, tmp_path, tmp_path)
    assert unheeded.environment["UV_DEFAULT_INDEX"] == "https://a"


def test_a_malformed_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".pip").mkdir()
    (tmp_path / ".pip/pip.conf").write_text("index-url = https://a\n", "utf-8")
    with pytest.raises(AdvisorError, match=r"\.pip/pip\.conf is malformed"):
        translate({}, tmp_path, tmp_path)


URLS = st.lists(st.from_regex(r"https://[a-z]{1,8}/[a-z]{0,5}", fullmatch=True), max_size=4)


@given(URLS, URLS)
def test_every_source_reaches_uv_in_its_order(extra: list[str], links: list[str]) -> None:
    nowhere = Path("/nonexistent")
    environ = {"PIP_EXTRA_INDEX_URL": "\n".join(extra), "PIP_FIND_LINKS": " ".join(links)}
    environment = translate(environ, nowhere, nowhere).environment
    assert environment.get("UV_EXTRA_INDEX_URL", "").split() == extra
    assert [each for each in environment.get("UV_FIND_LINKS", "").split(",") if each] == links


@given(st.from_regex(r"[a-zA-Z0-9%:-]{1,20}", fullmatch=True))
def test_no_password_stands_on_a_command_line(password: str) -> None:
    address = f"https://me:{password}@index.example/simple"
    nowhere = Path("/nonexistent")
    names = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONSTRAINT", "PIP_PROXY")
    assert translate(dict.fromkeys(names, address), nowhere, nowhere).arguments == ()
