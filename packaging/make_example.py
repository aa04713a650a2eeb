"""Make the example that the program shows from a saved run: ``python packaging/make_example.py ASSESSMENT.json``.

Take a run of this version over all frameworks, on a machine that nobody else used: ``advisor recommend``.
What was measured stays as it is. Paths say which framework an interpreter is of, and nothing of whose machine it was.
Decision and title are left out: the window makes both anew, the title from the machine and the day.
"""

import sys
from pathlib import Path

from msgspec.structs import replace

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from advisor.assessment import document  # noqa: E402
from advisor.assessment.model import Assessment, Status  # noqa: E402
from advisor.errors import AdvisorError  # noqa: E402
from advisor.files import write_atomically  # noqa: E402

EXAMPLE = ROOT / "resources" / "example" / "assessment.json"


def example(assessment: Assessment) -> Assessment:
    """Return an assessment as an example.

    Raises
    ------
    AdvisorError
        It isn't fit for one: it did not end by itself, or it was disturbed.
    """
    warnings = {
        each.code for each in (*assessment.warnings, *(w for run in assessment.runs for w in run.warnings))
    }
    if assessment.status is not Status.COMPLETE or warnings:
        reasons = ", ".join(sorted(warnings)) or assessment.status
        raise AdvisorError(f"That run is no example: {reasons}.", "Run it again while nothing else runs.")
    found = [each.installation for each in assessment.installations if each.installation is not None]
    shown = {each.interpreter: f"environments/{each.framework}/bin/python" for each in found}
    states = tuple(
        state
        if state.installation is None
        else replace(
            state,
            installation=replace(state.installation, interpreter=shown[state.installation.interpreter]),
        )
        for state in assessment.installations
    )
    runs = tuple(
        replace(
            run,
            results=tuple(
                replace(each, interpreter=shown.get(each.interpreter or "")) for each in run.results
            ),
        )
        for run in assessment.runs
    )
    machine = assessment.machine
    if machine.storage is not None:
        machine = replace(machine, storage=replace(machine.storage, path="."))
    return replace(
        assessment,
        id="example",
        title="",
        machine=machine,
        installations=states,
        runs=runs,
        decision=None,
        scenarios=(),
    )


if __name__ == "__main__":
    write_atomically(EXAMPLE, document.encode(example(document.read(Path(sys.argv[1])))))
