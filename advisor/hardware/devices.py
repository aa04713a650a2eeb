"""By which names frameworks reach the accelerators: what the variables hide, and in which order is counted."""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from advisor.hardware.model import Absence, Gpu, Machine


def name_devices(
    gpus: Sequence[Gpu], environment: Mapping[str, str]
) -> tuple[tuple[Gpu, ...], dict[str, str]]:
    """Return the accelerators with their device names, and why some have none.

    Parameters
    ----------
    gpus : sequence of Gpu
        As detected, in the order of each vendor's driver.
    environment : mapping
        The variables that a framework would start with.

    Notes
    -----
    NVIDIA's cards are counted along the PCI bus: so does NVML, and so do the workers, which are started with
    ``CUDA_DEVICE_ORDER=PCI_BUS_ID`` unless the user chose otherwise (CUDA C++ Programming Guide, "CUDA
    Environment Variables"). AMD's are counted in the order of the compute nodes, after ``ROCR_VISIBLE_DEVICES`` and
    ``HIP_VISIBLE_DEVICES`` (ROCm documentation, "GPU isolation techniques"); Intel's after
    ``ZE_AFFINITY_MASK`` (Level Zero specification) and ``ONEAPI_DEVICE_SELECTOR`` (oneAPI DPC++ documentation,
    "Environment Variables"), which keep their order. Each tile of one is a device, unless
    ``ZE_FLAT_DEVICE_HIERARCHY`` is COMPOSITE.
    """
    names: dict[int, str] = {}
    reasons: dict[int, Absence] = {}
    for api, lister in (("cuda", _cuda), ("rocm", _rocm), ("xpu", _xpu)):
        places = [place for place, gpu in enumerate(gpus) if gpu.api == api]
        visible, hidden = lister([gpus[place] for place in places], environment)
        names |= {places[place]: f"{api}:{number}" for number, place in visible.items()}
        reasons |= {place: hidden for place in places if place not in names}
    names |= {place: "mps" for place, gpu in enumerate(gpus) if gpu.api == "mps"}
    absent = {
        f"gpus.{gpus[place].vendor.lower()}{gpus[place].index}.device": str(
            Absence.PARTITIONED if reason is Absence.HIDDEN and _partition(gpus[place]) else reason
        )
        for place, reason in reasons.items()
    }
    if _flat(environment):
        gpus = [
            replace(gpu, memory_bytes=gpu.memory_bytes // gpu.tiles)
            if gpu.memory_bytes and gpu.tiles
            else gpu
            for gpu in gpus
        ]
    return tuple(replace(gpu, device=names.get(place)) for place, gpu in enumerate(gpus)), absent


def find(machine: Machine, device: str) -> Gpu | None:
    """Return the accelerator that a device name reaches; None where that can't be told.

    PyTorch calls AMD's devices ``cuda`` too: that name finds them where there is nothing of NVIDIA's.
    """
    kind, _, number = device.partition(":")
    for api in (kind, "rocm") if kind == "cuda" else (kind,):
        same = [gpu for gpu in machine.gpus if gpu.api == api]
        if not same:
            continue
        wanted = api if api == "mps" else f"{api}:{number or 0}"
        return next((gpu for gpu in same if _known_name(machine, gpu) == wanted), None)
    return None


def reachable(machine: Machine) -> tuple[tuple[Gpu, str], ...]:
    """Return what a framework can be started on, with the name to give it.

    Where the order is not known, the names are right, but which card stands behind which is not.
    """
    found: list[tuple[Gpu, str]] = []
    counted: Counter[str] = Counter()
    for gpu in machine.gpus:
        name = _known_name(machine, gpu)
        if name is None and gpu.api and _reason(machine, gpu) == Absence.ORDER_UNKNOWN:
            name = f"{gpu.api}:{counted[gpu.api]}"
            counted[gpu.api] += 1
        if name is not None:
            found.append((gpu, name))
    return tuple(found)


def _reason(machine: Machine, gpu: Gpu) -> str | None:
    return machine.absent.get(f"gpus.{gpu.vendor.lower()}{gpu.index}.device")


def _known_name(machine: Machine, gpu: Gpu) -> str | None:
    if gpu.device is not None or gpu.api is None or _reason(machine, gpu) is not None:
        return gpu.device
    # Assessments saved before names were kept count by index.
    return "mps" if gpu.api == "mps" else f"{gpu.api}:{gpu.index}"


_Visible = tuple[dict[int, int], Absence]
"""Device number to place in the list, and why the others have none."""


def _partition(gpu: Gpu) -> bool:
    return (gpu.uuid or "").startswith("MIG-")


def _cuda(gpus: list[Gpu], environment: Mapping[str, str]) -> _Visible:
    whole = [place for place, gpu in enumerate(gpus) if not _partition(gpu)]
    # A card that NVML can't open keeps its number; partitioned ones have none beside whole ones.
    numbers = {gpus[place].index: place for place in whole}
    if len(whole) < len(gpus):
        numbers = dict(enumerate(whole))
    mask, order = environment.get("CUDA_VISIBLE_DEVICES"), environment.get("CUDA_DEVICE_ORDER")
    alike = len({gpus[place].name for place in whole}) < 2
    if mask is None:
        if order not in (None, "PCI_BUS_ID") and not alike:
            return {}, Absence.ORDER_UNKNOWN
        # A process sees whole cards, or one partition where there are none.
        return numbers or ({0: 0} if gpus else {}), Absence.HIDDEN
    tokens = [token.strip() for token in mask.split(",")]
    if order != "PCI_BUS_ID" and not alike and any(token.isdigit() for token in tokens):
        return {}, Absence.ORDER_UNKNOWN
    chosen = _masked(tokens, numbers, gpus)
    partitions = [place for place in chosen if _partition(gpus[place])]
    return dict(enumerate(partitions[:1] or chosen)), Absence.HIDDEN


def _rocm(gpus: list[Gpu], environment: Mapping[str, str]) -> _Visible:
    places = list(range(len(gpus)))
    if (mask := environment.get("ROCR_VISIBLE_DEVICES")) is not None:
        places = _masked(mask.split(","), dict(enumerate(places)), gpus)
    mask = environment.get("HIP_VISIBLE_DEVICES", environment.get("CUDA_VISIBLE_DEVICES"))
    if mask is not None:
        places = _masked(mask.split(","), dict(enumerate(places)), gpus)
    return dict(enumerate(places)), Absence.HIDDEN


def _xpu(gpus: list[Gpu], environment: Mapping[str, str]) -> _Visible:
    places = [
        place for place, gpu in enumerate(gpus) for _ in range((gpu.tiles or 1) if _flat(environment) else 1)
    ]
    mask = environment.get("ZE_AFFINITY_MASK", "")
    numbers = {int(token) for part in mask.split(",") if (token := part.partition(".")[0].strip()).isdigit()}
    places = [place for number, place in enumerate(places) if not numbers or number in numbers]
    selector = environment.get("ONEAPI_DEVICE_SELECTOR", "")
    places = [place for number, place in enumerate(places) if _selected(selector, number)]
    visible: dict[int, int] = {}
    for number, place in enumerate(places):
        if place not in visible.values():  # a card is known by its first tile
            visible[number] = place
    return visible, Absence.HIDDEN


def _flat(environment: Mapping[str, str]) -> bool:
    return environment.get("ZE_FLAT_DEVICE_HIERARCHY", "").strip().upper() != "COMPOSITE"


def _selected(selector: str, number: int) -> bool:
    """Whether a selector ("level_zero:0,2;!level_zero:2") leaves the GPU of a number to Level Zero."""
    terms = [term.strip().lower() for term in selector.split(";") if term.strip()]
    accepted = [term for term in terms if not term.startswith("!")]
    discarded = [term[1:] for term in terms if term.startswith("!")]
    return (not accepted or _named_by(accepted, number)) and not _named_by(discarded, number)


def _named_by(terms: Sequence[str], number: int) -> bool:
    for term in terms:
        backend, colon, devices = term.partition(":")
        # A part of a device ("0.1") stands for what it is part of.
        names = {name.strip().partition(".")[0] for name in devices.split(",")} if colon else {"*"}
        if backend in ("*", "level_zero") and names & {"*", "gpu", str(number)}:
            return True
    return False


def _masked(tokens: Sequence[str], numbers: Mapping[int, int], gpus: Sequence[Gpu]) -> list[int]:
    """Return the places that a mask of numbers and identities names; it ends at its first fault."""
    places: list[int] = []
    for token in (each.strip() for each in tokens):
        place = numbers.get(int(token)) if token.isdigit() and len(token) < 6 else None
        if place is None and token.startswith(("GPU-", "MIG-")):
            named = [at for at, gpu in enumerate(gpus) if (gpu.uuid or "").startswith(token)]
            place = named[0] if len(named) == 1 else None
        if place is None or place in places:
            break
        places.append(place)
    return places
