"""Real, tiny virtual environments with made-up distributions, for tests of discovery and installation."""

import subprocess
import sys
from pathlib import Path

import uv

BIN = "Scripts" if sys.platform == "win32" else "bin"


def make_environment(folder: Path, packages: dict[str, str] | None = None) -> Path:
    """Make a virtual environment that claims to hold some packages, and return its interpreter."""
    subprocess.run(
        [
            uv.find_uv_bin(),
            "venv",
            "--quiet",
            "--no-config",
            "--no-project",
            "--python",
            sys.executable,
            folder,
        ],
        check=True,
        timeout=120,
    )
    site = next(folder.glob("lib/python3*/site-packages"), folder / "Lib" / "site-packages")
    for name, version in (packages or {}).items():
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")
    return folder / BIN / "python"
