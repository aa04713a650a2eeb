"""ONNX files read by hand: what is in them, and that they ask for no file but their own, before a runtime opens them.

The format is Protocol Buffers (https://protobuf.dev/programming-guides/encoding/); fields' numbers are those of
``onnx.proto`` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Standard library only.
"""

import mmap
import os
from collections import Counter

import common

_DEPTH = 16  # of graphs within graphs
_NAMES = 200  # characters of a name that travel
_KINDS = 1000  # of operators
_LARGEST = 2**50  # numbers in a constant

_TYPES = {
    **{1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64"},
    **{9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64"},
}


def _varint(data, place):
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")


def _fields(data, start, end):
    """Field numbers with a number, or with the start and end of what they hold."""
    place = start
    while place < end:
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = _varint(data, place)
            yield number, value
        elif kind == 2:
            length, place = _varint(data, place)
            if length > end - place:
                raise ValueError("it ends too soon")
            yield number, (place, place + length)
            place += length
        elif kind in (1, 5):
            place += 8 if kind == 1 else 4
        else:
            raise ValueError("it is no protocol buffer")
    if place != end:
        raise ValueError("it ends too soon")


class _Reader:
    """What is gathered on the way through a file."""

    def __init__(self, data):
        self.data = data
        self.opset = None
        self.ports = []
        self.constants = {}  # numbers of an initialiser, by its name
        self.operators = Counter()
        self.locations = set()

    def text(self, span):
        return bytes(self.data[span[0] : span[1]]).decode("utf-8", "replace")

    def model(self):
        graphs = 0
        for number, value in _fields(self.data, 0, len(self.data)):
            if number == 7:
                graphs += 1
                self.graph(value, 0)
            elif number == 8:
                self.opset_of(value)
        if graphs != 1 or self.opset is None:
            raise ValueError("it holds no graph")

    def opset_of(self, span):
        domain, version = "", 0
        for number, value in _fields(self.data, *span):
            if number == 1:
                domain = self.text(value)
            elif number == 2 and isinstance(value, int):
                version = value
        if domain in ("", "ai.onnx"):
            self.opset = version

    def graph(self, span, depth):
        if depth > _DEPTH:
            raise ValueError("its graphs are nested too deeply")
        for number, value in _fields(self.data, *span):
            if number == 1:
                self.node(value, depth)
            elif number == 5:
                self.tensor(value)
            elif number == 11 and depth == 0:
                self.ports.append(self.port(value))

    def node(self, span, depth):
        for number, value in _fields(self.data, *span):
            if number == 4:
                self.operators[self.text(value)[:_NAMES]] += 1
            elif number == 5:
                self.attribute(value, depth)

    def attribute(self, span, depth):
        for number, value in _fields(self.data, *span):
            if number in (5, 10):
                self.tensor(value)
            elif number in (6, 11):
                self.graph(value, depth + 1)

    def tensor(self, span):
        name, count = "", 1
        for number, value in _fields(self.data, *span):
            if number == 1:
                sides = [value] if isinstance(value, int) else self.packed(value)
                for side in sides:
                    count *= side
                    if count > _LARGEST:
                        raise ValueError("a constant is too large")
            elif number == 8:
                name = self.text(value)
            elif number == 13:
                self.external(value)
        if name:
            self.constants[name] = count

    def packed(self, span):
        place, end = span
        sides = []
        while place < end:
            side, place = _varint(self.data, place)
            sides.append(side)
        return sides

    def external(self, span):
        key = text = ""
        for number, value in _fields(self.data, *span):
            if number == 1:
                key = self.text(value)
            elif number == 2:
                text = self.text(value)
        if key == "location":
            self.locations.add(text)

    def port(self, span):
        name, dtype, shape = "", "unknown", []
        for number, value in _fields(self.data, *span):
            if number == 1:
                name = self.text(value)[:_NAMES]
            elif number == 2:
                for inner, tensor in _fields(self.data, *value):
                    if inner == 1:
                        dtype, shape = self.tensor_type(tensor)
        return {"name": name, "shape": shape, "dtype": dtype}

    def tensor_type(self, span):
        dtype, shape = "unknown", []
        for number, value in _fields(self.data, *span):
            if number == 1:
                dtype = _TYPES.get(value, "unknown")
            elif number == 2:
                shape = [
                    self.side(dimension) for which, dimension in _fields(self.data, *value) if which == 1
                ]
        return dtype, shape

    def side(self, span):
        """A dimension's size; none where it has a name, or nothing, instead."""
        found = [value for number, value in _fields(self.data, *span) if number == 1]
        return found[0] if found and 0 < found[0] < 2**31 else None


def read(path):
    """A file, walked through once.

    Raises
    ------
    common.Unsupported
        It is damaged, or wants data from elsewhere than beside it.
    """
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            reader = _Reader(data)
            reader.model()
    except (
        ValueError,
        IndexError,
        TypeError,
        OSError,
    ) as error:  # a type error: a number where a message should be
        raise common.Unsupported("damaged-file: " + str(error)[:200]) from None
    folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))
    for location in reader.locations:
        target = os.path.join(folder, location)
        # A link beside the file may lead anywhere, too.
        beside = (
            os.path.dirname(os.path.realpath(target)) == folder and os.path.basename(location) == location
        )
        if not beside:
            raise common.Unsupported("hostile-file: " + location[:100])
        if not os.path.isfile(target):
            raise common.Unsupported("no-external-data: " + location[:100])
    return reader


def inspect(path):
    """What a file holds."""
    reader = read(path)
    # Up to IR version 3 constants stand among the inputs as well.
    ports = [port for port in reader.ports if port["name"] not in reader.constants]
    if not ports:
        raise common.Unsupported("no-inputs")
    return {
        "format": "ONNX, opset %d" % reader.opset,
        "ports": ports,
        "parameters": sum(reader.constants.values()),
        "operators": dict(reader.operators.most_common(_KINDS)),
        "single": True,
        "beside": sorted(reader.locations),
    }
