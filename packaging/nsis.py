"""The installer for Windows, compiled by NSIS from the program's folder."""

import subprocess
from pathlib import Path

import metadata
from metadata import BUILD, PACKAGING


def compile_installer(folder: Path, setup: Path, fast: bool) -> None:
    """Compile the installer of a program's folder (also one that was staged on another system)."""
    facts = {key: value for key, value in vars(metadata).items() if key.isupper() and isinstance(value, str)}
    facts |= {"SOURCE": str(folder / "*"), "OUTPUT": str(setup), "FILES": str(_removal(folder))}
    command = [
        "makensis",
        "-V2",
        "-INPUTCHARSET",
        "UTF8",
        *(f"-D{key}={value}" for key, value in facts.items()),
    ]
    command += ["-DFAST"] if fast else []
    subprocess.run([*command, str(PACKAGING / "windows" / "installer.nsi")], check=True)


def _removal(folder: Path) -> Path:
    """Write what the uninstaller removes: the files that were installed and nothing else."""
    paths = sorted(folder.rglob("*"), reverse=True)
    lines = []
    for path in paths:
        place = "$INSTDIR\\" + path.relative_to(folder).as_posix().replace("/", "\\").replace("$", "$$")
        removal = "RMDir" if path.is_dir() and not path.is_symlink() else "Delete"
        lines.append(f'{removal} "{place}"')
    script = BUILD / "uninstall-files.nsh"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("\n".join(lines) + "\n", "utf-8")
    return script
