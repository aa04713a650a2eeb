"""The user's own data in batches, by each framework's own loader, endless.

What is timed is the start of an epoch, loader included: no batch is there before the clock runs.
"""

import os


def endless(make):
    """Batches of one epoch after the other."""
    import common

    while True:
        found = False
        for batch in make():
            found = True
            yield batch
        if not found:
            raise common.Unsupported("fewer-items-than-a-batch")


def pytorch(torch, items, reading):
    """``DataLoader`` with as many workers as there are threads."""
    items.check()
    generator = torch.Generator()
    generator.manual_seed(reading["seed"])
    loader = torch.utils.data.DataLoader(
        items,
        reading["batch"],
        shuffle=True,
        num_workers=reading["threads"],
        drop_last=True,
        generator=generator,
        multiprocessing_context="fork" if os.name == "posix" else None,
    )
    return endless(lambda: loader)


def paddle(paddle, items, reading):
    """``paddle.io.DataLoader`` with as many workers as there are threads."""
    items.check()
    import numpy

    class Items(paddle.io.Dataset):
        def __len__(self):
            return len(items)

        def __getitem__(self, index):
            return items[index]

    numpy.random.seed(reading["seed"])  # which its sampler draws from
    loader = paddle.io.DataLoader(
        Items(), batch_size=reading["batch"], shuffle=True, num_workers=reading["threads"], drop_last=True
    )

    def epoch():
        batches = iter(loader)
        try:
            yield from batches
        finally:
            # A thread of its own holds it (3.3), so that nothing ends its workers where an epoch is left early.
            batches._try_shutdown_all(1)

    return endless(epoch)


def mxnet(mx, items, reading):
    """Gluon's ``DataLoader`` with as many workers as there are threads; images by OpenCV, which MXNet brings."""
    loader = mx.gluon.data.DataLoader(
        GluonImages(mx, items) if reading["kind"] == "images" else items,
        reading["batch"],
        shuffle=True,
        num_workers=reading["threads"],
        thread_pool=True,  # its worker processes share memory in a way that a small /dev/shm doesn't bear
        last_batch="discard",
    )
    return endless(lambda: loader)


class GluonImages:
    """Images as Gluon's loader asks for them: channels first, between 0 and 1."""

    def __init__(self, mx, items):
        self.mx, self.items = mx, items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        image, items = self.mx.image, self.items
        pixels = image.imresize(image.imread(items.paths[index]), *items.size)
        return pixels.astype("float32").transpose((2, 0, 1)) / 255, items.labels[index]


def plain(items, reading):
    """Without any framework, for one that has no loader: as many threads as there are, one batch ahead."""
    items.check()
    from concurrent.futures import ThreadPoolExecutor

    import numpy

    batch, generator = reading["batch"], numpy.random.default_rng(reading["seed"])

    def load(indices, pool):
        return [pool.submit(items.__getitem__, int(index)) for index in indices]

    def epoch():
        order = generator.permutation(len(items))
        whole = len(order) - len(order) % batch
        groups = [order[start : start + batch] for start in range(0, whole, batch)]
        with ThreadPoolExecutor(reading["threads"]) as pool:
            ahead = load(groups[0], pool) if groups else []
            for number in range(len(groups)):
                current, ahead = ahead, load(groups[number + 1], pool) if number + 1 < len(groups) else []
                inputs, labels = zip(*(each.result() for each in current))
                yield numpy.stack(inputs), numpy.array(labels, numpy.int32)

    return endless(epoch)


def tensorflow(tf, items, reading):
    """``tf.data`` with TensorFlow's own readers, in as many threads as there are, one batch ahead."""
    make = {"images": _images, "text": _texts, "table": _table, "arrays": _arrays}[reading["kind"]]
    data = make(tf, items, reading).prefetch(1)
    return endless(lambda: data)


_BUFFER = 10_000  # records that are shuffled at a time; tf.data knows no order of records of a file


def _images(tf, items, reading):
    def decode(path, label):
        pixels = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
        return tf.image.resize(pixels, reading["shape"][:2]) / 255.0, label

    data = tf.data.Dataset.from_tensor_slices((items.paths, tf.constant(items.labels, tf.int32)))
    data = data.shuffle(len(items), seed=reading["seed"]).map(decode, num_parallel_calls=reading["threads"])
    return data.batch(reading["batch"], drop_remainder=True)


def _records(tf, items, reading, default):
    """Batches of columns: those of the inputs, and the label's, of zeros where there is none."""
    if reading["delimiter"]:
        wanted = sorted([*reading["inputs"], *([] if reading["label"] is None else [reading["label"]])])
        defaults = [
            tf.constant([""]) if column == reading["label"] else tf.constant([default]) for column in wanted
        ]
        lines = tf.data.experimental.CsvDataset(
            reading["path"],
            defaults,
            header=reading["header"],
            field_delim=reading["delimiter"],
            select_cols=wanted,
        )
    else:
        wanted = [0]
        lines = tf.data.TextLineDataset(reading["path"])
        lines = lines.filter(lambda line: tf.strings.length(tf.strings.strip(line)) > 0).map(
            lambda line: (line,)
        )
    lines = lines.take(len(items)).shuffle(_BUFFER, seed=reading["seed"])
    lines = lines.batch(reading["batch"], drop_remainder=True)

    def apart(*columns):
        found = dict(zip(wanted, columns))
        label = found.pop(reading["label"], None)
        if label is None:
            labels = tf.zeros(reading["batch"], tf.int32)
        else:
            labels = tf.cast(tf.strings.to_hash_bucket_fast(label, items.classes), tf.int32)
        return list(found.values()), labels

    return lines, apart


def _table(tf, items, reading):
    lines, apart = _records(tf, items, reading, 0.0)

    def stack(*columns):
        numbers, labels = apart(*columns)
        return tf.stack(numbers, axis=1), labels

    return lines.map(stack, num_parallel_calls=reading["threads"])


def _texts(tf, items, reading):
    lines, apart = _records(tf, items, reading, "")
    length = reading["length"] + reading["writes"]

    def split(*columns):
        (texts,), labels = apart(*columns)
        texts = tf.strings.regex_replace(tf.strings.lower(texts, encoding="utf-8"), r"[^\pL\pN_]+", " ")
        words = tf.strings.split(texts)
        numbers = 1 + tf.strings.to_hash_bucket_fast(words.flat_values, reading["vocabulary"] - 1)
        found = words.with_flat_values(tf.cast(numbers, tf.int32)).to_tensor(shape=(reading["batch"], length))
        return (found[:, :-1], found[:, 1:]) if reading["writes"] else (found, labels)

    return lines.map(split, num_parallel_calls=reading["threads"])


def _arrays(tf, items, reading):
    vocabulary = reading["vocabulary"] if items.whole else 0
    scale = 255.0 if items.array.dtype.name == "uint8" else 1.0

    def prepare(batch, labels):
        if vocabulary:
            return tf.cast(batch % vocabulary, tf.int32), labels
        return tf.cast(batch, tf.float32) / scale, labels

    data = tf.data.Dataset.from_tensor_slices((items.array, items.labels))
    data = data.shuffle(len(items), seed=reading["seed"]).batch(reading["batch"], drop_remainder=True)
    return data.map(prepare, num_parallel_calls=reading["threads"])
