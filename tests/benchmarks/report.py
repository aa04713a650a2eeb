"""How long a full report takes: ``python -m tests.benchmarks.report [REPETITIONS]``.

Prints medians and their ratio to typst setting one empty page, which varies with the machine as the report does.
"""

import statistics
import sys
import time
from collections.abc import Callable

import typst

from advisor.report import document, html, markdown, pdf
from tests.samples import sample_assessment


def median_s(work: Callable[[], object], repetitions: int) -> float:
    """Return the median time of some work, after one call that isn't counted."""
    work()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Time every form of the standard sample's report."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    assessment = sample_assessment("standard")
    report = document.build(assessment)
    empty = median_s(lambda: typst.compile(b"x"), repetitions)
    for name, work in (
        ("document", lambda: document.build(assessment)),
        ("PDF, English", lambda: pdf.render(assessment)),
        ("PDF, Chinese", lambda: pdf.render(assessment, "zh_CN")),
        ("PDF, summary", lambda: pdf.render(assessment, summary_only=True)),
        ("HTML from document", lambda: html.render(report)),
        ("Markdown from document", lambda: markdown.render(report)),
    ):
        taken = median_s(work, repetitions)
        print(f"{name:24} {1e3 * taken:8.1f} ms   {taken / empty:6.2f} x an empty page")


if __name__ == "__main__":
    main()
