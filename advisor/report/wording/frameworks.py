"""Installations in words: how one was found, and why there is none that will do."""

from advisor.frameworks.model import Absence, Origin, Problem
from advisor.i18n import N_, translator

_ORIGINS = {
    Origin.MANAGED: N_("set up by this program"),
    Origin.PATH: N_("on the search path"),
    Origin.VENV: N_("virtual environment"),
    Origin.CONDA: N_("conda environment"),
    Origin.UV: N_("uv's Python"),
    Origin.PYENV: N_("pyenv's Python"),
    Origin.USER: N_("added by you"),
}

_REASONS: dict[str, str] = {
    Absence.NOT_INSTALLED: N_("not installed"),
    Absence.BACKEND_MISSING: N_("backend not installed"),
    Problem.PYTHON_TOO_OLD: N_("its Python is too old"),
    Problem.VERSION_TOO_OLD: N_("its version is too old"),
    Problem.NUMPY_TOO_NEW: N_("its NumPy is too new"),
    Problem.NO_BACKEND: N_("it has no backend"),
}


def origin(value: Origin, language: str) -> str:
    """Say how an interpreter was found."""
    return translator(language).gettext(_ORIGINS[value])


def why(reason: str | None, language: str) -> str:
    """Say why an alternative has no installation that will do; a foreign reason as it is."""
    code = reason or Absence.NOT_INSTALLED
    return translator(language).gettext(_REASONS.get(code, code))
