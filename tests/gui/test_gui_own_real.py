"""A user's model files, images and script in the real window, with real frameworks: from the drop to the PDF."""

import msgspec
import pdfplumber
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from advisor.assessment import pipeline
from advisor.assessment.store import Store
from advisor.gui.consent import ConsentDialog
from advisor.gui.main_window import MainWindow
from advisor.gui.wizard.own import RunScripts
from advisor.probes import preflight
from advisor.probes.model import Outcome
from advisor.probes.passes import loading
from advisor.report import pdf
from advisor.resources import resource
from tests.gui import stage
from tests.gui.test_gui_own import drop
from tests.own import made_data
from tests.own.test_own_models import make, onnx_model

PATIENCE_MS = 300_000
KERAS = """
import keras
image = keras.Input((16, 16, 3), name="image")
keras.Model(image, keras.layers.Dense(5)(keras.layers.Flatten()(image))).save({path!r})
"""


@pytest.fixture
def real_window(tmp_path, framework_data, monkeypatch, qtbot):
    """The window over a data folder that shares the frameworks, on the machine at hand."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "environments").symlink_to(framework_data / "environments")
    monkeypatch.setattr(preflight, "warnings_now", lambda: ())  # a busy machine is waited for without end
    context = stage.make_context(data)
    made = MainWindow(context)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: context.inventory is not None and bool(context.plans), timeout=PATIENCE_MS)
    yield made
    context.engine.stop()
    qtbot.waitUntil(lambda: not context.engine.busy, timeout=PATIENCE_MS)
    made.close()
    made.deleteLater()
    context.stop()
    context.deleteLater()


@pytest.mark.xdist_group("assessments")
def measured_by(window, qtbot):
    """Run what the answers ask for; return the assessment."""
    wizard = window.page("wizard")
    wizard.go(wizard.run_step)
    with qtbot.waitSignal(wizard.finished, timeout=PATIENCE_MS) as ended:
        qtbot.mouseClick(wizard._next, Qt.MouseButton.LeftButton)
        for kind, button in ((RunScripts, "agree-scripts"), (ConsentDialog, "without")):
            for dialog in wizard.findChildren(kind):
                qtbot.mouseClick(dialog.findChild(QPushButton, button), Qt.MouseButton.LeftButton)
    return Store(window.context.folder).load(ended.args[0])


def text_of(assessment, path):
    pdf.write(assessment, path, language="en")
    with pdfplumber.open(path) as file:
        return "\n".join(page.extract_text() for page in file.pages)


@pytest.mark.xdist_group("assessments")
@pytest.mark.frameworks
def test_a_dropped_model_ends_in_a_report_about_it(real_window, qtbot, tmp_path) -> None:
    path = tmp_path / "secret.onnx"
    path.write_bytes(onnx_model().SerializeToString())
    assert drop(real_window, path)
    wizard = real_window.page("wizard")
    qtbot.waitUntil(lambda: bool(wizard.own.works), timeout=PATIENCE_MS)
    assert "ONNX, opset 17" in stage.texts(wizard.own)
    assert "ONNX Runtime" in stage.texts(wizard.own)
    assessment = measured_by(real_window, qtbot)
    (measured,) = assessment.runs
    outcomes = {each.subject.alternative: each.outcome for each in measured.results}
    assert outcomes["pytorch-onnxruntime"] is Outcome.MEASURED
    assert outcomes["pytorch"] is Outcome.UNSUPPORTED
    text = text_of(assessment, tmp_path / "report.pdf")
    assert f"your model ({measured.workload.id.removeprefix('own-')})" in text
    assert "secret" not in text


@pytest.mark.xdist_group("assessments")
@pytest.mark.frameworks
def test_a_keras_file_and_images_end_in_a_report_about_both(
    real_window, framework_pythons, qtbot, tmp_path, monkeypatch
) -> None:
    quick = msgspec.structs.replace(pipeline.BUDGETS["quick"], sample_s=0.02, max_rounds=3, memory_steps=1)
    monkeypatch.setitem(pipeline.BUDGETS, "quick", quick)
    monkeypatch.setattr(loading, "ROUNDS", 2)
    path = make(framework_pythons["keras"], KERAS, tmp_path / "secret.keras")
    assert drop(real_window, path)
    wizard = real_window.page("wizard")
    qtbot.waitUntil(lambda: bool(wizard.own.works), timeout=PATIENCE_MS)
    assert drop(real_window, made_data.images(tmp_path / "private", each=1000, endings=("jpg",)))
    qtbot.waitUntil(lambda: wizard.data.data is not None, timeout=PATIENCE_MS)
    assessment = measured_by(real_window, qtbot)
    (measured,) = assessment.runs
    fed = [each for each in measured.results if each.data is not None and each.data.samples]
    assert {each.subject.alternative for each in fed} == {"keras-tensorflow", "keras-torch", "keras-jax"}
    text = text_of(assessment, tmp_path / "report.pdf")
    assert f"your model ({measured.workload.id.removeprefix('own-')})" in text
    assert "2,000 images in 2 classes" in text
    assert "secret" not in text


@pytest.mark.xdist_group("assessments")
@pytest.mark.frameworks
def test_a_script_ends_in_a_report_about_it(real_window, qtbot, tmp_path) -> None:
    path = tmp_path / "secret.py"
    path.write_bytes(resource("scripts", "pytorch.py").read_bytes())
    assert drop(real_window, path)
    assessment = measured_by(real_window, qtbot)
    (measured,) = assessment.runs
    (result,) = measured.results
    assert (result.subject.alternative, result.outcome) == ("pytorch", Outcome.MEASURED)
    text = text_of(assessment, tmp_path / "report.pdf")
    assert f"your script ({measured.workload.id.removeprefix('own-')})" in text
    assert "secret" not in text
