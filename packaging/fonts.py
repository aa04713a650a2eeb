"""Make the subset fonts under ``resources/fonts``: ``python packaging/fonts.py`` (fonttools, pip and npm).

The PDF brings its own fonts, so that it looks the same everywhere. Sources, all under the SIL Open Font Licence: Noto
Sans (``fontpkg-noto-sans`` on PyPI) and Noto Sans SC (``@expo-google-fonts/noto-sans-sc`` on npm), both with TrueType
outlines: Qt thickens the stems of others, and small Chinese letters then look bold. Kept are Latin, Greek, Cyrillic
and signs, and the characters of GB 2312; ``coverage.txt`` lists what they cover, for the texts of users that go
beyond it.
"""

import itertools
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FONTS = Path(__file__).resolve().parent.parent / "resources" / "fonts"
PYPI = "fontpkg-noto-sans==2.15"
NPM = "@expo-google-fonts/noto-sans-sc@0.4.3"

LATIN = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x250),  # Latin-1, Extended-A and -B
    *range(0x370, 0x530),  # Greek, Cyrillic
    *range(0x1E00, 0x1F00),  # Latin Extended Additional
    *range(0x2000, 0x2070),  # punctuation
    *range(0x2070, 0x20D0),  # superscripts, subscripts, currencies
    *range(0x2100, 0x2300),  # letter-like signs, number forms, arrows, mathematics
    0x25CC,
]
HAN_FEATURES = ["kern", "locl", "ccmp", "palt", "halt"]
LATIN_FEATURES = ["kern", "liga", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum"]


def main() -> None:
    """Download the sources, write the subsets, their licences and the coverage."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _download(folder)
        variable = folder / "fontpkg_noto_sans" / "files" / "NotoSans[wdth,wght].ttf"
        for style, weight in (("Regular", 400), ("Bold", 700)):
            font = instancer.instantiateVariableFont(
                TTFont(variable), {"wght": weight, "wdth": 100}, updateFontNames=True
            )
            _write(font, f"NotoSans-{style}.ttf", LATIN, LATIN_FEATURES)
        han = _gb2312()
        for style in ("400Regular", "700Bold"):
            font = TTFont(folder / "package" / style / f"NotoSansSC_{style}.ttf")
            _write(font, f"NotoSansSC-{style[3:]}.ttf", han, HAN_FEATURES)
        licence = folder / "fontpkg_noto_sans" / "LICENSE"
        (FONTS / "OFL-NotoSans.txt").write_text(licence.read_text("utf-8"), "utf-8")
        licence = folder / "package" / "LICENSE_FONT"
        (FONTS / "OFL-NotoSansSC.txt").write_text(licence.read_text("utf-8"), "utf-8")
    _write_coverage()


def _download(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PYPI]
    subprocess.run(pip, check=True)
    subprocess.run(["npm", "pack", "--silent", NPM], cwd=folder, check=True)
    for wheel in folder.glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(folder)
    for archive in folder.glob("*.tgz"):
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")


def _gb2312() -> list[int]:
    codes = []
    for high, low in itertools.product(range(0xA1, 0xF8), range(0xA1, 0xFF)):
        try:
            codes.append(ord(bytes((high, low)).decode("gb2312")))
        except UnicodeDecodeError:
            continue
    return [*range(0x20, 0x7F), *codes]


def _write(font: TTFont, name: str, characters: list[int], features: list[str]) -> None:
    options = subset.Options()
    options.layout_features = features
    options.hinting = False
    options.desubroutinize = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    # Qt takes faces of one family from two vendors for two families, and then the wrong weight.
    font["OS/2"].achVendID = "GOOG"
    # The same sources give the same bytes on every day.
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(FONTS / name)


def _write_coverage() -> None:
    regular: set[int] = set()
    bold: set[int] = set()
    for path in FONTS.glob("*.ttf"):
        (bold if "Bold" in path.stem else regular).update(TTFont(path).getBestCmap())
    covered = sorted(regular & bold)
    lines, start = [], covered[0]
    for here, following in itertools.pairwise([*covered, sys.maxsize]):
        if following != here + 1:
            lines.append(f"{start:X}-{here:X}")
            start = following
    (FONTS / "coverage.txt").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
