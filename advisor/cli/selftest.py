"""``advisor self-test``: whether this installation works, tried on invented frameworks from worker to PDF."""

import json
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import date
from gettext import GNUTranslations
from pathlib import Path

import click

from advisor.assessment import pipeline
from advisor.assessment.inventory import Inventory
from advisor.assessment.model import Assessment, FrameworkState
from advisor.assessment.pipeline import Request
from advisor.assessment.store import Store
from advisor.cli.console import CliContext, Exit, language_option, pass_door
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks.installer import find_uv, run
from advisor.frameworks.interpreters import child_environment
from advisor.frameworks.model import Fact, Framework, Grade, Requirements
from advisor.hardware.detection import detect
from advisor.i18n import LANGUAGES, N_, translator
from advisor.probes.equivalence import Reference, References
from advisor.probes.model import Candidate, Outcome
from advisor.report import pdf as pdf_file
from advisor.resources import worker_script
from advisor.workloads.published import WORKLOADS

FAST, SLOW = "invented-fast", "invented-slow"
SLOWNESS = {FAST: 1.0, SLOW: 3.0}
"""How much longer each invented framework says that it takes; the faster one has to be recommended."""

REFERENCES = References(
    0, {identity: Reference(10, ((1.0, -2.0), (0.5, 0.25)), (2.0, 1.5)) for identity in WORKLOADS}
)
"""What the worker without a framework answers by default."""


class Check:
    """The parts of the self-test, in order; each returns what it found or raises what is wrong."""

    def __init__(self, door: CliContext, folder: Path) -> None:
        self._door = door
        self._folder = folder
        self._assessment: Assessment | None = None

    def __iter__(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield N_("Catalogue and translations"), self.files
        yield N_("Worker scripts"), self.workers
        yield N_("Installer of managed environments"), self.installer
        yield N_("Measurement and decision"), self.pipeline
        yield N_("Report"), self.report

    def files(self) -> str:
        """Read the packaged data."""
        frameworks = catalogue_file.load()
        for language in LANGUAGES:
            if language != "en" and not isinstance(translator(language), GNUTranslations):
                raise AdvisorError(f"The translations to {language} are missing.")
        return ", ".join(each.name for each in frameworks)

    def workers(self) -> str:
        """See that every worker script is a file that a foreign interpreter can read."""
        names = sorted({each.worker for each in catalogue_file.load()})
        for name in names:
            worker_script(name).read_text("utf-8")
        return ", ".join(names)

    def installer(self) -> str:
        """Start uv."""
        command = [find_uv(), "--version"]
        completed = run(command, child_environment(), self._folder, threading.Event(), timeout_s=60.0)
        if completed.returncode != 0:
            raise AdvisorError(completed.output.strip())
        return completed.stdout.strip()

    def pipeline(self) -> str:
        """Run the invented frameworks through the pipeline, and see that it keeps and ranks them rightly."""
        machine = detect(folder=self._folder)
        catalogue = tuple(_framework(name, str(machine.os.system)) for name in SLOWNESS)
        states = tuple(FrameworkState(name, None, "invented") for name in SLOWNESS)
        store = Store(self._folder)
        assessment = pipeline.run(
            Request(Needs(title="Self-test")),
            Inventory(machine, catalogue, (), states),
            store,
            lambda event: None,
            threading.Event(),
            ready=tuple(_candidate(name) for name in SLOWNESS),
            references=REFERENCES,
        )
        for each in (result for measured in assessment.runs for result in measured.results):
            if each.outcome is not Outcome.MEASURED:
                raise AdvisorError(f"{each.subject.alternative}: {each.outcome} ({each.reason})")
        decision = assessment.decision
        if decision is None or decision.verdict.recommended[:1] != (FAST,):
            raise AdvisorError(f"The faster of two frameworks is not recommended: {decision}")
        if store.load(assessment.id) != assessment:
            raise AdvisorError("An assessment that was saved can't be read back as it was.")
        self._assessment = assessment
        return str(decision.verdict.kind)

    def report(self) -> str:
        """Set the PDF."""
        if self._assessment is None:
            raise AdvisorError("There is no assessment to report on.")
        path = self._folder / "self-test.pdf"
        pdf_file.write(self._assessment, path, language=self._door.language)
        if not path.read_bytes().startswith(b"%PDF-"):
            raise AdvisorError(f"{path.name} is not a PDF.")
        return f"{path.stat().st_size / 1000:.0f} kB"


@click.command("self-test")
@language_option
@pass_door
def command(door: CliContext, language: str | None) -> int:
    """Try this installation: invented frameworks, from the worker to the PDF.

    Nothing is downloaded, and nothing is kept. Takes about a quarter of a minute.
    """
    door.use(language)
    failed = False
    with tempfile.TemporaryDirectory(prefix="advisor-self-test-", ignore_cleanup_errors=True) as folder:
        for label, check in Check(door, Path(folder).resolve()):
            try:
                mark, found = "✓", check()
            except Exception as error:  # whatever it is, it is what the self-test is there to find
                mark, found, failed = "✗", f"{type(error).__name__}: {error}", True
            door.out.print(f"{mark} {door.gettext(label)}: {found}")
    return Exit.FAULT if failed else Exit.DONE


def _candidate(name: str) -> Candidate:
    seconds = {"train": 0.02, "infer": 0.007, "latency": 0.001, "loop": 0.001}
    script = {
        "seconds": {quantity: value * SLOWNESS[name] for quantity, value in seconds.items()},
        "noise": 0.01,
    }
    return Candidate(
        alternative=name,
        framework=name,
        backend=json.dumps(script),
        # A frozen program is its own interpreter here (see ``advisor.__main__``): there may be no other.
        interpreter=sys.executable,
        worker=str(worker_script("fake_worker")),
    )


def _framework(name: str, system: str) -> Framework:
    fact = Fact(True, date=date.today().isoformat(), source="advisor self-test", grade=Grade.C)
    return Framework(
        id=name,
        name=name.replace("-", " ").capitalize(),
        homepage="",
        package=name,
        module=name,
        worker="fake_worker",
        licence="",
        requirements={"cpu": Requirements(python="3.12", packages=(name,))},
        facts={f"platform.{system}": fact, "maintained": fact},
    )
