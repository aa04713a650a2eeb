"""A user's data, made on the spot: looked at in part, told in numbers, refused with a reason where it is damaged."""

import struct
import zipfile

import msgspec
import numpy as np
import pytest

from advisor.assessment import own_work
from advisor.assessment.model import RunOptions
from advisor.errors import AdvisorError
from advisor.report.wording import data as words
from advisor.workloads import datasets
from advisor.workloads.datasets import DataSet, Kind
from advisor.workloads.model import Task
from advisor.workloads.published import WORKLOADS
from tests.own import made_data


@pytest.fixture
def images(tmp_path):
    return made_data.images(tmp_path / "private")


MADE = {
    "images": lambda folder: made_data.images(folder / "private"),
    "table": lambda folder: made_data.table(folder / "private.csv"),
    "reviews": lambda folder: made_data.reviews(folder / "private.csv"),
    "lines": lambda folder: made_data.lines(folder / "private.txt"),
    "arrays": lambda folder: made_data.arrays(folder / "private.npz"),
}


@pytest.mark.parametrize(
    ("made", "kind", "items", "classes", "shape"),
    [
        ("images", Kind.IMAGES, 40, 2, ()),
        ("table", Kind.TABLE, 60, 3, (2,)),
        ("reviews", Kind.TEXT, 60, 2, ()),
        ("lines", Kind.TEXT, 60, 0, ()),
        ("arrays", Kind.ARRAYS, 60, 4, (8, 8, 3)),
    ],
)
def test_what_is_kept_of_data_is_numbers_alone(tmp_path, made, kind, items, classes, shape) -> None:
    found = datasets.look(MADE[made](tmp_path))
    kept = found.description
    assert (kept.kind, kept.items, kept.classes, kept.shape) == (kind, items, classes, shape)
    saved = msgspec.json.encode(RunOptions(data=kept)).decode() + words.described(kept, "en")
    assert not any(each in saved for each in ("secret", "private", "review"))


def test_its_owner_is_shown_what_is_read(images, tmp_path) -> None:
    shown = dict(words.found(datasets.look(images), "en"))
    assert shown["Classes"] == "secret_cats, secret_dogs"
    assert shown["Rows × columns"] == "40×30"
    assert "Damaged" not in shown
    shown = dict(words.found(datasets.look(made_data.reviews(tmp_path / "reviews.csv")), "en"))
    assert (shown["Text from"], shown["Classes from"]) == ("review", "class")


def test_the_bytes_are_those_of_the_images(images):
    assert datasets.look(images).description.bytes == sum(
        each.stat().st_size for each in images.rglob("*") if each.suffix.lower() in (".jpg", ".png")
    )


def test_links_are_not_followed(images, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "more.jpg").write_bytes(b"x")
    (images / "linked").symlink_to(elsewhere)
    (images / "secret_cats" / "linked.jpg").symlink_to(elsewhere / "more.jpg")
    assert datasets.look(images).description.items == 40


def test_half_written_images_are_counted_before_a_loader_meets_them(images):
    for number in (0, 1):
        (path,) = (images / "secret_cats").glob(f"{number}.*")
        path.write_bytes(path.read_bytes()[:-20])
    (images / "secret_cats" / "3.jpg").write_bytes(b"\xff\xd8" + b"\xff\xe0\x00\x00" * 50)
    seen = datasets.look(images).seen
    assert (seen.looked_at, seen.damaged) == (40, 3)
    for path in images.rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    with pytest.raises(AdvisorError, match="whole image"):
        datasets.look(images)


def test_a_folder_without_images_is_said_so(tmp_path):
    (tmp_path / "class").mkdir()
    with pytest.raises(AdvisorError, match="no images"):
        datasets.look(tmp_path)
    with pytest.raises(AdvisorError, match="can't be read"):
        datasets.look(tmp_path / "nowhere.csv")


