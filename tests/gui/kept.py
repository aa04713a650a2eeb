"""Synthetic assessments, each built once for all tests: deciding on one takes a while."""

from functools import cache

import msgspec

from advisor.assessment.model import Assessment
from tests.samples import sample_assessment


@cache
def kept(kind: str) -> Assessment:
    """Return the synthetic assessment of a kind."""
    return sample_assessment(kind)


@cache
def undecided() -> Assessment:
    """Return a run that was cancelled before anything was decided."""
    return msgspec.structs.replace(kept("cancelled"), decision=None, runs=())
