"""What installers carry: licences of everything, pinned versions, and an uninstaller that takes only its own."""

import re
import shutil
import subprocess
import sys
import tomllib

import deb
import inventory
import metadata
import nsis
import pytest
from packaging.requirements import Requirement

PROJECT = tomllib.loads((metadata.ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture
def components(monkeypatch):
    # PyInstaller lives in the build environment only.
    monkeypatch.setattr(inventory, "BOOTLOADER", "pytest")
    return inventory.components()


def test_everything_carried_is_listed_with_the_text_of_its_licence(components):
    listed = {canonical(each.name) for each in components}
    assert {canonical(Requirement(each).name) for each in PROJECT["dependencies"]} <= listed
    assert {"python", "noto-sans", "shiboken6"} <= {name.replace(" ", "-") for name in listed}
    text = inventory.licences(components)
    for each in components:
        assert f"- {each.name} {each.version} ({each.licence})" in text
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text
    assert text.count("SIL OPEN FONT LICENSE Version 1.1") >= 1


def test_a_licence_without_its_text_stops_the_build(monkeypatch):
    monkeypatch.setattr(inventory, "BOOTLOADER", "pytest")
    monkeypatch.setattr(inventory, "_TEXTS", {})
    with pytest.raises(FileNotFoundError, match="shiboken6"):
        inventory.components()


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("dpkg"), reason="asks Debian's package database"
)
def test_libraries_of_the_system_are_listed_by_their_packages(tmp_path, monkeypatch):
    library = subprocess.run(["dpkg", "-L", "zlib1g"], capture_output=True, text=True, check=True).stdout
    path = next(line for line in library.splitlines() if line.endswith("libz.so.1"))
    toc = tmp_path / "COLLECT-00.toc"
    toc.write_text(
        repr((["ignored"], [("libz.so.1", path, "BINARY"), ("a.txt", "/etc/passwd", "DATA")])), "utf-8"
    )
    monkeypatch.setattr(inventory, "BOOTLOADER", "pytest")
    found = [each for each in inventory.components(toc) if each.purl.startswith("pkg:deb/")]
    assert [each.name for each in found] == ["zlib1g"]
    assert found[0].texts


def test_every_dependency_is_pinned_and_hashed():
    text = (metadata.PACKAGING / "constraints.txt").read_text("utf-8")
    blocks = re.findall(
        r"^([A-Za-z0-9._-]+)==[^\n]*((?:\n    --hash=sha256:[0-9a-f]{64}[^\n]*)+)", text, re.M
    )
    pinned = {canonical(name) for name, _ in blocks}
    assert {canonical(Requirement(each).name) for each in PROJECT["dependencies"]} <= pinned
    assert len(pinned) == len({canonical(name) for name in re.findall(r"^([\w.-]+)==", text, re.M)})


@pytest.mark.skipif(shutil.which("makensis") is None, reason="NSIS is not installed")
def test_windows_installer_compiles_and_removes_just_what_it_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(nsis, "BUILD", tmp_path / "build")
    program = tmp_path / "program"
    (program / "_internal" / "data").mkdir(parents=True)
    for name in ("advisor.exe", "framework-advisor.exe", "_internal/data/a $1.txt"):
        (program / name).write_bytes(b"MZ")
    setup = tmp_path / "program-setup.exe"
    nsis.compile_installer(program, setup, fast=True)
    assert setup.read_bytes().startswith(b"MZ")
    removals = (tmp_path / "build" / "uninstall-files.nsh").read_text("utf-8").splitlines()
    assert sorted(removals) == sorted(
        [
            'Delete "$INSTDIR\\advisor.exe"',
            'Delete "$INSTDIR\\framework-advisor.exe"',
            'Delete "$INSTDIR\\_internal\\data\\a $$1.txt"',
            'RMDir "$INSTDIR\\_internal\\data"',
            'RMDir "$INSTDIR\\_internal"',
        ]
    )
    folders = [line for line in removals if line.startswith("RMDir")]
    assert folders == sorted(folders, key=len, reverse=True)  # the inner one goes first


def test_libraries_that_the_building_machine_lacks_are_named():
    said = "".join(
        f"dpkg-shlibdeps: error: cannot find library {name} needed by /a/lib.so (ELF format: 'elf64'; RPATH: '')\n"
        for name in ("libwayland-egl.so.1", "libwayland-client.so.0", "libwayland-egl.so.1")
    )
    assert "lacks libwayland-client.so.0, libwayland-egl.so.1," in deb.lacking(said)
    assert "no such option" in deb.lacking("dpkg-shlibdeps: no such option")
