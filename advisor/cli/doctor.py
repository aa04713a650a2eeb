"""``advisor doctor``: what is wrong on this machine, and how to mend it."""

import click

from advisor.assessment.health import Finding, Severity, examine
from advisor.assessment.inventory import take_inventory
from advisor.cli.console import CliContext, Exit, json_option, pass_door
from advisor.frameworks import catalogue as catalogue_file
from advisor.probes.model import ProbeWarning, WarningCode
from advisor.probes.preflight import warnings_now
from advisor.report import format as fmt
from advisor.report.wording import measurements, names

_MARKS = {Severity.FINE: "✓", Severity.REMARK: "!", Severity.PROBLEM: "✗"}


@click.command("doctor")
@json_option
@pass_door
def command(door: CliContext, as_json: bool) -> int:
    """Look at everything that an assessment depends on. Exit code 2 where something can't be done."""
    found = take_inventory(door.folder, door.settings)
    findings = examine(door.folder, found, door.environments, warnings_now())
    if as_json:
        door.json(findings)
    else:
        labels = names.alternative_names(catalogue_file.load())
        for finding in findings:
            door.out.print(f"{_MARKS[finding.severity]} {_sentence(door, finding, labels)}")
    return Exit.INPUT if any(each.severity is Severity.PROBLEM for each in findings) else Exit.DONE


def _sentence(door: CliContext, finding: Finding, labels: dict[str, str]) -> str:
    _ = door.gettext
    if finding.code == "condition":
        detail = {key: value for key, value in finding.detail.items() if key != "warning"}
        warning = ProbeWarning(WarningCode(str(finding.detail["warning"])), "before", detail)
        return measurements.warning(warning, labels, door.language)
    fields = {
        key: fmt.size(float(value)) if key.endswith("_bytes") else str(value)
        for key, value in finding.detail.items()
    }
    if "alternative" in fields:
        fields["name"] = names.name_of(fields["alternative"], labels)
    sentences = {
        "folder-unwritable": _("{folder} can't be written to. Set FRAMEWORK_ADVISOR_DATA to another folder."),
        "space": _("Data folder {folder}: {free_bytes} free."),
        "space-low": _(
            "Data folder {folder}: only {free_bytes} free. All frameworks together need about {wanted_bytes}."
        ),
        "memory": _("Memory: {allowed_bytes} may be used."),
        "memory-low": _(
            "Memory: only {allowed_bytes} may be used. Below {wanted_bytes} some frameworks may not start."
        ),
        "uv": _("The installer of managed environments is there ({path})."),
        "uv-missing": _(
            "The installer of managed environments (uv) is missing. Reinstall Framework Advisor or install uv."
        ),
        "ready": _("{name} {version} is ready ({interpreter})."),
        "not-installed": _(
            "{name} is not installed. “advisor frameworks install” sets it up on Python {python}."
        ),
        "python-missing": _(
            "{name} needs Python {python}, which this machine lacks. It is downloaded with the framework; "
            "where that can't be, install Python {python} yourself."
        ),
        "unavailable": "{name}: {message}",
        "driver-missing": _("{name} has no working driver. Install its vendor's driver to measure on it."),
        "driver-unreachable": _(
            "{name} has the kernel’s part of its driver ({driver}), and the rest can't be reached. Install the "
            "driver's libraries; a container must be started with access to the card."
        ),
        "accelerator": _("{name} is there ({api})."),
        "accelerator-unused": _(
            "{name} is served by the driver {driver}, through which no framework here computes."
        ),
        "accelerator-hidden": _(
            "{name} is hidden from frameworks by an environment variable (such as CUDA_VISIBLE_DEVICES)."
        ),
        "accelerator-partitioned": _("{name} is not used: a process reaches one partition (MIG) of a card."),
        "accelerator-unpartitioned": _(
            "{name} is set to be partitioned (MIG) and has no partition: nothing can compute on it."
        ),
        "accelerator-order": _(
            "{name} is there, but its number is not known: CUDA may order differing cards by speed. "
            "Set CUDA_DEVICE_ORDER to PCI_BUS_ID."
        ),
        "misfit-driver-old": _(
            "{name} needs driver {wanted} or later for {gpu}; {found} is installed. Install a newer driver."
        ),
        "misfit-gpu-old": _(
            "The installed build of {name} runs on compute capability {wanted} and later; {gpu} has {found}. "
            "It is measured on the processor."
        ),
        "misfit-gpu-new": _(
            "The installed build of {name} runs on compute capability up to {wanted}; {gpu} has {found}. "
            "Install a newer build, for a newer CUDA."
        ),
        "npu": _("{name} is there; no framework here computes on it."),
        "cpu-build": _(
            "{name} is installed as a build for the processor only. Remove it and install it again "
            "(“advisor frameworks remove”, “advisor frameworks install”) to use the accelerator."
        ),
        "compiler": _("A C++ compiler is there ({name}): torch.compile can be measured."),
        "compiler-missing": _(
            "No C++ compiler was found: torch.compile can't be measured on the CPU. Install g++ or clang."
        ),
        "qt-libraries": _("The window's system libraries are there."),
        "qt-libraries-missing": _(
            "The window can't open without {names}. Install these system packages; the command line "
            "works without them."
        ),
        "conditions": _("The machine is quiet enough to measure on."),
    }
    return sentences[finding.code].format(**fields)
