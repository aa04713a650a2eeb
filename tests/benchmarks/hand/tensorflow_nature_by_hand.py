"""The Nature DQN in TensorFlow as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import sys

import stopwatch
import tensorflow as tf

if __name__ == "__main__":
    tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[1]))
    tf.config.threading.set_inter_op_parallelism_threads(1)

SHAPES = ([8, 8, 4, 32], [32], [4, 4, 32, 64], [64], [3, 3, 64, 64], [64], [3136, 512], [512], [512, 3], [3])
variables = [tf.Variable(tf.random.normal(shape, stddev=0.05)) for shape in SHAPES]
target = [tf.Variable(each) for each in variables]
slots = [(tf.Variable(tf.zeros_like(each)), tf.Variable(tf.zeros_like(each))) for each in variables]
powers = tf.Variable(0.9), tf.Variable(0.999)


def model(x, weights):
    for kernel, bias, stride in zip(weights[0:6:2], weights[1:6:2], (4, 2, 1), strict=True):
        x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, stride, "VALID"), bias))
    x = tf.nn.relu(tf.reshape(x, [x.shape[0], -1]) @ weights[6] + weights[7])
    return x @ weights[8] + weights[9]


@tf.function
def train(frames, actions, rewards, following, ended):
    aims = rewards + 0.99 * (1 - ended) * tf.reduce_max(model(following, target), 1)
    with tf.GradientTape() as tape:
        errors = tf.abs(tf.gather(model(frames, variables), actions, batch_dims=1) - aims)
        loss = tf.reduce_mean(tf.where(errors < 1, 0.5 * errors**2, errors - 0.5))
    for each, gradient, (m, v) in zip(variables, tape.gradient(loss, variables), slots, strict=True):
        tf.raw_ops.ResourceApplyAdam(
            var=each.handle,
            m=m.handle,
            v=v.handle,
            beta1_power=powers[0],
            beta2_power=powers[1],
            lr=2e-5,
            beta1=0.9,
            beta2=0.999,
            epsilon=1e-8,
            grad=gradient,
        )
    powers[0].assign(powers[0] * 0.9)
    powers[1].assign(powers[1] * 0.999)
    return loss


@tf.function
def infer(frames):
    return model(frames, variables)


if __name__ == "__main__":
    images, following = tf.random.uniform([32, 84, 84, 4]), tf.random.uniform([32, 84, 84, 4])
    choices = tf.random.uniform([32], maxval=3, dtype=tf.int32)
    batch = (images, choices, tf.random.uniform([32]), following, tf.zeros([32]))
    stopwatch.serve(
        lambda: train(*batch),
        lambda: infer(images),
        wait=lambda result: result.numpy(),
        parameters=lambda: sum(each.numpy().size for each in variables),
    )
