"""BERT-tiny in Keras as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import keras_threads  # noqa: F401, I001

import keras
import keras_stopwatch
import numpy as np
from keras import layers

WIDTH, HEADS = 128, 2


class Embeddings(layers.Layer):
    def __init__(self):
        super().__init__()
        self.token, self.position = layers.Embedding(30522, WIDTH), layers.Embedding(512, WIDTH)
        self.segment = layers.Embedding(2, WIDTH)

    def call(self, tokens):
        positions = keras.ops.arange(tokens.shape[1], dtype="int32")
        segments = keras.ops.zeros((1,), dtype="int32")
        return self.token(tokens) + self.position(positions) + self.segment(segments)


def norm(x):
    return layers.LayerNormalization(epsilon=1e-12)(x)


inputs = keras.Input((128,), dtype="int32")
x = norm(Embeddings()(inputs))
for _ in range(2):
    x = norm(layers.add([x, layers.MultiHeadAttention(HEADS, WIDTH // HEADS)(x, x)]))
    y = layers.Dense(WIDTH)(layers.Dense(4 * WIDTH, "gelu")(x))
    x = norm(layers.add([x, y]))
model = keras.Model(inputs, layers.Dense(2)(layers.Dense(WIDTH, "tanh")(x[:, 0])))
model.compile(keras.optimizers.Adam(3e-5), keras.losses.SparseCategoricalCrossentropy(from_logits=True))


def train(tokens, labels, callbacks=()):
    model.fit(tokens, labels, batch_size=32, verbose=0, shuffle=False, callbacks=callbacks)


def infer(tokens, labels, callbacks=()):
    return model.predict(tokens, batch_size=32, verbose=0, callbacks=callbacks)


def make_data(count):
    random = np.random.default_rng(0)
    return random.integers(0, 30522, (count, 128), np.int32), random.integers(0, 2, count)


if __name__ == "__main__":
    keras_stopwatch.serve(
        train, infer, lambda: sum(each.numpy().size for each in model.trainable_variables), 32, make_data
    )
