"""Every code that another room can give has a sentence, in every language."""

import re

import pytest
from msgspec.structs import replace

from advisor.decision.advice import Code
from advisor.decision.gates import GATES
from advisor.decision.methods import METHODS
from advisor.decision.model import (
    Advice,
    Criterion,
    GateResult,
    GateStatus,
    Group,
    PriorityMode,
    ProjectStage,
    Target,
    ValueSource,
    VerdictKind,
)
from advisor.decision.projections import Assumption
from advisor.decision.verdict import Reason
from advisor.frameworks.model import Absence as NoInstallation
from advisor.frameworks.model import Grade, Problem
from advisor.hardware.model import Absence, Gpu, StorageKind, System
from advisor.probes.configuration import DEFAULT
from advisor.probes.model import (
    Outcome,
    ProbeResult,
    ProbeWarning,
    Quantity,
    StopRule,
    Subject,
    WarningCode,
)
from advisor.report.wording import advice, evidence, gates, machine, measurements, names, verdict
from advisor.workloads.model import Size, Task
from tests.samples import COMPILED, KINDS, sample_assessment

NAMES = {"a": "Alpha", "b": "Beta"}
DETAIL = {
    "pair": "pytorch-onnxruntime",
    "speedup": 1.2,
    "speedup_low": 1.1,
    "speedup_high": 1.3,
    "break_even_steps": 12.0,
    "planned_steps": 900.0,
    "batch": 32.0,
    "share_of_peak": 0.1,
    "largest_batch": 512.0,
    "cores": 4.0,
    "efficiency": 0.5,
    "needed_bytes_per_s": 1e6,
    "storage_bytes_per_s": 1e9,
    "tool": "Tool",
}

CODES = [
    *((names.criterion, code) for code in Criterion),
    *((names.criterion_note, code) for code in Criterion),
    *((names.group, code) for code in Group),
    *((names.task, code) for code in Task),
    *((names.stage, code) for code in ProjectStage),
    *((names.size, code) for code in Size),
    *((names.configuration, each) for each in (DEFAULT, COMPILED)),
    *((names.quantity, code) for code in Quantity),
    *((names.outcome, code) for code in Outcome),
    *((names.target, code) for code in Target),
    *((names.grade, code) for code in Grade),
    *((names.verdict_kind, code) for code in VerdictKind),
    *((names.value_source, code) for code in ValueSource),
    *((names.priority_mode, code) for code in PriorityMode),
    *((names.stop_rule, code) for code in StopRule),
    *((names.storage_kind, code) for code in StorageKind),
    *((machine.absent_reason, code) for code in Absence),
    *((machine.system_name, code) for code in System),
    *((advice.assumption, code) for code in Assumption),
    *((measurements.reason, code) for code in (*NoInstallation, *Problem)),
    *((gates.gate, code) for code in GATES if code not in ("target", "language")),
]


def has_code(text, code):
    """Whether a code shows through: its dashes or underscores are no words."""
    return bool(re.search(r"[a-z][-_][a-z]", str(code))) and str(code) in text


@pytest.mark.parametrize(("say", "code"), CODES)
def test_every_code_has_words(say, code, language):
    text = say(code, language)
    assert text and not has_code(text, code)
    if say is names.grade or language == "en":
        return
    proper = {"CPU", "AutoML", "Android", "iOS", "NVMe", "SSD", "Linux", "Windows", "macOS"}
    assert text in proper or re.search(r"[\u4e00-\u9fff]", text), text


@pytest.mark.parametrize("code", METHODS)
def test_every_method_has_a_name(code):
    assert names.method(code).startswith(code.partition("-")[0].upper())


