"""TensorFlow: what writing text adds to a network, a cache of keys and values in the attention layers."""

import decoder


def extended(tf, layers, context):
    """The builder of a worker with the layers of a decoder, which writes its tokens at the end of ``context``."""

    class CausalAttention(tf.Module):
        def __init__(self, heads, width, query, key, value, output):
            super().__init__()
            self.heads, self.size = heads, width // heads
            self.query, self.key, self.value, self.output = query, key, value, output
            self.hidden = tf.constant(-1e9) * (1.0 - tf.linalg.band_part(tf.ones([context, context]), -1, 0))
            self.caches = {}  # by the number of sequences: keys and values of all positions
            self.passed = None  # in a network that is written to a file

        def reserve(self, sequences):
            zeros = tf.zeros([sequences, self.heads, context, self.size])
            self.caches[str(sequences)] = [tf.Variable(zeros, trainable=False) for _ in range(2)]

        def __call__(self, x, training):
            batch, length, width = x.shape

            def split(y):
                return tf.transpose(tf.reshape(y, [batch, length, self.heads, self.size]), [0, 2, 1, 3])

            query, key, value = (split(each(x, training)) for each in (self.query, self.key, self.value))
            if self.passed:
                key, value = self.passed.extended(tf, key, value)
            elif length == 1:  # one token more, at the last position
                keys, values = self.caches[str(batch)]
                keys[:, :, context - 1 :].assign(key)
                values[:, :, context - 1 :].assign(value)
                key, value = keys, values
            elif not training:
                for cache, new in zip(self.caches[str(batch)], (key, value)):
                    cache.assign(new)
            scores = tf.matmul(query * self.size**-0.5, key, transpose_b=True)
            if length > 1:
                scores += self.hidden[:length, :length]  # whoever reads several has read none before
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


class _Passed:
    """Caches on their way through a network that is written to a file: a graph holds none, so they come and go."""

    def __init__(self, caches):
        self.before, self.after = iter(caches), []

    def extended(self, tf, *new):
        """Keys and values of what was read before and of what is read now."""
        both = [tf.concat([old, each], 2) for each, old in zip(new, self.before)] or list(new)
        self.after += both
        return both


def written(tf, module, shape):
    """Functions of a network for a file, each of fixed sizes; see ``decoder.signatures``."""
    attentions = [layer for layer in module.submodules if hasattr(layer, "caches")]

    def outputs(tokens, *caches):
        passed = _Passed(caches)
        for layer in attentions:
            layer.passed = passed
        scores = module(tokens, training=False)
        return {"outputs": scores, **{f"present{i:03}": each for i, each in enumerate(passed.after)}}

    def function(sequences, length, before):
        cache = [sequences, attentions[0].heads, before, attentions[0].size]
        caches = range(2 * len(attentions) if before else 0)
        specs = [tf.TensorSpec([sequences, length], tf.int32, name="inputs")]
        specs += [tf.TensorSpec(cache, name=f"past{i:03}") for i in caches]
        return tf.function(outputs).get_concrete_function(*specs)

    return {name: function(*sizes) for name, sizes in decoder.signatures(*shape).items()}


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
