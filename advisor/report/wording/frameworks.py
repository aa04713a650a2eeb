"""Installations in words: how one was found, why there is none that will do, what setting one up takes."""

from collections.abc import Sequence
from pathlib import Path

from advisor.frameworks.catalogue import find
from advisor.frameworks.model import Absence, Framework, InstallPlan, Origin, Problem
from advisor.i18n import N_, translator
from advisor.report import format as fmt

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
    Absence.TRAINER_MISSING: N_("the framework that trains is not installed"),
    Problem.PYTHON_TOO_OLD: N_("its Python is too old"),
    Problem.VERSION_TOO_OLD: N_("its version is too old"),
    Problem.NUMPY_TOO_NEW: N_("its NumPy is too new"),
    Problem.INCOMPLETE: N_("packages that it is used with are missing or too old"),
    Problem.NO_BACKEND: N_("it has no backend"),
}


def origin(value: Origin, language: str) -> str:
    """Say how an interpreter was found."""
    return translator(language).gettext(_ORIGINS[value])


def why(reason: str | None, language: str) -> str:
    """Say why an alternative has no installation that will do; a foreign reason as it is."""
    code = reason or Absence.NOT_INSTALLED
    return translator(language).gettext(_REASONS.get(code, code))


def set_up(plans: Sequence[InstallPlan], catalogue: Sequence[Framework], folder: Path, language: str) -> str:
    """Say what is to be set up, where, and how large that is at most.

    Parameters
    ----------
    folder : Path
        The program's data folder.
    """
    _ = translator(language).gettext
    text = _(
        "To be set up in {folder}: {names}. At most {download} to download, {installed} on disk."
    ).format(
        folder=folder / "environments",
        names=_(", ").join(find(catalogue, plan.framework).name for plan in plans),
        download=fmt.size(sum(plan.requirements.download_bytes or 0 for plan in plans)),
        installed=fmt.size(sum(plan.requirements.installed_bytes or 0 for plan in plans)),
    )
    pythons = sorted({plan.python_version for plan in plans if plan.interpreter is None})
    if pythons:
        versions = _(", ").join(pythons)
        text += " " + _("Python {version} is downloaded, too.").format(version=versions)
    return text
