"""The user's own work from the command line, with real frameworks: from a script to a PDF about it."""

import re

import msgspec
import pdfplumber
import pytest

from advisor.assessment import document, pipeline
from advisor.cli.console import Exit
from advisor.cli.main import run
from advisor.probes.model import Basis, Outcome, Quantity
from advisor.probes.passes import loading
from advisor.resources import resource
from tests.own import made_data
from tests.own.test_own_models import KERAS, make, onnx_model


@pytest.fixture
def cli(tmp_path, capsys, monkeypatch):
    """Run a command line with a data folder of its own; return exit code, stdout and stderr."""
    monkeypatch.setenv("LANG", "C.UTF-8")
    data = tmp_path / "data"
    data.mkdir()

    def call(*arguments):
        code = run(["--data", str(data), "--lang", "en", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    call.data = data
    return call


@pytest.fixture
def framework_cli(cli, framework_data):
    """The same, with the frameworks at hand."""
    (cli.data / "environments").symlink_to(framework_data / "environments")
    return cli


def text_of(pdf):
    with pdfplumber.open(pdf) as file:
        return "\n".join(page.extract_text() for page in file.pages)


def test_a_script_is_written_once_and_for_known_frameworks(cli, tmp_path):
    path = tmp_path / "mine.py"
    assert cli("script", "new", "pytorch", path)[0] == Exit.DONE
    assert path.read_bytes() == resource("scripts", "pytorch.py").read_bytes()
    code, _, err = cli("script", "new", "pytorch", path)
    assert (code, "exists already" in err) == (Exit.INPUT, True)
    code, _, err = cli("script", "new", "fortran", tmp_path / "other.py")
    assert (code, "tensorflow" in err) == (Exit.INPUT, True)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--script", "pytorch"], "pytorch=train.py"),
        (["--script", "pytorhc=x.py"], "There is no “pytorhc”"),
        (["--script", "pytorch=nowhere.py"], "nowhere.py can't be read"),
        (["--script", "pytorch={path}", "--script", "pytorch={path}"], "given twice"),
        (["--python", "pytorch=/"], "no script"),
        (["--script", "pytorch={path}", "--python", "pytorch={path}"], "not an executable file"),
    ],
)
def test_what_is_wrong_with_the_options_is_said_before_anything_runs(cli, tmp_path, arguments, hint):
    path = tmp_path / "train.py"
    path.write_text("ITEMS = 2\n")
    code, _, err = cli("recommend", *(each.format(path=path) for each in arguments))
    assert code == Exit.INPUT
    assert hint in re.sub(r"\s+", " ", err)


@pytest.mark.frameworks
def test_nothing_runs_unless_the_user_agrees(framework_cli, tmp_path):
    mark, path = tmp_path / "ran", tmp_path / "train.py"
    path.write_text(f"open({str(mark)!r}, 'w')\n")
    code, _, err = framework_cli("script", "check", path)
    assert code == Exit.INPUT
    assert str(path) in err
    assert not mark.exists()
    code, _, err = framework_cli("recommend", "--script", f"pytorch={path}")
    assert code == Exit.INPUT
    assert str(path) in err
    assert not mark.exists()


@pytest.mark.xdist_group("assessments")
@pytest.mark.frameworks
def test_two_scripts_make_a_recommendation_that_names_neither(framework_cli, framework_pythons, tmp_path):
    pdf, saved = tmp_path / "own.pdf", tmp_path / "own.json"
    scripts = {}
    for framework in ("pytorch", "tensorflow"):
        scripts[framework] = tmp_path / f"secret_{framework}.py"
        framework_cli("script", "new", framework, scripts[framework])
    code, out, err = framework_cli(
        *("recommend", "--yes", "--pdf", pdf, "--json", saved),
        *(part for name, path in scripts.items() for part in ("--script", f"{name}={path}")),
        *("--python", f"pytorch={framework_pythons['pytorch']}"),
    )
    assert code == Exit.DONE, err
    assessment = document.read(saved)
    (measured,) = assessment.runs
    assert {each.outcome for each in measured.results} == {Outcome.MEASURED}, err
    assert {each.equivalence.basis for each in measured.results} == {Basis.NONE}
    text = text_of(pdf)
    digest = measured.workload.id.removeprefix("own-")
    assert f"your script ({digest})" in out
    assert f"your script ({digest})" in text
    assert "No outputs were compared" in text
    assert "same network in every framework" not in text
    for kept in (text, saved.read_text()):
        assert "secret_" not in kept
        assert "My network" not in kept
    code, _, err = framework_cli("recommend", "--like", saved, "--yes")
    assert (code, "Name the very same files" in err) == (Exit.INPUT, True)


