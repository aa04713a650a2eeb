"""The user's own data, item by item, for loaders that ask for the next one: an array and the number of its class.

``reading`` is what ``load`` says of the data (``README.md``), with what the network takes. What is held in memory is no
more than the part of a file that counts.
"""

import codecs
import contextlib
import csv
import os
import re
import zipfile
import zlib

import common

ENDINGS = (".jpg", ".jpeg", ".png")

WORDS = re.compile(r"\w+")

# Where no network says what it takes.
TEXT_TOKENS = 128
IMAGE_SHAPE = (224, 224, 3)
VOCABULARY = 30_522

_FIELD_BYTES = 2**20


def complete(message, workload, spec):
    """What ``load`` says of the data, with what the network takes."""
    import networks

    feeds = message["feeds"]
    reads = feeds and spec is not None and networks.reads_tokens(spec)
    text = message["data"]["kind"] == "text"
    vocabulary = next(networks.leaves(spec["layers"]))["vocabulary"] if reads else text and VOCABULARY
    return {
        **message["data"],
        "shape": workload["input_shape"] if feeds else IMAGE_SHAPE,
        "batch": workload["batch"],
        "told_apart": workload["classes"],
        "vocabulary": vocabulary,  # 0: the network takes no tokens
        "length": workload["input_shape"][0] if reads else TEXT_TOKENS,
        "writes": reads and networks.generates(spec),
        "threads": message["threads"],
        "seed": message["seed"],
    }


@contextlib.contextmanager
def faults_of_data():
    """Whatever goes wrong here is the data's fault, and its message may hold some of it."""
    try:
        yield
    except (common.Unsupported, MemoryError):
        raise
    except Exception as error:
        raise common.Unsupported("unreadable-data: " + type(error).__name__) from None


def of(reading, channels_first):
    """The items of a data set, as a network with such inputs takes them."""
    kinds = {"images": Images, "text": Texts, "table": Table, "arrays": Arrays}
    return kinds[reading["kind"]](reading, channels_first)


def code(text, count):
    """A number below ``count`` for a text, the same every time."""
    return zlib.crc32(text.encode()) % count


def tokens(text, length, vocabulary):
    """Words in lower case, each a number from its sum; cut at a length, or filled up with zeros."""
    found = [1 + code(word, vocabulary - 1) for word in WORDS.findall(text.lower())[:length]]
    return found + [0] * (length - len(found))


class Items:
    """What all items have: their number, and how labels become classes that the network tells apart."""

    def __init__(self, reading, channels_first):
        self.reading, self.channels_first = reading, channels_first
        self.classes = max(1, min(reading["classes"], reading["told_apart"] or reading["classes"]))

    def __len__(self):
        return self.reading["items"]

    def check(self):
        """See that there is what takes an item out of its file."""


class Images(Items):
    """Files in the folders of their classes, in the order of their names. Links are not followed."""

    def __init__(self, reading, channels_first):
        super().__init__(reading, channels_first)
        self.paths, self.labels = [], []
        folders = sorted(
            each.path for each in os.scandir(reading["path"]) if each.is_dir(follow_symlinks=False)
        )
        number = -1
        for folder in folders:
            found = [
                each.path
                for each in sorted(os.scandir(folder), key=lambda entry: entry.name)
                if each.name.lower().endswith(ENDINGS) and each.is_file(follow_symlinks=False)
            ]
            number += bool(found)
            self.paths += found
            self.labels += [number % self.classes] * len(found)
        if not self.paths:
            raise common.Unsupported("no-images")
        self.size = (reading["shape"][1], reading["shape"][0])

    def __len__(self):
        return len(self.paths)

    def open(self, index):
        """An image as Pillow decodes it, between 0 and 1."""
        import numpy
        from PIL import Image

        with Image.open(self.paths[index]) as opened:
            return numpy.asarray(opened.convert("RGB").resize(self.size), dtype=numpy.float32) / 255

    def __getitem__(self, index):
        pixels = self.open(index)
        return pixels.transpose(2, 0, 1).copy() if self.channels_first else pixels, self.labels[index]

    def check(self):
        try:
            import PIL.Image  # noqa: F401
        except ImportError:
            raise common.Unsupported("no-decoder pillow") from None


