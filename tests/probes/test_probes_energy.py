"""Energy counters, read from a stand-in for ``/sys``."""

import pytest

from advisor.probes.energy import Meter
from advisor.probes.model import Quantity
from tests.probes.doubles import candidate, run


def zone(root, name, energy_uj, wrap_uj=1_000_000_000):
    folder = root / "sys/class/powercap" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "energy_uj").write_text(f"{energy_uj}\n")
    (folder / "max_energy_range_uj").write_text(f"{wrap_uj}\n")


def test_joules_are_summed_over_packages_and_not_over_their_parts(tmp_path):
    zone(tmp_path, "intel-rapl:0", 1_000_000)
    zone(tmp_path, "intel-rapl:1", 2_000_000)
    zone(tmp_path, "intel-rapl:0:0", 0)
    meter = Meter(tmp_path)
    before = meter.read("cpu")
    zone(tmp_path, "intel-rapl:0", 4_000_000)
    zone(tmp_path, "intel-rapl:1", 2_500_000)
    zone(tmp_path, "intel-rapl:0:0", 9_000_000)
    assert meter.between(before, meter.read("cpu")) == pytest.approx(3.5)


def test_a_counter_that_wrapped_goes_on_from_its_range(tmp_path):
    zone(tmp_path, "intel-rapl:0", 9_000_000, wrap_uj=10_000_000)
    meter = Meter(tmp_path)
    before = meter.read("cpu")
    zone(tmp_path, "intel-rapl:0", 1_000_000, wrap_uj=10_000_000)
    assert meter.between(before, meter.read("cpu")) == pytest.approx(2.0)


def test_without_counters_there_is_no_energy(tmp_path):
    meter = Meter(tmp_path)
    assert meter.read("cpu") is None
    assert meter.read("mps") is None
    assert meter.between(None, None) is None


def test_energy_per_item_is_of_training_steps(tmp_path, monkeypatch):
    """Every reading of the stand-in is one joule on, so every sample takes one joule."""
    joules = iter(range(10_000))
    monkeypatch.setattr(Meter, "read", lambda self, device: (float(next(joules)),))
    result = run([candidate("a")]).results[0]
    train = [sample for sample in result.samples if sample.quantity is Quantity.TRAIN]
    assert result.energy_j_per_item == pytest.approx(len(train) / sum(sample.items for sample in train))


def test_what_cannot_be_metered_has_no_energy(monkeypatch):
    monkeypatch.setattr(Meter, "read", lambda self, device: None)
    assert run([candidate("a")]).results[0].energy_j_per_item is None
