"""AMD and Intel accelerators of a Linux machine from ``/sys``, and cards of any maker without a driver."""

import re
from collections.abc import Iterable
from itertools import count

from msgspec import Struct
from msgspec.structs import replace

from advisor.hardware import pci
from advisor.hardware.model import Absence, Gpu
from advisor.hardware.source import Source

_DRM = "/sys/class/drm"
_NODES = "/sys/class/kfd/kfd/topology/nodes"
_AMD, _INTEL, _NVIDIA = "0x1002", "0x8086", "0x10de"
_VENDORS = {_AMD: "AMD", _INTEL: "Intel", _NVIDIA: "NVIDIA"}

_XPU_DEVICES = ("0x56", "0x4f8", "0x7d", "0x64", "0xe2", "0x0b", "0xb0")
"""PCI device numbers, first digits, of the Intel families that PyTorch's XPU device serves on the
i915 driver: Arc A, Core Ultra, Arc B, Data Center Max (PyTorch docs, "Getting Started on Intel GPU",
2025; the Linux kernel's i915_pciids.h)."""


class _Node(Struct, frozen=True):
    """A node of AMD's compute driver that is an accelerator."""

    number: int
    properties: dict[str, int]

    @property
    def address(self) -> str:
        """Where it is on the PCI bus: 8 bits of bus, 5 of device, 3 of function."""
        place = self.properties.get("location_id", 0)
        domain = self.properties.get("domain", 0)
        return f"{domain:04x}:{place >> 8 & 0xFF:02x}:{place >> 3 & 0x1F:02x}.{place & 7}"


def detect_gpus(source: Source, nvidia: Iterable[Gpu] = ()) -> tuple[tuple[Gpu, ...], dict[str, str]]:
    """Return AMD and Intel accelerators, and whatever else is plugged in but served by no driver.

    Parameters
    ----------
    source : Source
        The machine.
    nvidia : iterable of Gpu
        What NVIDIA's own driver told of.
    """
    served = tuple(nvidia)
    cards = _drm_cards(source)
    amd = [_amd(source, card) for card in cards if _vendor(source, card) == _AMD]
    intel = [_intel(source, card) for card in cards if _vendor(source, card) == _INTEL]
    # AMD's runtime counts in the order of its nodes.
    amd.sort(key=lambda found: (found[0] is None, found[0] or 0))
    found = [gpu for _, gpu in amd] + intel
    found += _unserved(source, served, found)
    indices = {
        "NVIDIA": count(max((gpu.index for gpu in served), default=-1) + 1),
        "AMD": count(),
        "Intel": count(),
    }
    gpus = tuple(replace(gpu, index=next(indices[gpu.vendor])) for gpu in found)
    absent: dict[str, str] = {}
    for gpu in gpus:
        absent |= _missing(gpu)
    if any(gpu.vendor == "NVIDIA" for gpu in gpus) and not served:
        absent["gpus.nvidia"] = str(Absence.NO_DRIVER)
    return gpus, absent


def _missing(gpu: Gpu) -> dict[str, str]:
    prefix = f"gpus.{gpu.vendor.lower()}{gpu.index}"
    absent = {}
    if gpu.api is None:
        # The kernel's half of NVIDIA's driver alone, as in a container without the other half.
        half = gpu.driver is None or gpu.driver == "nvidia"
        absent[f"{prefix}.api"] = str(Absence.NO_DRIVER if half else Absence.NOT_SERVED)
    for field in ("memory_bytes", "driver"):
        if getattr(gpu, field) is None:
            absent[f"{prefix}.{field}"] = str(Absence.NOT_REPORTED if gpu.driver else Absence.NO_DRIVER)
    return absent


def _drm_cards(source: Source) -> tuple[str, ...]:
    numbers = (re.fullmatch(r"card([0-9]{1,6})", name) for name in source.names(_DRM))
    return tuple(f"card{number}" for number in sorted(int(match[1]) for match in numbers if match))


def _vendor(source: Source, card: str) -> str | None:
    return source.read(f"{_DRM}/{card}/device/vendor")


def _placed(source: Source, gpu: Gpu) -> Gpu:
    """Add what the PCI bus says of a card."""
    width, speed = pci.link(source, gpu.pci_address)
    node = pci.numa_node(source, gpu.pci_address)
    return replace(gpu, numa_node=node, pcie_width=width, pcie_speed_gts=speed)


def _amd(source: Source, card: str) -> tuple[int | None, Gpu]:
    """Return an AMD card and the number of its compute node."""
    folder = f"{_DRM}/{card}/device"
    driver, address = pci.driver_of(source, folder), pci.address_of(source, folder)
    node = _node_of(source, folder, address) if driver == "amdgpu" else None
    device = source.read(f"{folder}/device") or "0x"
    version, unique = source.read("/sys/module/amdgpu/version"), source.read(f"{folder}/unique_id")
    gpu = Gpu(
        index=0,
        vendor="AMD",
        name=source.read(f"{folder}/product_name")
        or _amd_name(source, folder)
        or _named(source, _AMD, device),
        api="rocm" if node else None,
        memory_bytes=source.read_int(f"{folder}/mem_info_vram_total"),
        driver=f"{driver} {version}" if driver and version else driver,
        runtime=source.read("/opt/rocm/.info/version"),
        uuid=f"GPU-{unique}" if unique else None,
        pci_address=address,
        gfx_target=gfx_target(node.properties.get("gfx_target_version")) if node else None,
        links=_xgmi_links(source, node) if node else None,
    )
    return node.number if node else None, _placed(source, gpu)