@pytest.mark.parametrize("status", [GateStatus.FAIL, GateStatus.UNKNOWN])
@pytest.mark.parametrize("gate", [*GATES, "target:ios", "language:c++", "platform:windows"])
def test_every_gate_has_a_reason(gate, status, language):
    detail = {
        "workload": "resnet18-96",
        "outcome": "crashed",
        "gpu": "G",
        "licence": "MIT",
        "system": "linux",
    }
    text = gates.gate_reason(GateResult(gate, "a", status, detail), language)
    assert re.search(r"[.。]$", text)
    assert "resnet18-96" not in text and "?" not in text
    assert text != gates.gate_reason(GateResult(gate, "a", GateStatus.PASS, detail), language)


@pytest.mark.parametrize("code", WarningCode)
@pytest.mark.parametrize(
    "detail", [{}, {"others_share": 0.3, "steal_share": 0.1, "quantity": "train", "available_bytes": 2.0**30}]
)
def test_every_warning_has_a_sentence(code, detail, language):
    subject = Subject("resnet18-96", "a")
    for found in (ProbeWarning(code, "before", detail), ProbeWarning(code, "before", detail, subject)):
        text = measurements.warning(found, NAMES, language)
        assert re.search(r"[.。]$", text) and not has_code(text, code)


def test_figures_of_warnings_are_said():
    for code, detail, figure in (
        (WarningCode.LOAD, {"others_share": 0.31}, "31%"),
        (WarningCode.STEAL, {"steal_share": 0.083}, "8.3%"),
        (WarningCode.LOW_MEMORY, {"available_bytes": 1.5 * 2**30}, "1.50"),
        (WarningCode.GOVERNOR, {"governor": "powersave"}, "powersave"),
    ):
        assert figure in measurements.warning(ProbeWarning(code, "before", detail), NAMES, "en")


@pytest.mark.parametrize("code", Code)
def test_every_piece_of_advice_has_a_sentence(code, language):
    for detail in (DETAIL, {key: value for key, value in DETAIL.items() if key != "tool"}):
        text = advice.advice(Advice(code, "measured", {**detail, "task": "nlp"}), {}, language)
        assert re.search(r"[.。]$", text) and "{" not in text
        assert names.task(Task.NLP, language) in text


@pytest.mark.parametrize(
    ("code", "english"),
    [
        (None, "crashed"),
        ("SIGSEGV", "crashed: SIGSEGV"),
        ("exit-status: 3", "crashed: it ended with an error status (3)"),
        ("RuntimeError: no kernel\nsecond line", "crashed: RuntimeError: no kernel"),
        ("no-prepared-within-seconds: 300", "crashed: its first steps took more than 300 s"),
        ("no-device cuda:0", "crashed: it has no support for this device (cuda:0)"),
        ("x" * 500, "crashed: " + "x" * 159 + "…"),
    ],
)
def test_reasons_are_told_with_their_details(code, english):
    result = ProbeResult(Subject("resnet18-96", "a"), Outcome.CRASHED, code)
    assert measurements.why_not_measured(result, "en") == english


@pytest.mark.parametrize(
    "note", ["memory-unreadable", "scaling-one-core", "memory-crashed", "scaling-timed-out"]
)
def test_notes_of_the_probes_have_words(note, language):
    assert not has_code(measurements.note(note, language), note)


def test_every_fact_of_the_catalogue_has_a_name(language):
    for framework in sample_assessment("standard").catalogue:
        for identifier, fact in framework.facts.items():
            name = evidence.fact_name(identifier, language)
            assert not re.search(r"[a-z]_[a-z]|\w\.\w", name), name
            assert evidence.fact_value(identifier, fact, language)


