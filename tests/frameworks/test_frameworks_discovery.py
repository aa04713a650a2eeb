"""Frameworks are found wherever people keep interpreters, told apart by metadata, and never imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import AdvisorError
from advisor.frameworks import catalogue, discovery, interpreters
from advisor.frameworks.interpreters import Inspection
from advisor.frameworks.model import Absence, Alternative, Installation, Origin, Problem
from tests.frameworks.environments import make_environment

CATALOGUE = catalogue.load()
ALTERNATIVES = catalogue.alternatives(CATALOGUE)


def test_frameworks_are_found_where_people_keep_them(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "project"
    places = {
        folder / ".venv": ({"torch": "2.13.0+cu130"}, Origin.VENV),
        home / ".virtualenvs/old": ({"torch": "1.13.1"}, Origin.VENV),
        home / ".local/share/pipx/venvs/tool": ({"tensorflow-cpu": "2.21.0", "keras": "3.15.1"}, Origin.VENV),
        home / ".cache/pypoetry/virtualenvs/thing-py3.11": (
            {"mxnet": "1.9.1", "numpy": "1.26.4"},
            Origin.VENV,
        ),
        home / "miniforge3/envs/science": ({"mxnet-cu112": "1.9.1", "numpy": "1.23.5"}, Origin.CONDA),
        tmp_path / "elsewhere": ({"keras": "3.15.1", "jax": "0.10.2"}, Origin.CONDA),
        home / ".pyenv/versions/3.11.7": ({"keras": "3.15.1"}, Origin.PYENV),
        home / "venvs/jax": ({"jax": "0.10.2", "flax": "0.12.8", "optax": "0.2.8"}, Origin.VENV),
        home / "venvs/paddle": ({"paddlepaddle": "3.3.1", "setuptools": "82.0.1"}, Origin.VENV),
        home / "venvs/gpu": ({"paddlepaddle-gpu": "3.3.1", "setuptools": "82.0.1"}, Origin.VENV),
    }
    expected = {str(make_environment(path, packages)): origin for path, (packages, origin) in places.items()}
    (home / ".conda").mkdir()
    (home / ".conda/environments.txt").write_text(f"{tmp_path / 'elsewhere'}\n{tmp_path / 'gone'}\n", "utf-8")

    found = _under(tmp_path, discovery.discover(CATALOGUE, environ={}, home=home, folder=folder))

    assert {item.interpreter: item.origin for item in found} == expected
    summary = {(item.framework, item.version, item.wheel, item.backends, item.problem) for item in found}
    assert summary == {
        ("pytorch", "2.13.0+cu130", "cu130", (), None),
        ("pytorch", "1.13.1", None, (), Problem.VERSION_TOO_OLD),
        ("tensorflow", "2.21.0", "cpu", (), None),
        ("keras", "3.15.1", None, ("tensorflow",), None),
        ("keras", "3.15.1", None, ("jax",), None),
        ("keras", "3.15.1", None, (), Problem.NO_BACKEND),
        ("mxnet", "1.9.1", "cpu", (), Problem.NUMPY_TOO_NEW),
        ("jax", "0.10.2", None, (), Problem.INCOMPLETE),
        ("jax", "0.10.2", None, (), None),
        ("paddle", "3.3.1", "cpu", (), None),
        ("paddle", "3.3.1", "gpu", (), None),
        ("mxnet", "1.9.1", "cu112", (), None),
    }


def test_an_environment_keeps_its_own_path_and_is_listed_once(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env")
    environ = {
        "VIRTUAL_ENV": str(tmp_path / "env"),
        "PATH": os.pathsep.join([str(python.parent), "relative", ""]),
    }
    found = interpreters.find([tmp_path / "env", python], environ, tmp_path, tmp_path)
    assert [item.path for item in found if item.path.startswith(str(tmp_path))] == [str(python)]
    assert python.is_symlink() or os.name == "nt"


def test_an_interpreter_that_fails_or_lies_is_passed_over(tmp_path: Path) -> None:
    for name, script in {"broken": "exit 127", "chatty": "echo not json", "rude": 'echo "[1]"'}.items():
        path = tmp_path / name / "bin" / "python"
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)
        assert interpreters.inspect(str(path)) is None
    extra = [tmp_path / name for name in ("broken", "chatty", "rude", "absent")]
    assert (
        _under(tmp_path, discovery.discover(CATALOGUE, extra, environ={}, home=tmp_path, folder=tmp_path))
        == ()
    )


def test_nothing_is_imported_and_the_parent_s_python_variables_do_not_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make_environment(tmp_path / "env", {"torch": "2.13.0"})
    site = next(tmp_path.glob("env/lib/python3*/site-packages"))
    (site / "torch").mkdir()
    (site / "torch/__init__.py").write_text("raise SystemExit('imported')", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "intruder"))
    (tmp_path / "intruder").mkdir()
    (tmp_path / "intruder/json.py").write_text("raise SystemExit('intruded')", "utf-8")
    inspection = interpreters.inspect(str(python), ("torch",))
    assert inspection is not None
    assert inspection.packages == {"torch": "2.13.0"}


def test_a_module_in_a_folder_that_others_write_to_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make_environment(tmp_path / "env")
    shared = tmp_path / "shared"
    shared.mkdir()
    for name in ("json", "platform", "sys", "importlib", "encodings", "site"):
        (shared / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", "utf-8")
    monkeypatch.setattr("tempfile.tempdir", str(shared))
    monkeypatch.chdir(shared)
    assert interpreters.inspect(str(python)) is not None
    assert not (tmp_path / "ran").exists()
    assert sorted(path.suffix for path in shared.iterdir()) == [".py"] * 6, "its own folder is gone again"


def test_what_a_user_names_is_an_interpreter_or_an_environment(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env")
    assert interpreters.named(tmp_path / "env") == python
    assert interpreters.named(python) == python
    with pytest.raises(AdvisorError, match="holds no Python"):
        interpreters.named(tmp_path)
    with pytest.raises(AdvisorError, match="not an executable"):
        interpreters.named(tmp_path / "env/pyvenv.cfg")


def test_a_frozen_program_s_own_variables_stay_with_it() -> None:
    cleaned = interpreters.child_environment(
        {
            "LD_LIBRARY_PATH": "/app/_internal",
            "LD_LIBRARY_PATH_ORIG": "/opt/cuda/lib64",
            "DYLD_LIBRARY_PATH": "/app/_internal",
            "_PYI_ARCHIVE_FILE": "x",
            "_MEIPASS2": "x",
            "PYTHONHOME": "/app",
            "QT_PLUGIN_PATH": "/app/qt",
            "HOME": "/home/ada",
        }
    )
    assert cleaned == {"LD_LIBRARY_PATH": "/opt/cuda/lib64", "HOME": "/home/ada"}


@pytest.mark.parametrize(
    ("python_version", "packages", "problem"),
    [
        ("3.8.18", {"torch": "2.4.0"}, Problem.PYTHON_TOO_OLD),
        ("2.7.18", {"torch": "2.4.0"}, Problem.PYTHON_TOO_OLD),
        ("3.9.0", {"torch": "2.4.0"}, None),
        ("3.11.7", {"mxnet": "1.9.1", "numpy": "1.24.0"}, Problem.NUMPY_TOO_NEW),
        ("3.11.7", {"mxnet": "1.9.1", "numpy": "1.23.5"}, None),
        ("3.11.7", {"keras": "2.15.0", "tensorflow": "2.15.0"}, Problem.VERSION_TOO_OLD),
    ],
)
def test_metadata_tells_why_an_installation_will_not_do(
    python_version: str, packages: dict[str, str], problem: Problem | None
) -> None:
    inspection = Inspection(python_version, packages)
    assert discovery.read(CATALOGUE, "/python", Origin.PATH, inspection)[-1].problem is problem


@pytest.mark.parametrize(
    ("packages", "wheel"),
    [
        ({"torch": "2.13.0+cpu"}, "cpu"),
        ({"torch": "2.13.0", "nvidia-cudnn-cu13": "9.20.0.48"}, "cu13"),
        ({"torch": "2.13.0"}, None),
        ({"tensorflow": "2.21.0", "nvidia-cudnn-cu12": "9.28.0.42"}, "cu12"),
        ({"tensorflow-macos": "2.16.2"}, "macos"),
        ({"mxnet": "1.9.1"}, "cpu"),
        ({"mxnet-cu112": "1.9.1"}, "cu112"),
    ],
)
def test_the_build_is_told_from_names_and_versions(packages: dict[str, str], wheel: str | None) -> None:
    (installation,) = discovery.read(CATALOGUE, "/python", Origin.PATH, Inspection("3.11.7", packages))
    assert installation.wheel == wheel


def test_a_managed_installation_is_chosen_before_a_newer_one() -> None:
    managed = _installation("pytorch", "2.13.0", Origin.MANAGED)
    newer = _installation("pytorch", "2.15.0", Origin.PATH)
    choices = discovery.choose(ALTERNATIVES, [newer, managed])
    assert choices["pytorch"].installation == managed


def test_the_newest_usable_installation_is_chosen_by_number_not_by_spelling() -> None:
    broken = _installation("pytorch", "2.15.0", problem=Problem.PYTHON_TOO_OLD)
    older, newest = _installation("pytorch", "2.9.1"), _installation("pytorch", "2.13.0+cpu")
    assert discovery.choose(ALTERNATIVES, [broken, older, newest])["pytorch"].installation == newest


def test_without_an_installation_there_is_a_reason() -> None:
    found = [
        _installation("mxnet", "1.9.1", problem=Problem.NUMPY_TOO_NEW),
        _installation("keras", "3.15.1", backends=("jax",)),
    ]
    reasons = {name: choice.reason for name, choice in discovery.choose(ALTERNATIVES, found).items()}
    expected = {
        "pytorch": Absence.NOT_INSTALLED,
        "tensorflow": Absence.NOT_INSTALLED,
        "keras-tensorflow": Absence.BACKEND_MISSING,
        "keras-torch": Absence.BACKEND_MISSING,
        "keras-jax": None,
        "mxnet": Problem.NUMPY_TOO_NEW,
        "jax": Absence.NOT_INSTALLED,
        "paddle": Absence.NOT_INSTALLED,
    }
    assert {name: reasons[name] for name in expected} == expected


@given(
    st.lists(st.tuples(st.sampled_from(["2.9.1", "2.13.0", "2.13.0+cpu", "2.4"]), st.booleans()), max_size=6)
)
def test_the_choice_is_never_one_with_a_problem(items: list[tuple[str, bool]]) -> None:
    found = [
        _installation("pytorch", version, problem=Problem.PYTHON_TOO_OLD if bad else None)
        for version, bad in items
    ]
    choice = discovery.choose([Alternative("pytorch", "pytorch", "PyTorch")], found)["pytorch"]
    good = [item for item in found if item.problem is None]
    assert (choice.installation is None) == (not good)
    if choice.installation:
        assert choice.installation in good
        best = max(discovery.release(item.version) for item in good)
        assert discovery.release(choice.installation.version) == best


def _installation(
    framework: str,
    version: str,
    origin: Origin = Origin.VENV,
    backends: tuple[str, ...] = (),
    problem: Problem | None = None,
) -> Installation:
    return Installation(framework, version, "/python", "3.11.7", origin, backends, problem=problem)


def _under(folder: Path, found: tuple[Installation, ...]) -> tuple[Installation, ...]:
    """Leave out what the machine itself has in places that are the same for every user."""
    return tuple(item for item in found if item.interpreter.startswith(str(folder)))


@pytest.mark.skipif(os.name != "posix", reason="Conda names it so on Linux")
def test_a_library_of_cudnn_beside_an_interpreter_is_told_by_its_version(tmp_path: Path) -> None:
    """As Conda has it: a file of the environment, and no distribution."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    (tmp_path / "env/lib/libcudnn.so.9.3.0").touch()
    (tmp_path / "env/lib/libcudnn.so.9").touch()
    found = interpreters.inspect(str(tmp_path / "env/bin/python"))
    assert found is not None
    assert found.packages == {"cudnn": "9.3.0"}