def _npy(**header: object) -> bytes:
    """A file whose header says more than it holds."""
    text = repr({"descr": "<f4", "fortran_order": False, "shape": (2, 3), **header}).encode()
    text += b" " * (63 - (len(text) + 10) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pkl", b"x", r"\.csv, \.tsv, \.txt, \.npy, \.npz"),
        ("a.txt", b"", "no lines"),
        ("a.txt", b"a\0b", "zero bytes"),
        ("a.txt", "Wörter".encode("latin-1"), "UTF-8"),
        ("a.csv", b"", "no records"),
        ("a.csv", b"a,label\n", "no records"),
        ("a.csv", b"a,label\n1,2\n3\n", "line 3 has 1 field"),
        ("a.csv", b"a,label\n1,2\n\n3,4\n", "line 3 has 0 fields"),
        ("a.csv", b'a,label\n1,2\n3,"cut of', "line 3 is no record"),
        ("a.csv", b"a,label\n1," + b"x" * 2**21, "is no record"),
        ("a.csv", b"," * 20_000 + b"\n", "at most 10,000"),
        ("a.npy", b"", "no whole NumPy array"),
        ("a.npy", _npy(), "no whole NumPy array"),
        ("a.npy", _npy(shape=(2**40, 2**20)), "no whole NumPy array"),
        ("a.npy", _npy(descr="|O"), "Python objects"),
        ("a.npy", _npy(descr="__import__('os')"), "no whole NumPy array"),
        ("a.npy", _npy(shape=()) + bytes(4), "no items"),
        ("a.npy", _npy(fortran_order=True) + bytes(24), "one after the other"),
        ("a.npz", b"PK\3\4 no archive", "no whole archive"),
    ],
)
def test_what_is_damaged_or_a_trap_is_refused_with_a_reason(tmp_path, name, content, message) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(AdvisorError, match=message) as refused:
        datasets.look(path, "none" if name == "a.csv" and content[:1] == b"," else None)
    assert refused.value.remedy or message == r"\.csv"


def test_an_archive_is_read_by_its_headers(tmp_path):
    path = made_data.arrays(tmp_path / "a.npz")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AdvisorError, match="no whole archive"):
        datasets.look(path)
    # Packed, a terabyte of zeros takes a few bytes more than none; its numbers are never unpacked.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", _npy(descr="|u1", shape=(2**26, 2**4)) + bytes(2**20))
    with pytest.raises(AdvisorError, match="no whole NumPy array"):
        datasets.look(path)


@pytest.mark.parametrize("ending", ["txt", "csv", "npy"])
def test_of_a_long_file_the_beginning_counts(tmp_path, monkeypatch, ending):
    from advisor.workloads import data_files

    monkeypatch.setattr(data_files, "PART_BYTES", 1000)
    path = tmp_path / f"a.{ending}"
    if ending == "npy":
        np.save(path, np.zeros((2000, 10), np.uint8))
    else:
        path.write_text("a,label\n" * (ending == "csv") + '"1\n",2\n' * 2000)
    found = datasets.look(path).description
    assert found.cut
    assert 50 < found.items < 400
    assert "a longer file" in words.described(found, "en")


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path):
    import os

    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(AdvisorError, match="no file"):
        datasets.look(tmp_path / "a.csv")


def test_the_column_of_the_classes_is_asked_for_unless_it_is_called_so(tmp_path):
    path = made_data.table(tmp_path / "a.csv")
    path.write_text(path.read_text().replace("Label", "kind of it"))
    with pytest.raises(datasets.LabelWantedError) as wanted:
        datasets.look(path)
    assert wanted.value.columns == ("secret_a", "secret_b", "kind of it")
    assert datasets.look(path, "kind of it").description.classes == 3
    assert datasets.look(path, "3").seen.label == "kind of it"
    assert datasets.look(path, "none").description.classes == 0
    with pytest.raises(AdvisorError, match="no column “4”"):
        datasets.look(path, "4")


def test_a_saved_assessment_asks_for_the_data_again(images):
    found = datasets.look(images)
    options = RunOptions(data=found.description)
    own_work.check(options, (), found)
    with pytest.raises(AdvisorError, match="doesn't say where"):
        own_work.check(options, ())
    with pytest.raises(AdvisorError, match="very same data"):
        own_work.check(RunOptions(data=DataSet(41, 2, 10)), (), found)


def test_data_is_read_beside_the_networks_that_it_feeds(tmp_path):
    texts = datasets.look(made_data.reviews(tmp_path / "a.csv"))
    assert datasets.task(texts) is Task.NLP
    both = WORKLOADS["resnet18-96"], WORKLOADS["bert-tiny"]
    assert datasets.read_with(texts.description, both) == {"bert-tiny"}
    numbers = datasets.look(made_data.table(tmp_path / "b.csv"))
    assert datasets.read_with(numbers.description, both) == {"resnet18-96"}
    assert not datasets.feeds(numbers.description, both[0])


@pytest.mark.parametrize(
    "changed", [{"items": 0}, {"bytes": 0}, {"read_bytes_per_s": 0}, {"shape": [0]}, {"dtype": "x" * 100}]
)
def test_a_document_of_impossible_data_is_refused(changed):
    possible = {"items": 2, "classes": 0, "bytes": 4, "kind": "table"}
    described = words.described(msgspec.convert(possible, DataSet), "en")
    assert described == "2 records, 4\N{NO-BREAK SPACE}B"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(possible | changed, DataSet)