class _Records(Items):
    """Lines or records of a text file; each is parsed when it is asked for."""

    def __init__(self, reading, channels_first):
        super().__init__(reading, channels_first)
        self.starts, self.ends = [], []
        with open(reading["path"], "rb") as file:
            self.data = file.read(reading["bytes"] + len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8)
        lines = self._lines()
        for begins, ends in self._records(lines) if reading["delimiter"] else lines:
            if self.data[begins:ends].strip():
                self.starts.append(begins)
                self.ends.append(ends)
            if len(self.starts) == reading["items"] + reading["header"]:
                break
        if reading["header"]:
            del self.starts[:1], self.ends[:1]

    def __len__(self):
        return len(self.starts)

    def _lines(self):
        position = 0
        while position < len(self.data):
            after = self.data.find(b"\n", position) + 1 or len(self.data)
            yield position, after
            position = after

    def _records(self, lines):
        """Records may have ends of lines in their fields, so that a parser has to say where they end."""
        ends = [0]

        def texts():
            for begins, after in lines:
                ends[0] = after
                yield self.data[begins:after].decode()

        begins = 0
        csv.field_size_limit(_FIELD_BYTES)
        for _row in csv.reader(texts(), delimiter=self.reading["delimiter"], strict=True):
            yield begins, ends[0]
            begins = ends[0]

    def row(self, index):
        text = self.data[self.starts[index] : self.ends[index]].decode()
        if not self.reading["delimiter"]:
            return [text]
        return next(csv.reader(text.splitlines(keepends=True), delimiter=self.reading["delimiter"]))

    def label(self, row):
        column = self.reading["label"]
        return 0 if column is None else code(row[column], self.classes)


class Table(_Records):
    """The numbers of a record; an empty field counts as 0."""

    def __getitem__(self, index):
        import numpy

        row = self.row(index)
        numbers = [float(row[column] or 0) for column in self.reading["inputs"]]
        return numpy.array(numbers, numpy.float32), self.label(row)


class Texts(_Records):
    """The tokens of a text; for a network that writes, with those that follow each as its labels."""

    def __getitem__(self, index):
        import numpy

        reading, row = self.reading, self.row(index)
        length, vocabulary = reading["length"], reading["vocabulary"]
        text = row[reading["inputs"][0] if reading["inputs"] else 0]
        if reading["writes"]:
            found = numpy.array(tokens(text, length + 1, vocabulary), numpy.int32)
            return found[:-1], found[1:]
        return numpy.array(tokens(text, length, vocabulary), numpy.int32), self.label(row)


class Arrays(Items):
    """Parts of an array along its first axis: pictures of bytes between 0 and 1, other numbers as they are."""

    def __init__(self, reading, channels_first):
        super().__init__(reading, channels_first)
        import numpy

        name, labels = reading["members"]
        if name:
            self.array = self._member(name)
            found = self._member(labels) if labels else numpy.zeros(len(self))
        else:
            self.array = numpy.load(reading["path"], mmap_mode="r", allow_pickle=False)[: len(self)]
            found = numpy.zeros(len(self))
        self.labels = (found.astype(numpy.int64) % self.classes).astype(numpy.int32)
        self.whole = self.array.dtype.kind in "iub"

    def _member(self, name):
        """The beginning of an array in an archive, read no further than its items go."""
        import numpy

        with zipfile.ZipFile(self.reading["path"]) as archive, archive.open(name + ".npy") as file:
            version = numpy.lib.format.read_magic(file)
            header = (
                numpy.lib.format.read_array_header_1_0
                if version == (1, 0)
                else numpy.lib.format.read_array_header_2_0
            )
            shape, _, dtype = header(file)
            shape = (len(self), *shape[1:])
            size = int(numpy.prod(shape)) * dtype.itemsize
            return numpy.frombuffer(file.read(size), dtype).reshape(shape)

    def prepared(self, item):
        """One item or several, as the network takes them."""
        import numpy

        if self.reading["vocabulary"] and self.whole:
            return (item % self.reading["vocabulary"]).astype(numpy.int32)
        scale = 255 if item.dtype == numpy.uint8 else 1
        return numpy.asarray(item, numpy.float32) / scale

    def __getitem__(self, index):
        item = self.prepared(self.array[index])
        if self.channels_first and item.ndim == 3:
            item = item.transpose(2, 0, 1).copy()
        return item, int(self.labels[index])
