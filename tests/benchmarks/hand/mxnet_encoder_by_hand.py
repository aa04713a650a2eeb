"""BERT-tiny in Gluon as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import mxnet as mx
import numpy as np
import stopwatch
from mxnet import autograd, gluon
from mxnet.gluon import nn

WIDTH, HEADS = 128, 2


class Layer(gluon.HybridBlock):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Dense(WIDTH, flatten=False) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(epsilon=1e-12), nn.LayerNorm(epsilon=1e-12)
        self.up, self.down = nn.Dense(4 * WIDTH, flatten=False), nn.Dense(WIDTH, flatten=False)

    def hybrid_forward(self, F, x):  # noqa: N803
        def split(y):
            y = F.transpose(F.reshape(y, (0, 0, HEADS, -1)), (0, 2, 1, 3))
            return F.reshape(y, (-1, 0, 0), reverse=True)

        scores = F.batch_dot(split(self.q(x)) * (WIDTH // HEADS) ** -0.5, split(self.k(x)), transpose_b=True)
        y = F.reshape(F.batch_dot(F.softmax(scores), split(self.v(x))), (-1, HEADS, 0, 0), reverse=True)
        x = self.norm1(x + self.o(F.reshape(F.transpose(y, (0, 2, 1, 3)), (0, 0, -1))))
        return self.norm2(x + self.down(F.LeakyReLU(self.up(x), act_type="gelu")))


class Encoder(gluon.HybridBlock):
    def __init__(self):
        super().__init__()
        self.token, self.position = nn.Embedding(30522, WIDTH), nn.Embedding(512, WIDTH)
        self.segment, self.norm = nn.Embedding(2, WIDTH), nn.LayerNorm(epsilon=1e-12)
        self.layers, self.head = nn.HybridSequential(), nn.HybridSequential()
        self.layers.add(Layer(), Layer())
        self.head.add(nn.Dense(WIDTH, "tanh"), nn.Dense(2))

    def hybrid_forward(self, F, tokens):  # noqa: N803
        x = self.token(tokens) + self.segment(F.zeros_like(tokens))
        x = F.broadcast_add(x, F.expand_dims(self.position(F.arange(128)), 0))
        x = self.layers(self.norm(x))
        return self.head(F.slice_axis(x, axis=1, begin=0, end=1))


model = Encoder()
model.initialize(mx.init.Xavier())
model.hybridize()
criterion = gluon.loss.SoftmaxCrossEntropyLoss()
trainer = gluon.Trainer(model.collect_params(), "adam", {"learning_rate": 3e-5})


def train(tokens, labels):
    with autograd.record():
        loss = criterion(model(tokens), labels)
    loss.backward()
    trainer.step(len(tokens))
    return loss


def infer(tokens):
    return model(tokens)


def parameters():
    return sum(each.data().size for each in model.collect_params().values())


if __name__ == "__main__":
    batch = mx.nd.array(np.random.randint(0, 30522, (32, 128)))
    target = mx.nd.array(np.random.randint(0, 2, 32))
    model(batch)
    stopwatch.serve(
        lambda: train(batch, target), lambda: infer(batch), lambda result: mx.nd.waitall(), parameters
    )
