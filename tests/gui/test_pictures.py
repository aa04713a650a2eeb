"""The main pages look as they did: pictures in letters of our own, made small, against those kept beside this file.

What was meant to change is kept anew with ``python -m tests.gui.test_pictures``; look at the pictures first.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops

KEPT = Path(__file__).parent / "pictures"
PAGES = (
    "start",
    "assessments",
    "machine",
    "wizard-goal",
    "wizard-priorities",
    "results-answer",
    "results-what-if",
    "results-measurements",
)
LOOKS = (("light", "en"), ("dark", "zh_CN"))
SMALLER = 5
"""Pixels of the window to one that is compared: letters drawn a little differently are the same grey."""
NOTICED = 32
"""Levels of 255 by which a pixel must differ to count."""
TOLERATED = 0.004
"""Share of a picture that may differ: a line of text is more."""


def take(folder: Path, look: str, language: str) -> None:
    """Let a process of its own take the pictures of one theme and language."""
    options = ["--bundled-font", "--theme", look, "--language", language]
    only = [part for page in PAGES for part in ("--only", page)]
    command = [sys.executable, "-m", "tests.screenshots", str(folder), *options, *only]
    root = Path(__file__).parents[2]
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "1", "TZ": "UTC"}
    done = subprocess.run(command, cwd=root, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def small(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB").reduce(SMALLER)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels that differ noticeably; all of them where the sizes do."""
    if one.size != other.size:
        return 1.0
    channels = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).split()
    worst = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
    histogram = worst.histogram()
    return sum(histogram[NOTICED:]) / sum(histogram)


def changed(folder: Path, look: str, language: str) -> dict[str, str]:
    """Return by how much pages look otherwise than they did."""
    take(folder, look, language)
    found = {}
    for page in PAGES:
        name = f"{page}-{look}-{language}.png"
        with Image.open(KEPT / name) as kept:
            share = difference(small(folder / name), kept)
        if share > TOLERATED:
            found[name] = f"{share:.1%}"
    return found


@pytest.mark.parametrize(("look", "language"), LOOKS)
def test_the_main_pages_look_as_they_did(tmp_path, look, language):
    found = changed(tmp_path, look, language)
    if found:  # a picture may be taken while something is still being laid out, but not twice
        again = changed(tmp_path, look, language)
        found = {name: share for name, share in again.items() if name in found}
    advice = f"Look at {tmp_path}; keep what was meant with python -m tests.gui.test_pictures"
    assert not found, f"{found}. {advice}"


def test_a_line_of_text_more_is_noticed():
    with Image.open(KEPT / "start-light-en.png") as kept:
        picture = kept.convert("RGB")
    width, height = picture.size
    picture.paste((20, 20, 20), (width // 4, height // 2, width // 4 + width // 3, height // 2 + 4))
    with Image.open(KEPT / "start-light-en.png") as kept:
        assert difference(picture, kept) > TOLERATED
        assert difference(kept.convert("RGB"), kept) == 0.0


def main() -> None:
    """Keep the pictures as the pages look now."""
    KEPT.mkdir(exist_ok=True)
    for look, language in LOOKS:
        take(KEPT, look, language)
    for path in KEPT.glob("*.png"):
        small(path).save(path, optimize=True)


if __name__ == "__main__":
    main()
