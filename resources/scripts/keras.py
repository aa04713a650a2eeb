"""Your own work, for Framework Advisor to measure: replace what is between the lines by what you do.

It is run in an interpreter that you name, and imports whatever it likes. Whatever isn't needed, leave out. Keras
takes the backend of the alternative that you have the script for (keras-jax=script.py).
"""

import keras
import numpy as np

NAME = "My network"  # shown on screen; reports say only "your script", unless you ask for the name
ITEMS = 32  # how many items (images, sentences …) one call works on; the same in every framework's script


class Work:
    """What is timed. At least one of infer and step has to be there."""

    def __init__(self, seed):
        keras.utils.set_random_seed(seed)
        # ------------------------------------------------------------------------------------------------
        self.model = keras.Sequential(
            [
                keras.Input((32, 32, 3)),
                keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(10),
            ]
        )
        self.model.compile(
            keras.optimizers.SGD(0.01, momentum=0.9),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
        generator = np.random.default_rng(seed)
        self.images = generator.random((ITEMS, 32, 32, 3), dtype=np.float32)
        self.labels = generator.integers(0, 10, ITEMS)
        # ------------------------------------------------------------------------------------------------

    def infer(self):
        """One call of the trained network, which hands back what was computed."""
        return self.model.predict_on_batch(self.images)

    def step(self):
        """One step of training."""
        return self.model.train_on_batch(self.images, self.labels)

    # With outputs, scripts are compared before they are timed, and whoever computes something else isn't timed.
    # It takes the same weights and the same input in each of them: load them from a file. Otherwise leave it out.
    #
    # def outputs(self):
    #     return self.infer()


def build(device, threads, seed):
    """Make everything that isn't timed. How many threads compute is for the backend to be told."""
    return Work(seed)
