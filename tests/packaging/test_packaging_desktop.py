"""What a desktop reads of the program: entries, types, icons, manual and completions agree with the program."""

import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree

import pytest

if sys.platform != "linux":
    pytest.skip("the Debian package is built on Linux", allow_module_level=True)

import deb
import icons
import manual
import metadata
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QImageReader

import advisor
from advisor.__main__ import ASSESSMENT_SUFFIXES
from advisor.cli.main import COMMANDS


@pytest.fixture(scope="module")
def share(tmp_path_factory):
    folder = tmp_path_factory.mktemp("share")
    deb.share(folder)
    return folder


def needs(tool):
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")


def entry(share):
    lines = (share / "applications" / "framework-advisor.desktop").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_every_place_says_the_same_of_the_program(share):
    project = tomllib.loads((metadata.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert advisor.__version__ == metadata.VERSION
    assert metadata.COMMAND in project["scripts"]
    assert entry(share)["Exec"] == f"{metadata.COMMAND} %f"
    component = ElementTree.parse(next(share.glob("metainfo/*.xml"))).getroot()
    assert component.findtext("launchable") == "framework-advisor.desktop"
    assert component.find("releases/release").get("version") == advisor.__version__
    assert component.findtext("summary") == project["description"]
    for path in share.rglob("*"):
        if path.suffix in (".desktop", ".xml") or path.parent.name == "overrides":
            assert not re.search(r"@[A-Z]\w+@", path.read_text("utf-8")), path


def test_saved_assessments_have_a_type_that_the_program_opens(share):
    namespace = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    kind = ElementTree.parse(share / "mime/packages/framework-advisor.xml").find("m:mime-type", namespace)
    assert entry(share)["MimeType"] == kind.get("type") + ";"
    assert kind.find("m:glob", namespace).get("pattern") == f"*{ASSESSMENT_SUFFIXES[0]}"
    assert kind.find("m:sub-class-of", namespace).get("type") == "application/json"


def test_picture_is_named_where_the_homepage_is_known(monkeypatch):
    monkeypatch.setattr(metadata, "HOMEPAGE", "https://example.org/project")
    component = ElementTree.fromstring(deb.filled("framework-advisor.metainfo.xml").encode())
    picture = component.findtext("screenshots/screenshot/image")
    assert picture.startswith("https://example.org/project/")
    inside = picture.partition(f"/raw/v{metadata.VERSION}/")[2]
    assert QImage(str(metadata.ROOT / inside)).width() >= 620


@pytest.mark.parametrize(
    ("tool", "arguments", "pattern"),
    [
        ("desktop-file-validate", [], "applications/*.desktop"),
        ("appstreamcli", ["validate", "--no-net"], "metainfo/*.xml"),
        ("man", ["--warnings", "-l"], "man/man1/*.gz"),
    ],
)
def test_freedesktops_own_tools_find_no_fault(share, tool, arguments, pattern):
    needs(tool)
    command = [tool, *arguments, str(next(share.glob(pattern)))]
    answer = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert answer.returncode == 0, answer.stdout
    assert answer.stderr == ""


def test_icons_are_drawn_in_every_size(share):
    folder = share / "icons" / "hicolor"
    for size in icons.PNG_SIZES:
        image = QImage(str(folder / f"{size}x{size}" / "apps" / "framework-advisor.png"))
        assert (image.width(), image.height()) == (size, size)
        assert image.pixelColor(size // 2, size // 8).alpha() == 255
        assert image.pixelColor(0, 0).alpha() < 255  # its corners are round
    assert (folder / "scalable/apps/framework-advisor.svg").read_bytes() == metadata.ICON.read_bytes()


def test_windows_icon_holds_every_size(tmp_path):
    path = tmp_path / "icon.ico"
    icons.write_ico(path)
    reader = QImageReader(str(path))
    found = set()
    for number in range(reader.imageCount()):
        reader.jumpToImage(number)
        found.add(reader.read().width())
    assert found == set(icons.ICO_SIZES)


def test_macos_icon_is_made_of_whole_chunks(tmp_path):
    path = tmp_path / "icon.icns"
    icons.write_icns(path)
    content = path.read_bytes()
    assert content[:4] == b"icns"
    assert int.from_bytes(content[4:8], "big") == len(content)
    place, found = 8, []
    while place < len(content):
        length = int.from_bytes(content[place + 4 : place + 8], "big")
        found.append(QImage.fromData(QByteArray(content[place + 8 : place + length])).width())
        place += length
    assert found == list(icons.ICNS_TYPES)


def test_manual_names_every_command_and_variable():
    page = manual.page("2026-01-01").replace("\\-", "-")
    for name in COMMANDS:
        assert re.search(rf"^\.SS {name} ", page, re.M), name
    assert "FRAMEWORK_ADVISOR_DATA" in page


@pytest.mark.parametrize("place", manual.COMPLETIONS)
def test_completions_ask_the_program(place):
    assert "_ADVISOR_COMPLETE" in manual.completion(place)
