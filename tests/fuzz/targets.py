"""What is fuzzed: how an input is made, and all that the program does with one. Only a message may end it."""

import atexit
import contextlib
import gzip
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Hashable
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, get_args

import msgspec
from msgspec.structs import replace

from advisor.assessment import document, settings
from advisor.assessment import fleet as fleets
from advisor.assessment.fleet import Fleet, FleetHost
from advisor.assessment.journal import Journal
from advisor.assessment.model import Assessment, Scenario, Status
from advisor.assessment.pipeline import Event, Saved
from advisor.assessment.redeciding import redecided
from advisor.assessment.run_state import RunState
from advisor.assessment.sites.model import HostOutcome
from advisor.cli.console import CliContext
from advisor.cli.summary import show
from advisor.decision import needs as needs_file
from advisor.decision.model import Criterion, Needs, ProjectStage
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue
from advisor.gui.drafts import Draft, Drafts
from advisor.i18n import LANGUAGES
from advisor.probes import equivalence
from advisor.probes.equivalence import Reference, References
from advisor.probes.launch import wire
from advisor.probes.model import (
    Conditions,
    Equivalence,
    Eta,
    Outcome,
    ProbeWarning,
    Quantity,
    SampleTaken,
    Stage,
    StageChanged,
    Warned,
    WarningCode,
)
from advisor.report import comparison as comparison_report
from advisor.report import document as report_document
from advisor.report import fleet as fleet_report
from advisor.report import html, markdown, pdf, tables
from advisor.report import scenarios as scenarios_report
from advisor.report.model import Document
from tests.fuzz.mutation import Mutator
from tests.samples import sample_assessment

DRAWS = 64
"""Enough for every path of the decision, and a hundred times faster than what users get."""


class Target(NamedTuple):
    """One kind of input.

    ``make`` returns an input from a generator of random numbers and a list of inputs that led somewhere new;
    ``drive`` does with it what the program does, and returns where it led: a key that is the same for inputs
    that went the same way.
    """

    make: Callable[[Random, list[bytes]], bytes]
    drive: Callable[[bytes, Random], Hashable]


def small(kind: str = "no-gpu", alternatives: int = 2, rounds: int = 5) -> Assessment:
    """Return a sample with few alternatives, workloads and rounds, decided on with few draws."""
    whole = sample_assessment(kind)
    frameworks = whole.catalogue[:2]
    kept = [each.id for framework in frameworks for each in framework.alternatives][:alternatives]
    runs = tuple(
        replace(
            run,
            results=tuple(
                replace(
                    result,
                    samples=tuple(s for s in result.samples if s.round < rounds),
                    scaling=tuple(replace(p, samples=p.samples[:rounds]) for p in result.scaling),
                )
                for result in run.results
                if result.subject.alternative in kept
            ),
            rounds=rounds,
        )
        for run in whole.runs[:1]
    )
    assert whole.decision is not None
    made = replace(
        whole,
        needs=replace(whole.needs, frameworks=tuple(framework.id for framework in frameworks)),
        catalogue=frameworks,
        installations=tuple(each for each in whole.installations if each.alternative in kept),
        runs=runs,
        decision=replace(whole.decision, draws=DRAWS),
    )
    return redecided(made)


_ODD = re.compile(rb"\xcb[\x7f\xff][\xf0\xf8]\x00{6}")
"""What of MessagePack is no JSON: not a number, and infinities."""


def written(tree: Any) -> bytes:
    """Return a plain value as JSON, with numbers that JSON doesn't have where the value holds such."""
    with contextlib.suppress(OverflowError, msgspec.MsgspecError):
        text = msgspec.json.encode(tree)
        if b"null" not in text or not _ODD.search(msgspec.msgpack.encode(tree)):
            return text
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def damaged(data: bytes, random: Random) -> bytes:
    """Return bytes of which some were changed, left out or repeated."""
    text = bytearray(data)
    for _ in range(random.randrange(1, 4)):
        if not text:
            break
        at = random.randrange(len(text))
        match random.randrange(4):
            case 0:
                text[at] = random.randrange(256)
            case 1:
                del text[at : at + random.choice((1, 2, 5, 60, 4000))]
            case 2:
                text[at:at] = text[at : at + random.choice((1, 3, 50))]
            case _:
                text[at:at] = random.choice(
                    (b"9" * 400, b"NaN", b"1e999", b"\xff", b"\\ud800", b"[" * 2000, b"\0")
                )
    return bytes(text)


def _from_types(mutator: Mutator, noise: float = 0.02) -> Callable[[Random, list[bytes]], bytes]:
    def make(random: Random, corpus: list[bytes]) -> bytes:
        tree = random.choice(mutator.seeds)
        if corpus and random.random() < 0.5:
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                tree = msgspec.json.decode(random.choice(corpus))
        data = written(mutator.mutated(tree, random))
        return damaged(data, random) if random.random() < noise else data

    return make


def _told(error: AdvisorError) -> Hashable:
    """Return what kind of message one is: its words without what is quoted or counted in them."""
    return "refused", re.sub(r"[“\"'`$].*|[\d.]+", "", error.message)[:60]


