"""Python interpreters of this machine: where they are, and what is installed in them.

An interpreter's path is never resolved: a virtual environment's ``python`` is a link that must stay one.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from msgspec import Struct

from advisor.errors import AdvisorError
from advisor.frameworks.model import Origin

INSPECTION_TIMEOUT_S = 30.0
_WINDOWS = sys.platform == "win32"

# What a child may inherit. A frozen app's own libraries and a developer's PYTHONPATH must not reach it.
_DROPPED = ("QT_PLUGIN_PATH", "QML2_IMPORT_PATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
_DROPPED_PREFIXES = ("PYTHON", "_PYI_", "_MEI")
_LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

# Runs in any Python from 2.7, so that an old one is told from a broken one.
# Conda brings cuDNN as a library without a distribution.
# Not isolated (-I): that would hide what was installed with "pip install --user", which a worker does see.
_INSPECTION = """
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import glob, json, os, platform
packages = {}
try:
    from importlib import metadata
except ImportError:
    metadata = None
for name in sys.argv[1:] if metadata else []:
    try:
        version = metadata.version(name)
    except Exception:
        continue
    if version:
        packages[name] = version
for library in glob.glob(os.path.join(sys.prefix, "lib", "libcudnn.so.*.*.*")):
    packages["cudnn"] = os.path.basename(library)[len("libcudnn.so."):]
answer = {"python_version": platform.python_version(), "packages": packages}
sys.stdout.write("\\n" + json.dumps(answer) + "\\n")
"""


class Interpreter(Struct, frozen=True):
    """One interpreter and how it was found."""

    path: str
    origin: Origin


class Inspection(Struct, frozen=True):
    """What an interpreter says of itself: its version, and those of the packages it was asked for."""

    python_version: str
    packages: dict[str, str] = {}


def child_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment for a foreign interpreter, rid of what belongs to this program's own.

    A frozen program keeps the user's library path in ``…_ORIG``; it is put back.
    """
    cleaned = {
        name: value
        for name, value in environ.items()
        if name not in _DROPPED and not name.startswith(_DROPPED_PREFIXES)
    }
    for name in _LIBRARY_PATHS:
        original = cleaned.pop(f"{name}_ORIG", None)
        cleaned.pop(name, None)
        if original:
            cleaned[name] = original
    return cleaned


def interpreter_in(folder: Path) -> Path | None:
    """Return the interpreter of an environment's folder, or ``None`` where it has none."""
    names = ("Scripts/python.exe", "python.exe") if _WINDOWS else ("bin/python", "bin/python3")
    return next((folder / name for name in names if _is_executable(folder / name)), None)


def named(path: Path) -> Path:
    """Return the interpreter that a user means by a path: the file itself, or the one in an environment.

    Raises
    ------
    AdvisorError
        There is none.
    """
    path = path.expanduser().absolute()
    if path.is_dir():
        inside = interpreter_in(path)
        if inside is None:
            raise AdvisorError(
                f"{path} holds no Python.", "Name a Python interpreter or an environment's folder."
            )
        return inside
    if not _is_executable(path):
        raise AdvisorError(
            f"{path} is not an executable file.", "Name a Python interpreter or an environment's folder."
        )
    return path


def find(
    extra: Sequence[Path] = (),
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
    folder: Path | None = None,
) -> tuple[Interpreter, ...]:
    """List the interpreters of this machine, each once, without running any.

    Parameters
    ----------
    extra : sequence of Path
        Interpreters or environment folders that the user added. One that is gone is passed over.
    environ, home, folder
        The environment, home and working folder to look through; the user's own by default.
    """
    home = home or Path.home()
    folder = folder or _working_folder()
    found: dict[tuple[Path, Path], Interpreter] = {}
    for path, origin in _candidates(extra, environ, home, folder):
        try:
            # In one folder python, python3 and python3.11 are one; in two environments they never are.
            key = (path.parent.resolve(), path.resolve())
        except (OSError, RuntimeError):
            continue
        found.setdefault(key, Interpreter(str(path), origin))
    return tuple(found.values())


def inspect(path: str, distributions: Sequence[str] = ()) -> Inspection | None:
    """Ask an interpreter for its version and those of some distributions; ``None`` where it won't answer.

    It is run once, with the standard library only, and imports nothing that it is asked about. It works in an
    empty folder of its own: in one that others can write to, Python would run their modules for its own.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="advisor-") as folder:
            completed = subprocess.run(
                [path, "-B", "-c", _INSPECTION, *distributions],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=INSPECTION_TIMEOUT_S,
                cwd=folder,
                env=child_environment(),
                check=False,
            )
        line = completed.stdout.decode("utf-8", "replace").rstrip().rpartition("\n")[2]
        return msgspec.convert(json.loads(line), Inspection)
    except (OSError, subprocess.TimeoutExpired, ValueError, msgspec.ValidationError):
        return None


def inspect_all(
    interpreters: Iterable[Interpreter], distributions: Sequence[str] = ()
) -> tuple[tuple[Interpreter, Inspection], ...]:
    """Inspect several interpreters at once; those that won't answer are left out."""
    interpreters = tuple(interpreters)
    with ThreadPoolExecutor(4, thread_name_prefix="inspect") as pool:
        inspections = pool.map(lambda item: inspect(item.path, distributions), interpreters)
        return tuple(
            (item, inspection)
            for item, inspection in zip(interpreters, inspections, strict=True)
            if inspection
        )


