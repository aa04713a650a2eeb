"""What workers share that open a user's files: limits, the fixed input, and numbers to compare.

Standard library only: a user's script may run where nothing else is.
"""

import os
import zipfile

import common

EXCERPT = 64
"""Numbers of a row, and rows, that travel to the parent."""

LARGEST_BYTES = 16 * 2**30
"""What an archive may come to, unpacked."""

_EXPANSION = 100
_SMALL_BYTES = 2**28
"""Archives hold weights, which hardly compress: a member that unpacks to more than so many times its size is a trap,
where it is larger than this."""


def _plain(value):
    """Lists and numbers of what any framework calls an array."""
    for method in ("tolist", "numpy", "asnumpy"):
        if hasattr(value, method):
            return _plain(getattr(value, method)())
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return float(value)


def _flat(value):
    if not isinstance(value, list):
        return [value]
    return [number for each in value for number in _flat(each)]


def rows(value):
    """At most so many rows of numbers; whatever shape a row has, it is written in one line."""
    value = _plain(value)
    if not isinstance(value, list):
        value = [value]
    if value and not isinstance(value[0], list):
        value = [value]
    return [_flat(row)[:EXCERPT] for row in value[:EXCERPT]]


def compared(results):
    """Rows of the first of some arrays: all of a batch's items, or as many as travel."""
    first = results[0]
    return rows(first[:EXCERPT].reshape(min(len(first), EXCERPT), -1)[:, :EXCERPT] if first.ndim else first)


def check_archive(path):
    """Refuse what is no archive, is cut short, or unpacks to more than it could honestly hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise common.Unsupported("damaged-file: " + str(error)[:200]) from None
    for member in members:
        bomb = member.file_size > max(_SMALL_BYTES, _EXPANSION * member.compress_size)
        name = member.filename
        if bomb or name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
            raise common.Unsupported("hostile-file: " + name[:100])
    if sum(member.file_size for member in members) > LARGEST_BYTES:
        raise common.Unsupported("file-too-large")
    return [member.filename for member in members]


def inputs(workload, seed):
    """The fixed batch of a model: normal numbers; zeros and ones where whole numbers are asked for."""
    import numpy

    generator = numpy.random.Generator(numpy.random.PCG64([seed, 1]))
    arrays = []
    for tensor in workload["inputs"]:
        dtype = numpy.dtype(tensor["dtype"])
        if dtype.kind == "f":
            arrays.append(generator.standard_normal(tensor["shape"]).astype(dtype))
        elif dtype.kind in "iub":
            arrays.append(generator.integers(0, 2, tensor["shape"]).astype(dtype))
        else:
            raise common.Unsupported("input-dtype: " + tensor["dtype"])
    return arrays


def one(arrays):
    """The first item of a batch."""
    return [array[:1].copy() for array in arrays]


def cannot_open(error, path):
    """The failure of a framework's own loader: that file isn't for it."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    said = lines[0].replace(os.path.abspath(path), os.path.basename(path))[:300]
    return common.Unsupported("cannot-open: " + said)
