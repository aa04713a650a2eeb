"""The Nature DQN in Keras as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import keras_threads  # noqa: F401, I001

import keras
import keras_stopwatch
import numpy as np
from keras import layers, ops


def make():
    return keras.Sequential(
        [
            keras.Input((84, 84, 4)),
            layers.Conv2D(32, 8, 4, activation="relu"),
            layers.Conv2D(64, 4, 2, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(512, "relu"),
            layers.Dense(3),
        ]
    )


class Learner(keras.Model):
    def __init__(self):
        super().__init__()
        self.network, self.target = make(), make()
        self.target.trainable = False

    def call(self, x):
        return self.network(x[0] if isinstance(x, (list, tuple)) else x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        _, actions, rewards, following, ended = x
        aims = rewards + 0.99 * (1.0 - ended) * ops.max(self.target(following), axis=1)
        values = ops.take_along_axis(y_pred, actions[:, None], axis=1)[:, 0]
        return keras.losses.Huber()(ops.stop_gradient(aims), values)


model = Learner()
model.compile(keras.optimizers.Adam(2e-5))


def train(*transitions_and_callbacks):
    *transitions, callbacks = transitions_and_callbacks
    model.fit(transitions, batch_size=32, verbose=0, shuffle=False, callbacks=callbacks)


def infer(frames, *rest):
    return model.predict(frames, batch_size=32, verbose=0, callbacks=rest[-1])


def make_data(count):
    random = np.random.default_rng(0)
    frames = (random.random((count, 84, 84, 4), np.float32) for _ in range(2))
    actions, rewards = random.integers(0, 3, count, np.int32), random.random(count, np.float32)
    return next(frames), actions, rewards, next(frames), np.zeros(count, np.float32)


if __name__ == "__main__":
    keras_stopwatch.serve(
        train,
        infer,
        lambda: sum(each.numpy().size for each in model.network.trainable_variables),
        32,
        make_data,
    )
