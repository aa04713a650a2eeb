"""Data of a user's, made on the spot: images, texts, tables and arrays."""

from pathlib import Path

import numpy as np
from PIL import Image


def images(folder: Path, each: int = 20, endings: tuple[str, ...] = ("PNG", "jpg")) -> Path:
    """Two classes of small images, and what isn't one."""
    generator = np.random.default_rng(0)
    for name in ("secret_cats", "secret_dogs"):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            pixels = generator.integers(0, 255, (40, 30, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.{endings[number % len(endings)]}")
    (folder / "secret_cats" / "notes.txt").write_text("no image")
    return folder


def table(path: Path, records: int = 60) -> Path:
    """Numbers, one of them missing, and a class."""
    rows = [f"{number},{number / 2 if number else ''},secret_{number % 3}" for number in range(records)]
    path.write_text("\n".join(["secret_a,secret_b,Label", *rows]) + "\n", "utf-8")
    return path


def reviews(path: Path, records: int = 60) -> Path:
    """Texts with a comma, quotes and the end of a line in them."""
    rows = [f'secret_{number % 2};"Wörter, and ""so"" on\n{number}";{number}' for number in range(records)]
    path.write_text("\n".join(["class;review;stars", *rows]) + "\n", "utf-8")
    return path


def lines(path: Path, count: int = 60) -> Path:
    """A text, with empty lines in it."""
    path.write_text("\n\n".join(f"This is line {number} of secret" for number in range(count)), "utf-8")
    return path


def arrays(path: Path, items: int = 60, side: int = 8) -> Path:
    """Pictures and their classes."""
    pictures = np.random.default_rng(0).integers(0, 255, (items, side, side, 3), dtype=np.uint8)
    np.savez(path, x=pictures, y=np.arange(items) % 4, names=np.array(["secret"] * items))
    return path
