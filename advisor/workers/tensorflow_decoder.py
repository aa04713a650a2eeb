"""TensorFlow: what writing text adds to a network, a cache of keys and values in the attention layers."""


def extended(tf, layers, context):
    """The builder of a worker with the layers of a decoder, which writes its tokens at the end of ``context``."""

    class CausalAttention(tf.Module):
        def __init__(self, heads, width, query, key, value, output):
            super().__init__()
            self.heads, self.size = heads, width // heads
            self.query, self.key, self.value, self.output = query, key, value, output
            self.hidden = tf.constant(-1e9) * (1.0 - tf.linalg.band_part(tf.ones([context, context]), -1, 0))
            self.caches = {}  # by the number of sequences: keys and values of all positions

        def reserve(self, sequences):
            zeros = tf.zeros([sequences, self.heads, context, self.size])
            self.caches[sequences] = [tf.Variable(zeros, trainable=False) for _ in range(2)]

        def __call__(self, x, training):
            batch, length, width = x.shape

            def split(y):
                return tf.transpose(tf.reshape(y, [batch, length, self.heads, self.size]), [0, 2, 1, 3])

            query, key, value = (split(each(x, training)) for each in (self.query, self.key, self.value))
            if length == 1:  # one token more, at the last position
                keys, values = self.caches[batch]
                keys[:, :, context - 1 :].assign(key)
                values[:, :, context - 1 :].assign(value)
                key, value = keys, values
            elif not training:
                for cache, new in zip(self.caches[batch], (key, value)):
                    cache.assign(new)
            scores = tf.matmul(query * self.size**-0.5, key, transpose_b=True)
            if length > 1:
                scores += self.hidden
            attended = tf.transpose(tf.matmul(tf.nn.softmax(scores), value), [0, 2, 1, 3])
            return self.output(tf.reshape(attended, [batch, length, width]), training)

    class TokenEmbeddings(tf.Module):
        def __init__(self, token, position):
            super().__init__()
            self.token, self.position = tf.Variable(token), tf.Variable(position)

        def __call__(self, tokens, training):
            first = 0 if tokens.shape[1] > 1 else context - 1
            return tf.gather(self.token, tokens) + self.position[first : first + tokens.shape[1]]

    class NextToken(tf.Module):
        def __init__(self, table):
            super().__init__()
            self.table = table

        def __call__(self, x, training):
            flat = tf.reshape(x if training else x[:, -1], [-1, x.shape[-1]])
            scores = tf.matmul(flat, self.table, transpose_b=True)
            return tf.reshape(scores, [*x.shape[:-1], -1]) if training else scores

    class Layers(layers):
        def causal_attention(self, name, width, heads):
            parts = ("query", "key", "value", "output")
            projections = (self.dense(name + "." + part, width, width, None) for part in parts)
            return CausalAttention(heads, width, *projections)

        def token_embeddings(self, name, **sizes):
            made = TokenEmbeddings(**self.arrays[name])
            self.table = made.token
            return made

        def next_token(self, embeddings, vocabulary, width):
            return NextToken(self.table)

    return Layers


class Decoder:
    """Mixed into a worker's network: ``infer`` is one token more of every sequence, ``infer_one`` reads one anew."""

    def fill(self):
        """Read every sequence, as is done before the first token is written."""
        sequences = self.batch["inputs"]
        for layer in self.module.submodules:
            if hasattr(layer, "reserve"):
                for count in {1, len(sequences)}:
                    layer.reserve(count)
        self.forward(sequences)
        self.last = sequences[:, -1:]

    def infer(self):
        return self.forward(self.last)