@pytest.mark.parametrize("reason", Reason)
def test_every_verdict_has_a_sentence(reason, language):
    kind = {
        Reason.ALL_RULED_OUT: VerdictKind.NONE,
        Reason.NONE_PROVEN: VerdictKind.NONE,
        Reason.LIKELY: VerdictKind.LEANING,
        Reason.HELD_BACK: VerdictKind.LEANING,
        Reason.ONLY_PROVEN: VerdictKind.LEANING,
        Reason.FEW_MEASURED: VerdictKind.TOO_LITTLE,
        Reason.CANCELLED: VerdictKind.TOO_LITTLE,
        Reason.INTERVAL_SPANS_ZERO: VerdictKind.TOO_CLOSE,
        Reason.BACKENDS_CLOSE: VerdictKind.TOO_CLOSE,
    }.get(reason, VerdictKind.CLEAR)
    decision = sample_assessment("standard").decision
    alone = reason in (Reason.ONLY_ELIGIBLE, Reason.ONLY_PROVEN, Reason.CANCELLED)
    silent = kind in (VerdictKind.NONE, VerdictKind.TOO_LITTLE)
    found = replace(
        decision.verdict,
        kind=kind,
        reason=reason,
        recommended=("a", "b") if kind is VerdictKind.TOO_CLOSE else ("a",),
        runner_up=None if alone else "b",
        nearest=("b",),
        probability=0.71,
        framework_probability=0.93,
    )
    text = verdict.sentence(replace(decision, verdict=found), NAMES, language)
    assert "Alpha" in text or silent
    assert "Beta" in text or alone
    share = "93%" if reason is Reason.BACKENDS_CLOSE else "71%"
    assert share in text or alone or silent
    # Never a bare percentage: what it is a share of stands beside it.
    assert f"{decision.draws:,}" in text or "%" not in text


def test_a_run_without_a_decision_says_so(language):
    assert verdict.headline(None, NAMES, language)
    assert verdict.sentence(None, NAMES, language)


@pytest.mark.parametrize("kind", KINDS)
def test_contrasts_name_what_is_lost_and_won(kind):
    assessment = sample_assessment(kind)
    known = names.alternative_names(assessment.catalogue)
    for found in assessment.decision.contrasts:
        text = verdict.contrast(found, known, "en")
        assert known[found.winner] in text and known[found.loser] in text
        largest = max(found.contributions, key=lambda each: abs(each.points))
        if abs(largest.points) >= 0.05:
            assert f"{abs(largest.points):.1f}" in text
            assert names.criterion_inline(largest.criterion, "en") in text


@pytest.mark.parametrize("reason", ["driver-old", "gpu-old", "gpu-new", "no-api"])
def test_a_gate_says_what_an_accelerator_lacks(reason, language):
    detail = {"gpu": "Synthetic GPU", "reason": reason, "wanted": "7.5", "found": "6.1"}
    text = gates.gate_reason(GateResult("accelerator", "a", GateStatus.FAIL, detail), language)
    assert "Synthetic GPU" in text
    assert reason == "no-api" or ("7.5" in text and "6.1" in text)
    assert text != gates.gate_reason(
        GateResult("accelerator", "a", GateStatus.FAIL, {"gpu": "Synthetic GPU"}), language
    )


def test_a_machine_page_says_how_it_is_set_up_and_what_links_its_cards():
    found = machine.gpu(
        Gpu(
            index=0,
            vendor="AMD",
            name="G",
            api="rocm",
            gfx_target="gfx942",
            runtime="7.1.0",
            pcie_width=16,
            pcie_speed_gts=32.0,
            links=7,
            numa_node=1,
            device="rocm:2",
        ),
        "en",
    )
    for said in ("gfx942", "ROCm 7.1.0", "×16", "7 direct links", "memory node 1", "reached as rocm:2"):
        assert said in found.replace("\N{NO-BREAK SPACE}", " ")


def test_the_use_of_time_is_told_where_the_run_knows_it():
    run = sample_assessment("standard").runs[0]
    assert measurements.time_used(replace(run, unavoidable_s=0.0, provisional_s=None), "en") == ""
    told = measurements.time_used(
        replace(run, elapsed_s=150.0, unavoidable_s=100.0, provisional_s=42.0), "en"
    )
    assert "1.50×" in told
    assert "42.0\u00a0s" in told
