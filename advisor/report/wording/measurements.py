"""What came of a measurement, in words: outcomes with their reasons, warnings, notes, equivalence."""

from collections.abc import Mapping

from advisor.i18n import N_, translator
from advisor.probes.model import (
    Capability,
    Outcome,
    ProbeResult,
    ProbeWarning,
    Quantity,
    WarningCode,
    WorkloadRun,
)
from advisor.report import format as fmt
from advisor.report.wording.names import configuration, name_of, outcome, quantity, stop_rule

_REASONS = {
    "same-as-default": N_("its default way already compiles to the same program"),
    "no-text-generation": N_("its probe can’t write text with a cache yet"),
    "not-installed": N_("it is not installed in any interpreter known to the app"),
    "backend-missing": N_("the framework is installed, but not with this backend"),
    "trainer-missing": N_("what trains is not installed"),
    "no-backend": N_("it needs a backend, and none is installed with it"),
    "python-too-old": N_("its Python is too old"),
    "version-too-old": N_("the installed version is too old"),
    "numpy-too-new": N_("the NumPy beside it is too new"),
    "incomplete": N_("packages that it is used with are missing or too old"),
    "no-device": N_("it has no support for this device"),
    "unreadable": N_("what serves cannot read what was exported"),
    "no-quantiser": N_("a package that makes networks of 8 bits is not installed"),
    "no-vnni": N_("the processor lacks instructions (VNNI) without which sums in 8 bits overflow"),
    "no-bfloat16": N_("the processor has no bfloat16, and emulating it is slower"),
    "no-exporter": N_("a package that the export needs is not installed"),
    "no-format": N_("the framework has no export to this format"),
    "no-interpreter": N_("its interpreter is gone"),
    "cannot-start": N_("its interpreter could not be started"),
    "exit-status": N_("it ended with an error status"),
    "oom-killer": N_("the system ended it because memory had run out"),
    "bad_alloc": N_("it could not get the memory it asked for"),
    "protocol-version": N_("it speaks another version of the protocol"),
    "wire-closed": N_("it closed its connection without ending"),
    "left-without-a-terminal-message": N_("it ended without saying why"),
    "another-sample-than-asked-for": N_("it answered something else than it was asked"),
    "line-too-long": N_("it sent too long a message"),
    "parameters-differ": N_("it has another number of parameters than the reference"),
    "outputs-differ": N_("its outputs differ from the reference"),
    "outputs-unusable": N_("its outputs cannot be compared with the reference"),
    "losses-differ": N_("its losses differ from the reference"),
    "losses-unusable": N_("its losses cannot be compared with the reference"),
    "outputs-not-finite": N_("its outputs are no finite numbers"),
    "outputs-differ-from-first": N_("its outputs differ from those of the first that was opened"),
    "outputs-unlike": N_("its outputs have another shape than those of the first that was opened"),
    "measured-as": N_("its runtime is measured once, and opens the same file"),
    "no-importer": N_("it opens no such model file"),
    "cannot-open": N_("it cannot open the file"),
    "damaged-file": N_("the file is damaged, or was cut short"),
    "hostile-file": N_("the file holds what is not opened, because it could do harm"),
    "no-external-data": N_("the file that holds its weights is not beside it"),
    "file-too-large": N_("the file is too large once it is unpacked"),
    "too-old-for-files": N_("it is too old to open files of others safely"),
    "no-inputs": N_("the model has no inputs of its own"),
    "no-tensor-inputs": N_("the model wants inputs that are no arrays"),
    "named-outputs": N_("outputs with names are not measured"),
    "input-dtype": N_("no input can be made of this kind"),
    "no-images": N_("the folder holds no images"),
    "fewer-items-than-a-batch": N_("your data has fewer items than a batch"),
    "unreadable-data": N_("its loader could not read your data"),
    "no-decoder": N_(
        "its environment lacks Pillow, which decodes images: “advisor frameworks install --update” sets it up anew"
    ),
    "no-loader": N_("this program has no loader for it"),
    "script-does-nothing": N_("what build() returns has neither infer() nor step()"),
    "script-has-no-build": N_("the script has no function build(device, threads, seed)"),
    "script-counts-other-items": N_("ITEMS was changed while the script ran"),
    "no-reference": N_("there is no reference to compare it with"),
    "cancelled": N_("the run was cancelled"),
    "time-cap": N_("the time cap came first"),
}

_TIMED_OUT = {  # by the reply that was waited for
    "no-hello-within-seconds": N_("it did not start within {seconds} s"),
    "no-ready-within-seconds": N_("its import took more than {seconds} s"),
    "no-prepared-within-seconds": N_("its first steps took more than {seconds} s"),
    "no-exported-within-seconds": N_("its export took more than {seconds} s"),
    "no-sampled-within-seconds": N_("one sample took more than {seconds} s"),
    "no-memory-within-seconds": N_("reading its memory took more than {seconds} s"),
}

