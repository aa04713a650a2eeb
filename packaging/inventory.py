"""What the frozen program is made of: Python and its packages, the program's fonts, and system libraries."""

import ast
import itertools
import platform
import re
import subprocess
import sys
import sysconfig
import tomllib
from dataclasses import dataclass, field
from importlib import metadata as installed
from pathlib import Path

from metadata import PACKAGING, ROOT, SLUG
from packaging.requirements import Requirement

BOOTLOADER = "pyinstaller"  # its loader is the program's executable

# Qt's wheels name their licences but bring no text of them.
_TEXTS = {"pyside6_essentials": ("LGPL-3.0.txt", "GPL-3.0.txt"), "shiboken6": ("LGPL-3.0.txt", "GPL-3.0.txt")}
# This one has its licence at the head of its only module.
_HEADS = {"nvidia_ml_py": "pynvml.py"}
_LICENCE_FILE = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|AUTHORS)", re.I)


@dataclass(frozen=True)
class Component:
    """Something made by others that the program carries."""

    name: str
    version: str
    licence: str
    purl: str
    texts: tuple[str, ...] = field(default=(), repr=False)


def components(toc: Path | None = None) -> tuple[Component, ...]:
    """Return everything bundled, by name.

    Parameters
    ----------
    toc : Path, optional
        PyInstaller's table of what it collected; names the system's libraries on Linux.

    Raises
    ------
    FileNotFoundError
        A licence's text is missing, without which a work may not be passed on.
    """
    found = [_python(), *map(_distribution, sorted(_closure())), *shipped()]
    if toc is not None and sys.platform == "linux":
        found += _system_libraries(toc)
    without = [each.name for each in found if not each.texts]
    if without:
        raise FileNotFoundError(f"No text of the licence was found for {', '.join(without)}.")
    return tuple(sorted(found, key=lambda each: each.name.lower()))


def _closure() -> set[str]:
    """Return the program's dependencies and theirs, as far as this system needs them."""
    wanted = [
        BOOTLOADER,
        *tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"],
    ]
    found: set[str] = set()
    while wanted:
        requirement = Requirement(wanted.pop())
        name = re.sub(r"[-_.]+", "_", requirement.name).lower()
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        if name != BOOTLOADER:  # what its loader needs, not what building needs
            wanted += installed.requires(name) or []
    return found


def _distribution(name: str) -> Component:
    distribution = installed.distribution(name)
    meta = distribution.metadata
    texts = [
        Path(path.locate()).read_text("utf-8", "replace")
        for path in distribution.files or ()
        if ".dist-info" in str(path) and _LICENCE_FILE.match(path.name)
    ]
    texts += [(PACKAGING / "licences" / each).read_text("utf-8") for each in _TEXTS.get(name, ())]
    if name in _HEADS:
        module = Path(str(distribution.locate_file(_HEADS[name]))).read_text("utf-8")
        head = itertools.takewhile(lambda line: line.startswith("#"), module.splitlines())
        texts.append("\n".join(line.lstrip("# ") for line in head))
    return Component(
        name=meta["Name"],
        version=distribution.version,
        licence=_licence(meta),
        purl=f"pkg:pypi/{meta['Name'].lower().replace('_', '-')}@{distribution.version}",
        texts=tuple(dict.fromkeys(texts)),
    )


def _licence(meta: "installed.PackageMetadata") -> str:
    """Return the licence in the package's own words, in one line."""
    stated = next((meta[field] for field in ("License-Expression", "License") if field in meta), "")
    if stated and "\n" not in stated:
        return str(stated)
    classifiers = [each for each in meta.get_all("Classifier", []) if each.startswith("License ::")]
    return ", ".join(each.rpartition(" :: ")[2] for each in classifiers) or "see text"


def _python() -> Component:
    version = platform.python_version()
    places = (
        Path(sysconfig.get_path("stdlib")) / "LICENSE.txt",
        Path(sys.base_prefix) / "LICENSE.txt",
        Path("/usr/share/doc/python3/copyright"),
    )
    text = next((place.read_text("utf-8", "replace") for place in places if place.is_file()), "")
    return Component("Python", version, "PSF-2.0", f"pkg:generic/python@{version}", (text,) if text else ())


