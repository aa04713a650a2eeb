"""A model file of the user's in the real window, on this machine, with real frameworks: from the drop to the PDF."""

import pdfplumber
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from advisor.assessment.store import Store
from advisor.gui.consent import ConsentDialog
from advisor.gui.main_window import MainWindow
from advisor.probes import preflight
from advisor.probes.model import Outcome
from advisor.report import pdf
from tests.gui import stage
from tests.gui.test_gui_own import drop
from tests.own.test_own_models import onnx_model

PATIENCE_MS = 300_000


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
@pytest.mark.frameworks
def test_a_dropped_model_ends_in_a_report_about_it(real_window, qtbot, tmp_path) -> None:
    path = tmp_path / "secret.onnx"
    path.write_bytes(onnx_model().SerializeToString())
    assert drop(real_window, path)
    wizard = real_window.page("wizard")
    qtbot.waitUntil(lambda: bool(wizard.own.works), timeout=PATIENCE_MS)
    assert "ONNX, opset 17" in stage.texts(wizard.own)
    assert "ONNX Runtime" in stage.texts(wizard.own)
    wizard.go(wizard.run_step)
    with qtbot.waitSignal(wizard.finished, timeout=PATIENCE_MS) as ended:
        qtbot.mouseClick(wizard._next, Qt.MouseButton.LeftButton)
        for dialog in wizard.findChildren(ConsentDialog):
            qtbot.mouseClick(dialog.findChild(QPushButton, "without"), Qt.MouseButton.LeftButton)
    assessment = Store(real_window.context.folder).load(ended.args[0])
    (measured,) = assessment.runs
    outcomes = {each.subject.alternative: each.outcome for each in measured.results}
    assert outcomes["pytorch-onnxruntime"] is Outcome.MEASURED
    assert outcomes["pytorch"] is Outcome.UNSUPPORTED
    report = tmp_path / "report.pdf"
    pdf.write(assessment, report, language="en")
    with pdfplumber.open(report) as file:
        text = "\n".join(page.extract_text() for page in file.pages)
    assert f"your model ({measured.workload.id.removeprefix('own-')})" in text
    assert "secret" not in text
