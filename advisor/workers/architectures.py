"""What the networks and their training are made of, apart from any framework and any numbers drawn.

Imported by worker scripts as a plain module before their framework, so it imports nothing.
"""

GAMMA = 0.99
NORM_EPSILON = 1e-5  # of batch normalisation
BATCH_NORM_MOMENTUM = 0.9  # share of the old running statistics that is kept
LAYER_NORM_EPSILON = 1e-12  # Devlin et al. 2019
SGD_MOMENTUM = 0.9
ADAM_BETAS = (0.9, 0.999)
ADAM_EPSILON = 1e-8

RESNET_BLOCKS = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}
IMPALA_WIDTHS = (16, 32, 32)


def resnet_blocks(depth):
    """Residual blocks in order: dicts of name, input width, inner width, output width, stride.

    He et al. 2016, table 1. A block has three convolutions (1x1, 3x3, 1x1, the stride in the 3x3) where the
    inner and output widths differ by design (depth 50), else two of 3x3 with the stride in the first.
    """
    expansion = 4 if depth >= 50 else 1
    inputs = 64
    blocks = []
    for stage, repeats in enumerate(RESNET_BLOCKS[depth]):
        width = 64 * 2**stage
        for index in range(repeats):
            stride = 2 if stage > 0 and index == 0 else 1
            blocks.append(
                {
                    "name": "stage%d.block%d" % (stage, index),
                    "inputs": inputs,
                    "width": width,
                    "outputs": width * expansion,
                    "stride": stride,
                    "bottleneck": expansion > 1,
                    "projection": stride > 1 or inputs != width * expansion,
                }
            )
            inputs = width * expansion
    return blocks


def block_convolutions(block):
    """(name, inputs, outputs, kernel size, stride) of a residual block's convolutions, in order."""
    inputs, width, outputs, stride = block["inputs"], block["width"], block["outputs"], block["stride"]
    if block["bottleneck"]:
        return [
            ("conv1", inputs, width, 1, 1),
            ("conv2", width, width, 3, stride),
            ("conv3", width, outputs, 1, 1),
        ]
    return [("conv1", inputs, width, 3, stride), ("conv2", width, width, 3, 1)]


def trained(name):
    """Whether the array of that name is changed by training steps."""
    return not name.endswith((".mean", ".variance"))


def is_reinforcement(workload):
    """Whether the workload has an environment in its loop."""
    return workload["task"] == "rl"


def hyperparameters(workload):
    """Optimiser ("sgd" with momentum, or "adam") and learning rate of the training step."""
    if workload["family"] == "resnet":
        # 0.1 at batch 256, scaled with the batch (Goyal et al. 2017).
        return "sgd", 0.1 * workload["batch"] / 256
    # Low rates: the fixed batch must not be learnt by heart within a run, or vanishing gradients (subnormal
    # numbers) would change the speed of a step.
    if workload["family"] == "encoder":
        # From Turc et al. 2019, falling with the width (Yang et al. 2022, arXiv:2203.03466).
        return "adam", 3e-5 * 128 / workload["options"]["hidden"]
    return "adam", {"mlp": 3e-4, "nature-dqn": 2e-5, "impala-dqn": 1e-5}[workload["family"]]
