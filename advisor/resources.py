"""The one door to packaged data files (catalogue, templates, fonts, translations, worker scripts)."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Return the path of a file or folder under ``resources/``.

    A checkout keeps the folder beside the package; an installed wheel or a frozen program
    keeps it inside (``advisor/_resources``).
    """
    inside = _PACKAGE / "_resources"
    root = inside if inside.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)


def worker_script(name: str) -> Path:
    """Return the path of a worker script, shipped as a plain ``.py`` file for foreign interpreters."""
    return _PACKAGE / "workers" / f"{name}.py"
