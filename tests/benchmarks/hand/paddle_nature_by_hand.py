"""The Nature DQN in PaddlePaddle as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import paddle
import paddle.nn.functional as F  # noqa: N812
import stopwatch
from paddle import nn


def nature():
    return nn.Sequential(
        nn.Conv2D(4, 32, 8, 4),
        nn.ReLU(),
        nn.Conv2D(32, 64, 4, 2),
        nn.ReLU(),
        nn.Conv2D(64, 64, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(3136, 512),
        nn.ReLU(),
        nn.Linear(512, 3),
    )


model, target = nature(), nature()
optimizer = paddle.optimizer.Adam(2e-5, parameters=model.parameters())


def train(frames, actions, rewards, following, ended):
    with paddle.no_grad():
        aims = rewards + 0.99 * (1 - ended) * target(following).max(axis=1)
    values = paddle.take_along_axis(model(frames), actions.unsqueeze(1), 1).squeeze(1)
    loss = F.smooth_l1_loss(values, aims)
    loss.backward()
    optimizer.step()
    optimizer.clear_grad()
    return loss


def infer(frames):
    with paddle.no_grad():
        return model(frames)


if __name__ == "__main__":
    # Paddle takes its threads from OMP_NUM_THREADS.
    frames, following = paddle.rand([32, 4, 84, 84]), paddle.rand([32, 4, 84, 84])
    batch = (frames, paddle.randint(0, 3, [32]), paddle.rand([32]), following, paddle.zeros([32]))
    stopwatch.serve(
        lambda: train(*batch),
        lambda: infer(frames),
        wait=lambda result: None,
        parameters=lambda: sum(int(each.size) for each in model.parameters()),
    )
