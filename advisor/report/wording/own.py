"""The user's own work in words: what was measured of it, and how far that can be compared."""

from collections.abc import Iterable, Mapping, Sequence

from advisor.i18n import translator
from advisor.probes.model import Basis, Capability, ProbeResult, WorkloadRun
from advisor.report import format as fmt
from advisor.report.wording.names import architecture
from advisor.workloads.model import Source
from advisor.workloads.own import Contents


def about(run: WorkloadRun, threads: str, language: str) -> str:
    """Say what own work is, as far as that is known; ``threads`` says how many there are."""
    _ = translator(language).gettext
    workload = run.workload
    said = [
        _("{work}: {batch} items a call, {threads}.").format(
            work=_sentence(architecture(workload, language)), batch=fmt.whole(workload.batch), threads=threads
        )
    ]
    if workload.source is Source.SCRIPT:
        said.append(_("What a call does, and in which precision, only the script knows."))
    if workload.parameters is not None:
        said.append(_("{count} parameters.").format(count=fmt.whole(workload.parameters)))
    if workload.source is Source.MODEL and any(
        Capability.TRAIN in each.capabilities for each in run.results if each.samples
    ):
        said.append(
            _(
                "A step of training is gradient descent on the squared distance to half of the model’s own outputs: "
                "what a step costs, with a loss and an optimiser that are the same for all, not those of the file."
            )
        )
    if workload.forward_flops is None:
        said.append(
            _(
                "Its operations are not known, so no share of the machine’s peak is shown, and points of speed stand "
                "on the fastest that was measured."
            )
        )
    return fmt.joined(*said, language=language)


def measured(runs: Iterable[WorkloadRun], language: str) -> str:
    """Say what speeds were measured with: one network in all frameworks, or the user's own work."""
    _ = translator(language).gettext
    sources = {run.workload.source for run in runs}
    if sources == {Source.PUBLISHED}:
        return _("Speeds were measured on this machine, with the same network in every framework")
    if Source.PUBLISHED in sources:
        return _("Speeds were measured on this machine, with published networks and with your own work")
    return _("Speeds were measured on this machine, with your own work")


def all_compared(results: Iterable[tuple[WorkloadRun, ProbeResult]]) -> bool:
    """Whether every result was held against another one, or a reference, and computes the same."""
    bases: dict[str, list[Basis]] = {}
    for run, result in results:
        if result.equivalence is None or not result.equivalence.passed:
            return False
        bases.setdefault(run.workload.id, []).append(result.equivalence.basis)
    # The first of own work stands alone, since the others are held against it.
    return all(Basis.NONE not in each or (each.count(Basis.NONE) == 1 < len(each)) for each in bases.values())


def measuring(runs: Iterable[WorkloadRun], language: str) -> list[str]:
    """Return the rules of measurement that are of own work alone."""
    _ = translator(language).gettext
    sources = {run.workload.source for run in runs}
    said = []
    if Source.SCRIPT in sources:
        said.append(
            _(
                "Own scripts: each runs in the interpreter that was named for it and is timed as it is. Where two of "
                "them offer outputs, the later one’s are held against the first one’s, and what differs is not timed."
            )
        )
    if Source.MODEL in sources:
        said.append(
            _(
                "Own model: every framework opens the same file. Its outputs on one fixed random input are held "
                "against those of the file’s own runtime, or of the first that opened it, and what differs is not "
                "timed. An inference runtime is measured once: who trained a file is nothing to it."
            )
        )
    return said


def compared(run: WorkloadRun, language: str) -> str:
    """Say what the outputs of own work were held against before anything was timed."""
    translations = translator(language)
    _ = translations.gettext
    checked = [
        each.equivalence for each in run.results if each.equivalence is not None and each.equivalence.passed
    ]
    held = [each for each in checked if each.basis is not Basis.NONE]
    if not held:
        if run.workload.source is Source.SCRIPT:
            return _(
                "No outputs were compared: these are the speeds of your scripts, and whether they do the same work is "
                "for you to know."
            )
        return _("Nothing was there to compare its outputs with.")
    error = fmt.scientific(max(each.output_error or 0.0 for each in held))
    if any(each.basis is Basis.RUNTIME for each in held):
        return translations.ngettext(
            "Before timing, the outputs of {count} more were held against those of the file’s own runtime: largest "
            "deviation {error}.",
            "Before timing, the outputs of {count} more were held against those of the file’s own runtime: largest "
            "deviation {error}.",
            len(held),
        ).format(count=len(held), error=error)
    return translations.ngettext(
        "Before timing, the outputs of {count} more were held against those of the first: largest deviation {error}.",
        "Before timing, the outputs of {count} more were held against those of the first: largest deviation {error}.",
        len(held),
    ).format(count=len(held), error=error)


OPERATORS = 12
"""Kinds that are listed, most frequent first."""


def contents(found: Contents, language: str) -> list[list[str]]:
    """Return what is in a model file, label and text."""
    _ = translator(language).gettext
    return [
        [_("Format"), found.format],
        *([_("Input"), f"{port.name}: {shape(port.shape)}, {port.dtype}"] for port in found.ports),
        [_("Parameters"), _("not known") if found.parameters is None else fmt.whole(found.parameters)],
        [_("Operators"), operators(found.operators, OPERATORS, language)],
    ]


def shape(sides: Sequence[int | None]) -> str:
    """Return a shape as it is read; a free side by a question mark."""
    return "×".join("?" if side is None else str(side) for side in sides) or "1"


def operators(counts: Mapping[str, int], most: int, language: str) -> str:
    """Return how often which operator stands in a file, the most frequent first; how many more kinds there are."""
    translations = translator(language)
    ordered = sorted(counts.items(), key=lambda each: -each[1])
    listed = [f"{name}{fmt.NBSP}{fmt.whole(count)}" for name, count in ordered[:most]]
    more = len(ordered) - most
    if more > 0:
        listed.append(
            translations.ngettext("{count} more kind", "{count} more kinds", more).format(count=more)
        )
    return translations.gettext(", ").join(listed)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
