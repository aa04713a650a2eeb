"""Freezing: the program as one folder that needs no Python, made by PyInstaller from ``advisor.spec``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import icons
import inventory
from metadata import (
    AUTHOR,
    BUILD,
    COMMAND,
    COPYRIGHT,
    NAME,
    PACKAGING,
    ROOT,
    SLUG,
    SUMMARY,
    VERSION,
    WINDOW_COMMAND,
)

STAGE = BUILD / "stage"
FROZEN = BUILD / "frozen"
TOC = BUILD / "pyinstaller" / "advisor" / "COLLECT-00.toc"
LICENCES = "licences.txt"  # read by the window through ``resource(LICENCES)``

EPOCH = "1767225600"
"""A fixed moment for files that carry one, so that the same inputs give the same bytes."""


def freeze() -> Path:
    """Build the program and return its folder (on macOS, its bundle)."""
    stage()
    shutil.rmtree(FROZEN, ignore_errors=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    command += ["--distpath", str(FROZEN), "--workpath", str(BUILD / "pyinstaller")]
    subprocess.run(
        [*command, str(PACKAGING / "advisor.spec")],
        cwd=BUILD,
        env={**os.environ, "ADVISOR_STAGE": str(STAGE), "SOURCE_DATE_EPOCH": EPOCH, "PYTHONHASHSEED": "0"},
        check=True,
    )
    folder = FROZEN / (f"{NAME}.app" if sys.platform == "darwin" else SLUG)
    if sys.platform == "linux":
        _strip_python(folder / "_internal")
        # Which libraries of the system were collected is known only now.
        text = inventory.licences(inventory.components(TOC))
        (folder / "_internal" / "advisor" / "_resources" / LICENCES).write_text(text, "utf-8")
    return folder


def _strip_python(folder: Path) -> None:
    """Take the symbols out of Python itself; what comes in wheels stays as its makers built it."""
    files = [*folder.glob("libpython3*.so*"), *(folder / f"python3.{sys.version_info.minor}").rglob("*.so")]
    subprocess.run(["strip", "--strip-unneeded", *map(str, files)], check=True)


def stage() -> None:
    """Gather what the program carries beside its code: resources, licences, icons."""
    shutil.rmtree(STAGE, ignore_errors=True)
    STAGE.mkdir(parents=True)
    shutil.copytree(
        ROOT / "resources", STAGE / "resources", ignore=shutil.ignore_patterns("*.po", "README.md", ".*")
    )
    (STAGE / "resources" / LICENCES).write_text(inventory.licences(inventory.components()), "utf-8")
    if sys.platform == "win32":
        icons.write_ico(STAGE / "advisor.ico")
        (STAGE / "version.txt").write_text(_version_resource(), "utf-8")
    elif sys.platform == "darwin":
        icons.write_icns(STAGE / "advisor.icns")


def program_in(folder: Path) -> Path:
    """Return the command inside a frozen folder or bundle."""
    if folder.suffix == ".app":
        return folder / "Contents" / "MacOS" / COMMAND
    return folder / (f"{COMMAND}.exe" if sys.platform == "win32" else COMMAND)


def _version_resource() -> str:
    """Return what Windows shows in a program's properties, as PyInstaller reads it."""
    numbers = tuple([*(int(part) for part in VERSION.split(".")[:3]), 0, 0, 0][:4])
    strings = {
        "CompanyName": AUTHOR,
        "FileDescription": NAME,
        "FileVersion": VERSION,
        "LegalCopyright": COPYRIGHT,
        "OriginalFilename": f"{WINDOW_COMMAND}.exe",
        "ProductName": NAME,
        "ProductVersion": VERSION,
        "Comments": SUMMARY,
    }
    table = ", ".join(f"StringStruct({key!r}, {value!r})" for key, value in strings.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}), kids=["
        f"StringFileInfo([StringTable('040904B0', [{table}])]), "
        "VarFileInfo([VarStruct('Translation', [1033, 1200])])])"
    )
