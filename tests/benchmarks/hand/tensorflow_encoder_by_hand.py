"""BERT-tiny in TensorFlow as a user would write it. Reads "train 5" or "infer 5", prints seconds (wall, CPU)."""

import sys

import stopwatch
import tensorflow as tf

if __name__ == "__main__":
    tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[1]))
    tf.config.threading.set_inter_op_parallelism_threads(1)

W, HEADS = 128, 2
variables = []


def variable(shape, scale=0.05):
    variables.append(tf.Variable(tf.random.normal(shape, stddev=scale)))
    return variables[-1]


def dense(c_in, c_out):
    weight, bias = variable([c_in, c_out]), variable([c_out])
    return lambda x: tf.nn.bias_add(x @ weight, bias)


def norm():
    gamma, beta = variable([W]), variable([W])

    def apply(x):
        mean, var = tf.nn.moments(x, [-1], keepdims=True)
        return tf.nn.batch_normalization(x, mean, var, beta, gamma, 1e-12)

    return apply


def layer():
    q, k, v, o = (dense(W, W) for _ in range(4))
    up, down, norm1, norm2 = dense(W, 4 * W), dense(4 * W, W), norm(), norm()

    def apply(x, shape):
        def split(y):
            return tf.transpose(tf.reshape(y, [*shape, HEADS, W // HEADS]), [0, 2, 1, 3])

        scores = tf.matmul(split(q(x)) * (W // HEADS) ** -0.5, split(k(x)), transpose_b=True)
        y = tf.transpose(tf.nn.softmax(scores) @ split(v(x)), [0, 2, 1, 3])
        x = norm1(x + o(tf.reshape(y, [-1, W])))
        return norm2(x + down(tf.nn.gelu(up(x))))

    return apply


token, position, segment = variable([30522, W]), variable([512, W]), variable([2, W])
first_norm, layers = norm(), [layer(), layer()]
pooler, head = dense(W, W), dense(W, 2)
slots = [(tf.Variable(tf.zeros_like(each)), tf.Variable(tf.zeros_like(each))) for each in variables]
powers = tf.Variable(0.9), tf.Variable(0.999)


def model(tokens):
    x = tf.gather(token, tokens) + position[: tokens.shape[1]] + tf.gather(segment, tf.zeros_like(tokens))
    x = first_norm(tf.reshape(x, [-1, W]))
    for apply in layers:
        x = apply(x, tokens.shape)
    return head(tf.tanh(pooler(tf.reshape(x, [*tokens.shape, W])[:, 0])))


@tf.function
def train(tokens, labels):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(tokens)))
    for each, gradient, (m, v) in zip(variables, tape.gradient(loss, variables), slots, strict=True):
        tf.raw_ops.ResourceApplyAdam(
            var=each.handle,
            m=m.handle,
            v=v.handle,
            beta1_power=powers[0],
            beta2_power=powers[1],
            lr=3e-5,
            beta1=0.9,
            beta2=0.999,
            epsilon=1e-8,
            grad=tf.convert_to_tensor(gradient),
        )
    powers[0].assign(powers[0] * 0.9)
    powers[1].assign(powers[1] * 0.999)
    return loss


@tf.function
def infer(tokens):
    return model(tokens)


if __name__ == "__main__":
    batch = tf.random.uniform([32, 128], maxval=30522, dtype=tf.int32)
    target = tf.random.uniform([32], maxval=2, dtype=tf.int32)
    stopwatch.serve(
        lambda: train(batch, target),
        lambda: infer(batch),
        wait=lambda result: result.numpy(),
        parameters=lambda: sum(each.numpy().size for each in variables),
    )