def drive_document(data: bytes, random: Random) -> Hashable:
    """Read a document, decide again, save, compare and report in every form."""
    try:
        assessment = document.decode(data)
    except AdvisorError as error:
        return _told(error)
    return _used(assessment, random)


def _used(assessment: Assessment, random: Random) -> Hashable:
    stage = random.choice((None, None, *ProjectStage))
    points = (
        {random.choice(list(Criterion)): random.choice((0.0, 100.0, 40.0))} if random.random() < 0.2 else {}
    )
    try:
        again = redecided(assessment, stage=stage, points=points)
    except AdvisorError as error:
        return _told(error)
    assert document.decode(document.encode(again)).decision == again.decision
    RunState().apply(Saved(again))
    if random.random() < 0.05:
        pair = random.sample((_SMALL, again), 2)
        random.choice(_FORMS)(comparison_report.build(*pair, random.choice(list(LANGUAGES))))
    if again.scenarios and random.random() < 0.2:
        try:
            random.choice(_FORMS)(scenarios_report.build(again, random.choice(list(LANGUAGES))))
        except AdvisorError as error:
            return _told(error)
    language = random.choice(list(LANGUAGES))
    made = report_document.build(again, language)
    random.choice(_FORMS)(made)
    if random.random() < 0.2:
        # As it was saved, too: what it says of its decision may be anything.
        random.choice(_FORMS)(report_document.build(assessment, language))
    if random.random() < 0.03:
        _show(random.choice((again, assessment)), language)
    if random.random() < 0.0005:
        pdf.render(again, language)
    decision = again.decision
    assert decision is not None
    sections = tuple(section.id for section in made.sections)
    outcomes = frozenset(result.outcome for run in again.runs for result in run.results)
    concerns = frozenset(each.code for each in decision.verdict.concerns)
    return decision.verdict.kind, decision.verdict.reason, sections, outcomes, concerns


def _csv(report: Document) -> None:
    for table in report.tables():
        tables.render(table)


_FORMS = (html.render, markdown.render, _csv)


def _show(assessment: Assessment, language: str) -> None:
    with contextlib.redirect_stdout(StringIO()), contextlib.redirect_stderr(StringIO()):
        show(CliContext(language=language), assessment, full=True)


def drive_fleet(data: bytes, random: Random) -> Hashable:
    """Read a fleet, decide on all of its machines, save and report."""
    try:
        fleet = fleets.decode(data)
        again = fleets.decided(fleet, draws=DRAWS)
    except AdvisorError as error:
        return _told(error)
    assert fleets.decode(fleets.encode(again)) == again
    for each in (again, fleet):
        random.choice(_FORMS)(fleet_report.build(each, random.choice(list(LANGUAGES))))
    return tuple(host.outcome for host in again.hosts), again.decision and again.decision.verdict.kind


def drive_draft(data: bytes, random: Random) -> Hashable:
    """List the drafts where one is whatever it is, and keep those that are some."""
    drafts = Drafts(FOLDER)
    path = FOLDER / "drafts" / "one.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    found = drafts.list()
    path.unlink()
    for each in found:
        assert drafts.list() == ()
        drafts.save(each)
        drafts.remove(each.id)
    return len(found)


def drive_needs(data: bytes, random: Random) -> Hashable:
    """Read needs as JSON or TOML, write them again, decide by them and report."""
    text, name = data.decode("utf-8", "replace"), "needs.json"
    if random.random() < 0.5:
        with contextlib.suppress(Exception):
            text, name = msgspec.toml.encode(msgspec.json.decode(data)).decode(), "needs.toml"
    try:
        needs = needs_file.loads(text, name, _CATALOGUE)
    except AdvisorError as error:
        return _told(error)
    assert needs_file.loads(needs_file.dumps(needs), "again.toml", _CATALOGUE) == needs
    needs_file.template(needs)
    if random.random() < 0.25:
        try:
            again = redecided(replace(_SMALL, needs=needs))
        except AdvisorError as error:
            return _told(error)
        assert document.decode(document.encode(again)) == again
        markdown.render(report_document.build(again, random.choice(list(LANGUAGES))))
        assert again.decision is not None
        return again.decision.verdict.kind, again.decision.verdict.reason, needs.priorities.mode, needs.stage
    return needs.priorities.mode, needs.stage, tuple(needs.tasks)


def drive_message(data: bytes, random: Random) -> Hashable:
    """Decode a worker's line; hold what it says of its network against the reference."""
    try:
        reply = wire.decode(data)
    except wire.ProtocolError as error:
        return "refused", re.sub(r"[\d`$.].*", "", str(error))[:60]
    if isinstance(reply, wire.Prepared):
        found = equivalence.compare(reply, "double", _REFERENCES, _CONDITIONS)
        assert msgspec.json.decode(msgspec.json.encode(found), type=Equivalence) == found
        return "prepared", found.passed, found.reason
    return type(reply)


