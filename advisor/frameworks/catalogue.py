"""The catalogue: cited facts and install requirements of every framework, read from TOML files."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from advisor.errors import AdvisorError
from advisor.frameworks.model import Acts, Alternative, Fact, Framework
from advisor.frameworks.pairs import offered
from advisor.resources import resource

RUBRICS_FILE = "rubrics.toml"
STALE_MONTHS = 12
"""A fact of that age is marked wherever it is shown."""

_T = TypeVar("_T")
_DATE = re.compile(r"[1-9][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")


class Rubric(Struct, frozen=True, forbid_unknown_fields=True):
    """Wording that anchors the levels 0 to 4 of one judged criterion."""

    levels: tuple[str, str, str, str, str]


class StaleFact(Struct, frozen=True):
    """A fact that has aged: ``age_months`` whole months lie between its date and today."""

    framework: str
    id: str
    fact: Fact
    age_months: int


@lru_cache
def load(folder: Path | None = None) -> tuple[Framework, ...]:
    """Read every framework of a catalogue folder.

    Parameters
    ----------
    folder : Path, optional
        Where the files are; the packaged catalogue by default.

    Raises
    ------
    AdvisorError
        A file is unreadable or malformed; the message names the file and the field.
    """
    folder = folder or resource("catalogue")
    paths = sorted(path for path in folder.glob("*.toml") if path.name != RUBRICS_FILE)
    if not paths:
        raise AdvisorError(f"There is no catalogue in {folder}.", "Reinstall the program.")
    frameworks = [_framework(path) for path in paths]
    return tuple(sorted(frameworks, key=lambda item: (item.order, item.id)))


@lru_cache
def rubrics(folder: Path | None = None) -> dict[str, Rubric]:
    """Return the wording of the judged levels, keyed by the part of the fact's id before its first dot."""
    path = (folder or resource("catalogue")) / RUBRICS_FILE
    return _convert(path, _read(path), dict[str, Rubric])


def alternatives(catalogue: Iterable[Framework]) -> tuple[Alternative, ...]:
    """Return everything that can be adopted: frameworks, once per backend where they have several, and pairs."""
    return tuple(alternative for _, alternative in offered(catalogue))


def find(catalogue: Iterable[Framework], framework_id: str) -> Framework:
    """Return the framework with an id, or with an alternative of that id ("keras-jax").

    Raises
    ------
    AdvisorError
        There is none; the message offers the nearest spelling.
    """
    catalogue = tuple(catalogue)
    known = {alternative.id: framework for framework, alternative in offered(catalogue)}
    known |= {framework.id: framework for framework in catalogue}
    if framework_id in known:
        return known[framework_id]
    near = difflib.get_close_matches(framework_id.lower(), known, n=1)
    remedy = f'Did you mean "{near[0]}"?' if near else f"Known are {', '.join(sorted(known))}."
    raise AdvisorError(f'There is no framework "{framework_id}" in the catalogue.', remedy)


def fact(framework: Framework, fact_id: str, scope: str | None = None) -> Fact | None:
    """Return a fact, the one for a backend or runtime before the one for all; ``None`` where neither is stated."""
    specific = framework.facts.get(f"{fact_id}@{scope}") if scope else None
    return specific or framework.facts.get(fact_id)


def stale(catalogue: Iterable[Framework], today: date, months: int = STALE_MONTHS) -> tuple[StaleFact, ...]:
    """Return the facts that are ``months`` whole months old or older, oldest first."""
    aged = [
        StaleFact(framework.id, fact_id, fact, _age_months(fact.date, today))
        for framework in catalogue
        for fact_id, fact in framework.facts.items()
    ]
    return tuple(
        sorted(
            (item for item in aged if item.age_months >= months),
            key=lambda item: item.age_months,
            reverse=True,
        )
    )


def is_stale(fact: Fact, today: date, months: int = STALE_MONTHS) -> bool:
    """Whether a fact is ``months`` whole months old or older."""
    return _age_months(fact.date, today) >= months


def is_date(stated: str) -> bool:
    """Whether a text is a date as facts have one: of a day, a month or a year."""
    return _DATE.fullmatch(stated) is not None


def _age_months(stated: str, today: date) -> int:
    """Whole months since a date; where only month or year is stated, since the end of that month or year."""
    parts = [int(part) for part in stated.split("-")]
    year, month, day = (*parts, *(12, 28)[len(parts) - 1 :])
    return (today.year - year) * 12 + today.month - month - (today.day < min(day, 28))


def _framework(path: Path) -> Framework:
    raw = _read(path)
    facts = raw.get("facts")
    # TOML has no null: a fact without a value is one that is not known.
    for entry in facts.values() if isinstance(facts, dict) else ():
        if isinstance(entry, dict):
            entry.setdefault("value", None)
    framework = _convert(path, raw, Framework)
    if framework.id != path.stem:
        raise AdvisorError(f'{path}: id is "{framework.id}", but the file is named "{path.stem}".')
    _check_levers(path, framework)
    for fact_id, entry in framework.facts.items():
        if not is_date(entry.date):
            raise AdvisorError(
                f'{path}: facts.{fact_id}.date is "{entry.date}", not a date such as 2026-10-31.'
            )
        if not entry.source.strip():
            raise AdvisorError(f"{path}: facts.{fact_id}.source is empty.")
    return framework


def _check_levers(path: Path, framework: Framework) -> None:
    levers = {lever.id: lever for lever in framework.levers}
    if len(levers) < len(framework.levers):
        raise AdvisorError(f"{path}: two levers have the same id.")
    for lever in framework.levers:
        if not lever.values:
            raise AdvisorError(f"{path}: lever {lever.id} has no values.")
        if (lever.acts is Acts.PROCESS) != (lever.variable is not None):
            raise AdvisorError(
                f"{path}: lever {lever.id} needs a variable if, and only if, it acts on the process."
            )
        for backend in lever.backends:
            if backend not in framework.backends:
                raise AdvisorError(f'{path}: lever {lever.id} names the unknown backend "{backend}".')
    named = [("compiled", framework.compiled)]
    named += [("priors", prior.levers) for prior in framework.priors]
    named += [(f"levers.{lever.id}.needs", lever.needs) for lever in framework.levers]
    for place, pairs in named:
        for name, value in pairs.items():
            if name not in levers or value not in levers[name].values:
                raise AdvisorError(f'{path}: {place}.{name} = "{value}" is no lever with that value.')


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise AdvisorError(f"{path} can't be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AdvisorError(f"{path} is not valid TOML: {error}.") from error


def _convert(path: Path, raw: dict[str, Any], kind: type[_T]) -> _T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise AdvisorError(f"{path}: {error}.") from error
