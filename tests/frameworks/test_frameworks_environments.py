"""Managed environments are whole or not there: real uv, made-up frameworks, no network."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
import pytest

from advisor.errors import AdvisorError
from advisor.frameworks import catalogue, discovery
from advisor.frameworks.environments import Environments
from advisor.frameworks.installer import InstallCancelled, explain
from advisor.frameworks.model import (
    Framework,
    Installation,
    InstallNote,
    InstallPlan,
    InstallProgress,
    InstallState,
    Origin,
    Requirements,
)
from advisor.frameworks.progress import Downloads
from advisor.frameworks.resolution import in_range, requirements_for
from advisor.hardware.model import Cpu, Gpu, Limits, Machine, Memory, OperatingSystem, Platform, System
from tests.frameworks.environments import make_wheel

WAIT_S = 120
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
NOWHERE = "http://127.0.0.1:9"

# A module that, while a file says so, starts an orphan, announces itself, and hangs.
HANGING = """
import os, subprocess, sys, time
place = os.environ["TINY_HANG"]
if os.path.exists(place):
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    spawn = f"import subprocess; print(subprocess.Popen({sleep!r}, stdout=subprocess.DEVNULL).pid)"
    orphan = subprocess.run([sys.executable, "-c", spawn], stdout=subprocess.PIPE, text=True).stdout
    with open(place, "w") as file:
        file.write(f"{os.getpid()} {orphan}")
    print("hanging", file=sys.stderr, flush=True)
    time.sleep(600)
