"""Your own work, for Framework Advisor to measure: replace what is between the lines by what you do.

It is run in an interpreter that you name, and imports whatever it likes. Whatever isn't needed, leave out.
"""

import mxnet as mx

NAME = "My network"  # shown on screen; reports say only "your script", unless you ask for the name
ITEMS = 32  # how many items (images, sentences …) one call works on; the same in every framework's script


class Work:
    """What is timed. At least one of infer and step has to be there."""

    def __init__(self, context, seed):
        mx.random.seed(seed)
        # ------------------------------------------------------------------------------------------------
        self.model = mx.gluon.nn.HybridSequential()
        self.model.add(
            mx.gluon.nn.Conv2D(32, 3, padding=1, activation="relu"),
            mx.gluon.nn.GlobalAvgPool2D(),
            mx.gluon.nn.Dense(10),
        )
        self.model.initialize(ctx=context)
        self.model.hybridize()
        self.images = mx.nd.random.uniform(shape=(ITEMS, 3, 32, 32), ctx=context)
        self.labels = mx.nd.random.randint(0, 10, (ITEMS,), ctx=context)
        self.loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
        self.trainer = mx.gluon.Trainer(
            self.model.collect_params(), "sgd", {"learning_rate": 0.01, "momentum": 0.9}
        )
        # ------------------------------------------------------------------------------------------------

    def infer(self):
        """One call of the trained network. Return without waiting for the device."""
        return self.model(self.images)

    def step(self):
        """One step of training."""
        with mx.autograd.record():
            loss = self.loss(self.model(self.images), self.labels)
        loss.backward()
        self.trainer.step(ITEMS)
        return loss

    def wait(self, result):
        """Wait until all is computed: MXNet computes while Python goes on."""
        mx.nd.waitall()

    # With outputs, scripts are compared before they are timed, and whoever computes something else isn't timed.
    # It takes the same weights and the same input in each of them: load them from a file. Otherwise leave it out.
    #
    # def outputs(self):
    #     return self.infer()


def build(device, threads, seed):
    """Make everything that isn't timed. ``device`` is "cpu" or "cuda:0" …"""
    context = mx.cpu() if device == "cpu" else mx.gpu(int(device.partition(":")[2] or 0))
    return Work(context, seed)
