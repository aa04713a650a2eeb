"""Sets the threads of the backend that Keras is about to run on, before it is imported."""

import os
import sys

threads = int(sys.argv[1])
if os.environ["KERAS_BACKEND"] == "tensorflow":
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
elif os.environ["KERAS_BACKEND"] == "torch":
    import torch

    torch.set_num_threads(threads)
