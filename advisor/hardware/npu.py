"""Processors for neural networks that are no GPUs: NPUs, TPUs, Gaudi, and Windows' GPU in its Linux."""

import re

from advisor.hardware import pci
from advisor.hardware.model import Npu
from advisor.hardware.source import Source

_ACCEL = "/sys/class/accel"

_DRIVERS = {
    "intel_vpu": ("npu", "Intel NPU"),
    "amdxdna": ("npu", "AMD NPU (XDNA)"),
    "habanalabs": ("gaudi", "Intel Gaudi"),
    "rocket": ("npu", "Rockchip NPU"),
    "qaic": ("npu", "Qualcomm Cloud AI 100"),
    "ethosu": ("npu", "Arm Ethos-U"),
}
"""Drivers of the Linux kernel's drivers/accel (6.18, 2025-11)."""

_TPUS = {
    "0x0027": "Google TPU v2 or v3",
    "0x005e": "Google TPU v4",
    "0x0063": "Google TPU v5e",
    "0x0062": "Google TPU v5p",
    "0x006f": "Google TPU v6e",
}
"""PCI device numbers as JAX looks for them (jax/_src/hardware_utils.py, Apache-2.0)."""


def detect_npus(source: Source) -> tuple[tuple[Npu, ...], dict[str, str]]:
    """Return them in the order of their device files, then of the PCI bus."""
    found = []
    for name in source.names(_ACCEL):
        if re.fullmatch(r"accel[0-9]{1,6}", name):
            folder = f"{_ACCEL}/{name}/device"
            driver = pci.driver_of(source, folder)
            kind, title = _DRIVERS.get(driver or "", ("npu", driver or name))
            found.append(Npu(kind, title, driver, pci.address_of(source, folder)))
    known = {npu.pci_address for npu in found}
    for each in pci.devices(source):
        if each.vendor == "0x1ae0" and each.device in _TPUS and each.address not in known:
            found.append(Npu("tpu", _TPUS[each.device], each.driver, each.address))
        elif each.kind.startswith("0x1200") and each.vendor == "0x8086" and each.address not in known:
            found.append(Npu("npu", "Intel NPU", each.driver, each.address))
    if source.exists("/dev/dxg"):
        found.append(Npu("dxg", "/dev/dxg", "dxgkrnl"))
    return tuple(found), {}
