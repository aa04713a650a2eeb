"""Your own work, for Framework Advisor to measure: replace what is between the lines by what you do.

It is run in an interpreter that you name, and imports whatever it likes. Whatever isn't needed, leave out.
"""

import tensorflow as tf

NAME = "My network"  # shown on screen; reports say only "your script", unless you ask for the name
ITEMS = 32  # how many items (images, sentences …) one call works on; the same in every framework's script


class Work:
    """What is timed. At least one of infer and step has to be there."""

    def __init__(self, seed):
        tf.random.set_seed(seed)
        # ------------------------------------------------------------------------------------------------
        self.kernel = tf.Variable(tf.random.normal((3, 3, 3, 32), stddev=0.2))
        self.head = tf.Variable(tf.random.normal((32, 10), stddev=0.2))
        self.images = tf.random.uniform((ITEMS, 32, 32, 3))
        self.labels = tf.random.uniform((ITEMS,), maxval=10, dtype=tf.int64)
        self.momenta = [tf.Variable(tf.zeros_like(each)) for each in (self.kernel, self.head)]
        # ------------------------------------------------------------------------------------------------

    def forward(self):
        """The network: a convolution, a mean over the image, and a dense layer."""
        hidden = tf.nn.relu(tf.nn.conv2d(self.images, self.kernel, 1, "SAME"))
        return tf.reduce_mean(hidden, (1, 2)) @ self.head

    @tf.function
    def infer(self):
        """One call of the trained network. Return without waiting for the device."""
        return self.forward()

    @tf.function
    def step(self):
        """One step of training."""
        weights = (self.kernel, self.head)
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(self.labels, self.forward())
            loss = tf.reduce_mean(losses)
        for weight, momentum, gradient in zip(
            weights, self.momenta, tape.gradient(loss, weights), strict=True
        ):
            momentum.assign(0.9 * momentum + gradient)
            weight.assign_sub(0.01 * momentum)
        return loss

    def wait(self, result):
        """Wait until a result is there: accelerators compute while Python goes on."""
        result.numpy()

    # With outputs, scripts are compared before they are timed, and whoever computes something else isn't timed.
    # It takes the same weights and the same input in each of them: load them from a file. Otherwise leave it out.
    #
    # def outputs(self):
    #     return self.infer()


def build(device, threads, seed):
    """Make everything that isn't timed. ``device`` is "cpu", "cuda:0" …"""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    if device == "cpu":
        tf.config.set_visible_devices([], "GPU")
    return Work(seed)
