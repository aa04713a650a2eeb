"""Real, tiny virtual environments with made-up distributions, for tests of discovery and installation."""

import subprocess
import sys
import zipfile
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


def make_wheel(folder: Path, name: str, version: str, code: str = "") -> None:
    """Make a wheel of one module, so that installing needs neither an index nor a network."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
