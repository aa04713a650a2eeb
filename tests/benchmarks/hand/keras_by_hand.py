"""ResNet-18 in Keras as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU).

Timed inside ``fit`` and ``predict``, from the end of the first batch, which carries the call's own preparations.
"""

import os
import sys
import time

if __name__ == "__main__":
    threads = int(sys.argv[1])
    if os.environ["KERAS_BACKEND"] == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    elif os.environ["KERAS_BACKEND"] == "torch":
        import torch

        torch.set_num_threads(threads)

import keras
import numpy as np
from keras import layers


def conv_bn(x, filters, k, s):
    if s == 2 and k > 1:
        x = layers.Conv2D(filters, k, 2, use_bias=False)(layers.ZeroPadding2D(k // 2)(x))
    else:
        x = layers.Conv2D(filters, k, s, "same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


inputs = keras.Input((64, 64, 3))
x = layers.Activation("relu")(conv_bn(inputs, 64, 7, 2))
x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))
for width in (64, 128, 256, 512):
    for index in range(2):
        stride = 2 if width > 64 and index == 0 else 1
        y = layers.Activation("relu")(conv_bn(x, width, 3, stride))
        y = conv_bn(y, width, 3, 1)
        x = layers.Activation("relu")(layers.add([y, conv_bn(x, width, 1, 2) if stride == 2 else x]))
model = keras.Model(inputs, layers.Dense(1000)(layers.GlobalAveragePooling2D()(x)))
optimizer = keras.optimizers.SGD(0.0125, momentum=0.9)
model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))


def train(images, labels, callbacks=()):
    model.fit(images, labels, batch_size=32, verbose=0, shuffle=False, callbacks=callbacks)


def infer(images, callbacks=()):
    return model.predict(images, batch_size=32, verbose=0, callbacks=callbacks)


if __name__ == "__main__":

    class Watch(keras.callbacks.Callback):
        """From the end of the first batch to the end of the last."""

        def on_train_batch_end(self, batch, logs=None):
            if batch == 0:
                float(logs["loss"])
                self.cpu, self.start = time.process_time(), time.perf_counter()

        def on_train_end(self, logs=None):
            self.elapsed = time.perf_counter() - self.start, time.process_time() - self.cpu

        def on_predict_batch_end(self, batch, logs=None):
            if batch == 0:
                keras.ops.convert_to_numpy(logs["outputs"])
                self.cpu, self.start = time.process_time(), time.perf_counter()

        on_predict_end = on_train_end

    for line in sys.stdin:
        what, *steps = line.split()
        if what == "parameters":
            print(sum(each.numpy().size for each in model.trainable_variables), flush=True)
            continue
        count = 32 * (int(steps[0]) + 1)
        images = np.random.default_rng(0).standard_normal((count, 64, 64, 3), np.float32)
        watch = Watch()
        if what == "train":
            train(images, np.random.default_rng(1).integers(0, 1000, count), [watch])
        else:
            infer(images, [watch])
        print(*watch.elapsed, flush=True)
