import msgspec
import pytest

from advisor.decision import gates
from advisor.decision.model import Constraints, GateStatus, Needs, Target
from advisor.hardware.model import Gpu, System
from advisor.probes.model import Outcome
from advisor.workloads.model import Task
from tests.decision.builders import COMPILED, framework, machine, result, run

PASS, FAIL, UNKNOWN = GateStatus.PASS, GateStatus.FAIL, GateStatus.UNKNOWN
GPU = Gpu(0, "nvidia", "Synthetic GPU", "cuda")


def needs(**constraints):
    return Needs(constraints=Constraints(**constraints))


def statuses(asked, catalogue, on=None):
    found = gates.preview(asked, catalogue, on or machine())
    return {(each.alternative, each.gate): each.status for each in found}


def measured(asked, *runs, catalogue=None):
    found = gates.evaluate(asked, catalogue or (framework("alpha"),), machine(), runs)
    return {each.gate: each for each in found}


@pytest.mark.parametrize(
    ("constraints", "gate", "fact_id"),
    [
        ({"targets": (Target.IOS,)}, "target:ios", "target.ios"),
        ({"languages": ("C++",)}, "language:c++", "language.c++"),
        ({"operating_systems": ("windows",)}, "platform:windows", "platform.windows"),
        ({"federated": True}, "federated", "federated"),
        ({"automl": True}, "automl", "automl"),
        ({"distributed": True}, "distributed", "distributed"),
    ],
)
def test_a_constraint_passes_fails_or_is_unknown_as_the_catalogue_says(constraints, gate, fact_id):
    name = fact_id.replace(".", "__")
    catalogue = (
        framework("yes", **{name: True}),
        framework("tool", **{name: "some tool"}),
        framework("no", **{name: False}),
        framework("unstated", **{name: None}),
        framework("silent", without=(fact_id,)),
    )
    found = statuses(needs(**constraints), catalogue)
    assert [found[each.id, gate] for each in catalogue] == [PASS, PASS, FAIL, UNKNOWN, UNKNOWN]
    # Nobody is asked what the user doesn't ask for.
    assert not any(each == gate for _, each in statuses(Needs(), catalogue))
    evidence = gates.preview(needs(**constraints), catalogue, machine())
    assert {each.fact for each in evidence if each.gate == gate} == {fact_id}


def test_a_backend_is_judged_by_its_own_fact_first():
    many = framework("many", backends=("one", "two"), target__ios=False, target__ios___one=True)
    found = gates.preview(needs(targets=(Target.IOS,)), (many,), machine())
    by_name = {each.alternative: each for each in found if each.gate == "target:ios"}
    assert (by_name["many-one"].status, by_name["many-one"].fact) == (PASS, "target.ios@one")
    assert (by_name["many-two"].status, by_name["many-two"].fact) == (FAIL, "target.ios")


def test_this_machines_platform_is_always_a_gate():
    catalogue = (framework("alpha", platform__windows=False),)
    assert statuses(Needs(), catalogue)["alpha", "platform"] is PASS
    assert statuses(Needs(), catalogue, machine(system=System.WINDOWS))["alpha", "platform"] is FAIL


def test_a_fact_on_this_processor_stands_before_the_one_on_the_system():
    catalogue = (framework("alpha", platform__linux__x86_64=False),)
    assert statuses(Needs(), catalogue)["alpha", "platform"] is FAIL


def test_licences_are_compared_whatever_their_case():
    catalogue = (framework("alpha"),)
    assert statuses(needs(licences=("apache-2.0", "MIT")), catalogue)["alpha", "licence"] is PASS
    assert statuses(needs(licences=("MIT",)), catalogue)["alpha", "licence"] is FAIL


def test_the_accelerator_gate_asks_for_one_that_is_there_and_is_used():
    catalogue = (framework("alpha"), framework("beta", accelerator__cuda__linux=False))
    asked = needs(accelerator=True)
    assert statuses(asked, catalogue)["alpha", "accelerator"] is FAIL  # the machine has none
    found = statuses(asked, catalogue, machine(gpus=(GPU,)))
    assert (found["alpha", "accelerator"], found["beta", "accelerator"]) == (PASS, FAIL)
    other = machine(gpus=(Gpu(0, "intel", "Synthetic", "xpu"),))
    assert statuses(asked, catalogue, other)["alpha", "accelerator"] is UNKNOWN


@pytest.mark.parametrize(
    ("capability", "driver", "reason"),
    [
        ("8.6", "535.54.03", None),
        ("7.0", "535.54.03", "gpu-old"),
        ("12.0", "535.54.03", "gpu-new"),
        ("8.6", "470.82.01", "driver-old"),
        ("8.6", "525.60.13", None),
        (None, None, None),  # what can't be read is no hindrance
        ("8.6", "L4T R36.4.3", None),
    ],
)
def test_a_card_or_driver_that_no_build_serves_fails(capability, driver, reason):
    limits = {
        "cuda__capability_min": "7.5",
        "cuda__capability_max": "9.0",
        "cuda__driver_min": "525.60.13",
    }
    gpu = msgspec.structs.replace(GPU, compute_capability=capability, driver=driver)
    (found,) = (
        each
        for each in gates.preview(
            needs(accelerator=True), (framework("alpha", **limits),), machine(gpus=(gpu,))
        )
        if each.gate == "accelerator"
    )
    assert found.status is (FAIL if reason else PASS)
    assert found.detail.get("reason") == reason
    if reason == "gpu-old":
        assert (found.detail["wanted"], found.detail["found"], found.fact) == (
            "7.5",
            "7.0",
            "cuda.capability_min",
        )


