"""What the doctor says of accelerators: served, hidden, without a driver, or past what a build serves."""

from pathlib import Path

import msgspec
import pytest

from advisor.assessment.health import Finding, Severity, examine
from advisor.assessment.inventory import Inventory, candidates
from advisor.assessment.model import FrameworkState
from advisor.cli import doctor
from advisor.decision.model import Needs
from advisor.frameworks import catalogue
from advisor.frameworks.environments import Environments
from advisor.frameworks.model import Installation, Origin
from advisor.hardware.detection import detect
from advisor.hardware.model import Absence, Gpu, Machine, Npu
from tests.decision.builders import machine

A100 = Gpu(0, "NVIDIA", "NVIDIA A100", driver=None)
CARD = Gpu(0, "NVIDIA", "NVIDIA L40S", "cuda", driver="580.65", compute_capability="8.9", device="cuda:0")


def inventory(on: Machine, wheel: str = "cu126") -> Inventory:
    """Return a machine on which PyTorch is installed."""
    installed = Installation("pytorch", "2.13.0", "/usr/bin/python3", "3.11", Origin.MANAGED, wheel=wheel)
    return Inventory(on, catalogue.load(), (installed,), (FrameworkState("pytorch", installed, None),))


def findings(on: Machine, folder: Path, wheel: str = "cu126") -> dict[str, Finding]:
    found = examine(folder, inventory(on, wheel), Environments(folder), ())
    return {each.code: each for each in found}


def test_eight_cards_without_a_driver_are_one_sentence(tmp_path: Path) -> None:
    cards = tuple(msgspec.structs.replace(A100, index=index) for index in range(8))
    found = findings(machine(gpus=cards), tmp_path)
    assert found["driver-missing"] == Finding("driver-missing", Severity.PROBLEM, {"name": "8 × NVIDIA A100"})


def test_graphics_for_the_screen_have_a_driver(tmp_path: Path) -> None:
    found = findings(detect(Path("tests/hardware/machines/laptop-hybrid")), tmp_path)
    assert found["accelerator-unused"].severity is Severity.REMARK
    assert found["accelerator-unused"].detail["driver"] == "i915"
    assert "driver-missing" not in found


def test_half_a_driver_is_not_taken_for_one_that_serves_something_else(tmp_path: Path) -> None:
    """As in a container that was started without the card."""
    folder = tmp_path / "sys/bus/pci/devices/0000:01:00.0"
    folder.mkdir(parents=True)
    files = {"vendor": "0x10de", "class": "0x030200", "device": "0x20b2", "uevent": "DRIVER=nvidia\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
    found = findings(detect(tmp_path), tmp_path)
    assert found["driver-unreachable"].severity is Severity.PROBLEM
    assert "accelerator-unused" not in found


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Absence.HIDDEN, "accelerator-hidden"),
        (Absence.PARTITIONED, "accelerator-partitioned"),
        (Absence.ORDER_UNKNOWN, "accelerator-order"),
    ],
)
def test_a_card_that_is_not_reached_says_why(tmp_path: Path, reason: Absence, code: str) -> None:
    on = machine(gpus=(msgspec.structs.replace(CARD, device=None),))
    on = msgspec.structs.replace(on, absent={"gpus.nvidia0.device": str(reason)})
    assert findings(on, tmp_path)[code].severity is Severity.REMARK


@pytest.mark.parametrize(
    ("wheel", "change", "code", "device"),
    [
        ("cu126", {}, None, "cuda:0"),
        ("cu126", {"compute_capability": "12.0"}, "misfit-gpu-new", "cpu"),
        ("cu130", {"compute_capability": "12.0"}, None, "cuda:0"),
        ("cu130", {"compute_capability": "6.1"}, "misfit-gpu-old", "cpu"),
        ("cu126", {"compute_capability": "6.1"}, None, "cuda:0"),
        ("cu130", {"driver": "550.54"}, "misfit-driver-old", "cpu"),
    ],
)
def test_a_build_is_measured_on_cards_that_it_serves(
    tmp_path: Path, wheel: str, change: dict[str, str], code: str | None, device: str
) -> None:
    on = machine(gpus=(msgspec.structs.replace(CARD, **change),))
    found = findings(on, tmp_path, wheel)
    assert [each for each in found if each.startswith("misfit")] == ([code] if code else [])
    (candidate,) = candidates(inventory(on, wheel), Needs(frameworks=("pytorch",)))
    assert candidate.devices == (device,)


def test_the_first_card_that_a_build_serves_is_chosen(tmp_path: Path) -> None:
    old = msgspec.structs.replace(CARD, compute_capability="3.5")
    new = msgspec.structs.replace(CARD, index=1, device="cuda:1")
    (candidate,) = candidates(inventory(machine(gpus=(old, new))), Needs(frameworks=("pytorch",)))
    assert candidate.devices == ("cuda:1",)


def test_an_amd_card_is_reached_by_its_own_name(tmp_path: Path) -> None:
    on = detect(Path("tests/hardware/machines/radeon-workstation"))
    (candidate,) = candidates(inventory(on, "rocm7.1"), Needs(frameworks=("pytorch",)))
    assert candidate.devices == ("rocm:0",)


def test_every_finding_about_accelerators_has_a_sentence(tmp_path: Path) -> None:
    reasons = (Absence.HIDDEN, Absence.PARTITIONED, Absence.ORDER_UNKNOWN)
    cards = [CARD, A100, msgspec.structs.replace(A100, driver="nouveau", index=9)]
    cards += [msgspec.structs.replace(CARD, index=4 + at, device=None) for at, _ in enumerate(reasons)]
    cards += [
        msgspec.structs.replace(A100, index=8),
        msgspec.structs.replace(A100, driver="nvidia", index=20),
    ]
    for limits in ({"driver": "470.1"}, {"compute_capability": "12.0"}, {"compute_capability": "3.5"}):
        cards.append(msgspec.structs.replace(CARD, name=" ".join(limits.values()), **limits))
    absent = {f"gpus.nvidia{4 + at}.device": str(reason) for at, reason in enumerate(reasons)}
    absent |= {"gpus.nvidia8.api": str(Absence.PARTITIONED), "gpus.nvidia20.api": str(Absence.NO_DRIVER)}
    on = msgspec.structs.replace(
        machine(gpus=tuple(cards)), absent=absent, npus=(Npu("npu", "Intel NPU", "intel_vpu"),)
    )
    found = findings(on, tmp_path)
    assert {
        *("accelerator", "accelerator-unused", "accelerator-hidden", "accelerator-partitioned", "npu"),
        *("accelerator-unpartitioned", "accelerator-order", "driver-missing", "driver-unreachable"),
        *("misfit-driver-old", "misfit-gpu-old", "misfit-gpu-new"),
    } <= found.keys()

    class Door:
        language = "en"

        @staticmethod
        def gettext(text: str) -> str:
            return text

    for finding in found.values():
        assert "{" not in doctor._sentence(Door(), finding, {"pytorch": "PyTorch"})  # type: ignore[arg-type]