_NOTES = {
    "memory-unreadable": N_("its memory could not be read"),
    "far-behind": N_(
        "no further rounds after the third: in all that it can do, another was three times as fast at least"
    ),
    "memory-time-cap": N_("memory was not measured, because the time was up"),
    "scaling-accelerator": N_("scalability over cores is not measured on an accelerator"),
    "scaling-no-training": N_("scalability was not measured, because it cannot train"),
    "scaling-out-of-memory": N_("scalability was not measured, because memory ran out"),
    "scaling-one-core": N_("scalability needs more than one core"),
    "scaling-not-pinned": N_("it could not be bound to one core, so its scalability is coarser"),
    "scaling-time-cap": N_("scalability was not measured, because the time was up"),
    "parallel-accelerator": N_("scaling over processes is measured on the processor only"),
    "parallel-one-core": N_("scaling over processes needs more than one core"),
    "parallel-no-groups": N_("its own means of training with several processes are not measured"),
    "parallel-listens": N_(
        "several of its processes would listen to other machines meanwhile, so they are measured only where that was "
        "asked for (--parallel)"
    ),
    "parallel-out-of-memory": N_("not every number of processes was measured, because memory would run out"),
    "parallel-time-cap": N_("scaling over processes was cut short, because the time was up"),
}

LEVER_IGNORED = "lever-ignored: "
"""Begins the note on a lever that was asked for and that the worker did not echo."""

_MEMORY_SOURCES = {
    "anonymous": N_("memory that no file stands behind"),
    "uss": N_("memory that no other process shares"),
    "rss": N_("resident memory"),
}


def memory_source(code: str, language: str) -> str:
    """Say which memory was read."""
    return translator(language).gettext(_MEMORY_SOURCES.get(code, code))


def reason(code: str | None, language: str) -> str:
    """Return the reason behind a code, with what follows the code; a worker's own message as it is."""
    _ = translator(language).gettext
    if not code:
        return ""
    # "no-interpreter: /usr/bin/python", "no-device cuda:0"
    known, _separator, detail = code.partition(": ") if ": " in code else code.partition(" ")
    if known in _TIMED_OUT:
        return _(_TIMED_OUT[known]).format(seconds=detail)
    if known not in _REASONS:
        return code
    text = _(_REASONS[known])
    return _("{reason} ({detail})").format(reason=text, detail=detail) if detail else text


def why_not_measured(result: ProbeResult, language: str) -> str:
    """Say why a subject has no figures: its outcome, and the reason where one is known."""
    _ = translator(language).gettext
    name = outcome(result.outcome, language)
    # A foreign message may be a screenful; its first line tells what happened.
    lines = reason(result.reason, language).strip().splitlines()
    if not lines:
        return name
    return _("{outcome}: {reason}").format(outcome=name, reason=shortened(lines[0]))


def shortened(text: str, length: int = 160) -> str:
    """Return a foreign text cut to a length that a table bears."""
    return text if len(text) <= length else text[: length - 1] + "…"


def note(code: str, language: str) -> str:
    """Return what went less than well, from its code."""
    _ = translator(language).gettext
    if code in _NOTES:
        return _(_NOTES[code])
    if code.startswith(LEVER_IGNORED):
        return _("the setting {lever} had no effect: the framework does not report it as set").format(
            lever=code.removeprefix(LEVER_IGNORED)
        )
    if code.startswith("parallel-"):
        ending, _colon, why = code.removeprefix("parallel-").partition(": ")
        if ending in set(Outcome):
            text = _("a number of processes was not measured: {outcome}")
            said = text.format(outcome=outcome(Outcome(ending), language))
            return f"{said} ({why})" if why else said
    about, _dash, ending = code.partition("-")
    if ending in set(Outcome):
        texts = {
            "memory": _("memory was not measured: {outcome}"),
            "scaling": _("scalability was not measured: {outcome}"),
            "context": _("memory at the longest context was not measured: {outcome}"),
        }
        if about in texts:
            return texts[about].format(outcome=outcome(Outcome(ending), language))
    return code


def equivalence(result: ProbeResult, language: str) -> str:
    """Say how a network compared with the reference before anything was timed."""
    _ = translator(language).gettext
    found = result.equivalence
    if found is None:
        return _("not checked")
    if result.fidelity is not None:
        return _("an approximation: answers as the default does on {agreeing} of {items} inputs").format(
            agreeing=fmt.whole(result.fidelity.agreeing), items=fmt.whole(result.fidelity.items)
        )
    if found.parameters != found.expected_parameters:
        return _("{found} parameters instead of {expected}").format(
            found=fmt.whole(found.parameters), expected=fmt.whole(found.expected_parameters)
        )
    errors = [each for each in (found.output_error, *found.loss_errors) if each is not None]
    if not errors:
        return _("same parameters; outputs not compared")
    worst = fmt.scientific(max(errors))
    if found.passed:
        return _("same network (largest deviation {error})").format(error=worst)
    return _("deviates by {error}, more than {tolerance}").format(
        error=worst, tolerance=fmt.scientific(found.tolerance)
    )


