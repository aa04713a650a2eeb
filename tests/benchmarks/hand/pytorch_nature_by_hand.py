"""The Nature DQN in PyTorch as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import copy
import sys

import stopwatch
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

model = nn.Sequential(
    nn.Conv2d(4, 32, 8, 4),
    nn.ReLU(),
    nn.Conv2d(32, 64, 4, 2),
    nn.ReLU(),
    nn.Conv2d(64, 64, 3),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(3136, 512),
    nn.ReLU(),
    nn.Linear(512, 3),
)
target = copy.deepcopy(model).requires_grad_(False)
optimizer = torch.optim.Adam(model.parameters(), lr=2e-5)


def train(frames, actions, rewards, following, ended):
    optimizer.zero_grad()
    with torch.no_grad():
        aims = rewards + 0.99 * (1 - ended) * target(following).amax(1)
    values = model(frames).gather(1, actions[:, None])[:, 0]
    loss = F.huber_loss(values, aims)
    loss.backward()
    optimizer.step()
    return loss


def infer(frames):
    with torch.no_grad():
        return model(frames)


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    frames, following = torch.rand(32, 4, 84, 84), torch.rand(32, 4, 84, 84)
    batch = (frames, torch.randint(0, 3, (32,)), torch.rand(32), following, torch.zeros(32))
    stopwatch.serve(
        lambda: train(*batch),
        lambda: infer(frames),
        wait=lambda result: None,
        parameters=lambda: sum(each.numel() for each in model.parameters()),
    )
