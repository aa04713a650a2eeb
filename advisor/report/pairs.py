"""Pairs: how each network came from what trains it to what serves it, and what that costs."""

from advisor.frameworks.catalogue import find
from advisor.frameworks.pairs import serving
from advisor.probes.model import Outcome
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Block, Bullets, Cell, Column, Paragraph, Section, Table
from advisor.report.wording import measurements as words
from advisor.report.wording.evidence import said


def section(context: ReportContext) -> Section | None:
    """Return every export with its time, size and error, and what is lost by it; None without pairs."""
    _ = context.gettext
    rows = _rows(context)
    if not rows:
        return None
    table = Table(
        "exports",
        _("Exports"),
        (
            Column(_("Workload")),
            Column(_("Framework"), width=1.0),
            Column(_("Exported by"), width=1.0),
            Column(_("Time"), unit="s", numeric=True),
            Column(_("Size"), unit="B", numeric=True),
            Column(_("Output error"), numeric=True),
        ),
        tuple(rows),
        notes=(
            _(
                "Output error: largest difference from the outputs of what trains, relative to its largest output."
            ),
        ),
    )
    blocks: list[Block] = [
        Paragraph(
            _(
                "A pair trains in one framework and serves by another one’s runtime. Its inference, latency and "
                "start-up are those of what serves; its training, scalability, energy and memory are those of what "
                "trains, measured once and the same for both. The export is done once and not part of a start."
            )
        ),
        table,
    ]
    lost = _lost(context)
    if lost:
        blocks.append(Bullets(lost, note=True))
    return Section("pairs", _("Trained here, served there"), tuple(blocks))


def _rows(context: ReportContext) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for run in context.assessment.runs:
        for result in context.ordered(run):
            known = context.offers.get(result.subject.alternative)
            if known is None or known.runtime is None:
                continue
            source = serving(find(context.assessment.catalogue, known.runtime), known)
            head = (
                Cell(run.workload.architecture),
                context.cell(known.id),
                Cell(source.how),
            )
            made = result.export
            if made is None or result.outcome is Outcome.EXPORT_FAILED:
                rows.append(
                    (*head, Cell(words.why_not_measured(result, context.language), muted=True, span=3))
                )
                continue
            error = made.output_error
            rows.append(
                (
                    *head,
                    Cell(fmt.number(made.elapsed_s), made.elapsed_s),
                    Cell(fmt.size(made.bytes), made.bytes),
                    Cell(fmt.DASH, muted=True) if error is None else Cell(fmt.scientific(error), error),
                )
            )
    return rows


def _lost(context: ReportContext) -> tuple[str, ...]:
    measured = {result.subject.alternative for run in context.assessment.runs for result in run.results}
    texts = []
    for alternative, known in context.offers.items():
        if alternative not in measured or known.runtime is None:
            continue
        note = serving(find(context.assessment.catalogue, known.runtime), known).note
        if note:
            texts.append(f"{context.name(alternative)}: {said(note, context.language)}")
    return tuple(texts)
