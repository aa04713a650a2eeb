"""Runs in the build environment that ``build.py`` makes: one function per target."""

import argparse
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import inventory
import nsis
import sbom
from freeze import EPOCH, TOC, freeze
from metadata import BUILD, NAME, PACKAGING, ROOT, SLUG, VERSION

DIST = ROOT / "dist"

frozen: Callable[[], Path] = cache(freeze)


def wheel(fast: bool) -> tuple[Path, Path]:
    """Build the wheel, for people who have a Python."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(DIST)],
        cwd=ROOT,
        check=True,
    )
    archive = DIST / f"{SLUG.replace('-', '_')}-{VERSION}-py3-none-any.whl"
    content = BUILD / "wheel"
    shutil.rmtree(content, ignore_errors=True)
    shutil.unpack_archive(archive, content, "zip")
    return archive, content


def appdir(fast: bool) -> tuple[Path, Path]:
    """Build an archive for Linux whose folder runs from anywhere."""
    import deb

    name = f"{SLUG}-{VERSION}-linux-{platform.machine()}"
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(frozen(), folder, symlinks=True)
    deb.share(folder / "share")
    shutil.rmtree(folder / "share" / "lintian")
    shutil.copy(ROOT / "LICENSE", folder)
    (folder / "README.txt").write_text(deb.filled("README.txt"), "utf-8")
    archive = DIST / f"{name}.tar.xz"
    command = ["tar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", f"--mtime=@{EPOCH}"]
    command += [f"--use-compress-program=xz -T0 {'-0' if fast else '-6'}", "--mode=go=rX,u+rw"]
    subprocess.run([*command, "-cf", str(archive), "-C", str(BUILD), name], check=True)
    return archive, folder


def debian(fast: bool) -> tuple[Path, Path]:
    """Build the Debian package."""
    import deb

    return deb.build(frozen(), DIST, fast), deb.ROOT / "usr"


def windows(fast: bool) -> tuple[Path, Path]:
    """Build the installer for Windows; only NSIS' compiler is needed beside the frozen program."""
    setup = DIST / f"{SLUG}-{VERSION}-windows-{platform.machine().lower()}-setup.exe"
    nsis.compile_installer(frozen(), setup, fast)
    return setup, frozen()


def macos(fast: bool) -> tuple[Path, Path]:
    """Build the disk image for macOS from the bundle, which PyInstaller signs where it is told an identity."""
    bundle = frozen()
    image = DIST / f"{SLUG}-{VERSION}-macos-{platform.machine()}.dmg"
    settings = str(PACKAGING / "macos" / "dmg_settings.py")
    subprocess.run(["dmgbuild", "-s", settings, "-D", f"app={bundle}", NAME, str(image)], check=True)
    return image, bundle


TARGETS = {"wheel": wheel, "appdir": appdir, "deb": debian, "windows": windows, "macos": macos}


def main() -> None:
    """Build the targets named, each with its list of files and its bill of materials."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="+", choices=TARGETS)
    parser.add_argument("--fast", action="store_true")
    arguments = parser.parse_args()
    DIST.mkdir(exist_ok=True)
    for name in arguments.targets:
        artefact, content = TARGETS[name](arguments.fast)
        sbom.write_files(artefact, content)
        bundled = inventory.shipped() if name == "wheel" else inventory.components(TOC)
        sbom.write(artefact, tuple(bundled))
        print(f"{artefact.relative_to(ROOT)}: {artefact.stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    main()
