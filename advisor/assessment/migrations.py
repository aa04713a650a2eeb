"""From one format of the assessment document to the next, on trees of plain values that may come from anyone.

A step moves what it knows and leaves what it doesn't understand as it is: decoding then says what is wrong.
"""

from collections.abc import Callable, Iterator
from typing import Any

Tree = dict[str, Any]

COMPILED_LEVERS = {
    "pytorch": {"compile": "on"},
    "tensorflow": {"xla": "on"},
    "keras": {"jit_compile": "on"},
    "mxnet": {"static_alloc": "on", "static_shape": "on"},
}
"""What "compiled" meant in format 1, where it had no levers. Frozen: today's are in the catalogue."""


COLOURS = {
    "pytorch": {"light": "#A8380A", "dark": "#FF7A5C"},
    "tensorflow": {"light": "#B5840A", "dark": "#FFC74D"},
    "keras": {"light": "#1F4FC8", "dark": "#5792DB"},
    "mxnet": {"light": "#00805A", "dark": "#2FD394"},
}
"""What charts of format 1 were drawn in, where catalogues held no colours. Frozen too."""


def from_1(tree: Tree) -> Tree:
    """Configurations instead of variants, scaling points, run options, figures by workload."""
    tree = dict(tree)
    frameworks = _frameworks(tree)
    tree["catalogue"] = _each(tree.get("catalogue"), _framework)
    budget, seed = tree.pop("budget", "quick"), tree.pop("seed", 0)
    tree["options"] = {"budget": budget, "seed": seed}
    tree["runs"] = _each(tree.get("runs"), lambda run: _run(run, frameworks))
    tree["warnings"] = _each(tree.get("warnings"), lambda warning: _warning(warning, frameworks))
    if isinstance(tree.get("decision"), dict):
        tree["decision"] = _decision(tree["decision"], frameworks, _workload_of_task(tree))
    return {**tree, "schema_version": 2}


def _framework(framework: Tree) -> Tree:
    identity = framework.get("id")
    colour = COLOURS.get(identity) if isinstance(identity, str) else None
    return {"colour": colour, **framework} if colour else framework


def _run(run: Tree, frameworks: dict[str, str]) -> Tree:
    threads = run["conditions"].get("threads") if isinstance(run.get("conditions"), dict) else None
    return {
        **run,
        "results": _each(run.get("results"), lambda result: _result(result, frameworks, threads)),
        "warnings": _each(run.get("warnings"), lambda warning: _warning(warning, frameworks)),
    }


def _result(result: Tree, frameworks: dict[str, str], threads: object) -> Tree:
    result = dict(result)
    one, every = result.pop("one_core_samples", ()), result.pop("all_core_samples", ())
    if one or every:
        result["scaling"] = [
            {"processes": 1, "threads": 1, "samples": one},
            {"processes": 1, "threads": threads, "samples": every},
        ]
    subject = result.get("subject")
    if isinstance(subject, dict):
        result["subject"] = subject = _subject(subject, frameworks)
        if result.get("outcome") == "measured":
            result["applied"] = dict(subject["configuration"]["levers"])
    return result


def _subject(subject: Tree, frameworks: dict[str, str]) -> Tree:
    subject = dict(subject)
    variant = subject.pop("variant", "default")
    return {**subject, "configuration": _configuration(variant, subject.get("alternative"), frameworks)}


def _configuration(variant: object, alternative: object, frameworks: dict[str, str]) -> Tree:
    if variant != "compiled":
        return {"origin": variant, "levers": []}
    framework = frameworks.get(alternative) if isinstance(alternative, str) else None
    # A framework that nobody knows any more: a lever of its own keeps the two ways apart.
    levers = COMPILED_LEVERS.get(framework or "", {"compile": "on"})
    return {"origin": "compiled", "levers": [list(pair) for pair in sorted(levers.items())]}


def _warning(warning: Tree, frameworks: dict[str, str]) -> Tree:
    subject = warning.get("subject")
    return {**warning, "subject": _subject(subject, frameworks)} if isinstance(subject, dict) else warning


def _decision(decision: Tree, frameworks: dict[str, str], workloads: dict[str, str]) -> Tree:
    return {
        **decision,
        "values": _each(decision.get("values"), lambda value: _value(value, frameworks)),
        "user_terms": _each(decision.get("user_terms"), lambda term: _term(term, workloads)),
        "advice": _each(decision.get("advice"), lambda advice: _advice(advice, workloads)),
    }


def _value(value: Tree, frameworks: dict[str, str]) -> Tree:
    value = dict(value)
    variant = value.pop("variant", None)
    if variant is not None:
        value["configuration"] = _configuration(variant, value.get("alternative"), frameworks)
    return value


def _term(term: Tree, workloads: dict[str, str]) -> Tree:
    term = dict(term)
    task = term.pop("task", None)
    return {**term, "workload": workloads.get(task, task) if isinstance(task, str) else task}


def _advice(advice: Tree, workloads: dict[str, str]) -> Tree:
    detail = advice.get("detail")
    if not isinstance(detail, dict) or detail.get("task") not in workloads:
        return advice
    return {**advice, "detail": {**detail, "workload": workloads[detail["task"]]}}


def _frameworks(tree: Tree) -> dict[str, str]:
    """Return the framework of every alternative in the document's catalogue."""
    found: dict[str, str] = {}
    for framework in _tables(tree.get("catalogue")):
        identity, backends = framework.get("id"), framework.get("backends")
        if isinstance(identity, str):
            found[identity] = identity
            for backend in backends if isinstance(backends, list) else ():
                found[f"{identity}-{backend}"] = identity
    return found


def _workload_of_task(tree: Tree) -> dict[str, str]:
    """Return the workload that stood for each task: the first of the size asked for, else the first."""
    needs = tree.get("needs")
    size = needs.get("size", "compact") if isinstance(needs, dict) else None
    workloads = [each for run in _tables(tree.get("runs")) if isinstance(each := run.get("workload"), dict)]
    found: dict[str, str] = {}
    for workload in sorted(workloads, key=lambda each: each.get("size") != size):
        task, identity = workload.get("task"), workload.get("id")
        if isinstance(task, str) and isinstance(identity, str):
            found.setdefault(task, identity)
    return found


def _each(value: object, step: Callable[[Tree], Tree]) -> object:
    """Apply a step to the tables of a list; what isn't one is left as it is, what is missing is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        return value
    return [step(each) if isinstance(each, dict) else each for each in value]


def _tables(value: object) -> Iterator[Tree]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