@pytest.mark.xdist_group("assessments")
@pytest.mark.frameworks
def test_a_model_file_makes_a_report_about_it(framework_cli, tmp_path):
    path, pdf, saved = tmp_path / "secret.onnx", tmp_path / "own.pdf", tmp_path / "own.json"
    path.write_bytes(onnx_model().SerializeToString())
    code, out, _ = framework_cli("model", "check", path)
    assert code == Exit.DONE
    assert "ONNX, opset 17" in out
    code, _, err = framework_cli(
        "recommend", "--model", path, "--batch", 4, "--yes", "--pdf", pdf, "--json", saved
    )
    assert code == Exit.DONE, err
    assessment = document.read(saved)
    (measured,) = assessment.runs
    results = {each.subject.alternative: each for each in measured.results}
    assert results["pytorch-onnxruntime"].outcome is Outcome.MEASURED, err
    assert results["pytorch"].reason == "no-importer .onnx"
    text = text_of(pdf)
    assert f"your model ({measured.workload.id.removeprefix('own-')})" in text
    assert "It opens no such model file (.onnx)" in text
    assert "secret" not in text + saved.read_text()


def test_a_file_that_is_no_model_is_said_so(cli, tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(b"x")
    code, _, err = cli("recommend", "--model", path)
    assert (code, ".onnx, .keras, .pt2" in err) == (Exit.INPUT, True)


@pytest.mark.parametrize(
    ("content", "arguments", "hint"),
    [
        ("a,b\n1,2\n", (), "--label b"),
        ("a,b\n1,2\n", ("--label", "c"), "no column “c”"),
        ('a,label\n1,"cut', (), "no record"),
        (None, ("--label", "c"), "Add --dataset"),
    ],
)
def test_what_is_wrong_with_data_is_said_before_anything_runs(cli, tmp_path, content, arguments, hint):
    path = tmp_path / "secret.csv"
    if content is not None:
        path.write_text(content)
        arguments = ("--dataset", path, *arguments)
    code, _, err = cli("recommend", *arguments)
    assert code == Exit.INPUT
    assert hint in re.sub(r"\s+", " ", err)


@pytest.mark.xdist_group("assessments")
@pytest.mark.frameworks
def test_a_keras_file_fed_with_images_makes_a_report_that_names_neither(
    framework_cli, framework_pythons, tmp_path, monkeypatch
):
    quick = msgspec.structs.replace(pipeline.BUDGETS["quick"], sample_s=0.02, max_rounds=3, memory_steps=1)
    monkeypatch.setitem(pipeline.BUDGETS, "quick", quick)
    monkeypatch.setattr(loading, "ROUNDS", 2)
    path = make(framework_pythons["keras"], KERAS, tmp_path / "secret.keras")
    folder = made_data.images(tmp_path / "private", each=1000, endings=("jpg",))
    pdf, saved = tmp_path / "own.pdf", tmp_path / "own.json"
    _code, _, err = framework_cli(
        *("recommend", "--model", path, "--shape", "image=16x16x3", "--batch", 16, "--dataset", folder),
        *("--frameworks", "keras", "--yes", "--pdf", pdf, "--json", saved),
    )
    assert "2,000 images in 2 classes" in err
    assert "secret_cats, secret_dogs" in err
    assessment = document.read(saved)
    (measured,) = assessment.runs
    assert {each.outcome for each in measured.results} == {Outcome.MEASURED}, err
    for result in measured.results:
        assert result.data.reason is None, (result.subject, result.data.reason)
        quantities = {each.quantity for each in result.data.samples}
        assert quantities == {Quantity.LOAD, Quantity.TRAIN, Quantity.FED}
    assert assessment.decision is not None
    text = text_of(pdf)
    assert "2,000 images in 2 classes" in text
    assert f"your model ({measured.workload.id.removeprefix('own-')})" in text
    for kept in (text, saved.read_text()):
        assert "secret" not in kept
        assert "private" not in kept
