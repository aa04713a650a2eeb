"""The Nature DQN in Gluon as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import mxnet as mx
import numpy as np
import stopwatch
from mxnet import autograd, gluon
from mxnet.gluon import nn


def make():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(32, 8, 4, activation="relu"), nn.Conv2D(64, 4, 2, activation="relu"))
    net.add(nn.Conv2D(64, 3, activation="relu"), nn.Dense(512, "relu"), nn.Dense(3))
    net.initialize(mx.init.Xavier())
    net.hybridize()
    return net


model, target = make(), make()
criterion = gluon.loss.HuberLoss()
trainer = gluon.Trainer(model.collect_params(), "adam", {"learning_rate": 2e-5})


def train(frames, actions, rewards, following, ended):
    aims = rewards + 0.99 * (1 - ended) * target(following).max(axis=1)
    with autograd.record():
        loss = criterion(mx.nd.pick(model(frames), actions), aims)
    loss.backward()
    trainer.step(len(frames))
    return loss


def infer(frames):
    return model(frames)


def parameters():
    return sum(each.data().size for each in model.collect_params().values())


if __name__ == "__main__":
    images = (np.random.rand(32, 4, 84, 84) for _ in range(2))
    frames, following = (mx.nd.array(each) for each in images)
    actions, rewards = mx.nd.array(np.random.randint(0, 3, 32)), mx.nd.array(np.random.rand(32))
    ended = mx.nd.array(np.zeros(32))
    model(frames)
    stopwatch.serve(
        lambda: train(frames, actions, rewards, following, ended),
        lambda: infer(frames),
        lambda result: mx.nd.waitall(),
        parameters,
    )
