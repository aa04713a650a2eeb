"""Whatever was asked and measured: verdict, chart, first place, requirements and sentences say the same."""

import itertools
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from advisor.decision.engine import decide
from advisor.decision.model import (
    Answer,
    Constraints,
    Criterion,
    Effect,
    Needs,
    Priorities,
    PriorityMode,
    ProjectStage,
    Target,
    Team,
    VerdictKind,
    WorkloadNeeds,
)
from advisor.probes.model import Outcome, ProbeWarning, StopRule, WarningCode
from advisor.report import document, markdown
from advisor.report import format as fmt
from advisor.report.model import Bullets, Chart, Heading
from tests.decision.builders import framework, machine, result, run
from tests.samples import sample_assessment

NAMES = ("alpha", "beta", "gamma", "delta")
CLAIMS_OF_A_RUN = ("Speeds were measured on this machine", "Interleaved rounds:", "The round is the unit")


@st.composite
def needs(draw):
    return Needs(
        stage=draw(st.sampled_from(ProjectStage)),
        constraints=Constraints(
            targets=draw(st.sampled_from([(), (Target.IOS,), (Target.SERVER,), (Target.SERVER, Target.IOS)])),
            waived=draw(st.sampled_from([(), ("measured",), ("target",)])),
        ),
        team=Team(skills=draw(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 4)))),
        priorities=Priorities(
            mode=draw(st.sampled_from(PriorityMode)),
            weights=draw(st.dictionaries(st.sampled_from(Criterion), st.floats(0, 100), max_size=4)),
            sureness=draw(st.sampled_from([0.1, 0.5, 1.0])),
        ),
        workload=WorkloadNeeds(latency_target_s=draw(st.sampled_from([None, 0.001, 0.02, 5.0]))),
        stated=tuple(draw(st.sets(st.sampled_from(Answer), max_size=3))),
    )


@st.composite
def catalogues(draw):
    return tuple(
        framework(
            name,
            ease_of_use=draw(st.integers(0, 4)),
            deployment=draw(st.integers(0, 4)),
            maintained=draw(st.sampled_from([True, True, True, False, None])),
            target__ios=draw(st.sampled_from([True, False, None])),
        )
        for name in NAMES
    )


@st.composite
def runs(draw):
    missed = st.sampled_from([Outcome.MEASURED] * 4 + [Outcome.NOT_INSTALLED, Outcome.TIMED_OUT])
    results = [
        result(name, draw(st.floats(0.1, 1.0)), rounds=draw(st.sampled_from([3, 8])), outcome=draw(missed))
        for name in NAMES
    ]
    load = draw(st.sampled_from([0.0, 0.0, 0.2, 0.4, 0.98]))
    warning = ProbeWarning(
        WarningCode.LOAD, draw(st.sampled_from(["before", "during"])), {"others_share": load}
    )
    return replace(
        run(*results),
        warnings=(warning,) if load else (),
        interleaved=draw(st.booleans()),
        stop_rule=draw(st.sampled_from([StopRule.ROUNDS, StopRule.ROUNDS, StopRule.CANCELLED])),
    )


def texts(blocks):
    for block in blocks:
        if isinstance(block, Bullets):
            yield from block.items
        elif isinstance(block, Chart):
            yield from (block.caption, block.alt, *(panel.title for panel in block.panels))
        elif hasattr(block, "text"):
            yield block.text


def under(blocks, title):
    """The lines below a heading."""
    for heading, block in itertools.pairwise(blocks):
        if isinstance(heading, Heading) and heading.text == title:
            return list(texts([block]))
    return []


def named(text):
    return {name for name in NAMES if name.title() in text}


class Case:
    """Whatever was asked and measured, told in a few words: every sample would be screens of them."""

    def __init__(self, asked, catalogue, measured):
        self.asked, self.catalogue, self.measured = asked, catalogue, measured

    def __repr__(self):
        outcomes = [(each.subject.alternative, each.outcome.value) for each in self.measured.results]
        return f"Case({self.asked}, {outcomes}, {self.measured.warnings}, {self.measured.stop_rule})"


@st.composite
def cases(draw):
    return Case(draw(needs()), draw(catalogues()), draw(runs()))


