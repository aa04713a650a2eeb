"""Keep the translations up to date: ``python packaging/translations.py [--check]`` (needs Babel).

Collects every marked sentence of ``advisor/``, the rubrics, and the notes, claims, tools and sources of the
catalogue, merges them into the translations under ``resources/i18n`` and compiles these. A sentence that is new or
changed is left untranslated, never guessed. ``--check`` changes nothing and fails if anything is missing or out of
date.
"""

import io
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
I18N = ROOT / "resources" / "i18n"
LANGUAGES = ("zh_CN",)
TOOLS = ("mixed_precision", "quantisation", "pruning", "export")
"""Facts whose values name tools, in words."""
SOURCE_BREAK = "; "
"""What stands between two sources of a fact; each is translated by itself."""
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def template() -> Catalog:
    """Return every sentence that is to be translated."""
    catalogue = Catalog(project="Framework Advisor", charset="utf-8")
    for file, _line, message, comments, context in extract_from_dir(
        ROOT / "advisor", method_map=[("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators:",)
    ):
        catalogue.add(message, locations=[(f"advisor/{file}", 1)], auto_comments=comments, context=context)
    for sentence in _rubrics():
        catalogue.add(sentence, locations=[("resources/catalogue/rubrics.toml", 1)])
    for file, sentence in _catalogue_prose():
        catalogue.add(sentence, locations=[(f"resources/catalogue/{file}", 1)])
    return catalogue


def _catalogue_prose() -> Iterator[tuple[str, str]]:
    """Yield what catalogue files say in words: notes, claims, tools' names and descriptions of sources."""
    for path in sorted((ROOT / "resources" / "catalogue").glob("*.toml")):
        raw = tomllib.loads(path.read_text("utf-8"))
        if path.name == "rubrics.toml":
            continue
        facts, levers, wrappers = raw.get("facts", {}), raw.get("levers", ()), raw.get("wrappers", ())
        claims = (*raw.get("claims", ()), *raw.get("broken", ()))
        entries = (*facts.values(), *levers, *claims, *wrappers)
        entries += (*raw.get("priors", ()), *raw.get("serves", ()))
        texts = [entry.get("note", "") for entry in entries]
        texts += [part for entry in entries for part in entry["source"].split(SOURCE_BREAK)]
        texts += [claim["value"] for claim in claims] + [wrapper["adds"] for wrapper in wrappers]
        texts += [fact.get("value", "") for key, fact in facts.items() if key.partition("@")[0] in TOOLS]
        for text in texts:
            if re.search("[A-Za-z]", re.sub(r"https://\S+", "", text)):
                yield path.name, text


def _rubrics() -> Iterator[str]:
    tables = tomllib.loads((ROOT / "resources" / "catalogue" / "rubrics.toml").read_text("utf-8"))
    for table in tables.values():
        yield from table["levels"]


def updated(language: str) -> Catalog:
    """Return a language's translations merged with the sentences of today."""
    path = po_path(language)
    if path.exists():
        catalogue = read_po(io.BytesIO(path.read_bytes()), locale=language)
    else:
        catalogue = Catalog(locale=language, project="Framework Advisor")
    # A fuzzy match would put a wrong sentence before readers; an untranslated one shows in English.
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = f"# Framework Advisor in {language}; made by packaging/translations.py."
    for message in catalogue:
        # A percent sign in a sentence is just that: placeholders are in braces.
        message.flags.discard("python-format")
    return catalogue


def po_bytes(catalogue: Catalog) -> bytes:
    """Return translations as they are kept: sorted, with files but no lines, without the day of making."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=110, sort_output=True, include_lineno=False, omit_header=False)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    dated = ('"POT-', '"PO-', '"Generated-', '"Last-', '"Language-Team', '"Project-', '"Report-')
    return "".join(line for line in lines if not line.startswith(dated)).encode()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return translations compiled: the same bytes whenever they are made."""
    # Babel writes the minute of making where the translations name none.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def po_path(language: str) -> Path:
    """Return where a language's translations are kept."""
    return I18N / language / "LC_MESSAGES" / "advisor.po"


def problems(language: str) -> list[str]:
    """Return what is missing or out of date in a language, a sentence each."""
    path = po_path(language)
    catalogue = updated(language)
    found = [f"{language}: not translated: {message.id!r}" for message in catalogue if lacks(message)]
    if not path.exists() or path.read_bytes() != po_bytes(catalogue):
        found.append(f"{language}: {path.name} is out of date")
    compiled = path.with_suffix(".mo")
    kept = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else catalogue
    if not compiled.exists() or compiled.read_bytes() != mo_bytes(kept):
        found.append(f"{language}: {compiled.name} is out of date")
    return found


def lacks(message: object) -> bool:
    """Whether a message has no translation, or one with other placeholders than the original."""
    if not message.id:
        return False
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    originals = message.id if isinstance(message.id, tuple) else (message.id,)
    if message.fuzzy or not all(strings):
        return True
    wanted = [_fields(original) for original in originals]
    return any(_fields(string) not in wanted for string in strings)


def _fields(text: str) -> frozenset[str]:
    parts = text.replace("{{", "").replace("}}", "").split("{")[1:]
    return frozenset(part.partition("}")[0] for part in parts)


def main() -> int:
    """Update or check every language."""
    if "--check" not in sys.argv[1:]:
        for language in LANGUAGES:
            catalogue = updated(language)
            path = po_path(language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(po_bytes(catalogue))
            kept = read_po(io.BytesIO(path.read_bytes()), locale=language)
            path.with_suffix(".mo").write_bytes(mo_bytes(kept))
    found = [problem for language in LANGUAGES for problem in problems(language)]
    print("\n".join(found) or "All translations are complete and up to date.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