def stopping(run: WorkloadRun, language: str) -> str:
    """Say how many rounds were taken and why no more."""
    translations = translator(language)
    text = translations.ngettext(
        "{count} round was taken; sampling ended because {rule}.",
        "{count} rounds were taken; sampling ended because {rule}.",
        run.rounds,
    )
    return text.format(count=run.rounds, rule=stop_rule(run.stop_rule, language))


def time_used(run: WorkloadRun, language: str) -> str:
    """Say how well the time was used, and when there was a first ranking; empty where an old run doesn't tell."""
    _ = translator(language).gettext
    said = []
    if run.unavoidable_s > 0:
        text = _(
            "Measuring took {elapsed}: {ratio} the {unavoidable} that imports, builds, first calls and the samples "
            "behind the figures need."
        )
        said.append(
            text.format(
                elapsed=fmt.duration(run.elapsed_s, language),
                ratio=fmt.ratio(run.elapsed_s / run.unavoidable_s),
                unavoidable=fmt.duration(run.unavoidable_s, language),
            )
        )
    if run.provisional_s is not None:
        text = _("A first, provisional ranking was there after {elapsed}.")
        said.append(text.format(elapsed=fmt.duration(run.provisional_s, language)))
    return fmt.spaced(fmt.joined(*said, language=language)) if said else ""


def warning(value: ProbeWarning, names: Mapping[str, str], language: str) -> str:
    """Return a warning as a sentence: what was seen, and what it means for the figures."""
    _ = translator(language).gettext
    detail = value.detail
    match value.code:
        case WarningCode.LOAD:
            share = _figure(detail, "others_share")
            if share is None:
                return _("Other programs were busy; times may be too long.")
            return _("Other programs kept {share} of the processors busy; times may be too long.").format(
                share=fmt.percent(share)
            )
        case WarningCode.BATTERY:
            return _("The machine ran on battery, which may slow it down.")
        case WarningCode.GOVERNOR:
            return _("The processor’s frequency governor is “{governor}”, which may slow it down.").format(
                governor=detail.get("governor", "?")
            )
        case WarningCode.THROTTLED:
            return _("The processor or accelerator throttled itself while samples were taken.")
        case WarningCode.STEAL:
            share = _figure(detail, "steal_share")
            if share is None:
                return _(
                    "The host took processor time away from this virtual machine; times may be too long."
                )
            return _(
                "The host took {share} of the processor time away from this virtual machine; "
                "times may be too long."
            ).format(share=fmt.percent(share, 1))
        case WarningCode.SHORT_SAMPLES:
            text = _("Samples were shorter than planned, so their times are coarser.")
        case WarningCode.NOT_STEADY:
            which = detail.get("quantity")
            if isinstance(which, str) and which in set(Quantity):
                text = _("{quantity} did not become steady, so its median may still drift.").format(
                    quantity=quantity(Quantity(which), language)
                )
            else:
                text = _("Times did not become steady, so the median may still drift.")
        case WarningCode.BUSY_NEIGHBOUR:
            text = _("A waiting framework used processor time while another was measured.")
        case WarningCode.SEQUENTIAL:
            text = _(
                "The frameworks did not fit in memory together, so they were measured one after another; "
                "drift between them is not cancelled."
            )
        case WarningCode.BLOCKS:
            text = _(
                "The frameworks did not all fit in memory together, so they were measured in groups that have one "
                "in common; comparisons between groups go through it and are less precise."
            )
        case WarningCode.LOW_MEMORY:
            available = _figure(detail, "available_bytes")
            if available is None:
                return _("Little memory was free.")
            return _("Only {size} of memory was free.").format(size=fmt.size(available))
        case WarningCode.TIME_CAP:
            text = _("The time cap ended sampling before every interval was narrow enough.")
        case WarningCode.INDEX_FALLBACK:
            return _(
                "The index with builds for this accelerator could not be reached; "
                "the default index was used instead."
            )
    if value.subject is None:
        return text
    return _("{framework}, {configuration}: {warning}").format(
        framework=name_of(value.subject.alternative, names),
        configuration=configuration(value.subject.configuration, language),
        warning=text,
    )


def missing_figure(result: ProbeResult, language: str, wanted: Quantity | None = None) -> str:
    """Return what stands where a figure of a measured subject would be but none was taken."""
    _ = translator(language).gettext
    if result.outcome is not Outcome.MEASURED:
        return outcome(result.outcome, language)
    if wanted is not None and wanted.needs not in result.capabilities and result.export is not None:
        return _("not applicable")
    if wanted is not None and wanted.needs not in result.capabilities:
        return _("cannot train") if wanted.needs is Capability.TRAIN else _("cannot infer")
    return _("not measured")


def _figure(detail: Mapping[str, float | str], key: str) -> float | None:
    value = detail.get(key)
    return float(value) if isinstance(value, (int, float)) else None
