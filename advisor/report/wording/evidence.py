"""Cited facts in words: what a fact of the catalogue is about, and what it says."""

from datetime import date

from advisor.decision.gates import INFER, TRAIN
from advisor.decision.model import Target
from advisor.frameworks import catalogue
from advisor.frameworks.model import Fact, Wrapper
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
    "last_version": N_("Newest version"),
    "first_release": N_("First release"),
    "maintained": N_("Maintained"),
    "retired_since": N_("Retired since"),
    "numpy_limit": N_("First NumPy that breaks it"),
    "ease_of_use": N_("Ease of use"),
    "ecosystem": N_("Ecosystem"),
    "deployment": N_("Deployment"),
    "way": N_("Way to a target"),
    "migration": N_("Move from another framework"),
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
_ROLES = {TRAIN: N_("trains and infers"), INFER: N_("runs trained models only")}
_DATES = {"last_release", "first_release", "retired_since"}
_CUDA_LIMITS = {
    "capability_min": N_("Least compute capability"),
    "capability_max": N_("Greatest compute capability"),
    "driver_min": N_("Oldest NVIDIA driver"),
}


def fact_name(identifier: str, language: str) -> str:
    """Name a fact by its id, with the backend it holds for."""
    _ = translator(language).gettext
    plain, _at, backend = identifier.partition("@")
    name = fmt.spaced(_fact_name(plain, language))
    return _("{fact} (backend {backend})").format(fact=name, backend=backend) if backend else name


def _fact_name(identifier: str, language: str) -> str:
    _ = translator(language).gettext
    kind, _dot, answer = identifier.partition(".")
    match kind:
        case "ecosystem" if answer in set(Task):
            return _("Ecosystem: {task}").format(task=names.task(Task(answer), language))
        case "target" if answer in set(Target):
            return _("Runs on {system}").format(system=names.target(Target(answer), language))
        case "way" if answer in set(Target):
            return _("Way to {target}").format(target=names.target(Target(answer), language))
        case "migration" if answer:
            origin = next((each.name for each in catalogue.load() if each.id == answer), answer)
            return _("Move from {framework}").format(framework=origin)
        case "licence":
            return _("Licence of {distribution}").format(distribution=answer)
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
        case "cuda":
            limit, _dot, wheel = answer.partition(".")
            text = _(_CUDA_LIMITS.get(limit, limit))
            return _("{fact} (build {wheel})").format(fact=text, wheel=wheel) if wheel else text
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
    if isinstance(value, str) and plain.startswith("language."):
        return _(_ROLES[value]) if value in _ROLES else value
    if isinstance(value, str):
        return fmt.day(value, language) if plain in _DATES else said(value, language)
    if fact.unit == "level":
        return _("{level} of 4").format(level=fmt.exact(value))
    if fact.unit == "%":
        return f"{fmt.exact(value)}%"
    return fmt.exact(value)


def said(text: str, language: str) -> str:
    """Return a note, a claim or a tool's name in a language; the catalogue's own words where it has none."""
    return translator(language).gettext(text) if text else ""


def source_named(source: str, language: str) -> str:
    """Return a fact's sources in a language; addresses stay as they are."""
    return translator(language).gettext("; ").join(said(each, language) for each in source.split("; "))


def cited(fact: Fact | Wrapper, language: str) -> str:
    """Return where something is stated, with its date."""
    return (
        translator(language)
        .gettext("{source}, {date}")
        .format(source=source_named(fact.source, language), date=fmt.day(fact.date, language))
    )


def dated(fact: Fact, today: str, language: str) -> str:
    """Return a fact's date, marked where the fact is older than its limit on a day (ISO 8601)."""
    try:
        stale = catalogue.is_stale(fact, date.fromisoformat(today[:10]))
    except ValueError:  # a day that is none, in a damaged assessment
        stale = False
    return (
        translator(language).gettext("{date} (over a year old)").format(date=fact.date)
        if stale
        else fact.date
    )


def with_newest(version: str, pinned: bool, newest: Fact, language: str) -> str:
    """Return a version that is older than the newest one cited, with that and what the older one is."""
    _ = translator(language).gettext
    text = (
        _("{version}; the version tried with this program, the newest cited is {newest}")
        if pinned
        else _("{version}; as found here, the newest cited is {newest}")
    )
    return text.format(version=version, newest=newest.value)


def newer_release(name: str, installed: str, pinned: bool, newest: Fact, language: str) -> str:
    """Explain why a version is recommended that is older than the newest one cited."""
    _ = translator(language).gettext
    text = (
        _(
            "{framework} {installed} is the version that this program was tried with, so that figures stay "
            "comparable; {newest} is the newest one cited ({date})."
        )
        if pinned
        else _(
            "{framework} {installed} is what was found on this machine; {newest} is the newest one cited ({date})."
        )
    )
    return text.format(
        framework=name, installed=installed, newest=newest.value, date=fmt.day(newest.date, language)
    )
