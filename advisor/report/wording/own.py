"""The user's own work in words: what was measured of it, and how far that can be compared."""

from collections.abc import Iterable

from advisor.i18n import translator
from advisor.probes.model import Basis, ProbeResult, WorkloadRun
from advisor.report import format as fmt
from advisor.report.wording.names import architecture
from advisor.workloads.model import Source


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
                "timed."
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


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
