"""PCI devices of a Linux machine: what is plugged in, which driver serves it, and what it is called."""

import re

from msgspec import Struct

from advisor.hardware.source import Source

_DEVICES = "/sys/bus/pci/devices"
_NAMES = ("/usr/share/hwdata/pci.ids", "/usr/share/misc/pci.ids")
"""The PCI ID repository (pci-ids.ucw.cz) as distributions install it."""


class PciDevice(Struct, frozen=True):
    """One function of a PCI device. ``kind`` is its class code: ``0x030200`` is a 3D controller."""

    address: str
    vendor: str
    device: str
    kind: str
    driver: str | None = None


def devices(source: Source) -> tuple[PciDevice, ...]:
    """Return every function in the order of addresses."""
    found = []
    for address in source.names(_DEVICES):
        folder = f"{_DEVICES}/{address}"
        vendor, kind = source.read(f"{folder}/vendor"), source.read(f"{folder}/class")
        if vendor and kind:
            device = source.read(f"{folder}/device") or "0x"
            found.append(PciDevice(address, vendor, device, kind, driver_of(source, folder)))
    return tuple(found)


def driver_of(source: Source, folder: str) -> str | None:
    """Return the driver that is bound to a device; the folder is its own in sysfs."""
    match = re.search(r"^DRIVER=(\S+)$", source.read(f"{folder}/uevent") or "", re.MULTILINE)
    return match[1] if match else source.link_name(f"{folder}/driver")


def address_of(source: Source, folder: str) -> str | None:
    """Return the address of a device, from its own folder in sysfs."""
    match = re.search(r"^PCI_SLOT_NAME=(\S+)$", source.read(f"{folder}/uevent") or "", re.MULTILINE)
    if match:
        return match[1]
    name = source.link_name(folder) or ""
    return name if re.fullmatch(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]", name) else None


def name_of(source: Source, vendor: str, device: str) -> str | None:
    """Return a device's name from the system's copy of the PCI ID repository."""
    wanted_vendor, wanted_device = vendor.removeprefix("0x").lower(), device.removeprefix("0x").lower()
    text = next((found for name in _NAMES if (found := source.read(name))), None)
    if text is None or not wanted_device:
        return None
    # A vendor's line starts at the margin, its devices' lines with one tabulator.
    block = re.search(rf"^{re.escape(wanted_vendor)}  .*\n((?:[\t#].*\n|\n)*)", text + "\n", re.MULTILINE)
    match = block and re.search(rf"^\t{re.escape(wanted_device)}  (.+?)\s*$", block[1], re.MULTILINE)
    return match[1] if match else None


def numa_node(source: Source, address: str | None) -> int | None:
    """Return the memory node that a device is attached to; kernels say -1 where there is only one."""
    node = source.read_int(f"{_DEVICES}/{address}/numa_node") if address else None
    return node if node is not None and node >= 0 else None


def link(source: Source, address: str | None) -> tuple[int | None, float | None]:
    """Return the lanes and giga-transfers per second that a device and its slot can both do.

    The greatest ones: an idle card slows its link down to save power.
    """
    if address is None:
        return None, None
    folder = f"{_DEVICES}/{address}"
    widths, speeds = [], []
    for end in (folder, f"{folder}/.."):  # the folder is a link into the tree of bridges
        width = source.read_int(f"{end}/max_link_width")
        speed = re.match(r"([0-9]+(?:\.[0-9]+)?) GT/s", source.read(f"{end}/max_link_speed") or "")
        # 255 and 0 lanes: the device has no link of its own.
        if width and width < 255:
            widths.append(width)
        if speed:
            speeds.append(float(speed[1]))
    return min(widths, default=None), min(speeds, default=None)