def drive_events(data: bytes, random: Random) -> Hashable:
    """Let the journal and the state of a run hear events."""
    try:
        heard = msgspec.json.decode(data, type=_Heard)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "refused"
    state = RunState()
    journal = Journal(state.apply)
    for name in random.sample(_Heard.__struct_fields__, len(_Heard.__struct_fields__)):
        event = getattr(heard, name)
        if event is not None:
            journal(event)
    return state.phase, len(state.rows), len(state.warnings), len(state.workloads)


def drive_settings(data: bytes, random: Random) -> Hashable:
    """Load settings from whatever stands in their file, and save them."""
    path = FOLDER / "settings.json"
    path.write_bytes(data)
    found = settings.load(FOLDER)
    settings.save(FOLDER, found)
    assert settings.load(FOLDER) == found
    return found == settings.Settings(), path.with_suffix(".broken.json").exists()


_CATALOGUE = catalogue.load()
_SMALL = small()
_SMALL = replace(_SMALL, scenarios=(Scenario("edge", replace(_SMALL.needs, stage=ProjectStage.EDGE)),))
_CONDITIONS = Conditions(threads=2)
_REFERENCES = References(0, {"double": Reference(10, ((1.0, -2.0), (0.5, 0.25)), (2.0, 0.5))})
FOLDER = Path(tempfile.mkdtemp(prefix="advisor-fuzz-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

_RUN = _SMALL.runs[0]
_SUBJECT = _RUN.results[0].subject
_DOCUMENTS = (
    *(
        _SMALL,
        small("three-gpus"),
        small("standard", 4, 4),
        small("all-ruled-out", 2, 3),
        small("long-names", 2, 3),
    ),
    replace(_SMALL, runs=(), status=Status.CANCELLED),
)
_OLD = [
    msgspec.json.decode(gzip.decompress(path.read_bytes()))
    for path in sorted((Path(__file__).parents[1] / "assessment" / "version1").glob("*.json.gz"))
]
for _tree in _OLD:
    _tree["runs"] = _tree["runs"][:1]
    for _run in _tree["runs"]:
        _run["results"] = _run["results"][:3]
        for _result in _run["results"]:
            _result["samples"] = _result["samples"][:12]
_FLEET = fleets.decided(
    replace(
        fleets.begin(_SMALL.needs, _SMALL.options, []),
        hosts=(
            FleetHost("laptop", 1.0, outcome=HostOutcome.DONE, assessment=_SMALL),
            FleetHost("server", 3.0, outcome=HostOutcome.DONE, assessment=small("standard", 2, 3)),
            FleetHost("attic", outcome=HostOutcome.UNREACHABLE, reason="no route"),
        ),
    ),
    draws=DRAWS,
)
_DRAFT = Draft("one", "2026-11-24T10:00:00+00:00", _SMALL.needs, seen=("goal",), step="goal")
_NEEDS = tuple(each.needs for each in _DOCUMENTS)
_REPLIES = (
    wire.Hello(wire.PROTOCOL, 7, "3.11.7", "w"),
    wire.Ready(0.5, {"torch": "2"}),
    wire.Prepared(0.1, 10, [[1.0, -2.0], [0.5, 0.25]], [2.0, 0.5], {Quantity.TRAIN: 0.5}),
    wire.Sampled(Quantity.LATENCY, 2, 2, 0.5, 1.0, [0.2, 0.3]),
    wire.Multiplied([1e9]),
    wire.Failed("unsupported", "why"),
)
_Heard = msgspec.defstruct("_Heard", [(each.__name__, each | None, None) for each in get_args(Event)])
_HEARD = _Heard(
    Saved=Saved(_SMALL),
    StageChanged=StageChanged(_SUBJECT, Stage.FAILED, Outcome.CRASHED, "SIGSEGV"),
    Warned=Warned(ProbeWarning(WarningCode.LOAD, "before", {"others_share": 0.3})),
    SampleTaken=SampleTaken(_SUBJECT, _RUN.results[0].samples[0], 0.1, 0.09, 0.11),
    Eta=Eta(10.0, 0.5),
)
_SETTINGS = (
    settings.Settings(),
    settings.Settings(language="zh_CN", logo="/logo.svg", interpreters=("/bin/python",)),
)

TARGETS = {
    "documents": Target(_from_types(Mutator(Assessment, list(_DOCUMENTS))), drive_document),
    "old": Target(_from_types(Mutator(Any, _OLD)), drive_document),
    "fleets": Target(_from_types(Mutator(Fleet, [_FLEET])), drive_fleet),
    "drafts": Target(_from_types(Mutator(Draft, [_DRAFT]), 0.2), drive_draft),
    "needs": Target(_from_types(Mutator(Needs, list(_NEEDS)), 0.2), drive_needs),
    "messages": Target(_from_types(Mutator(wire.Reply, list(_REPLIES)), 0.2), drive_message),
    "events": Target(_from_types(Mutator(_Heard, [_HEARD])), drive_events),
    "settings": Target(_from_types(Mutator(settings.Settings, list(_SETTINGS)), 0.2), drive_settings),
}
