"""ResNet-18 in TensorFlow as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import sys

import stopwatch
import tensorflow as tf

if __name__ == "__main__":
    tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[1]))
    tf.config.threading.set_inter_op_parallelism_threads(1)

variables = []


def variable(shape, scale=0.05):
    variables.append(tf.Variable(tf.random.normal(shape, stddev=scale)))
    return variables[-1]


def conv_bn(c_in, c_out, k, s):
    kernel = variable([k, k, c_in, c_out])
    gamma, beta = variable([c_out]), variable([c_out])
    mean, var = tf.Variable(tf.zeros(c_out)), tf.Variable(tf.ones(c_out))

    def apply(x, training):
        if s == 2 and k > 1:
            x = tf.nn.conv2d(tf.pad(x, [[0, 0], [k // 2] * 2, [k // 2] * 2, [0, 0]]), kernel, 2, "VALID")
        else:
            x = tf.nn.conv2d(x, kernel, s, "SAME")
        if not training:
            return tf.compat.v1.nn.fused_batch_norm(
                x, gamma, beta, mean, var, epsilon=1e-5, is_training=False
            )[0]
        x, batch_mean, batch_var = tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, epsilon=1e-5)
        mean.assign(0.9 * mean + 0.1 * batch_mean)
        var.assign(0.9 * var + 0.1 * batch_var)
        return x

    return apply


def block(c_in, c_out, stride):
    a, b = conv_bn(c_in, c_out, 3, stride), conv_bn(c_out, c_out, 3, 1)
    skip = None if stride == 1 else conv_bn(c_in, c_out, 1, stride)

    def apply(x, training):
        y = b(tf.nn.relu(a(x, training)), training)
        return tf.nn.relu(y + (skip(x, training) if skip else x))

    return apply


stem = conv_bn(3, 64, 7, 2)
blocks = []
for width_in, width, step in ((64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)):
    blocks += [block(width_in, width, step), block(width, width, 1)]
weight, bias = variable([512, 1000]), variable([1000])
optimizer = tf.compat.v1.train.MomentumOptimizer(0.0125, 0.9)


def model(x, training):
    x = tf.nn.relu(stem(x, training))
    x = tf.nn.max_pool2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "VALID")
    for apply in blocks:
        x = apply(x, training)
    return tf.reduce_mean(x, [1, 2]) @ weight + bias


@tf.function
def train(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, model(x, True)))
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
    return loss


@tf.function
def infer(x):
    return model(x, False)


if __name__ == "__main__":
    batch = tf.random.normal([32, 64, 64, 3])
    target = tf.random.uniform([32], 0, 1000, tf.int32)
    stopwatch.serve(
        lambda: train(batch, target),
        lambda: infer(batch),
        wait=lambda result: result.numpy(),
        parameters=lambda: sum(int(tf.size(each)) for each in variables),
    )
