"""BERT-tiny in PyTorch as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import sys

import stopwatch
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        b, s, w = x.shape
        q, k, v = (f(x).view(b, s, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, s, w)
        x = self.norm1(x + self.o(y))
        return self.norm2(x + self.mlp(x))


class Encoder(nn.Module):
    def __init__(self, width, heads, layers):
        super().__init__()
        self.token, self.position = nn.Embedding(30522, width), nn.Embedding(512, width)
        self.segment, self.norm = nn.Embedding(2, width), nn.LayerNorm(width, 1e-12)
        self.layers = nn.Sequential(*[Layer(width, heads) for _ in range(layers)])
        self.head = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 2))

    def forward(self, tokens):
        x = self.token(tokens) + self.position(torch.arange(tokens.shape[1]))
        x = self.layers(self.norm(x + self.segment(torch.zeros_like(tokens))))
        return self.head(x[:, 0])


model = Encoder(128, 2, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-5)


def train(tokens, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(tokens), labels)
    loss.backward()
    optimizer.step()
    return loss


def infer(tokens):
    model.eval()
    with torch.no_grad():
        return model(tokens)


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    batch, target = torch.randint(0, 30522, (32, 128)), torch.randint(0, 2, (32,))
    stopwatch.serve(
        lambda: train(batch, target),
        lambda: infer(batch),
        wait=lambda result: None,
        parameters=lambda: sum(each.numel() for each in model.parameters()),
    )