def _working_folder() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # it has been deleted
        return None


def _candidates(
    extra: Sequence[Path], environ: Mapping[str, str], home: Path, folder: Path | None
) -> Iterator[tuple[Path, Origin]]:
    for path in extra:
        try:
            yield named(path), Origin.USER
        except AdvisorError:
            continue
    if active := environ.get("CONDA_PREFIX"):
        yield from _environments([Path(active)], Origin.CONDA)
    if active := environ.get("VIRTUAL_ENV"):
        yield from _environments([Path(active)], Origin.VENV)
    yield from _environments(_virtual_environments(environ, home, folder), Origin.VENV)
    yield from _environments(_conda_environments(environ, home), Origin.CONDA)
    yield from _environments(_uv_pythons(environ, home), Origin.UV)
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv")
    yield from _environments(_pyenv_versions(pyenv), Origin.PYENV)
    for path in _on_path(environ, pyenv):
        yield path, Origin.PATH
    for path in _registered():
        yield path, Origin.PATH


def _environments(folders: Iterable[Path], origin: Origin) -> Iterator[tuple[Path, Origin]]:
    for folder in folders:
        path = interpreter_in(folder)
        if path:
            yield path, origin


def _virtual_environments(environ: Mapping[str, str], home: Path, folder: Path | None) -> Iterator[Path]:
    data = _data_folders(environ, home)
    caches = [home / ".cache", home / "Library/Caches", *data]
    if folder is not None:
        yield from (folder / ".venv", folder / "venv", folder / "env")
    yield from (home / ".venv", home / "venv")
    holders = [
        Path(environ.get("WORKON_HOME") or home / ".virtualenvs"),
        *(home / name for name in (".venvs", "venvs", "envs", "environments", ".local/pipx/venvs")),
        *(base / name for base in data for name in ("virtualenvs", "pipx/venvs", "uv/tools")),
        *(base / name for base in caches for name in ("pypoetry/virtualenvs", "pypoetry/Cache/virtualenvs")),
    ]
    if pipx := environ.get("PIPX_HOME"):
        holders.append(Path(pipx) / "venvs")
    for holder in holders:
        yield from _below(holder, "*")
    for base in data:
        yield from _below(base / "hatch/env/virtual", "*/*/*")


def _conda_environments(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    try:
        listed = (home / ".conda/environments.txt").read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        listed = []
    yield from (Path(line.strip()) for line in listed if line.strip())
    roots = [home / name for name in ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba")]
    roots += [Path("/opt/conda"), Path("/opt/miniconda3"), Path("/opt/homebrew/Caskroom/miniconda/base")]
    if executable := environ.get("CONDA_EXE"):
        roots.insert(0, Path(executable).parent.parent)
    if prefix := environ.get("MAMBA_ROOT_PREFIX"):
        roots.insert(0, Path(prefix))
    for root in roots:
        yield root
        yield from _below(root / "envs", "*")


def _uv_pythons(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    if chosen := environ.get("UV_PYTHON_INSTALL_DIR"):
        yield from _below(Path(chosen), "*")
    for base in _data_folders(environ, home):
        yield from _below(base / "uv/python", "*")


def _pyenv_versions(root: Path) -> Iterator[Path]:
    for version in (*_below(root / "versions", "*"), *_below(root / "pyenv-win/versions", "*")):
        yield version
        yield from _below(version / "envs", "*")


def _on_path(environ: Mapping[str, str], pyenv: Path) -> Iterator[Path]:
    for entry in environ.get("PATH", "").split(os.pathsep):
        folder = Path(entry)
        # pyenv's shims are scripts that point at the versions listed above, or at nothing.
        if not entry or not folder.is_absolute() or folder == pyenv / "shims":
            continue
        for pattern in (
            ("python.exe",) if _WINDOWS else ("python", "python3", "python3.[0-9]", "python3.[0-9][0-9]")
        ):
            yield from (path for path in _below(folder, pattern) if _is_executable(path))


def _registered() -> Iterator[Path]:
    """Interpreters in the Windows registry (PEP 514)."""
    if sys.platform != "win32":
        return
    import winreg

    for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        for company in _subkeys(root, "Software\\Python"):
            for tag in _subkeys(root, f"Software\\Python\\{company}"):
                try:
                    with winreg.OpenKey(root, f"Software\\Python\\{company}\\{tag}\\InstallPath") as key:
                        path = Path(winreg.QueryValueEx(key, "ExecutablePath")[0])
                except OSError:
                    continue
                if _is_executable(path):
                    yield path


def _subkeys(root: int, name: str) -> list[str]:
    if sys.platform != "win32":
        return []
    import winreg

    try:
        with winreg.OpenKey(root, name) as key:
            return [winreg.EnumKey(key, index) for index in range(winreg.QueryInfoKey(key)[0])]
    except OSError:
        return []


def _data_folders(environ: Mapping[str, str], home: Path) -> list[Path]:
    folders = [
        Path(environ.get("XDG_DATA_HOME") or home / ".local/share"),
        home / "Library/Application Support",
    ]
    folders += [Path(environ[name]) for name in ("LOCALAPPDATA", "APPDATA") if environ.get(name)]
    return folders


def _below(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def _is_executable(path: Path) -> bool:
    try:
        # The Microsoft Store's stand-in for an absent Python is an empty file.
        return path.is_file() and os.access(path, os.X_OK) and path.stat().st_size > 0
    except OSError:
        return False