"""


def machine(system: System = System.LINUX, architecture: str = "x86_64", *apis: str) -> Machine:
    return Machine(
        cpu=Cpu(architecture),
        memory=Memory(),
        limits=Limits(2.0),
        os=OperatingSystem(system, "an operating system"),
        platform=Platform(),
        detected_at="2026-11-24T00:00:00Z",
        gpus=tuple(Gpu(index, "a vendor", "a GPU", api) for index, api in enumerate(apis)),
    )


def framework(package: str = "tinyfw", version: str = "1.0", **requirements: object) -> Framework:
    made_of = {"python": HERE, "packages": (f"{package}=={version}",)} | requirements
    return Framework(
        id="tiny",
        name="Tiny",
        homepage="",
        package=package,
        module=package,
        worker="tiny",
        licence="MIT",
        requirements={"cpu": msgspec.convert(made_of, Requirements)},
        facts={},
    )


class Bench:
    """A data folder, a folder of wheels, and uv cut off from everything else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder / "wheels"
        self.hang = folder / "hang"
        self.events: list[InstallProgress] = []
        self.cancel = threading.Event()
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))},
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_INDEX": "1",
            "UV_CACHE_DIR": str(folder / "cache"),
            "UV_NO_CONFIG": "1",
            "HTTPS_PROXY": NOWHERE,
            "TINY_HANG": str(self.hang),
        }
        self.wheels.mkdir(exist_ok=True)

    def environments(self, tiny: Framework) -> Environments:
        return Environments(self.folder / "data", (tiny,), self.environ)

    def install(self, tiny: Framework, emit: Callable[[InstallProgress], None] | None = None) -> Installation:
        environments = self.environments(tiny)
        plan = environments.plan(tiny, machine())
        return environments.install(plan, emit or self.events.append, self.cancel)

    def left(self) -> list[Path]:
        """Environments' folders on disk, finished or not."""
        return [path for path in (self.folder / "data/environments/tiny").glob("*") if path.is_dir()]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_an_installed_framework_is_there_for_the_next_start(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0")
    installation = bench.install(framework())
    assert (installation.framework, installation.version, installation.origin) == (
        "tiny",
        "1.0",
        Origin.MANAGED,
    )
    assert bench.environments(framework()).list() == (installation,)
    states = list(dict.fromkeys(event.state for event in bench.events))
    assert states == [
        InstallState.RESOLVING,
        InstallState.DOWNLOADING,
        InstallState.INSTALLING,
        InstallState.VERIFYING,
        InstallState.DONE,
    ]


def test_a_plan_writes_nothing(bench: Bench) -> None:
    plan = bench.environments(framework()).plan(framework(), machine())
    assert plan.interpreter is not None
    assert plan.python_version.startswith(HERE)
    assert plan.free_bytes
    assert not (bench.folder / "data").exists()


def test_installing_again_keeps_what_is_there_and_new_pins_replace_it(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0")
    make_wheel(bench.wheels, "tinyfw", "2.0")
    first = bench.install(framework())
    assert bench.install(framework()) == first
    second = bench.install(framework(version="2.0"))
    assert second.version == "2.0"
    assert [str(path) for path in bench.left()] == [str(Path(second.interpreter).parent.parent)]


def test_an_environment_of_other_packages_stays_ready_and_can_be_renewed(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0")
    make_wheel(bench.wheels, "extra", "1.0")
    before = bench.install(framework())
    more = framework(packages=("tinyfw==1.0", "extra==1.0"))
    environments = bench.environments(more)
    assert environments.installation("tiny") == before
    assert environments.plan(more, machine()).renews
    assert bench.install(more).interpreter != before.interpreter
    assert not Path(before.interpreter).exists()
    assert not environments.plan(more, machine()).renews


def test_a_framework_that_cannot_be_imported_is_never_taken_for_good(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0", "raise ImportError('libmissing.so.1')")
    with pytest.raises(AdvisorError, match=r"Tiny was installed, but can't be imported .*libmissing\.so\.1"):
        bench.install(framework())
    assert bench.environments(framework()).list() == ()
    assert bench.left() == []
    assert bench.events[-1].state is InstallState.FAILED
    assert "libmissing" in str(bench.events[-1].reason)


def test_a_failed_upgrade_leaves_the_old_environment(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0")
    make_wheel(bench.wheels, "tinyfw", "2.0", "raise ImportError")
    first = bench.install(framework())
    with pytest.raises(AdvisorError):
        bench.install(framework(version="2.0"))
    assert bench.environments(framework()).list() == (first,)


def test_cancel_kills_every_process_and_leaves_nothing(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0", HANGING)
    bench.hang.touch()

    def emit(progress: InstallProgress) -> None:
        bench.events.append(progress)
        if progress.line == "hanging":
            bench.cancel.set()

    with pytest.raises(InstallCancelled):
        bench.install(framework(), emit)
    pids = [int(pid) for pid in bench.hang.read_text("utf-8").split()]
    assert len(pids) == 2
    assert not [pid for pid in pids if _alive(pid)]
    assert bench.events[-1].state is InstallState.CANCELLED
    assert bench.left() == []
    assert bench.environments(framework()).list() == ()


def test_an_installation_that_was_killed_is_swept_away_by_the_next(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0", HANGING)
    bench.hang.touch()
    script = (
        "from pathlib import Path; from tests.frameworks import test_frameworks_environments as tests;"
        f"bench = tests.Bench(Path({str(bench.folder)!r}));"
        "bench.install(tests.framework(), lambda progress: print(progress.line, flush=True))"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=root) as app:
        assert app.stdout is not None
        assert any(line.strip() == "hanging" for line in app.stdout)
        app.kill()
    try:
        assert bench.environments(framework()).list() == ()
        assert len(bench.left()) == 1
        (leftover,) = bench.left()
    finally:
        child, orphan = (int(pid) for pid in bench.hang.read_text("utf-8").split())
        psutil.Process(orphan).kill()
    if sys.platform == "linux":
        # Nobody told it to end: it dies with the program that it works for.
        psutil.wait_procs([psutil.Process(pid) for pid in [child] if psutil.pid_exists(pid)], WAIT_S)
        assert not _alive(child)
    else:
        psutil.Process(child).kill()
    bench.hang.unlink()
    installation = bench.install(framework())
    assert leftover not in bench.left()
    assert bench.environments(framework()).list() == (installation,)


def test_two_programs_that_install_at_once_end_with_one_environment(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0")
    results: list[Installation] = []
    threads = [threading.Thread(target=lambda: results.append(bench.install(framework()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert len(results) == 2
    assert results[0] == results[1]
    assert len(bench.left()) == 1


def test_a_removed_environment_is_gone(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0")
    bench.install(framework())
    environments = bench.environments(framework())
    assert environments.remove("tiny")
    assert environments.list() == ()
    assert not (bench.folder / "data/environments/tiny").exists()
    assert not environments.remove("tiny")


@pytest.mark.parametrize("damage", ["{", '{"environment": 3}', ""])
def test_a_damaged_marker_counts_as_none(bench: Bench, damage: str) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0")
    bench.install(framework())
    (bench.folder / "data/environments/tiny/current.json").write_text(damage, "utf-8")
    assert bench.environments(framework()).list() == ()
    assert bench.install(framework()).version == "1.0"


def test_an_environment_whose_python_is_gone_counts_as_none(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0")
    Path(bench.install(framework()).interpreter).unlink()
    assert bench.environments(framework()).list() == ()


@pytest.mark.parametrize("lost", ["tinyfw", "tinyfw/__init__.py"])
def test_an_environment_whose_package_is_gone_counts_as_none(bench: Bench, lost: str) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0")
    bench.install(framework())
    (place,) = bench.left()
    (site,) = place.glob("lib/python3*/site-packages")
    path = site / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert bench.environments(framework()).list() == ()
    assert bench.install(framework()).version == "1.0"
    assert len(bench.environments(framework()).list()) == 1


def test_a_password_of_an_index_is_on_no_command_line(bench: Bench) -> None:
    """Everybody on a machine may read the command lines of all its programs."""
    make_wheel(bench.wheels, "tinyfw", "1.0")
    del bench.environ["PIP_NO_INDEX"]
    bench.environ |= {"PIP_EXTRA_INDEX_URL": "http://me:secret@127.0.0.1:9/simple", "UV_OFFLINE": "1"}
    real, commands = subprocess.Popen, []
    with pytest.MonkeyPatch.context() as patch:

        def note(command: list[str], **options: object) -> subprocess.Popen[str]:
            commands.append(command)
            return real(command, **options)

        patch.setattr(subprocess, "Popen", note)
        assert bench.install(framework()).version == "1.0"
    assert len(commands) > 3
    assert not [command for command in commands if "secret" in " ".join(map(str, command))]


def test_a_cpu_build_in_the_user_s_own_wheels_is_taken_first(bench: Bench) -> None:
    make_wheel(bench.wheels, "torch", "2.13.0")
    make_wheel(bench.wheels, "torch", "2.13.0+cpu")
    installation = bench.install(framework("torch", "2.13.0", torch_backend="cpu"))
    assert (installation.version, installation.wheel, installation.notes) == ("2.13.0+cpu", "cpu", ())


@pytest.mark.parametrize("index", [True, False])
def test_where_pytorch_s_index_cannot_be_reached_the_default_one_serves_and_that_is_said(
    bench: Bench, index: bool
) -> None:
    make_wheel(bench.wheels, "torch", "2.13.0")
    if index:
        del bench.environ["PIP_NO_INDEX"]
        bench.environ |= {"PIP_INDEX_URL": (bench.folder / "index").as_uri(), "PIP_RETRIES": "0"}
        (bench.folder / "index").mkdir()
    installation = bench.install(framework("torch", "2.13.0", torch_backend="cpu"))
    assert installation.version == "2.13.0"
    assert installation.notes == (InstallNote.INDEX_FALLBACK,)
    assert InstallNote.INDEX_FALLBACK in [event.note for event in bench.events]
    assert bench.environments(framework("torch", "2.13.0")).list() == (installation,)


def test_an_unreachable_index_is_named_with_a_remedy(bench: Bench) -> None:
    del bench.environ["PIP_NO_INDEX"]
    bench.environ |= {
        "UV_DEFAULT_INDEX": f"{NOWHERE}/simple",
        "UV_HTTP_RETRIES": "0",
        "NO_PROXY": "127.0.0.1",
    }
    with pytest.raises(
        AdvisorError, match="Tiny can't be installed: the package index could not be reached"
    ) as fault:
        bench.install(framework())
    assert "index-url" in str(fault.value.remedy)
    assert bench.left() == []


def test_a_package_that_no_source_has_is_told_from_an_unreachable_index(bench: Bench) -> None:
    with pytest.raises(AdvisorError, match="no build that fits"):
        bench.install(framework())


def test_a_missing_python_says_which_one_to_install(bench: Bench) -> None:
    tiny = framework(python="3.99")
    assert bench.environments(tiny).plan(tiny, machine()).interpreter is None
    with pytest.raises(AdvisorError, match=r"Tiny needs Python 3\.99, but this machine has none") as fault:
        bench.install(tiny)
    assert "Install Python 3.99" in str(fault.value.remedy)
    assert InstallNote.PYTHON_DOWNLOAD in [event.note for event in bench.events]


def test_another_python_in_range_serves_where_the_preferred_one_is_missing(bench: Bench) -> None:
    tiny = framework(python="3.99", python_range=">=3.9,<4")
    plan = bench.environments(tiny).plan(tiny, machine())
    assert plan.interpreter is not None
    assert in_range(plan.python_version, ">=3.9,<4")


def test_a_data_folder_that_cannot_be_written_is_a_message_not_a_traceback(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0")
    (bench.folder / "data").write_text("a file where the folder should be", "utf-8")
    with pytest.raises(AdvisorError, match="Tiny can't be installed"):
        bench.install(framework())


def test_of_several_installations_one_that_fails_does_not_stop_the_others(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0")
    good, bad = framework(), msgspec.structs.replace(framework("absent"), id="bad", name="Bad")
    environments = Environments(bench.folder / "data", (good, bad), bench.environ)
    plans = [environments.plan(item, machine()) for item in (bad, good)]
    outcomes = environments.install_all(plans, bench.events.append, bench.cancel)
    assert isinstance(outcomes["bad"], AdvisorError)
    assert environments.list() == (outcomes["tiny"],)


def test_an_interrupt_stops_every_installation_under_way(bench: Bench) -> None:
    make_wheel(bench.wheels, "tinyfw", "1.0", HANGING)
    make_wheel(bench.wheels, "other", "1.0")
    bench.hang.touch()
    hanging, other = framework(), msgspec.structs.replace(framework("other"), id="other")
    environments = Environments(bench.folder / "data", (hanging, other), bench.environ)
    plans = [environments.plan(item, machine()) for item in (other, hanging)]

    def emit(progress: InstallProgress) -> None:
        if progress.framework == "other":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        environments.install_all(plans, emit, bench.cancel)
    assert environments.list() == ()
    assert bench.left() == []


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("error: failed to copy file\n  cause: No space left on device (os error 28)", "the disk is full"),
        (
            "error: failed to create directory\n  Caused by: Permission denied (os error 13)",
            "can't be written",
        ),
        (
            "error: Failed to fetch: `https://x`\n  cause: invalid peer certificate: UnknownIssuer",
            "not trusted",
        ),
        ("error: Failed to fetch\n  cause: HTTP status client error (401 Unauthorized)", "refused access"),
        ("error: Failed to fetch: `https://x`\n  cause: dns error", "could not be reached"),
        ("error: No solution found when resolving dependencies", "no build that fits"),
    ],
)
def test_uv_s_failures_are_put_into_words_with_a_remedy(tmp_path: Path, output: str, message: str) -> None:
    fault = explain("Tiny can't be installed", output, tmp_path)
    assert message in fault.message
    assert fault.remedy


def test_progress_follows_uv_s_lines() -> None:
    plan = InstallPlan(
        "tiny", "cpu", Requirements(HERE, (), download_bytes=100 * 2**20), "/place", None, HERE
    )
    events: list[InstallProgress] = []
    downloads = Downloads(plan, events.append)
    for line in (
        "Downloading mxnet (46.8MiB)",
        "Downloading numpy (512KiB)",
        " Downloaded numpy",
        "Prepared 2 packages",
    ):
        downloads.on_line(line)
    assert [event.done_bytes for event in events] == [0, 0, 512 * 2**10, 100 * 2**20]
    assert {event.total_bytes for event in events} == {100 * 2**20}
    assert events[-1].state is InstallState.INSTALLING


@pytest.mark.parametrize(
    ("where", "kinds"),
    [
        (machine(), ("cpu", "cpu", "cpu", "cpu")),
        (machine(System.LINUX, "aarch64"), ("cpu", "cpu", "cpu", "cpu")),
        (machine(System.LINUX, "x86_64", "cuda"), ("cuda", "cuda", "cuda", "cpu")),
        (machine(System.LINUX, "x86_64", "xpu"), ("xpu", "cpu", "cpu", "cpu")),
        (machine(System.MACOS, "arm64", "mps"), ("macos", "macos", "macos", None)),
        (machine(System.MACOS, "x86_64"), (None, None, None, "cpu")),
        (machine(System.WINDOWS, "AMD64"), ("windows", "windows", "windows", None)),
        (machine(System.WINDOWS, "AMD64", "cuda"), ("windows-cuda", "windows", "windows-cuda", None)),
    ],
)
def test_every_machine_gets_the_build_that_exists_for_it(
    where: Machine, kinds: tuple[str | None, ...]
) -> None:
    named = ("pytorch", "tensorflow", "keras", "mxnet")
    for item, kind in zip((catalogue.find(catalogue.load(), each) for each in named), kinds, strict=True):
        if kind is None:
            with pytest.raises(AdvisorError, match=f"{item.name} has no build for {where.os.system}"):
                requirements_for(item, where)
        else:
            assert requirements_for(item, where)[0] == kind


@pytest.mark.frameworks
def test_all_frameworks_install_and_import(tmp_path: Path) -> None:
    frameworks = catalogue.load()
    environments = Environments(tmp_path / "data", frameworks)
    plans = [environments.plan(item, machine()) for item in frameworks]
    outcomes = environments.install_all(plans, lambda progress: None, threading.Event())
    assert [item for item in outcomes.values() if isinstance(item, AdvisorError)] == []
    assert environments.list() == tuple(outcomes[item.id] for item in frameworks)
    choices = discovery.choose(catalogue.alternatives(frameworks), environments.list())
    assert all(choice.installation for choice in choices.values())
    for installation in environments.list():
        assert "numpy" in installation.packages, "the workers need it"


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
