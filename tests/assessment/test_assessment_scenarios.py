"""Scenarios: kept with an assessment, decided on anew, and what they change told beside the saved answer."""

import msgspec
import pytest

from advisor.assessment import comparison, document, redeciding, scenarios
from advisor.assessment.model import SCHEMA_VERSION
from advisor.assessment.store import Store
from advisor.decision.engine import decide
from advisor.decision.model import Constraints, GateStatus, Target
from advisor.errors import AdvisorError
from tests.samples import sample_assessment


@pytest.fixture(scope="module")
def assessment():
    return sample_assessment("standard")


def needs_of(assessment, **constraints):
    return msgspec.structs.replace(assessment.needs, constraints=Constraints(**constraints))


def test_scenarios_outlive_saving_and_do_not_make_another_format(assessment, tmp_path):
    store = Store(tmp_path)
    store.save(assessment)
    phone = needs_of(assessment, targets=(Target.IOS,))
    scenarios.keep(store, assessment.id, scenarios.put((), " On a\nphone ", phone))
    again = store.load(assessment.id)
    assert [(each.name, each.needs) for each in again.scenarios] == [("On a phone", phone)]
    assert again.schema_version == SCHEMA_VERSION
    assert msgspec.structs.replace(again, scenarios=()) == assessment


def test_a_document_from_before_scenarios_has_none(assessment):
    tree = msgspec.json.decode(document.encode(assessment))
    del tree["scenarios"]
    assert document.decode(msgspec.json.encode(tree)) == assessment


def test_a_scenario_is_decided_on_as_if_it_had_been_asked_for(assessment):
    needs = needs_of(assessment, maintained=False)
    found = scenarios.decided(assessment, scenarios.put((), "Retired too", needs)[0])
    assert found.decision == decide(
        needs,
        assessment.catalogue,
        assessment.machine,
        assessment.runs,
        seed=assessment.options.seed,
        draws=assessment.decision.draws,
    )
    assert found.title == f"{assessment.title} (Retired too)"


def test_names_are_unique(assessment):
    kept = scenarios.put(scenarios.put((), "A", assessment.needs), "B", assessment.needs)
    other = needs_of(assessment, federated=True)
    replaced = scenarios.put(kept, "A", other)
    assert [each.name for each in replaced] == ["A", "B"] and replaced[0].needs == other
    assert [each.name for each in scenarios.renamed(kept, "A", "C")] == ["C", "B"]
    assert [each.name for each in scenarios.without(kept, "A")] == ["B"]
    with pytest.raises(AdvisorError, match="already"):
        scenarios.renamed(kept, "A", "B")
    with pytest.raises(AdvisorError, match="needs a name"):
        scenarios.put(kept, " \n", other)


def test_gates_newly_missed_and_newly_met_are_told(assessment):
    def told(before, after):
        return {
            (each.alternative, each.gate, comparison.held(each.before), comparison.held(each.after))
            for each in comparison.gates(before.decision, after.decision)
        }

    asked = redeciding.under(assessment, needs_of(assessment, licences=("MIT",), maintained=False))
    names = {each.alternative for each in assessment.decision.ranking}
    expected = {(name, "licence", None, GateStatus.FAIL) for name in names}
    assert told(assessment, asked) == expected | {("mxnet", "maintained", GateStatus.FAIL, None)}
    assert ("mxnet", "maintained", None, GateStatus.FAIL) in told(asked, assessment)
    assert told(assessment, assessment) == set()
    open_ = redeciding.under(assessment, needs_of(assessment, targets=(Target.IOS,)))
    assert told(assessment, open_) == {("mxnet", "target:ios", None, GateStatus.UNKNOWN)}


def test_the_older_assessment_comes_first_and_a_copy_after_its_original(assessment):
    older = msgspec.structs.replace(assessment, id="z", created_at="2026-01-01T00:00:00Z")
    copy = msgspec.structs.replace(assessment, id=f"{assessment.id}-copy")
    assert comparison.older_first((assessment, older)) == (older, assessment)
    assert comparison.older_first((copy, assessment)) == (assessment, copy)
    assert comparison.same_measurements(assessment, copy)
    assert not comparison.same_measurements(assessment, sample_assessment("three-gpus"))
