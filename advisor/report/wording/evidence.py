"""Cited facts in words: what a fact of the catalogue is about, and what it says."""

from advisor.decision.model import Target
from advisor.frameworks.model import Fact
from advisor.hardware.model import System
from advisor.i18n import N_, translator
from advisor.report import format as fmt
from advisor.report.wording import names
from advisor.report.wording.machine import system_name
from advisor.workloads.model import Task

_NAMES = {
    "downloads_month": N_("Downloads per month"),
    "github_stars": N_("GitHub stars"),
    "contributors": N_("Contributors"),
    "pypi_rank": N_("Rank among PyPI packages"),
    "survey_share": N_("Share of professionals using it"),
    "last_release": N_("Newest release"),
    "first_release": N_("First release"),
    "maintained": N_("Maintained"),
    "retired_since": N_("Retired since"),
    "numpy_limit": N_("First NumPy that breaks it"),
    "ease_of_use": N_("Ease of use"),
    "ecosystem": N_("Ecosystem"),
    "deployment": N_("Deployment"),
    "distributed": N_("Distributed training"),
    "federated": N_("Federated learning"),
    "automl": N_("AutoML"),
    "mixed_precision": N_("Mixed precision"),
    "quantisation": N_("Quantisation"),
    "pruning": N_("Pruning"),
    "export": N_("Export"),
    "code_statements": N_("Statements for a ResNet-18 and its training step"),
    "code_names": N_("Names of the framework in them"),
    "code_namespaces": N_("Modules and classes that these names are in"),
}

_ACCELERATORS = {"cuda": "CUDA", "rocm": "ROCm", "mps": "Apple MPS", "xpu": "Intel XPU"}
_DATES = {"last_release", "first_release", "retired_since"}


def fact_name(identifier: str, language: str) -> str:
    """Name a fact by its id, with the backend it holds for."""
    _ = translator(language).gettext
    plain, _at, backend = identifier.partition("@")
    name = _fact_name(plain, language)
    return _("{fact} (backend {backend})").format(fact=name, backend=backend) if backend else name


def _fact_name(identifier: str, language: str) -> str:
    _ = translator(language).gettext
    kind, _dot, answer = identifier.partition(".")
    match kind:
        case "ecosystem" if answer in set(Task):
            return _("Ecosystem: {task}").format(task=names.task(Task(answer), language))
        case "target" if answer in set(Target):
            return _("Runs on {system}").format(system=names.target(Target(answer), language))
        case "platform":
            system, _dot, architecture = answer.partition(".")
            text = system_name(System(system), language) if system in set(System) else system
            return _("Runs on {system}").format(system=f"{text} {architecture}".strip())
        case "accelerator":
            api, _dot, system = answer.partition(".")
            text = _ACCELERATORS.get(api, api)
            if system in set(System):
                text = f"{text}, {system_name(System(system), language)}"
            return _("Uses {accelerator}").format(accelerator=text)
        case "language":
            return _("Interface for {language}").format(language=names.programming_language(answer))
        case _:
            return _(_NAMES.get(identifier, identifier))


def fact_value(identifier: str, fact: Fact, language: str) -> str:
    """Return what a fact says, with its unit."""
    _ = translator(language).gettext
    value = fact.value
    if value is None:
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    plain = identifier.partition("@")[0]
    if isinstance(value, str):
        return fmt.day(value, language) if plain in _DATES else value
    if fact.unit == "level":
        return _("{level} of 4").format(level=fmt.exact(value))
    if fact.unit == "%":
        return f"{fmt.exact(value)}%"
    return fmt.exact(value)


def cited(fact: Fact, language: str) -> str:
    """Return a fact's source with its date."""
    return (
        translator(language)
        .gettext("{source}, {date}")
        .format(source=fact.source, date=fmt.day(fact.date, language))
    )
