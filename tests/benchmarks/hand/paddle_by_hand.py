"""ResNet-18 in PaddlePaddle as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import paddle
import stopwatch
from paddle import nn


def conv_bn(c_in, c_out, k, s):
    return nn.Sequential(nn.Conv2D(c_in, c_out, k, s, k // 2, bias_attr=False), nn.BatchNorm2D(c_out))


class BasicBlock(nn.Layer):
    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.a = conv_bn(c_in, c_out, 3, stride)
        self.b = conv_bn(c_out, c_out, 3, 1)
        self.skip = nn.Identity() if stride == 1 and c_in == c_out else conv_bn(c_in, c_out, 1, stride)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.b(self.relu(self.a(x))) + self.skip(x))


model = nn.Sequential(
    conv_bn(3, 64, 7, 2),
    nn.ReLU(),
    nn.MaxPool2D(3, 2, 1),
    *[BasicBlock(64, 64, 1), BasicBlock(64, 64, 1)],
    *[BasicBlock(64, 128, 2), BasicBlock(128, 128, 1)],
    *[BasicBlock(128, 256, 2), BasicBlock(256, 256, 1)],
    *[BasicBlock(256, 512, 2), BasicBlock(512, 512, 1)],
    nn.AdaptiveAvgPool2D(1),
    nn.Flatten(),
    nn.Linear(512, 1000),
)
criterion = nn.CrossEntropyLoss()
optimizer = paddle.optimizer.Momentum(0.0125, 0.9, model.parameters())


def train(images, labels):
    model.train()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.clear_grad()
    return loss


def infer(images):
    model.eval()
    with paddle.no_grad():
        return model(images)


if __name__ == "__main__":
    # Paddle takes its threads from OMP_NUM_THREADS.
    batch, target = paddle.randn([32, 3, 64, 64]), paddle.randint(0, 1000, [32])
    stopwatch.serve(
        lambda: train(batch, target),
        lambda: infer(batch),
        wait=lambda result: None,
        parameters=lambda: sum(int(each.size) for each in model.parameters() if not each.stop_gradient),
    )
