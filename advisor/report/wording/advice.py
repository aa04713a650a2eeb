"""Optimisation advice, and what figures in the user's terms take for granted."""

from collections.abc import Mapping

from advisor.decision.advice import CITED, CONCLUDED, MEASURED, Code
from advisor.decision.model import Advice
from advisor.decision.projections import Assumption
from advisor.i18n import N_, translator
from advisor.report import format as fmt
from advisor.report.wording.evidence import said
from advisor.report.wording.machine import feature
from advisor.report.wording.names import name_of, task
from advisor.workloads.model import Task

_ASSUMPTIONS: dict[str, str] = {
    Assumption.WORKLOAD_LIKE_PROBE: N_("An item of yours costs as much as one of the probe’s."),
    Assumption.BATCH_AS_PROBED: N_("Speed is that at the probe’s batch, though you asked for another one."),
    Assumption.DATA_READY: N_("Loading and preparing data is not counted."),
    Assumption.START_INCLUDED: N_("The whole training includes import, building and the first step once."),
    Assumption.ITEMS_ARE_STEPS: N_("In reinforcement learning, an item is one step of the environment."),
    Assumption.FULL_BATCHES: N_("Requests are answered in batches of the probe’s size."),
    Assumption.ONE_AT_A_TIME: N_("Latency is that of one request after the other."),
    Assumption.TARGET_AT_P99: N_("The target is held against the 99th percentile of single calls."),
    Assumption.TOO_FEW_CALLS: N_(
        "Too few single calls were timed to say anything of the slowest of a hundred, so a target is not proven."
    ),
    Assumption.TARGET_TOO_NEAR: N_(
        "Where the target lies inside the interval, it cannot be told whether it is met."
    ),
    Assumption.MEMORY_LINEAR: N_("What training adds to memory grows in proportion to the batch."),
    Assumption.MEMORY_MARGIN: N_("A tenth of the allowed memory is left free."),
}

_ADVICE: dict[str, str] = {
    Code.USE_COMPILED: N_(
        "Use the compiled way: training is {speedup} as fast ({speedup_interval}), which pays after "
        "{break_even_steps} steps of the {planned_steps} planned."
    ),
    Code.STAY_DEFAULT: N_(
        "Stay with the usual way: compiled, training is {speedup} as fast ({speedup_interval}), which does "
        "not pay within the {planned_steps} steps planned."
    ),
    Code.SERVE_BY: N_(
        "Serve what was trained by {runtime}: it infers {speedup} as fast ({speedup_interval}) as the "
        "framework itself."
    ),
    Code.JOBS_SIDE_BY_SIDE: N_(
        "Run jobs side by side on fewer cores each: on {cores} cores, a step uses them with an efficiency of "
        "{efficiency} only."
    ),
    Code.MORE_CORES: N_(
        "More cores would pay: on {cores} cores, a step uses them with an efficiency of {efficiency}."
    ),
    Code.STORAGE_LIMITS: N_(
        "Mind the storage: read uncompressed, training consumes {needed_bytes_per_s}, and storage delivers "
        "{storage_bytes_per_s}. Cache, prefetch or compress the data."
    ),
    Code.STORAGE_KEEPS_UP: N_(
        "Storage keeps up: read uncompressed, training consumes {needed_bytes_per_s}, and storage delivers "
        "{storage_bytes_per_s}."
    ),
}

_CONFIGURED: dict[str, str] = {  # the same of a configuration with a name of its own
    Code.USE_COMPILED: N_(
        "Set {configuration}: training is {speedup} as fast ({speedup_interval}), which pays after "
        "{break_even_steps} steps of the {planned_steps} planned."
    ),
    Code.STAY_DEFAULT: N_(
        "Stay with the defaults: with {configuration}, training is {speedup} as fast ({speedup_interval}), "
        "which does not pay within the {planned_steps} steps planned."
    ),
}

_TOOLS: dict[str, tuple[str, str]] = {  # with the tool's name, and without
    Code.MIXED_PRECISION: (N_("Try mixed precision: {tool}."), N_("Try mixed precision.")),
    Code.QUANTISE: (N_("Quantise the model to serve it: {tool}."), N_("Quantise the model to serve it.")),
    Code.PRUNE: (N_("Prune the model: {tool}."), N_("Prune the model.")),
    Code.EXPORT: (N_("Export the model: {tool}."), N_("Export the model.")),
    Code.DISTRIBUTE: (N_("Train on several devices: {tool}."), N_("Train on several devices.")),
    Code.AUTOML: (
        N_("Search settings and architectures automatically: {tool}."),
        N_("Search settings and architectures automatically."),
    ),
    Code.FEDERATED: (N_("Train where the data lies: {tool}."), N_("Train where the data lies.")),
}


def assumption(code: str, language: str) -> str:
    """Return what a figure assumes; an unknown code as it is."""
    return translator(language).gettext(_ASSUMPTIONS.get(code, code))


def advice(value: Advice, known: Mapping[str, str], language: str) -> str:
    """Return a piece of advice with the figures it rests on.

    Parameters
    ----------
    known : mapping
        Display names of alternatives.
    """
    _ = translator(language).gettext
    detail = value.detail
    if "configuration" in detail and value.code in _CONFIGURED:
        text = _(_CONFIGURED[value.code]).format(configuration=detail["configuration"], **_figures(value))
    elif value.code in _ADVICE:
        text = _(_ADVICE[value.code]).format(**_figures(value), **_runtime(detail, known))
    else:
        with_tool, without = _TOOLS[value.code]
        tool = detail.get("tool")
        text = _(with_tool).format(tool=said(str(tool), language).rstrip(".")) if tool else _(without)
        if "ratio" in detail:
            faster = _("This machine’s accelerator multiplies matrices {ratio} as fast in half precision.")
            text = fmt.joined(text, faster.format(ratio=fmt.ratio(float(detail["ratio"]))), language=language)
        if "feature" in detail:
            able = _("This machine’s processor has instructions for it ({feature}).")
            text = fmt.joined(text, able.format(feature=feature(str(detail["feature"]))), language=language)
    about = detail.get("task")
    if isinstance(about, str) and about in set(Task):
        return _("{task}: {advice}").format(task=task(Task(about), language), advice=text)
    return text


def _runtime(detail: Mapping[str, float | str], known: Mapping[str, str]) -> dict[str, str]:
    pair = detail.get("pair")
    return {"runtime": name_of(pair, known).rpartition(" → ")[2]} if isinstance(pair, str) else {}


def basis(value: Advice, language: str) -> str:
    """Say whether advice was measured here, is concluded from what was, or is cited."""
    _ = translator(language).gettext
    bases = {
        MEASURED: _("measured here"),
        CONCLUDED: _("concluded from what was measured here"),
        CITED: _("cited"),
    }
    return bases.get(value.basis, value.basis)


def _figures(value: Advice) -> dict[str, str]:
    """Every figure of a piece of advice in its own unit."""
    result: dict[str, str] = {}
    for key, figure in value.detail.items():
        if isinstance(figure, str):
            continue
        if key == "speedup":
            result[key] = fmt.ratio(figure)
        elif key in ("share_of_peak", "efficiency"):
            result[key] = fmt.percent(figure)
        elif key.endswith("_bytes_per_s"):
            result[key] = fmt.metric(figure, "B/s")
        else:
            result[key] = fmt.count(figure)
    if "speedup_low" in value.detail and "speedup_high" in value.detail:
        low, high = float(value.detail["speedup_low"]), float(value.detail["speedup_high"])
        result["speedup_interval"] = fmt.interval(low, high, fmt.ratio)
    return result
