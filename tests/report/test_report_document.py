"""The document says what the assessment holds, in order, and makes nothing up."""

import re

import msgspec
import pytest
from msgspec.structs import replace

from advisor.decision.model import VerdictKind
from advisor.frameworks.catalogue import rubrics
from advisor.probes.model import Outcome, Quantity
from advisor.probes.statistics import summarise
from advisor.report import document, summary
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Bullets, Chart, Paragraph, Table
from tests.report.conftest import built
from tests.samples import sample_assessment

ORDER = [
    "gates",
    "ranking",
    "acceptability",
    "changes",
    "terms",
    "weights",
    "measurements",
    "startup",
    "advice",
    "machine",
    "evidence",
    "weightless",
    "warnings",
    "method",
    "reproduce",
]


def blocks(report):
    return [*report.summary, *(block for section in report.sections for block in section.blocks)]


def section(report, identifier):
    return next(each for each in report.sections if each.id == identifier)


def test_sections_come_in_the_agreed_order(kind, language):
    found = [each.id for each in built(kind, language).sections]
    assert found == [identifier for identifier in ORDER if identifier in found]
    assert {"machine", "warnings", "method", "reproduce"} <= set(found)


def test_a_full_assessment_has_every_section(language):
    assert [each.id for each in built("standard", language).sections] == ORDER


def test_a_summary_alone_has_no_sections(language):
    report = built("standard", language, summary_only=True)
    assert report.sections == ()
    assert report.summary == built("standard", language).summary


def test_figures_are_the_medians_of_the_samples():
    run = sample_assessment("standard").runs[0]
    table = next(t for t in built("standard", "en").tables() if t.id == f"measurements-{run.workload.id}")
    shown = [row[3].value for row in table.rows if len(row) == len(table.columns)]
    measured = [
        summarise(result.samples, quantity)
        for result in run.results
        if result.outcome is Outcome.MEASURED
        for quantity in (Quantity.TRAIN, Quantity.INFER, Quantity.LATENCY)
    ]
    expected = [
        1e3 * each.median_s if each.quantity is Quantity.LATENCY else each.items_per_s for each in measured
    ]
    assert sorted(shown) == pytest.approx(sorted(expected))


def test_what_was_not_measured_says_why_and_has_no_figure(kind):
    assessment = sample_assessment(kind)
    for run in assessment.runs:
        table = next(t for t in built(kind, "en").tables() if t.id == f"measurements-{run.workload.id}")
        failed = [
            result
            for result in run.results
            if result.outcome is not Outcome.MEASURED
            and not result.samples
            and result.reason != "same-as-default"
        ]
        spanning = [row for row in table.rows if row[-1].span > 1]
        assert len(spanning) == len(failed)
        assert all(row[-1].text and row[-1].value is None for row in spanning)


def test_a_chart_has_a_bar_or_a_reason_for_every_label(kind, language):
    for chart in (block for block in blocks(built(kind, language)) if isinstance(block, Chart)):
        assert chart.alt and chart.caption
        for panel in chart.panels:
            assert len(panel.bars) == len(chart.labels)
            for bar in panel.bars:
                assert bool(bar.segments) != bool(bar.missing)
                ends = [*(end for segment in bar.segments for end in (segment.start, segment.end))]
                ends += [end for end in (bar.low, bar.high) if end is not None]
                assert all(panel.minimum - 1e-9 <= end <= panel.maximum + 1e-9 for end in ends)


def test_every_figure_of_a_chart_is_in_its_alternative_text(kind, language):
    for chart in (block for block in blocks(built(kind, language)) if isinstance(block, Chart)):
        texts = [bar.text for panel in chart.panels for bar in panel.bars if bar.text]
        if chart.id != "composition":  # says the groups instead of their sum
            assert all(text in chart.alt for text in texts), chart.id


def test_rows_are_as_wide_as_their_table(kind, language):
    for table in built(kind, language).tables():
        assert all(sum(cell.span for cell in row) == len(table.columns) for row in table.rows), table.id


def test_chinese_is_not_punctuated_in_ascii(kind):
    chinese = "[\u4e00-\u9fff]"
    # A comma or colon behind a Chinese word, half brackets around one, a space within Chinese.
    wrong = re.compile(rf"{chinese}[,:;]|\([^()]*{chinese}[^()]*\)|{chinese} {chinese}")
    text = msgspec.json.encode(built(kind, "zh_CN")).decode()
    assert [each.group() for each in wrong.finditer(text)] == []


def test_no_sentence_has_a_hole(kind, language):
    for block in blocks(built(kind, language)):
        texts = block.items if isinstance(block, Bullets) else ()
        if isinstance(block, Paragraph):
            texts = (block.text,)
        if isinstance(block, Table):
            texts = tuple(cell.text for row in block.rows for cell in row)
        for text in texts:
            assert not re.search(r"[{}]|\bNone\b|\bnan\b", text), text