def fonts() -> list[Component]:
    """Return the fonts that reports bring, which lie in ``resources``."""
    folder = ROOT / "resources" / "fonts"
    names = {"OFL-NotoSans.txt": "Noto Sans", "OFL-NotoSansSC.txt": "Noto Sans SC"}
    return [
        Component(
            name,
            "subset",
            "OFL-1.1",
            f"pkg:generic/{name.lower().replace(' ', '-')}",
            ((folder / file).read_text("utf-8"),),
        )
        for file, name in names.items()
    ]


def data_sets() -> list[Component]:
    """Return the data sets that small networks learn, which lie in ``resources``."""
    folder = ROOT / "resources" / "datasets"
    known = (
        (
            "digits",
            "Optical Recognition of Handwritten Digits (test set)",
            "1998",
            "CC-BY-4.0",
            "generic/optdigits",
        ),
        (
            "spam",
            "SpamAssassin public mail corpus",
            "0.2.3",
            "CC0-1.0",
            "npm/%40stdlib/datasets-spam-assassin",
        ),
    )
    return [
        Component(name, version, licence, f"pkg:{url}", ((folder / f"LICENCE-{key}.txt").read_text("utf-8"),))
        for key, name, version, licence, url in known
    ]


def shipped() -> list[Component]:
    """Return what ``resources`` brings that others made."""
    return [*fonts(), *data_sets()]


def _system_libraries(toc: Path) -> list[Component]:
    """Return the Debian packages that collected libraries come from."""
    environment = [Path(sys.prefix), ROOT]
    if sys.base_prefix != "/usr":
        environment.append(Path(sys.base_prefix))
    sources = {
        Path(source).resolve()
        for _, source, kind in _entries(toc)
        if kind in ("BINARY", "EXTENSION")
        and not any(Path(source).is_relative_to(each) for each in environment)
    }
    owners = {owner for owner in map(_owner, sources) if owner is not None}
    return [_debian(owner) for owner in sorted(owners)]


def _entries(toc: Path) -> list[tuple[str, str, str]]:
    """Return (place in the program, source, kind) of every file in a table of PyInstaller's."""
    text = toc.read_text("utf-8")
    tables = ast.literal_eval(text)
    found: list[tuple[str, str, str]] = []

    def walk(value: object) -> None:
        if isinstance(value, tuple) and len(value) == 3 and all(isinstance(each, str) for each in value):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            for each in value:
                walk(each)

    walk(tables)
    return found


def _owner(path: Path) -> str | None:
    """Return the Debian package of a file; dpkg knows some by their place before /usr was merged."""
    for place in (path, Path(str(path).removeprefix("/usr"))):
        answer = subprocess.run(["dpkg", "-S", str(place)], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            return answer.stdout.partition(": ")[0].partition(",")[0]
    return None


def _debian(package: str) -> Component:
    query = ["dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}", package]
    name, version, architecture = subprocess.run(
        query, capture_output=True, text=True, check=True
    ).stdout.split("\t")
    copyright_file = Path("/usr/share/doc") / name / "copyright"
    texts = (copyright_file.read_text("utf-8", "replace"),) if copyright_file.is_file() else ()
    return Component(name, version, "see text", f"pkg:deb/debian/{name}@{version}?arch={architecture}", texts)


def licences(found: tuple[Component, ...]) -> str:
    """Return the texts of every licence, after a list of what is under them."""
    own = (ROOT / "LICENSE").read_text("utf-8")
    rule = "=" * 78
    lines = [
        f"{SLUG} itself is under the licence at the end of this list. It carries these works of others:",
        "",
        *(f"- {each.name} {each.version} ({each.licence})" for each in found),
    ]
    # Several packages share a text to the letter; it is printed once, under all their names.
    by_text: dict[str, list[str]] = {}
    for each in found:
        for text in each.texts:
            by_text.setdefault(text.strip(), []).append(each.name)
    for text, names in by_text.items():
        lines += ["", rule, ", ".join(dict.fromkeys(names)), rule, "", text]
    return "\n".join([*lines, "", rule, SLUG, rule, "", own.strip(), ""])
