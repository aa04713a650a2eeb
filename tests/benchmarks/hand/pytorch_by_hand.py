"""ResNet-18 in PyTorch as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import sys

import stopwatch
import torch
from torch import nn


def conv_bn(c_in, c_out, k, s):
    return nn.Sequential(nn.Conv2d(c_in, c_out, k, s, k // 2, bias=False), nn.BatchNorm2d(c_out))


class BasicBlock(nn.Module):
    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.a = conv_bn(c_in, c_out, 3, stride)
        self.b = conv_bn(c_out, c_out, 3, 1)
        self.skip = nn.Identity() if stride == 1 and c_in == c_out else conv_bn(c_in, c_out, 1, stride)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.b(self.relu(self.a(x))) + self.skip(x))


model = nn.Sequential(
    conv_bn(3, 64, 7, 2),
    nn.ReLU(inplace=True),
    nn.MaxPool2d(3, 2, 1),
    *[BasicBlock(64, 64, 1), BasicBlock(64, 64, 1)],
    *[BasicBlock(64, 128, 2), BasicBlock(128, 128, 1)],
    *[BasicBlock(128, 256, 2), BasicBlock(256, 256, 1)],
    *[BasicBlock(256, 512, 2), BasicBlock(512, 512, 1)],
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(512, 1000),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.0125, momentum=0.9)


def train(images, labels):
    model.train()
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss


def infer(images):
    model.eval()
    with torch.no_grad():
        return model(images)


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    batch, target = torch.randn(32, 3, 64, 64), torch.randint(0, 1000, (32,))
    stopwatch.serve(
        lambda: train(batch, target),
        lambda: infer(batch),
        wait=lambda result: None,
        parameters=lambda: sum(each.numel() for each in model.parameters()),
    )
