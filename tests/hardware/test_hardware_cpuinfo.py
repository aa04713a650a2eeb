"""Texts of proc and sys: what is right is read, what is broken is left out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.hardware import cpuinfo, microarchitecture
from advisor.hardware.source import parse_cpu_list, parse_cpu_mask, parse_size

MACHINES = Path(__file__).parent / "machines"
TEXTS = {path.parts[-3]: path.read_text() for path in sorted(MACHINES.glob("*/proc/cpuinfo"))}

KEYS = (
    *("processor", "vendor_id", "flags", "Features", "CPU implementer", "CPU part", "cpu", "timebase"),
    *("isa", "uarch", "physical id", "core id", "processor 0", "features", "machine", "platform"),
)
VALUES = st.text(max_size=12) | st.sampled_from(["0", "-1", "0x", "rv64", "IBM/S390", "POWER", "²", "9" * 30])
LINES = st.builds(lambda key, value: f"{key}\t: {value}", st.sampled_from(KEYS), VALUES) | st.text(
    max_size=20
)


@given(st.lists(LINES, max_size=20).map("\n".join))
def test_no_text_stops_the_parser(text: str) -> None:
    info = cpuinfo.parse(text)
    assert set(info.features) <= set(cpuinfo.FEATURES)
    microarchitecture.identify(info.vendor, info.flags, info.virtual)


@given(st.sampled_from(sorted(TEXTS)), st.integers(0, 6000))
def test_no_truncation_stops_the_parser(name: str, length: int) -> None:
    whole, part = cpuinfo.parse(TEXTS[name]), cpuinfo.parse(TEXTS[name][:length])
    assert set(part.processors) <= set(whole.processors) or part.processors[:-1] <= whole.processors
    assert part.architecture in (None, whole.architecture, "i686", "armv7l")


def test_cores_of_two_kinds_share_the_features_that_both_have() -> None:
    text = (
        "processor: {}\nFeatures: asimd {} i8mm\nCPU implementer: 0x41\nCPU architecture: 8\nCPU part: {}\n"
    )
    little, big = text.format(0, "", "0xd46"), text.format(4, "sve2", "0xd47")
    info = cpuinfo.parse(f"{little}\n{big}")
    assert info.features == ("neon", "i8mm")
    assert info.model == "Cortex-A510 + Cortex-A710"
    assert info.processors == (0, 4)


def test_an_unknown_part_is_named_by_its_maker_and_number() -> None:
    text = "processor: 0\nFeatures: asimd\nCPU implementer: {}\nCPU architecture: 8\nCPU part: 0xfff\n"
    info = cpuinfo.parse(text.format("0x41"))
    assert (info.architecture, info.vendor, info.model) == ("aarch64", "ARM", "ARM part 0xfff")
    assert info.microarchitecture is None
    assert cpuinfo.parse(text.format("0x7f")).model == "maker 0x7f part 0xfff"


@pytest.mark.parametrize(
    ("vendor", "signature", "name"),
    [
        ("AuthenticAMD", (25, 1, 1), "zen3"),
        ("AuthenticAMD", (25, 17, 1), "zen4"),
        ("AuthenticAMD", (23, 49, 0), "zen2"),
        ("GenuineIntel", (6, 0x4D, 8), "silvermont"),
        ("GenuineIntel", (6, 0x55, 4), "skylake_avx512"),
        ("GenuineIntel", (6, 0x55, 7), "cascadelake"),
        ("GenuineIntel", (6, 0xCF, 2), "emeraldrapids"),
    ],
)
def test_family_and_model_say_what_hidden_flags_do_not(
    vendor: str, signature: tuple[int, int, int], name: str
) -> None:
    flags = frozenset({"lm", "sse4_2", "popcnt", "avx2"})
    assert microarchitecture.identify(vendor, flags, virtual=True, signature=signature) == name


def test_a_recorded_zen3_stays_one_where_a_hypervisor_hides_what_is_new_in_it() -> None:
    info = cpuinfo.parse(TEXTS["recorded-ryzen-5950x"])
    assert info.signature == (25, 33, 0)
    hidden = info.flags - {"vaes", "vpclmulqdq", "pku", "invpcid"}
    assert microarchitecture.identify(info.vendor, hidden, virtual=True) == "zen2"
    assert microarchitecture.identify(info.vendor, hidden, True, info.signature) == "zen3"


def test_a_model_that_is_not_known_is_told_from_its_flags() -> None:
    info = cpuinfo.parse(TEXTS["recorded-ryzen-5950x"])
    assert microarchitecture.identify(info.vendor, info.flags, False, (25, 250, 0)) == "zen3"


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("00000000,00000000,0000ff00", tuple(range(8, 16))),
        ("f", (0, 1, 2, 3)),
        ("1,00000000", (32,)),
        ("", ()),
        (None, ()),
        ("xyz", ()),
        ("f" * 20_000, ()),
    ],
)
def test_cpu_masks(text: str | None, cpus: tuple[int, ...]) -> None:
    assert parse_cpu_mask(text) == cpus


def test_a_hypervisor_that_hides_a_flag_does_not_turn_a_cpu_into_its_predecessor() -> None:
    info = cpuinfo.parse(TEXTS["xeon-sapphire-rapids-2s"])
    hidden = info.flags - {"waitpkg"}
    assert microarchitecture.identify(info.vendor, hidden, virtual=True) == "sapphirerapids"
    # On bare metal nothing hides flags, and without AMX nothing says that it is more than Ice Lake.
    older = info.flags - {"waitpkg", "amx_tile", "amx_bf16", "amx_int8", "avx512_bf16", "avx_vnni"}
    assert microarchitecture.identify(info.vendor, older, virtual=True) == "icelake"


def test_a_cpu_without_vendor_has_a_generic_level() -> None:
    info = cpuinfo.parse(TEXTS["laptop-hybrid"])
    assert microarchitecture.identify(None, info.flags, virtual=False) == "x86_64_v3"
    assert microarchitecture.identify("GenuineIntel", frozenset(), virtual=False) == "x86_64"


@given(st.sets(st.integers(0, 300)))
def test_cpu_lists_are_read_back(numbers: set[int]) -> None:
    text = ",".join(str(n) if n + 1 not in numbers else f"{n}-{n + 1}" for n in sorted(numbers))
    assert parse_cpu_list(text) == tuple(sorted(numbers))


@pytest.mark.parametrize("text", [None, "", "a", "3-1", "-1", "1-", "0-99999999999", "²"])
def test_what_is_no_cpu_list_is_empty(text: str | None) -> None:
    assert parse_cpu_list(text) == ()


def test_sizes() -> None:
    assert parse_size("480K") == 491520
    assert parse_size("32M") == 33554432
    assert parse_size("512") == 512
    assert [parse_size(text) for text in (None, "", "K", "-1K", "0K", "x")] == [None] * 6
