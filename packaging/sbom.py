"""The software bill of materials of an artefact, as CycloneDX JSON."""

import hashlib
import uuid
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from freeze import EPOCH
from inventory import Component as Bundled
from metadata import AUTHOR, LICENCE, SLUG, VERSION
from packageurl import PackageURL


def write(artefact: Path, bundled: tuple[Bundled, ...]) -> Path:
    """Write what an artefact carries beside it, and return the file."""
    licences = LicenseFactory()
    digest = hashlib.sha256(artefact.read_bytes()).hexdigest()
    program = Component(
        name=SLUG,
        version=VERSION,
        type=ComponentType.APPLICATION,
        bom_ref=SLUG,
        publisher=AUTHOR,
        licenses=[licences.make_from_string(LICENCE)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )
    bom = Bom(
        # The same artefact has the same bill on every day.
        serial_number=uuid.uuid5(uuid.NAMESPACE_OID, digest),
    )
    bom.metadata.timestamp = datetime.fromtimestamp(int(EPOCH), UTC)
    bom.metadata.component = program
    parts = [
        Component(
            name=each.name,
            version=each.version,
            type=ComponentType.LIBRARY,
            bom_ref=each.purl,
            purl=PackageURL.from_string(each.purl),
            licenses=[licences.make_from_string(each.licence)],
        )
        for each in bundled
    ]
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(program, parts)
    path = artefact.with_name(f"{artefact.name}.cdx.json")
    text = JsonV1Dot6(bom).output_as_string(indent=1)
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault is not None:
        raise ValueError(f"The bill of materials is not CycloneDX: {fault}")
    path.write_text(text + "\n", "utf-8")
    return path


def write_files(artefact: Path, folder: Path) -> Path:
    """Write the list of files that an artefact was made of, with their sums, beside it; return the list."""
    lines = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            lines.append(f"{'link':64}  {name} -> {path.readlink().as_posix()}")
        elif path.is_file():
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}")
    listing = artefact.with_name(f"{artefact.name}.files.txt")
    listing.write_text("\n".join(lines) + "\n", "utf-8")
    return listing