@given(cases())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_nothing_on_the_first_page_contradicts_anything_else(case):
    asked, catalogue, measured = case.asked, case.catalogue, case.measured
    decision = decide(asked, catalogue, machine(), (measured,), draws=200)
    assessment = replace(
        sample_assessment("standard"),
        needs=asked,
        catalogue=catalogue,
        machine=machine(),
        installations=(),
        runs=(measured,),
        decision=decision,
    )
    report = document.build(assessment)
    verdict, shown = decision.verdict, report.verdict
    ranking = [each.alternative for each in decision.ranking]
    eligible = [each.alternative for each in decision.ranking if each.eligible]
    known = {each.subject.alternative for each in measured.results if each.outcome is Outcome.MEASURED}
    failed = {each.alternative for each in decision.gates if each.status == "fail" and not each.waived}
    effects = {each.effect for each in verdict.concerns}

    # The verdict keeps to its own rule.
    assert set(verdict.recommended) <= known & set(eligible)
    assert bool(verdict.recommended) == (verdict.kind not in (VerdictKind.NONE, VerdictKind.TOO_LITTLE))
    if verdict.kind is VerdictKind.CLEAR:
        assert not effects & {Effect.WITHHELD, Effect.CAPPED}
        assert verdict.gap is None or (verdict.probability >= 0.9 and verdict.gap_low > 0)
        assert verdict.gap is not None or failed == set(NAMES) - set(verdict.recommended)
    contenders = known - failed
    if len(contenders) < 2 and set(NAMES) - failed - known:
        assert verdict.kind is VerdictKind.TOO_LITTLE
    if measured.stop_rule is StopRule.CANCELLED:
        assert not verdict.recommended
    if not verdict.recommended:
        said = [item for block in report.summary if isinstance(block, Bullets) for item in block.items]
        assert said
        assert not any("the answer" in item for item in said)

    # First place, chart and requirements say the same as the verdict.
    if verdict.recommended:
        measured_first = [name for name in ranking if name in known and name in eligible]
        assert measured_first[0] == verdict.recommended[0]
        assert all(name not in failed for name in verdict.recommended)
    if len(contenders) >= 2:
        firsts = {each.alternative: each.acceptability[0] for each in decision.ranking}
        assert all(firsts[name] == 0 for name in set(NAMES) - contenders)
        assert set(ranking[: len(contenders)]) == contenders
    chart = next((block for block in report.summary if isinstance(block, Chart)), None)
    assert (chart is not None) == (verdict.kind is not VerdictKind.TOO_LITTLE)
    if chart is not None:
        labels = [(label.text.split()[-1].lower(), label.strong) for label in chart.labels]
        assert labels == [(name, name in verdict.recommended) for name in ranking]

    # So do the words.
    assert named(shown.headline) == set(verdict.recommended)
    assert set(verdict.recommended) <= named(shown.sentence) or not verdict.recommended
    ruled_out = under(report.summary, "Not eligible")
    assert not any(named(line.partition(":")[0]) & set(verdict.recommended) for line in ruled_out)
    page = [shown.kind, shown.headline, shown.sentence, *texts(report.summary)]
    assert not any(re.search(r"\b(draws|swings?|regret)\b", text) for text in page)
    assert not any("your priorities" in text for text in page)
    step = decision.sensitivity.judgement
    judged = [text for text in page if text.startswith("Judged one level lower")]
    assert all(("more than its lead" in text) == (step.points >= verdict.gap) for text in judged)
    whole = [*page, *(text for section in report.sections for text in texts(section.blocks))]
    met = {each.alternative for each in decision.gates if each.gate == "latency" and each.status == "pass"}
    claimed = [text for text in page if "meets the latency target" in text and "not proven" not in text]
    assert all(named(text) <= met for text in claimed)
    (taken,) = under(report.summary, "Assumed, because nothing else was said") or [""]
    for said, left in (("your data set", "workload:"), ("sure of them", "how sure the weights are")):
        assert not (left in taken and any(said in text for text in whole))
    if not known:
        assert not any(claim in text for text in whole for claim in CLAIMS_OF_A_RUN)
    if not measured.interleaved:
        assert not any("Interleaved rounds:" in text for text in whole)
    assert not any("Several settings:" in text for text in whole)  # none but defaults was measured


