"""The help window: what happens in an assessment, the keyboard's shortcuts, and whose work the program carries."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QPlainTextEdit, QWidget

import advisor
from advisor.gui.text import _
from advisor.gui.theme import Space
from advisor.gui.widgets import Button, Label, ScrollColumn, vbox
from advisor.resources import resource


class HelpDialog(QDialog):
    """Help on one page."""

    def __init__(self, shortcuts: list[tuple[str, QKeySequence]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Help"))
        self.resize(640, 600)
        outer = vbox(self, 0)
        column = ScrollColumn(margin=Space.L)
        outer.addWidget(column)
        for title, text in self._sections():
            column.body.addWidget(Label(title, "title"))
            column.body.addWidget(Label(text))
        column.body.addWidget(Label(_("Keyboard"), "title"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.XL)
        grid.setColumnStretch(1, 1)
        for row, (name, keys) in enumerate(shortcuts):
            grid.addWidget(
                Label(keys.toString(QKeySequence.SequenceFormat.NativeText), "strong", wrap=False), row, 0
            )
            grid.addWidget(Label(name), row, 1)
        column.body.addLayout(grid)
        column.body.addWidget(Label(_("About"), "title"))
        column.body.addWidget(
            Label(
                _(
                    "Framework Advisor {version}, under the Apache License 2.0. It comes without warranty. "
                    "Nothing leaves this machine unless you send it.",
                    version=advisor.__version__,
                )
            )
        )
        # Only an installed program carries the work of others; from source it lies in their own packages.
        if (licences := resource("licences.txt")).is_file():
            show = Button(
                _("Licences of all bundled components"),
                on_click=lambda: LicencesDialog(licences, self).open(),
            )
            column.body.addWidget(show, 0, Qt.AlignmentFlag.AlignLeft)
        column.body.addStretch(1)
        close = Button(_("Close"), "primary", self.accept)
        close.setDefault(True)
        foot = vbox(margin=Space.M)
        foot.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        outer.addLayout(foot)

    def _sections(self) -> tuple[tuple[str, str], ...]:
        return (
            (
                _("What an assessment is"),
                _(
                    "You say what the work is, what must hold and who will do it. The program then runs the "
                    "same network in every framework, checks that each computes the same, takes timed "
                    "samples in turns, and combines the figures with cited facts and your priorities."
                ),
            ),
            (
                _("How to get good figures"),
                _(
                    "Close other programs, connect the mains, and leave the machine alone while it measures. "
                    "What disturbs a measurement is noted beside it; nothing is tuned in secret."
                ),
            ),
            (
                _("Where frameworks come from"),
                _(
                    "Frameworks that you have are found and used as they are. The others can be installed "
                    "into environments of their own, which touch nothing else; nothing is downloaded before "
                    "you ask."
                ),
            ),
            (
                _("Your own work"),
                _(
                    "You can measure a model file of your own (.onnx, .keras, .pt2), or scripts, one for each "
                    "framework: drop them on the window, or choose them in step 2. “advisor script new pytorch "
                    "train.py” writes a script of one page to start from. Scripts run only after you agreed; reports "
                    "name neither files nor where they lie."
                ),
            ),
            (
                _("Your own data"),
                _(
                    "A folder of images with one folder for each class, a text file, a table (.csv, .tsv) or NumPy "
                    "arrays (.npy, .npz): drop it on the window, or choose it in step 2, and see what was found. Each"
                    " framework’s own loader then reads it, alone and while it trains, which shows whether training "
                    "waits for the data. Images are fed to image networks and to .keras files that take images, texts"
                    " to the networks for text, arrays and tables to what takes their shape; anything else is loaded "
                    "and no more. Of a file the first 64 MiB count. Words become numbers by their hash, which costs "
                    "what reading costs and is no vocabulary to keep. Reports name numbers only: no files, classes, "
                    "columns or samples."
                ),
            ),
            (
                _("Time to a target"),
                _(
                    "On request a small network learns something real in every framework: handwritten digits, "
                    "unwanted mail, or to balance CartPole’s pole. All start from the same weights and learn in the "
                    "same order, with several seeds. The report shows steps, seconds and curves, and says why they "
                    "carry no weight."
                ),
            ),
            (
                _("Several machines"),
                _(
                    "Under “Fleets” you name machines that SSH reaches, this one, or assessments that were made "
                    "elsewhere. Each machine makes the same assessment by itself, all at once, and the answer says "
                    "which framework suits all, which suits each, and what a mix would bring. Framework Advisor must "
                    "be installed there; a machine that is down is reported and not waited for. “advisor fleet run” "
                    "does the same, and reaches the hosts of Dask and Slurm, too."
                ),
            ),
            (
                _("How sure the answer is"),
                _(
                    "Every figure has an interval, every fact a source and a date. The answer says in how "
                    "many plausible readings of all that it stays the same, and what would change it."
                ),
            ),
        )


class LicencesDialog(QDialog):
    """The licences of everything that an installed program bundles, as their authors wrote them."""

    def __init__(self, path: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = _("Licences of all bundled components")
        self.setWindowTitle(title)
        self.resize(720, 640)
        outer = vbox(self, Space.M)
        text = QPlainTextEdit(path.read_text("utf-8"))
        text.setReadOnly(True)
        text.setAccessibleName(title)
        outer.addWidget(text)
        close = Button(_("Close"), "primary", self.accept)
        close.setDefault(True)
        outer.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