def test_no_code_of_another_room_reaches_an_english_reader(kind):
    """Codes are lower case with dashes or underscores; sentences are not."""
    code = re.compile(r"^[a-z]+([-_:][a-z_]+)+$")
    for table in built(kind, "en").tables():
        if table.id.startswith(("evidence", "sources", "counts")):
            continue
        for row in table.rows:
            assert not any(code.match(cell.text) for cell in row), [cell.text for cell in row]


def test_the_verdict_is_the_decisions(kind):
    assessment = sample_assessment(kind)
    verdict = assessment.decision.verdict
    shown = built(kind, "en").verdict
    names = {a.id: a.name for framework in assessment.catalogue for a in framework.alternatives}
    for alternative in verdict.recommended:
        assert names[alternative] in shown.headline
    if verdict.gap is not None:
        assert fmt.points(verdict.gap) in shown.sentence
        assert fmt.interval(verdict.gap_low, verdict.gap_high, fmt.points) in shown.sentence
    if verdict.kind is VerdictKind.TOO_LITTLE:
        assert shown.command.startswith(("advisor frameworks install", "advisor recommend --"))
    else:
        assert (shown.command is not None) == (len(verdict.recommended) == 1)


def test_evidence_shows_every_fact_that_the_decision_cites():
    assessment = sample_assessment("standard")
    facts, levels, sources = (
        block for block in section(built("standard", "en"), "evidence").blocks if isinstance(block, Table)
    )
    frameworks = {a.id: framework for framework in assessment.catalogue for a in framework.alternatives}
    columns = [column.title for column in facts.columns]
    shown = {row[0].value: dict(zip(columns[1:], row[1:], strict=True)) for row in facts.rows}
    numbered = {row[0].text: row for row in sources.rows}
    for value in assessment.decision.values:
        framework = frameworks[value.alternative]
        for identifier in value.facts:
            cell, fact = shown[identifier][framework.name], framework.facts[identifier]
            _number, source, date, grade = numbered[re.search(r"\[(\d+)\]$", cell.text)[1]]
            assert (source.value, date.value, grade.value) == (fact.source, fact.date, str(fact.grade))
            if fact.unit == "level":
                wording = rubrics()[identifier.partition("@")[0].partition(".")[0]].levels[int(fact.value)]
                assert wording in [row[2].text for row in levels.rows]


def test_what_carries_no_weight_is_apart_from_what_decides():
    report = built("standard", "en")
    deciding = {fact for value in sample_assessment("standard").decision.values for fact in value.facts}
    apart = [block for block in section(report, "weightless").blocks if isinstance(block, Table)]
    assert apart
    assert not deciding & {row[0].value for table in apart for row in table.rows}
    said = [
        item
        for block in section(report, "weightless").blocks
        if isinstance(block, Bullets)
        for item in block.items
    ]
    assert all(any(item.startswith(way) for item in said) for way in ("Lightning", "KerasHub"))


def test_both_languages_hold_the_same_numbers(kind):
    """Tables and charts differ in words only."""
    for english, chinese in zip(blocks(built(kind, "en")), blocks(built(kind, "zh_CN")), strict=True):
        assert type(english) is type(chinese)
        if isinstance(english, Table):
            raw = [[cell.value for cell in row if not isinstance(cell.value, str)] for row in english.rows]
            assert raw == [
                [cell.value for cell in row if not isinstance(cell.value, str)] for row in chinese.rows
            ]
        if isinstance(english, Chart):
            assert [panel.bars for panel in english.panels if not panel.bars[0].text] == [
                panel.bars for panel in chinese.panels if not panel.bars[0].text
            ] or english.id.startswith(("speed", "startup"))


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("standard", "uv pip install --torch-backend=cpu torch=="),
        ("three-gpus", "--torch-backend=auto torch=="),
    ],
)
def test_the_install_command_gets_the_build_for_this_hardware(kind, command):
    assert command in built(kind, "en").verdict.command


def test_a_run_without_a_single_figure_claims_no_rounds():
    assessment = sample_assessment("standard")
    skipped = tuple(
        replace(run, rounds=0, results=tuple(_skipped(each) for each in run.results))
        for run in assessment.runs
    )
    report = document.build(replace(assessment, runs=skipped))
    text = msgspec.json.encode(report.summary).decode()
    assert "Nothing was measured" in text
    assert "interleaved rounds per task" not in text


def _skipped(result):
    return replace(result, outcome=Outcome.SKIPPED, reason="time-cap", samples=())


