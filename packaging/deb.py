"""The Debian package: the frozen program in ``/usr/lib``, and what a desktop wants to know of it."""

import gzip
import re
import shutil
import subprocess
import tempfile
from email.utils import formatdate
from html import escape
from pathlib import Path

import icons
import manual
import metadata
from freeze import EPOCH
from metadata import BUILD, COMMAND, PACKAGING, SLUG, VERSION

DAY = formatdate(int(EPOCH))
DATE = "2026-01-01"  # the same moment
ROOT = BUILD / "deb"


def build(frozen: Path, folder: Path, fast: bool) -> Path:
    """Pack the frozen program; return the package. ``fast`` compresses three times faster, and worse by a seventh."""
    shutil.rmtree(ROOT, ignore_errors=True)
    library = ROOT / "usr" / "lib" / SLUG
    shutil.copytree(frozen, library, symlinks=True)
    link = ROOT / "usr" / "bin" / COMMAND
    link.parent.mkdir(parents=True)
    link.symlink_to(f"../lib/{SLUG}/{COMMAND}")
    share(ROOT / "usr" / "share")
    _documentation(ROOT / "usr" / "share" / "doc" / SLUG, library)
    _permissions(library)
    control = ROOT / "DEBIAN" / "control"
    control.parent.mkdir()
    control.write_text(_control(library), "utf-8")
    sums = subprocess.run(
        "find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (control.parent / "md5sums").write_text(sums, "utf-8")
    package = folder / f"{SLUG}_{VERSION}_{_architecture()}.deb"
    subprocess.run(
        [
            "dpkg-deb",
            "--root-owner-group",
            *(("-Zxz", "-z1") if fast else ("-Zxz",)),
            "--build",
            str(ROOT),
            str(package),
        ],
        env={"PATH": "/usr/bin:/bin", "SOURCE_DATE_EPOCH": EPOCH},
        check=True,
    )
    return package


def share(folder: Path) -> None:
    """Write what is read by others: desktop file, metainfo, MIME type, icons, manual, completions."""
    places = {
        f"applications/{SLUG}.desktop": filled("framework-advisor.desktop"),
        f"metainfo/{metadata.COMPONENT_ID}.metainfo.xml": filled("framework-advisor.metainfo.xml"),
        f"mime/packages/{SLUG}.xml": filled("framework-advisor.xml"),
        f"lintian/overrides/{SLUG}": filled("lintian-overrides"),
        **{place: manual.completion(place) for place in manual.COMPLETIONS},
    }
    for place, text in places.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    icons.write_hicolor(folder / "icons" / "hicolor", SLUG)
    page = folder / "man" / "man1" / f"{COMMAND}.1.gz"
    page.parent.mkdir(parents=True)
    page.write_bytes(_compressed(manual.page(DATE)))


def filled(name: str) -> str:
    """Return a template of ``packaging/linux`` with the product's facts in it."""
    xml = name.endswith(".xml")
    facts = {key: value for key, value in vars(metadata).items() if key.isupper() and isinstance(value, str)}
    if xml:
        facts = {key: escape(value) for key, value in facts.items()}
    facts |= {"PARAGRAPHS": _paragraphs(), "ONLINE": _online(), "DATE": DATE}
    text = (PACKAGING / "linux" / name).read_text("utf-8")
    return re.sub(r"@(\w+)@", lambda found: facts[found[1]], text)


def _paragraphs() -> str:
    return "\n".join(f"    <p>{escape(paragraph)}</p>" for paragraph in metadata.DESCRIPTION)


def _online() -> str:
    """Return what can only be said where the project's address is known: AppStream takes pictures from the web."""
    if metadata.HOMEPAGE is None:
        return ""
    homepage = escape(metadata.HOMEPAGE)
    return f"""  <url type="homepage">{homepage}</url>
  <screenshots>
    <screenshot type="default">
      <caption>What to adopt, how sure that is, and why</caption>
      <image type="source">{homepage}/raw/v{VERSION}/docs/results.png</image>
    </screenshot>
  </screenshots>"""


def _documentation(folder: Path, library: Path) -> None:
    folder.mkdir(parents=True)
    listed = library / "_internal" / "advisor" / "_resources" / "licences.txt"
    (folder / "copyright").write_text(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        f"Upstream-Name: {metadata.NAME}\n\n"
        f"Files: *\nCopyright: 2026 {metadata.AUTHOR}\nLicense: {metadata.LICENCE}\n"
        " On Debian systems the text of this licence is in /usr/share/common-licenses/Apache-2.0.\n"
        f"Comment: The works of others that the program carries, and their licences, are listed in\n"
        f" /{listed.relative_to(ROOT)}.\n",
        "utf-8",
    )
    entry = (
        f"{SLUG} ({VERSION}) unstable; urgency=medium\n\n  * See CHANGELOG.md of this version.\n\n"
        f" -- {metadata.AUTHOR} <{metadata.EMAIL}>  {DAY}\n"
    )
    (folder / "changelog.gz").write_bytes(_compressed(entry))


def _permissions(library: Path) -> None:
    """Let only programs be executable: wheels mark their libraries so."""
    for path in library.rglob("*"):
        if path.is_file() and not path.is_symlink():
            runs = path in (library / COMMAND, library / "_internal" / "bin" / "uv")
            path.chmod(0o755 if runs else 0o644)
    for path in [ROOT, *ROOT.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


def _control(library: Path) -> str:
    size = sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file() and not path.is_symlink())
    fields = {
        "Package": SLUG,
        "Version": VERSION,
        "Architecture": _architecture(),
        "Maintainer": f"{metadata.AUTHOR} <{metadata.EMAIL}>",
        "Installed-Size": str(-(-size // 1024)),
        "Depends": _dependencies(library),
        # For the environments of frameworks: a Python (one is downloaded where there is none), and what the
        # MXNet library is linked with.
        "Recommends": "python3, libgomp1, libquadmath0",
        "Suggests": "g++",  # torch.compile builds its kernels with it
        "Section": "science",
        "Priority": "optional",
        "Homepage": metadata.HOMEPAGE,
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    text += "Description: find out which deep-learning framework to adopt\n"
    return text + " .\n".join(_wrapped(paragraph) for paragraph in metadata.DESCRIPTION)


def _wrapped(paragraph: str) -> str:
    import textwrap

    return "".join(f" {line}\n" for line in textwrap.wrap(paragraph, 78))


def _dependencies(library: Path) -> str:
    """Return the packages of the libraries that the program takes from the system, as Debian's own tool has them."""
    found = [
        path for path in library.rglob("*") if path.is_file() and not path.is_symlink() and _is_elf(path)
    ]
    internal = library / "_internal"
    own = {path.parent for path in found if ".so" in path.name}
    with tempfile.TemporaryDirectory() as name:
        control = Path(name) / "debian" / "control"
        control.parent.mkdir()
        control.write_text(f"Source: {SLUG}\n\nPackage: {SLUG}\nArchitecture: any\n", "utf-8")
        command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0", f"-l{internal}"]
        command += [f"-l{folder}" for folder in sorted(own)]
        answer = subprocess.run(
            [*command, *map(str, sorted(found))], cwd=name, capture_output=True, text=True, check=False
        )
    if answer.returncode != 0:
        raise SystemExit(lacking(answer.stderr))
    return answer.stdout.strip().removeprefix("shlibs:Depends=")


def lacking(said: str) -> str:
    """Say which libraries the machine must have for Debian's tool to name their packages."""
    libraries = sorted(set(re.findall(r"cannot find library (\S+) needed by", said)))
    if not libraries:
        return f"dpkg-shlibdeps failed: {said.strip()}"
    return (
        f"The package can't be built: this machine lacks {', '.join(libraries)}, which Qt is linked with. "
        "Install the packages that packaging/ci_deb.sh installs."
    )


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _architecture() -> str:
    return subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()


def _compressed(text: str) -> bytes:
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)