@pytest.mark.parametrize("kind", ["standard", "three-gpus", "no-gpu"])
def test_the_rule_of_the_verdict_is_told_in_full(kind):
    assessment = sample_assessment(kind)
    section = next(each for each in document.build(assessment).sections if each.id == "method")
    rule = next(text for text in texts(section.blocks) if "Clear:" in text)
    for figure in ("90%", "95%", "2 standard deviations", "65%", "75%", "50%", "fewer than 5 rounds"):
        assert figure in rule


def test_every_interval_is_named_by_the_one_level(monkeypatch):
    """No sentence, table or chart has a level of its own written into it."""
    monkeypatch.setattr(fmt, "CONFIDENCE", 0.8)
    for kind in ("standard", "three-gpus"):
        report = document.build(sample_assessment(kind))
        text = markdown.render(report)
        assert "80% interval" in text and not re.search(r"\b9[05] ?% (interval|of what)", text)
    sentences = [each for message in template() if message.id for each in ids(message)]
    assert not [each for each in sentences if re.search(r"\b(80|90|95|99) ?%", each)]


def template():
    """Every sentence of the program; packaging is no package."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))
    import translations

    return translations.template()


def ids(message):
    return message.id if isinstance(message.id, tuple) else (message.id,)


def test_a_method_that_was_not_used_is_not_cited():
    plain = sample_assessment("standard")
    text = "\n".join(texts(next(s for s in document.build(plain).sections if s.id == "method").blocks))
    assert "Saaty" not in text and "SMARTS" in text and "TOPSIS" in text
    pairs = replace(plain.needs, priorities=Priorities(mode=PriorityMode.PAIRS))
    text = "\n".join(
        texts(
            next(s for s in document.build(replace(plain, needs=pairs)).sections if s.id == "method").blocks
        )
    )
    assert "Saaty" in text and "SMARTS" not in text
    nothing = replace(
        plain, runs=(), decision=replace(plain.decision, sensitivity=type(plain.decision.sensitivity)())
    )
    text = "\n".join(texts(next(s for s in document.build(nothing).sections if s.id == "method").blocks))
    assert "Kalibera" not in text and "TOPSIS" not in text and "Nothing was measured." in text


def test_what_the_user_said_is_no_assumption():
    plain = sample_assessment("minimal")
    assumed = under(document.build(plain).summary, "Assumed, because nothing else was said")[0]
    assert "50,000 items, 20 epochs" in assumed and "team" in assumed and "50%" in assumed
    said = replace(
        plain.needs,
        workload=WorkloadNeeds(dataset_items=1000, epochs=3),
        team=Team(skills={"pytorch": 2}),
        priorities=Priorities(weights={Criterion.MEMORY: 80}, sureness=0.8),
    )
    left = under(document.build(replace(plain, needs=said)).summary, "Assumed, because nothing else was said")
    assert "items" not in left[0] and "team" not in left[0] and "weights" not in left[0]


def test_a_default_that_the_user_stated_is_no_assumption():
    plain = sample_assessment("minimal")
    stated = replace(plain, needs=replace(plain.needs, stated=(Answer.DATA, Answer.SURENESS)))
    text = markdown.render(document.build(stated))
    assert "You are 50% sure" in text
    left = under(document.build(stated).summary, "Assumed, because nothing else was said")[0]
    assert "items" not in left and "sure" not in left and "purpose" in left


@pytest.mark.parametrize(
    ("backend", "others"), [("torch", ("tensorflow", "jax")), ("jax", ("torch", "tensorflow"))]
)
def test_keras_is_installed_with_the_backend_recommended_and_no_other(backend, others):
    from advisor.report.context import ReportContext
    from advisor.report.summary import install_command

    command = install_command(ReportContext(sample_assessment("standard"), "en"), f"keras-{backend}")
    assert f"KERAS_BACKEND={backend}" in command and f"{backend}==" in command
    assert not any(re.search(rf"\b{other}(-cpu)?==", command) for other in others)


def test_ratios_to_the_leader_name_ties_and_only_those():
    tables = [
        each
        for each in document.build(sample_assessment("standard")).tables()
        if each.id.startswith("measurements-")
    ]
    assert all(each.columns[-1].title == "Against the first" for each in tables)
    cells = [row[-1] for table in tables for row in table.rows if row[-1].value is not None]
    assert cells
    assert all(("tie" in cell.text) == (cell.low <= 1 <= cell.high) for cell in cells)
