"""Reports of the synthetic assessments, each set once for all tests."""

from functools import cache

import pytest

from advisor.report import document, pdf
from advisor.report.model import Document, Options
from tests.samples import KINDS, sample_assessment

FIXED = "1795000000"


@cache
def built(kind: str, language: str, summary_only: bool = False) -> Document:
    """Return the document of a synthetic assessment."""
    return document.build(sample_assessment(kind), language, Options(summary_only=summary_only))


@cache
def rendered(kind: str, language: str, paper: str = "a4", summary_only: bool = False) -> bytes:
    """Return the PDF of a synthetic assessment."""
    return pdf.render(sample_assessment(kind), language, paper, summary_only)


@pytest.fixture(autouse=True)
def _fixed_date(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", FIXED)


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(params=["en", "zh_CN"])
def language(request):
    return request.param
