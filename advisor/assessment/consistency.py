"""What the types of an assessment can't say: numbers within bounds, dates that exist, parts that fit together."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from advisor.assessment.model import Assessment
from advisor.bounds import LARGEST
from advisor.decision.model import Verdict, VerdictKind
from advisor.decision.verdict import Reason
from advisor.frameworks.catalogue import is_date

Fault = tuple[str, str]
"""Where something is wrong, as msgspec names a place ("$.runs[0].rounds"), and what."""

_RECOMMENDS = (VerdictKind.CLEAR, VerdictKind.LEANING, VerdictKind.TOO_CLOSE)


_ALIKE = bytes.maketrans(b"123456789E", b"000000000e")
_HUGE = (b"0" * 50, b"0e00", b"0e+00")
"""What a text holds, all digits alike, where a number in it is above ``LARGEST``; others may, too."""


def oversized_in(data: bytes, tree: Any) -> Fault | None:
    """Return what :func:`oversized` does of the tree that a JSON text holds; most texts need no look at theirs."""
    alike = data.translate(_ALIKE)
    return oversized(tree) if any(mark in alike for mark in _HUGE) else None


def oversized(tree: Any, place: str = "$") -> Fault | None:
    """Return the first number of a tree of plain values that is too large to be reckoned with."""
    if isinstance(tree, dict):
        parts: Iterator[tuple[str, Any]] = ((f"{place}.{name}", value) for name, value in tree.items())
    elif isinstance(tree, list):
        parts = ((f"{place}[{index}]", value) for index, value in enumerate(tree))
    elif isinstance(tree, float | int) and not abs(tree) <= LARGEST:
        return place, "the number is too large"
    else:
        return None
    return next((found for name, value in parts if (found := oversized(value, name)) is not None), None)


def contradiction(assessment: Assessment) -> Fault | None:
    """Return what of a well-formed assessment can't be so, the first of it."""
    for place, stated in (
        ("$.created_at", assessment.created_at),
        ("$.machine.detected_at", assessment.machine.detected_at),
    ):
        if not _is_date(stated[:10]):
            return place, "that is no date"
    for framework in assessment.catalogue:
        if not all(is_date(each.date) for each in (*framework.facts.values(), *framework.claims)):
            return "$.catalogue", "a fact has no date"
    for place, names in (
        ("$.catalogue", [framework.id for framework in assessment.catalogue]),
        ("$.runs", [run.workload.id for run in assessment.runs]),
    ):
        if len(set(names)) < len(names):
            return place, "one of them is there twice"
    for run in assessment.runs:
        for result in run.results:
            if result.fidelity is not None and result.fidelity.agreeing > result.fidelity.items:
                return "$.runs", "more answers agree than there are"
    if assessment.decision is not None and not coherent(assessment.decision.verdict):
        return "$.decision.verdict", "its parts contradict each other"
    return None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def coherent(verdict: Verdict) -> bool:
    """Whether a verdict recommends if and only if its kind says so, for a reason that is known."""
    return (verdict.kind in _RECOMMENDS) == bool(verdict.recommended) and verdict.reason in set(Reason)