def _node_of(source: Source, folder: str, address: str | None) -> _Node | None:
    """Return the compute node of a card: they share the number of their render device."""
    names = (re.fullmatch(r"renderD([0-9]{1,6})", name) for name in source.names(f"{folder}/drm"))
    minors = {int(match[1]) for match in names if match}
    for node in _nodes(source):
        if minors and node.properties.get("drm_render_minor") in minors:
            return node
        # Several partitions of one card share its address; kernels before 5.2 name no render device.
        if not minors and address is not None and node.address == address:
            return node
    return None


def _nodes(source: Source) -> list[_Node]:
    found = []
    for name in source.names(_NODES):
        text = source.read(f"{_NODES}/{name}/properties") or ""
        properties = {
            key: int(value) for key, value in re.findall(r"^(\w+) ([0-9]{1,20})$", text, re.MULTILINE)
        }
        # A node without SIMD units is a CPU.
        if name.isascii() and name.isdigit() and properties.get("simd_count"):
            found.append(_Node(int(name), properties))
    return sorted(found, key=lambda node: node.number)


def gfx_target(version: int | None) -> str | None:
    """Return AMD's name of an instruction set: 90402 is gfx942, 90010 gfx90a.

    Two decimal digits each of minor version and stepping, which the name writes in hexadecimal
    (struct kfd_node_properties of the Linux kernel's amdkfd).
    """
    return f"gfx{version // 10000}{version // 100 % 100:x}{version % 100:x}" if version else None


def _xgmi_links(source: Source, node: _Node) -> int:
    """Return how many direct links lead to other accelerators; type 11 is XGMI (kfd_crat.h)."""
    folder = f"{_NODES}/{node.number}/io_links"
    texts = (source.read(f"{folder}/{name}/properties") or "" for name in source.names(folder))
    return sum(bool(re.search(r"^type 11$", text, re.MULTILINE)) for text in texts)


def _amd_name(source: Source, folder: str) -> str | None:
    device = (source.read(f"{folder}/device") or "").removeprefix("0x").upper()
    revision = (source.read(f"{folder}/revision") or "").removeprefix("0x").upper()
    for line in (source.read("/usr/share/libdrm/amdgpu.ids") or "").splitlines():
        fields = [field.strip() for field in line.split(",", 2)]
        if len(fields) == 3 and fields[:2] == [device, revision]:
            return fields[2]
    return None


def _intel(source: Source, card: str) -> Gpu:
    folder = f"{_DRM}/{card}/device"
    driver = pci.driver_of(source, folder)
    device = source.read(f"{folder}/device") or "0x"
    served = driver == "xe" or (driver == "i915" and device.startswith(_XPU_DEVICES))
    gpu = Gpu(
        index=0,
        vendor="Intel",
        name=_named(source, _INTEL, device),
        api="xpu" if served else None,
        memory_bytes=_intel_memory(source, card),
        driver=driver,
        pci_address=pci.address_of(source, folder),
        tiles=len(_tiles(source, folder)) or None,
    )
    return _placed(source, gpu)


def _intel_memory(source: Source, card: str) -> int | None:
    # i915 names the card's own memory as a whole, xe each tile's.
    whole = source.read_int(f"{_DRM}/{card}/lmem_total_bytes")
    if whole is not None:
        return whole
    folder = f"{_DRM}/{card}/device"
    sizes = (
        _size(source.read(f"{folder}/{tile}/physical_vram_size_bytes")) for tile in _tiles(source, folder)
    )
    return sum(size for size in sizes if size) or None


def _tiles(source: Source, folder: str) -> list[str]:
    """Return the folders of a card's tiles, which xe has; i915 names graphics and media engines alike."""
    return [name for name in source.names(folder) if re.fullmatch(r"tile[0-9]{1,3}", name)]


def _size(text: str | None) -> int | None:
    match = re.fullmatch(r"0x[0-9a-f]{1,16}|[0-9]{1,20}", text or "", re.ASCII)
    return int(match[0], 0 if match[0].startswith("0x") else 10) if match else None


def _named(source: Source, vendor: str, device: str) -> str:
    maker = _VENDORS[vendor]
    return f"{maker} {pci.name_of(source, vendor, device) or f'GPU {device}'}"


def _unserved(source: Source, nvidia: tuple[Gpu, ...], found: list[Gpu]) -> list[Gpu]:
    """Return the cards on the PCI bus that no driver of their maker told of."""
    known = {gpu.pci_address for gpu in (*nvidia, *found)}
    cards = []
    for each in pci.devices(source):
        # 0x03: display and 3D controllers; 0x12: accelerators, which is what Intel's NPUs are too.
        accelerator = each.kind.startswith("0x03") or (each.kind.startswith("0x12") and each.vendor != _INTEL)
        if not accelerator or each.vendor not in _VENDORS or each.address in known:
            continue
        if None in known and any(gpu.vendor == _VENDORS[each.vendor] for gpu in (*nvidia, *found)):
            continue  # a recording that doesn't say where its cards are plugged in
        gpu = Gpu(
            index=0,
            vendor=_VENDORS[each.vendor],
            name=_named(source, each.vendor, each.device),
            driver=each.driver,
            pci_address=each.address,
        )
        cards.append(_placed(source, gpu))
    return cards
