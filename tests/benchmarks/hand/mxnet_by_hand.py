"""ResNet-18 in Gluon as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU).

The batch comes from NumPy, as data does. That matters: the copy of a large array makes an OpenMP team of the main
thread beside the engine's, and with more threads than cores libgomp's wait for each other asleep, not spinning. A
batch made on MXNet's own engine is trained on with 1.98 of 2 cores busy instead of 1.74.
"""

import mxnet as mx
import numpy as np
import stopwatch
from mxnet import autograd, gluon
from mxnet.gluon import nn


def conv_bn(filters, k, s):
    part = nn.HybridSequential()
    part.add(nn.Conv2D(filters, k, s, k // 2, use_bias=False), nn.BatchNorm(epsilon=1e-5))
    return part


class BasicBlock(gluon.HybridBlock):
    def __init__(self, filters, stride):
        super().__init__()
        self.a = conv_bn(filters, 3, stride)
        self.b = conv_bn(filters, 3, 1)
        self.skip = conv_bn(filters, 1, stride) if stride == 2 else None

    def hybrid_forward(self, F, x):  # noqa: N803
        y = self.b(F.relu(self.a(x)))
        return F.relu(y + (self.skip(x) if self.skip else x))


model = nn.HybridSequential()
model.add(conv_bn(64, 7, 2), nn.Activation("relu"), nn.MaxPool2D(3, 2, 1))
for width in (64, 128, 256, 512):
    model.add(BasicBlock(width, 1 if width == 64 else 2), BasicBlock(width, 1))
model.add(nn.GlobalAvgPool2D(), nn.Dense(1000))
model.initialize(mx.init.Xavier())
model.hybridize()
criterion = gluon.loss.SoftmaxCrossEntropyLoss()
trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": 0.0125, "momentum": 0.9})


def train(images, labels):
    with autograd.record():
        loss = criterion(model(images), labels)
    loss.backward()
    trainer.step(len(images))
    return loss


def infer(images):
    return model(images)


def parameters():
    kinds = model.collect_params().values()
    return sum(each.data().size for each in kinds if each.grad_req != "null")


if __name__ == "__main__":
    batch = mx.nd.array(np.random.standard_normal((32, 3, 64, 64)))
    target = mx.nd.array(np.random.randint(0, 1000, 32))
    model(batch)
    stopwatch.serve(
        lambda: train(batch, target), lambda: infer(batch), lambda result: mx.nd.waitall(), parameters
    )
