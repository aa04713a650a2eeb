"""A user's folder of images, one folder per class, read by each framework's own loader: decoded, resized, batched.

What is timed is the start of an epoch, loader included: no batch is there before the clock runs.
"""

import os

import common

ENDINGS = (".jpg", ".jpeg", ".png")

_CLASSES = 1000  # that the published networks tell apart


def files(folder):
    """Paths and labels, in the order of their names. Links are not followed."""
    paths, labels = [], []
    classes = sorted(each.path for each in os.scandir(folder) if each.is_dir(follow_symlinks=False))
    for label, place in enumerate(classes):
        for each in sorted(os.scandir(place), key=lambda entry: entry.name):
            if each.name.lower().endswith(ENDINGS) and each.is_file(follow_symlinks=False):
                paths.append(each.path)
                labels.append(label % _CLASSES)
    if not paths:
        raise common.Unsupported("no-images")
    return paths, labels


def endless(make):
    """Batches of one epoch after the other."""
    while True:
        found = False
        for batch in make():
            found = True
            yield batch
        if not found:
            raise common.Unsupported("fewer-images-than-a-batch")


def _pillow():
    try:
        from PIL import Image
    except ImportError:
        raise common.Unsupported("no-decoder pillow") from None
    return Image


def pytorch(torch, folder, shape, batch, threads, seed, channels_first=True):
    """``DataLoader`` with as many workers as there are threads; decoded by Pillow."""
    image, (paths, labels) = _pillow(), files(folder)
    generator = torch.Generator()
    generator.manual_seed(seed)
    loader = torch.utils.data.DataLoader(
        Decoded(image, paths, labels, shape, channels_first),
        batch,
        shuffle=True,
        num_workers=threads,
        drop_last=True,
        generator=generator,
        multiprocessing_context="fork" if os.name == "posix" else None,
    )
    return endless(lambda: loader)


class Decoded:
    """Items as a loader asks for them, between 0 and 1."""

    def __init__(self, image, paths, labels, shape, channels_first):
        self.image, self.paths, self.labels, self.channels_first = image, paths, labels, channels_first
        self.size = (shape[1], shape[0])

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        import numpy

        with self.image.open(self.paths[index]) as opened:
            pixels = numpy.asarray(opened.convert("RGB").resize(self.size), dtype=numpy.float32) / 255
        return pixels.transpose(2, 0, 1).copy() if self.channels_first else pixels, self.labels[index]


def tensorflow(tf, folder, shape, batch, threads, seed):
    """``tf.data``, decoding and resizing in as many threads as there are, one batch ahead."""
    paths, labels = files(folder)

    def decode(path, label):
        pixels = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
        return tf.image.resize(pixels, shape[:2]) / 255.0, label

    data = tf.data.Dataset.from_tensor_slices((paths, tf.constant(labels, tf.int32)))
    data = data.shuffle(len(paths), seed=seed).map(decode, num_parallel_calls=threads)
    data = data.batch(batch, drop_remainder=True).prefetch(1)
    return endless(lambda: data)


def mxnet(mx, folder, shape, batch, threads, seed):
    """Gluon's ``DataLoader`` with as many workers as there are threads; decoded by OpenCV, which MXNet brings."""
    paths, labels = files(folder)
    loader = mx.gluon.data.DataLoader(
        GluonDecoded(mx, paths, labels, shape),
        batch,
        shuffle=True,
        num_workers=threads,
        thread_pool=True,  # its worker processes share memory in a way that a small /dev/shm doesn't bear
        last_batch="discard",
    )
    return endless(lambda: loader)


class GluonDecoded:
    """Items as Gluon's loader asks for them: channels first, between 0 and 1."""

    def __init__(self, mx, paths, labels, shape):
        self.mx, self.paths, self.labels, self.shape = mx, paths, labels, shape

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        mx = self.mx
        pixels = mx.image.imresize(mx.image.imread(self.paths[index]), self.shape[1], self.shape[0])
        return pixels.astype("float32").transpose((2, 0, 1)) / 255, float(self.labels[index])


def plain(folder, shape, batch, threads, seed):
    """Without any framework: Pillow in as many threads as there are, one batch ahead."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy

    image, (paths, labels) = _pillow(), files(folder)
    items = Decoded(image, paths, labels, shape, False)
    generator = numpy.random.default_rng(seed)

    def load(indices, pool):
        return [pool.submit(items.__getitem__, int(index)) for index in indices]

    def epoch():
        order = generator.permutation(len(items))
        whole = len(order) - len(order) % batch
        groups = [order[start : start + batch] for start in range(0, whole, batch)]
        with ThreadPoolExecutor(threads) as pool:
            ahead = load(groups[0], pool) if groups else []
            for number in range(len(groups)):
                current, ahead = ahead, load(groups[number + 1], pool) if number + 1 < len(groups) else []
                pixels, found = zip(*(each.result() for each in current))
                yield numpy.stack(pixels), numpy.array(found, numpy.int32)

    return endless(epoch)
