"""Licences: what an alternative's distributions declare, and what of it is not allowed."""

from collections.abc import Iterable

from advisor.frameworks.model import Alternative, Framework

PREFIX = "licence."


def stated_licences(
    framework: Framework, alternative: Alternative
) -> tuple[tuple[str, str, str | None], ...]:
    """Return distribution, SPDX expression and fact id of all that makes up an alternative, its backend included.

    A catalogue of old that states none has the framework's own licence alone.
    """
    found = []
    for key, fact in framework.facts.items():
        distribution, _at, scope = key.removeprefix(PREFIX).partition("@")
        if key.startswith(PREFIX) and scope in ("", alternative.scope) and isinstance(fact.value, str):
            found.append((distribution, fact.value, key))
    return tuple(found) or ((framework.package, framework.licence, None),)


def refused(expression: str, allowed: Iterable[str]) -> tuple[str, ...]:
    """Return what of an SPDX expression is not allowed; nothing where it may be used.

    Of alternatives (``OR``) one has to be allowed, of ``AND`` all. An exception (``WITH``) only grants more, so a
    licence that is allowed is allowed with it.
    """
    known = {licence.lower() for licence in allowed}
    choices = []
    for choice in expression.replace("(", "").replace(")", "").split(" OR "):
        missing = tuple(
            term
            for term in choice.split(" AND ")
            if term.lower() not in known and term.partition(" WITH ")[0].lower() not in known
        )
        if not missing:
            return ()
        choices.append(missing)
    return min(choices, key=len)
