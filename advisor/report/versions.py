"""Versions that were measured, against the newest that the catalogue cites."""

from advisor.assessment.model import FrameworkState
from advisor.frameworks.discovery import release
from advisor.frameworks.model import Fact, Origin
from advisor.report.context import ReportContext
from advisor.report.wording import evidence


def shown(context: ReportContext, alternative: str) -> str | None:
    """Return what of an alternative was measured: version, build and Python, and why it isn't the newest."""
    for state in context.assessment.installations:
        if state.alternative == alternative and state.installation is not None:
            found = state.installation
            wheel = f" ({found.wheel})" if found.wheel else ""
            text = f"{found.version}{wheel}, Python {found.python_version}"
            newest = _newer(context, state)
            pinned = found.origin is Origin.MANAGED
            return text if newest is None else evidence.with_newest(text, pinned, newest, context.language)
    return None


def explanations(context: ReportContext) -> list[str]:
    """Explain, for each framework that was measured in an older version than the newest cited, why."""
    result = []
    for state in context.assessment.installations:
        found, newest = state.installation, _newer(context, state)
        if found is not None and newest is not None:
            framework, pinned = context.installed(state.alternative), found.origin is Origin.MANAGED
            name = framework.name if framework else state.alternative
            result.append(evidence.newer_release(name, found.version, pinned, newest, context.language))
    return list(dict.fromkeys(result))


def _newer(context: ReportContext, state: FrameworkState) -> Fact | None:
    """Return the newest version cited where it is newer than the one that was found."""
    framework, found = context.installed(state.alternative), state.installation
    newest = framework.facts.get("last_version") if framework else None
    if found is None or newest is None or not isinstance(newest.value, str):
        return None
    return newest if release(found.version) < release(newest.value) else None
