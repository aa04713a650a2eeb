"""BERT-tiny in PaddlePaddle as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import paddle
import paddle.nn.functional as F  # noqa: N812
import stopwatch
from paddle import nn


class Layer(nn.Layer):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = nn.MultiHeadAttention(width, heads)
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = self.norm1(x + self.attention(x, x, x))
        return self.norm2(x + self.mlp(x))


class Encoder(nn.Layer):
    def __init__(self, width, heads, layers):
        super().__init__()
        self.token, self.position = nn.Embedding(30522, width), nn.Embedding(512, width)
        self.segment, self.norm = nn.Embedding(2, width), nn.LayerNorm(width, 1e-12)
        self.layers = nn.Sequential(*[Layer(width, heads) for _ in range(layers)])
        self.head = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 2))

    def forward(self, tokens):
        x = self.token(tokens) + self.position(paddle.arange(tokens.shape[1]))
        x = self.layers(self.norm(x + self.segment(paddle.zeros_like(tokens))))
        return self.head(x[:, 0])


model = Encoder(128, 2, 2)
optimizer = paddle.optimizer.Adam(3e-5, parameters=model.parameters())


def train(tokens, labels):
    model.train()
    loss = F.cross_entropy(model(tokens), labels)
    loss.backward()
    optimizer.step()
    optimizer.clear_grad()
    return loss


def infer(tokens):
    model.eval()
    with paddle.no_grad():
        return model(tokens)


if __name__ == "__main__":
    # Paddle takes its threads from OMP_NUM_THREADS.
    batch, target = paddle.randint(0, 30522, [32, 128]), paddle.randint(0, 2, [32])
    stopwatch.serve(
        lambda: train(batch, target),
        lambda: infer(batch),
        wait=lambda result: None,
        parameters=lambda: sum(int(each.size) for each in model.parameters()),
    )
