"""Answers in words: what was asked, and what an answer to it reads like. For answers that differ or are tried out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from advisor.decision.differences import AnswerChange, Place
from advisor.decision.model import Group, PriorityMode, ProjectStage, Target
from advisor.hardware.model import System
from advisor.i18n import N_, translator
from advisor.report import format as fmt
from advisor.report.wording import gates, machine, names
from advisor.workloads.model import Size, Task

SKILLS = (
    N_("never seen it"),
    N_("has read or tried it"),
    N_("has finished something with it"),
    N_("works with it daily"),
    N_("teaches others"),
)

WILLINGNESS = (
    N_("must not learn anything new"),
    N_("reluctantly"),
    N_("if it pays off"),
    N_("gladly"),
    N_("wants to learn something new"),
)

_LABELS: dict[Place, str] = {
    ("stage",): N_("Purpose"),
    ("size",): N_("Size of the networks"),
    ("frameworks",): N_("Compared frameworks"),
    ("workload", "dataset_items"): N_("Items in the data set"),
    ("workload", "epochs"): N_("Passes over the data"),
    ("workload", "batch"): N_("Items per step"),
    ("workload", "latency_target_s"): N_("Latency target"),
    ("workload", "memory_limit_bytes"): N_("Memory limit"),
    ("constraints", "operating_systems"): N_("Must also work on"),
    ("constraints", "targets"): N_("Must run on"),
    ("constraints", "device", "flash_bytes"): N_("Room for the program with its network"),
    ("constraints", "device", "operations_per_s"): N_("Operations a second there"),
    ("constraints", "languages"): N_("Programming languages"),
    ("constraints", "licences"): N_("Licences allowed"),
    ("constraints", "federated"): N_("Federated learning"),
    ("constraints", "automl"): N_("AutoML"),
    ("constraints", "distributed"): N_("Distributed training"),
    ("constraints", "accelerator"): N_("Must use the accelerator"),
    ("constraints", "maintained"): N_("Must be maintained"),
    ("constraints", "waived"): N_("Waived requirements"),
    ("team", "size"): N_("People in the team"),
    ("team", "willingness"): N_("Learns new things"),
    ("priorities", "mode"): N_("How weights are given"),
    ("priorities", "order"): N_("Order of the criteria"),
    ("priorities", "sureness"): N_("Sureness of the weights"),
}


def label(place: Place, name: Callable[[str], str], language: str) -> str:
    """Name what was asked.

    Parameters
    ----------
    place : tuple of str
        The field in the needs.
    name : callable
        Gives the name of a framework or a workload by its id.
    language : str
        A language of ``advisor.i18n.LANGUAGES``.
    """
    _ = translator(language).gettext
    if place in _LABELS:
        return _(_LABELS[place])
    last = place[-1]
    match place[:2]:
        case ("tasks", key) | ("workloads", key):
            what = names.task(Task(key), language) if key in set(Task) else name(key)
            return _("Share of {task}").format(task=what)
        case ("team", "skills"):
            return _("Skill in {framework}").format(framework=name(last))
        case ("team", "existing"):
            return _("Code or models for {framework}").format(framework=name(last))
        case ("priorities", "weights"):
            return _("Weight of {criterion}").format(criterion=names.criterion_of(last, language))
        case ("priorities", "comparisons"):
            first, _colon, second = last.partition(":")
            return _("{first} against {second}").format(
                first=_compared(first, language), second=_compared(second, language)
            )
    return ".".join(place)


def value(place: Place, answer: Any, name: Callable[[str], str], language: str) -> str:
    """Say an answer; parameters as for ``label``."""
    _ = translator(language).gettext
    if isinstance(answer, bool):
        return _("yes") if answer else _("no")
    if isinstance(answer, list | tuple):
        listed = [_listed(place, str(each), name, language) for each in answer]
        return _(", ").join(listed) if listed else _everything(place, language)
    if place[:2] == ("team", "existing") and answer in (None, 1):
        return _("yes") if answer else _("no")
    if answer is None:
        return _("none") if place[0] in ("tasks", "workloads") else _("not said")
    write = _WRITERS.get(place) or _WRITERS.get(place[:2]) or _WRITERS.get(place[:1])
    return write(answer, language) if write else str(answer)


def sentence(change: AnswerChange, name: Callable[[str], str], language: str) -> str:
    """Say what was asked, the answer before and the answer after."""
    return (
        translator(language)
        .gettext("{what}: {before} → {after}")
        .format(
            what=label(change.place, name, language),
            before=value(change.place, change.before, name, language),
            after=value(change.place, change.after, name, language),
        )
    )


def naming(own: Mapping[str, str], workload: Callable[[str], str]) -> Callable[[str], str]:
    """Return what names a framework or a workload by its id, given the frameworks' own names."""
    return lambda identity: own.get(identity) or workload(identity)


def _compared(code: str, language: str) -> str:
    return names.group(Group(code), language) if code in set(Group) else names.criterion_of(code, language)


def _everything(place: Place, language: str) -> str:
    """Say what an empty list stands for."""
    _ = translator(language).gettext
    open_ = {("constraints", "licences"): _("any"), ("frameworks",): _("all")}
    return open_.get(place, _("none"))


def _listed(place: Place, each: str, name: Callable[[str], str], language: str) -> str:
    match place[-1]:
        case "targets" if each in set(Target):
            return names.target(Target(each), language)
        case "operating_systems" if each in set(System):
            return machine.system_name(System(each), language)
        case "languages":
            return names.programming_language(each)
        case "waived":
            return gates.gate(each, language)
        case "order":
            return names.criterion_of(each, language)
        case "frameworks":
            return name(each)
    return each


def _level(words: Sequence[str]) -> Callable[[Any, str], str]:
    return lambda level, language: translator(language).gettext(words[int(level)])


_WRITERS: dict[Place, Callable[[Any, str], str]] = {
    ("tasks",): lambda share, _language: fmt.percent(share),
    ("workloads",): lambda share, _language: fmt.percent(share),
    ("stage",): lambda code, language: names.stage(ProjectStage(code), language),
    ("size",): lambda code, language: names.size(Size(code), language),
    ("workload", "dataset_items"): lambda count, _language: fmt.whole(count),
    ("workload", "epochs"): lambda count, _language: fmt.whole(count),
    ("workload", "batch"): lambda count, _language: fmt.whole(count),
    ("workload", "latency_target_s"): fmt.duration,
    ("workload", "memory_limit_bytes"): lambda room, _language: fmt.size(room),
    ("constraints", "device", "flash_bytes"): lambda room, _language: fmt.size(room),
    ("constraints", "device", "operations_per_s"): lambda count, _language: fmt.number(count),
    ("team", "skills"): _level(SKILLS),
    ("team", "existing"): lambda amount, _language: fmt.exact(amount),
    ("team", "size"): lambda count, _language: fmt.whole(count),
    ("team", "willingness"): _level(WILLINGNESS),
    ("priorities", "mode"): lambda code, language: names.priority_mode(PriorityMode(code), language),
    ("priorities", "sureness"): lambda share, _language: fmt.percent(share),
    ("priorities", "weights"): lambda points, _language: fmt.whole(points),
    ("priorities", "comparisons"): lambda ratio, _language: fmt.ratio(ratio),
}
