"""Affinity and control groups: the tightest limit on the way up holds."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.hardware import cgroups
from advisor.hardware.limits import allowed_cpus
from advisor.hardware.source import Source

Tree = Callable[[Mapping[str, str]], Source]

V2 = "30 20 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
GROUP = "sys/fs/cgroup"


@given(
    st.lists(
        st.tuples(st.none() | st.integers(1_000, 10_000_000), st.none() | st.integers(4096, 1 << 50)),
        min_size=1,
        max_size=6,
    )
)
def test_the_minimum_of_all_ancestors_holds(levels: list[tuple[int | None, int | None]]) -> None:
    with TemporaryDirectory() as name:
        root = Path(name)
        path = "/".join(f"level{number}" for number in range(len(levels)))
        (root / "proc/self").mkdir(parents=True)
        (root / "proc/self/mountinfo").write_text(V2)
        (root / "proc/self/cgroup").write_text(f"0::/{path}\n")
        folder = root / GROUP
        for number, (quota, memory) in enumerate(levels):
            folder = folder / f"level{number}"
            folder.mkdir(parents=True)
            (folder / "cpu.max").write_text(f"{'max' if quota is None else quota} 100000\n")
            (folder / "memory.max").write_text(f"{'max' if memory is None else memory}\n")
        source = Source(root=root)
        quotas = [quota / 100_000 for quota, _ in levels if quota is not None]
        memories = [memory for _, memory in levels if memory is not None]
        cpu, memory = cgroups.cpu_limit(source), cgroups.memory_limit(source)
        assert (cpu.value if cpu else None) == min(quotas, default=None)
        assert (memory.value if memory else None) == min(memories, default=None)


@pytest.mark.parametrize("path", ["/", "/../../other/scope", "/not/shown/here"])
def test_in_a_namespace_the_mount_itself_holds_the_limits(path: str, tree: Tree) -> None:
    source = tree(
        {
            "proc/self/mountinfo": V2,
            "proc/self/cgroup": f"0::{path}\n",
            f"{GROUP}/cpu.max": "50000 100000\n",
            f"{GROUP}/memory.max": "1073741824\n",
            # Where the path would lead to, if it were followed out of the mount.
            "sys/other/scope/cpu.max": "1000 100000\n",
            "sys/other/scope/memory.max": "4096\n",
        }
    )
    assert cgroups.cpu_limit(source) == cgroups.Limit(0.5, cgroups.V2)
    assert cgroups.memory_limit(source) == cgroups.Limit(float(1 << 30), cgroups.V2)


def test_memory_high_is_a_limit(tree: Tree) -> None:
    source = tree(
        {
            "proc/self/mountinfo": V2,
            "proc/self/cgroup": "0::/a\n",
            f"{GROUP}/a/memory.max": "max\n",
            f"{GROUP}/a/memory.high": "2147483648\n",
        }
    )
    assert cgroups.memory_limit(source) == cgroups.Limit(float(2 << 30), cgroups.V2)


def test_both_versions_side_by_side(tree: Tree) -> None:
    source = tree(
        {
            "proc/self/mountinfo": (
                "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
            ),
            "proc/self/cgroup": "2:cpu:/job\n0::/job\n",
            f"{GROUP}/cpu/job/cpu.cfs_quota_us": "300000",
            f"{GROUP}/cpu/job/cpu.cfs_period_us": "100000",
            f"{GROUP}/cpu/cpu.cfs_quota_us": "-1",
            f"{GROUP}/cpu/cpu.cfs_period_us": "100000",
            f"{GROUP}/unified/job/cpu.max": "max 100000",
        }
    )
    assert cgroups.cpu_limit(source) == cgroups.Limit(3.0, cgroups.V1)


def test_version_1_says_unlimited_with_a_number(recorded: Callable[[str], Path]) -> None:
    assert cgroups.memory_limit(Source(root=recorded("firecracker-vm"))) is None


def test_a_mount_point_with_a_space(tree: Tree) -> None:
    source = tree(
        {
            "proc/self/mountinfo": "30 20 0:28 / /my\\040groups rw - cgroup2 cgroup2 rw\n",
            "proc/self/cgroup": "0::/\n",
            "my groups/cpu.max": "200000 100000\n",
        }
    )
    assert cgroups.cpu_limit(source) == cgroups.Limit(2.0, cgroups.V2)


@pytest.mark.parametrize("text", ["", "max", "100000", "x y", "0 100000", "100000 0", "-1 -1", "9 " * 9])
def test_a_garbled_limit_is_none(text: str, tree: Tree) -> None:
    source = tree(
        {
            "proc/self/mountinfo": V2,
            "proc/self/cgroup": "0::/\n",
            f"{GROUP}/cpu.max": text,
            f"{GROUP}/memory.max": text,
        }
    )
    assert cgroups.cpu_limit(source) is None
    if text != "100000":
        assert cgroups.memory_limit(source) is None


def test_used_memory_leaves_out_what_can_be_reclaimed(recorded: Callable[[str], Path]) -> None:
    source = Source(root=recorded("container-cgroup2"))
    assert cgroups.memory_used(source) == (2 << 30, (512 << 20) - (128 << 20))
    source = Source(root=recorded("container-cgroup1"))
    assert cgroups.memory_used(source) == (4 << 30, (1 << 30) - (512 << 20))


def test_cpus_that_are_offline_are_not_allowed(tree: Tree) -> None:
    source = tree({"proc/self/status": "Name:\tx\nCpus_allowed_list:\t0-2,5,64-127\n"})
    assert allowed_cpus(source, online=(0, 2, 4, 5)) == (0, 2, 5)
    assert allowed_cpus(source, online=()) == (0, 1, 2, 5, *range(64, 128))