def test_another_cards_limits_are_not_cudas():
    gpu = msgspec.structs.replace(GPU, api="rocm", driver="amdgpu 1.0")
    limited = framework("alpha", accelerator__rocm=True, cuda__driver_min="525")
    assert statuses(needs(accelerator=True), (limited,), machine(gpus=(gpu,)))["alpha", "accelerator"] is PASS


def test_an_installed_builds_own_limits_go_before_those_of_all_builds():
    limits = {"cuda__capability_min": "5.0", "cuda__capability_min__cu130": "7.5"}
    limited = framework("alpha", **limits)
    pascal = msgspec.structs.replace(GPU, compute_capability="6.1")
    (alternative,) = limited.alternatives
    assert gates.cuda_misfit(limited, alternative, pascal) is None
    assert gates.cuda_misfit(limited, alternative, pascal, "cu126") is None
    misfit = gates.cuda_misfit(limited, alternative, pascal, "cu130")
    assert misfit is not None
    assert misfit.detail == {"reason": "gpu-old", "wanted": "7.5", "found": "6.1"}


def test_a_retired_framework_fails_unless_the_user_does_not_mind():
    catalogue = (framework("alpha", maintained=False, retired_since="2023-09"),)
    (found,) = (e for e in gates.preview(Needs(), catalogue, machine()) if e.gate == "maintained")
    assert (found.status, found.waived, found.detail["since"]) == (FAIL, False, "2023-09")
    for asked in (needs(maintained=False), needs(waived=("maintained",))):
        (found,) = (e for e in gates.preview(asked, catalogue, machine()) if e.gate == "maintained")
        assert (found.status, found.waived) == (FAIL, True)  # waived, and still to be seen
        assert gates.blocking((found,)) == {}


def test_a_gate_is_waived_by_its_kind_or_by_its_full_name():
    catalogue = (framework("alpha", target__ios=False, target__android=False),)
    asked = {"targets": (Target.IOS, Target.ANDROID)}
    both = gates.preview(needs(**asked, waived=("target",)), catalogue, machine())
    assert gates.blocking(both) == {}
    one = gates.preview(needs(**asked, waived=("target:ios",)), catalogue, machine())
    assert gates.blocking(one) == {"alpha": ("target:android",)}


@pytest.mark.parametrize(
    ("outcome", "blocked"),
    [
        (Outcome.NOT_INSTALLED, {"measured": UNKNOWN}),
        (Outcome.IMPORT_FAILED, {"measured": UNKNOWN}),
        (Outcome.UNSUPPORTED, {"measured": FAIL}),
        (Outcome.NOT_EQUIVALENT, {"measured": UNKNOWN, "equivalence": UNKNOWN}),
        (Outcome.OUT_OF_MEMORY, {"measured": UNKNOWN, "memory": FAIL}),
        (Outcome.TIMED_OUT, {"measured": UNKNOWN}),
        (Outcome.CRASHED, {"measured": UNKNOWN}),
        (Outcome.PROTOCOL_ERROR, {"measured": UNKNOWN}),
        (Outcome.CANCELLED, {"measured": UNKNOWN}),
        (Outcome.SKIPPED, {"measured": UNKNOWN}),
    ],
)
def test_every_outcome_of_a_probe_has_its_gate(outcome, blocked):
    found = measured(Needs(), run(result("alpha", outcome=outcome)))
    held = {gate: each.status for gate, each in found.items() if each.status is not PASS}
    assert held == blocked
    assert found["measured"].detail["outcome"] == outcome


def test_what_was_never_probed_is_unknown():
    found = measured(Needs())
    assert (found["measured"].status, found["measured"].detail["outcome"]) == (UNKNOWN, "not-probed")


def test_one_way_of_running_that_works_is_enough():
    failed = result("alpha", outcome=Outcome.OUT_OF_MEMORY, configuration=COMPILED)
    found = measured(Needs(), run(result("alpha"), failed))
    assert {gate: found[gate].status for gate in ("measured", "equivalence", "memory")} == {
        "measured": PASS,
        "equivalence": PASS,
        "memory": PASS,
    }


def test_every_task_asked_for_must_have_been_measured():
    asked = Needs(tasks={Task.IMAGE_CLASSIFICATION: 1.0, Task.NLP: 1.0})
    found = measured(asked, run(result("alpha")))
    assert found["measured"].status is UNKNOWN
    assert found["measured"].detail["workload"] == "bert-tiny"


def test_needs_select_frameworks_or_single_backends():
    many = framework("many", backends=("one", "two"))
    catalogue = (framework("alpha"), many)

    def selected(*names):
        return [alternative.id for _, alternative in gates.select(Needs(frameworks=names), catalogue)]

    assert selected() == ["alpha", "many-one", "many-two"]
    assert selected("many") == ["many-one", "many-two"]
    assert selected("many-two", "alpha") == ["alpha", "many-two"]
