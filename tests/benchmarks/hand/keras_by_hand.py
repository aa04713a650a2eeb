"""ResNet-18 in Keras as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU).

Timed inside ``fit`` and ``predict``, from the end of the first batch, which carries the call's own preparations.
"""

import keras_threads  # noqa: F401, I001

import keras
import keras_stopwatch
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

    def make_data(count):
        random = np.random.default_rng(0)
        return random.standard_normal((count, 64, 64, 3), np.float32), random.integers(0, 1000, count)

    keras_stopwatch.serve(
        train,
        lambda images, labels, callbacks: infer(images, callbacks),
        lambda: sum(each.numpy().size for each in model.trainable_variables),
        32,
        make_data,
    )
