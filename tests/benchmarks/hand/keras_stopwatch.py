"""The clock of the hand-written Keras scripts: inside ``fit`` and ``predict``, from the end of the first batch, which
carries the call's own preparations.
"""

import sys
import time

import keras


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


def serve(train, infer, parameters, batch_size, make_data):
    """Answer as ``stopwatch.serve``; ``train`` and ``infer`` take what ``make_data(items)`` returns, and a callback."""
    for line in sys.stdin:
        what, *steps = line.split()
        if what == "parameters":
            print(parameters(), flush=True)
            continue
        data, watch = make_data(batch_size * (int(steps[0]) + 1)), Watch()
        (train if what == "train" else infer)(*data, [watch])
        print(*watch.elapsed, flush=True)