@pytest.mark.parametrize("of_all", [False, True])
def test_a_note_that_holds_for_several_is_said_once(of_all):
    sample = sample_assessment("standard")
    run = sample.runs[0]
    noted = len(run.results) if of_all else 3
    results = tuple(
        replace(each, notes=("memory-time-cap",) if place < noted else ())
        for place, each in enumerate(run.results)
    )
    report = document.build(replace(sample, runs=(replace(run, results=results),)), "en")
    said = [
        item
        for block in section(report, "warnings").blocks
        if isinstance(block, Bullets)
        for item in block.items
    ]
    mine = [each for each in said if "because the time was up" in each]
    assert len(mine) == 1
    assert mine[0].startswith("All: ") if of_all else mine[0].count(";") == noted - 1


def test_sources_of_counts_are_named_by_number():
    table = next(each for each in built("standard", "en").tables() if each.id == "counts")
    assert all(re.match(r"\[\d+\] \w.*, grade [A-C]\.$", note) for note in table.notes) and table.notes


@pytest.mark.parametrize(
    ("architecture", "package"), [("x86_64", "tensorflow-cpu==2.21.0"), ("aarch64", "tensorflow==2.21.0")]
)
def test_the_install_command_names_only_what_this_machine_takes(architecture, package):
    standard = sample_assessment("standard")
    cpu = msgspec.structs.replace(standard.machine.cpu, architecture=architecture)
    there = msgspec.structs.replace(standard, machine=msgspec.structs.replace(standard.machine, cpu=cpu))
    assert summary.install_command(ReportContext(there, "en"), "tensorflow") == f"pip install {package}"


def test_what_too_few_rounds_say_is_not_said_in_hours():
    """Nothing in the user's terms on the first page where nothing is recommended, and no figure from pure noise."""
    assessment = sample_assessment("standard")
    decision = assessment.decision
    wide = tuple(replace(each, low=each.value / 50, high=each.value * 50) for each in decision.user_terms)
    report = document.build(replace(assessment, decision=replace(decision, user_terms=wide)))
    cells = [
        cell
        for table in report.tables()
        if table.id.startswith("terms-")
        for row in table.rows
        for cell in row[1:]
        if cell.value is not None
    ]
    assert cells and all(cell.text == "too uncertain to tell" and cell.low is not None for cell in cells)
    stopped = replace(
        decision, verdict=replace(decision.verdict, kind=VerdictKind.TOO_LITTLE, recommended=())
    )
    summary_of = document.build(replace(assessment, decision=stopped)).summary
    assert not [each for each in summary_of if isinstance(each, Table)]


def test_rounds_are_those_that_the_figures_rest_on():
    """Not those that a run completed: its last one may have been cut short, and some need fewer than others."""
    assessment = sample_assessment("standard")
    cut = tuple(replace(run, rounds=1) for run in assessment.runs)
    text = msgspec.json.encode(document.build(replace(assessment, runs=cut)).summary).decode()
    taken = {len({each.round for each in result.samples}) for run in cut for result in run.results}
    (said,) = re.findall(r"in (\S+) interleaved rounds per task", text)
    assert str(max(taken)) in said and said != "1"


def test_an_efficiency_above_one_is_explained():
    assessment = sample_assessment("standard")
    told = "it is no merit of using many"
    assert told not in msgspec.json.encode(section(document.build(assessment), "startup")).decode()
    faster = tuple(
        replace(
            run,
            results=tuple(
                replace(
                    result,
                    scaling=tuple(
                        replace(
                            point,
                            samples=tuple(
                                replace(each, elapsed_s=each.elapsed_s * (9 if point.threads == 1 else 1))
                                for each in point.samples
                            ),
                        )
                        for point in result.scaling
                    ),
                )
                for result in run.results
            ),
        )
        for run in assessment.runs
    )
    assert (
        told
        in msgspec.json.encode(section(document.build(replace(assessment, runs=faster)), "startup")).decode()
    )


def test_what_is_installed_and_got_no_time_is_not_to_be_installed():
    assessment = sample_assessment("standard")
    left = ("pytorch", "tensorflow")
    verdict = replace(
        assessment.decision.verdict,
        kind=VerdictKind.TOO_LITTLE,
        recommended=(),
        runner_up=None,
        reason="few-measured",
        nearest=left,
    )
    untimed = replace(assessment, decision=replace(assessment.decision, verdict=verdict))
    assert document.build(untimed).verdict.command == f"advisor recommend --like {assessment.id}"
    bare = tuple(
        replace(each, installation=None) if each.alternative in left else each
        for each in assessment.installations
    )
    report = document.build(replace(untimed, installations=bare))
    assert report.verdict.command == "advisor frameworks install pytorch tensorflow"
    (table,) = (each for each in report.tables() if each.id == "weights")
    assert "First stays first" not in {column.title for column in table.columns}
    assert {len(row) for row in table.rows} == {len(table.columns)}
