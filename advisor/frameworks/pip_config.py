"""pip's configuration, put into uv's terms: uv doesn't read it, but people's mirrors and proxies stand there.

Where uv has been configured itself, that wins. Sources: pip's documentation, "Configuration", and uv's,
"Environment variables", read 2026-11-24.
"""

import configparser
import os
import shlex
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from advisor.errors import AdvisorError
from advisor.redaction import redacted

_INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
_INDEX_KEYS = {"index", "index-url", "extra-index-url", "find-links", "no-index"}
_CONSTRAINT_VARIABLES = ("UV_CONSTRAINT",)
_TRUE = {"1", "true", "yes", "on"}

# pip's option -> the variables that uv takes it from, the first of which is set if none is.
_VARIABLES = {
    "cert": ("SSL_CERT_FILE", "SSL_CERT_DIR"),
    "client-cert": ("SSL_CLIENT_CERT",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "timeout": ("UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT", "HTTP_TIMEOUT"),
    "default-timeout": ("UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT", "HTTP_TIMEOUT"),
    "retries": ("UV_HTTP_RETRIES",),
}
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


class UvSettings(Struct, frozen=True):
    """What to hand to uv: ``arguments`` of ``uv pip``, and variables for every command."""

    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = {}


def translate(
    environ: Mapping[str, str] = os.environ, home: Path | None = None, root: Path = Path("/")
) -> UvSettings:
    """Return uv's settings that mean what pip's configuration says.

    Parameters
    ----------
    environ, home, root
        The environment, the home folder and a folder that stands for ``/``.

    Raises
    ------
    AdvisorError
        A configuration file of pip's is malformed.
    """
    home = home or Path.home()
    options = _pip_options(environ, home, root)
    arguments: list[str] = []
    environment = _environment(options, environ, home)
    if not _uv_names_indexes(environ, home, root):
        if options.get("no-index", "").strip().lower() in _TRUE:
            arguments.append("--no-index")
        environment |= _sources(options, home)
    if not any(environ.get(name) for name in _CONSTRAINT_VARIABLES):
        constraints = [_place(each, home) for each in _words(options.get("constraint", ""))]
        if any(" " in each for each in constraints):
            # uv's variable parts its files at spaces.
            for each in constraints:
                arguments += ["--constraints", each]
        elif constraints:
            environment["UV_CONSTRAINT"] = " ".join(constraints)
    return UvSettings(tuple(arguments), environment)


def _sources(options: Mapping[str, str], home: Path) -> dict[str, str]:
    """Where packages come from, as variables: a command line, with the passwords in it, is everybody's to read."""
    result = {}
    if index := options.get("index-url", "").strip():
        result["UV_DEFAULT_INDEX"] = index
    if extra := _words(options.get("extra-index-url", "")):
        result["UV_EXTRA_INDEX_URL"] = " ".join(extra)
        # pip takes the best match of all indexes; uv by default stops at the first that has the package.
        result["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if links := [_place(each, home) for each in _words(options.get("find-links", ""))]:
        result["UV_FIND_LINKS"] = ",".join(map(_without_comma, links))
    return result


def _without_comma(place: str) -> str:
    """Write a comma, which parts places in uv's variable, as an address may have it."""
    if "," not in place:
        return place
    return place.replace(",", "%2C") if "://" in place else Path(place).absolute().as_uri()


def _environment(options: Mapping[str, str], environ: Mapping[str, str], home: Path) -> dict[str, str]:
    result: dict[str, str] = {}
    for option, names in _VARIABLES.items():
        value = options.get(option, "").strip()
        if value and not any(environ.get(name) or name in result for name in names):
            result[names[0]] = _place(value, home) if "cert" in option else " ".join(_words(value))
    proxy = options.get("proxy", "").strip()
    if proxy and not any(environ.get(name) or environ.get(name.lower()) for name in _PROXIES):
        result |= dict.fromkeys(_PROXIES, proxy if "://" in proxy else f"http://{proxy}")
    return result


def _pip_options(environ: Mapping[str, str], home: Path, root: Path) -> dict[str, str]:
    """pip's options by their long names; later files go before earlier ones, variables before files."""
    options: dict[str, str] = {}
    for path in _pip_files(environ, home, root):
        options |= _read_pip_file(path)
    for name, value in environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE" and value:
            options[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    return options


def _pip_files(environ: Mapping[str, str], home: Path, root: Path) -> Iterator[Path]:
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    if sys.platform == "win32":
        yield Path(environ.get("PROGRAMDATA", "C:\\ProgramData")) / "pip/pip.ini"
        yield home / "pip/pip.ini"
        if roaming := environ.get("APPDATA"):
            yield Path(roaming) / "pip/pip.ini"
    else:
        name = "pip/pip.conf"
        if sys.platform == "darwin":
            yield root / "Library/Application Support" / name
        for folder in reversed((environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)):
            yield root / folder.lstrip("/") / name
        yield root / "etc/pip.conf"
        yield home / ".pip/pip.conf"
        yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / name
        if sys.platform == "darwin":
            yield home / "Library/Application Support" / name
    if active := environ.get("VIRTUAL_ENV"):
        yield Path(active) / ("pip.ini" if sys.platform == "win32" else "pip.conf")
    if named:
        yield Path(named)


def _read_pip_file(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text("utf-8"))
    except OSError:
        return {}
    except (configparser.Error, UnicodeDecodeError) as error:
        reason = redacted(str(error).splitlines()[0])
        raise AdvisorError(
            f"pip's configuration file {path} is malformed: {reason}", "Correct the file."
        ) from error
    options: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            options |= {
                name.lower().replace("_", "-"): value for name, value in parser.items(section) if value
            }
    return options


def _uv_names_indexes(environ: Mapping[str, str], home: Path, root: Path) -> bool:
    if any(environ.get(name) for name in _INDEX_VARIABLES):
        return True
    if environ.get("UV_NO_CONFIG"):
        return False
    return any(_names_indexes(path) for path in _uv_files(environ, home, root))


def _uv_files(environ: Mapping[str, str], home: Path, root: Path) -> Iterator[Path]:
    if named := environ.get("UV_CONFIG_FILE"):
        yield Path(named)
        return
    if sys.platform == "win32":
        yield Path(environ.get("APPDATA") or home / "AppData/Roaming") / "uv/uv.toml"
        yield Path(environ.get("PROGRAMDATA", "C:\\ProgramData")) / "uv/uv.toml"
        return
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "uv/uv.toml"
    for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep):
        yield root / folder.lstrip("/") / "uv/uv.toml"
    yield root / "etc/uv/uv.toml"


def _names_indexes(path: Path) -> bool:
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False  # uv itself reports a malformed file, better than we could
    pip = settings.get("pip")
    return bool(_INDEX_KEYS & (settings.keys() | (pip.keys() if isinstance(pip, dict) else set())))


def _words(value: str) -> list[str]:
    """Split a value as pip does: at white space and line ends, quotes kept together."""
    try:
        return shlex.split(value, posix=sys.platform != "win32")
    except ValueError:
        return value.split()


def _place(value: str, home: Path) -> str:
    """Expand ``~`` in a path, and leave an URL alone."""
    return str(home / value[2:]) if value.startswith("~/") else value
