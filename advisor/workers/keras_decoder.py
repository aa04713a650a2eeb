"""Keras: what writing text adds to a network, a cache of keys and values in the attention layers.

Three models share their layers: one trains, one reads a text, one writes a token more. Those that are written to
files are given caches, and give them back longer.
"""

TRAIN, READ, WRITE, PASS = "train", "read", "write", "pass"


def extended(keras, layers, context, sequences):
    """The builder of a worker with the layers of a decoder, which writes its tokens at the end of ``context``.

    Parameters
    ----------
    sequences : int
        How many are trained on and written at a time. Besides, one alone can be read.
    """
    own, ops = keras.layers, keras.ops

    class CausalAttention(own.Layer):
        def __init__(self, heads, width):
            super().__init__()
            self.heads = heads
            self.query, self.key, self.value, self.output_ = (own.Dense(width) for _ in range(4))
            shape = (context, heads, width // heads)
            self.caches = {}
            for count in sorted({1, sequences}):
                kept = (self.add_weight((count, *shape), "zeros", trainable=False) for _ in range(2))
                self.caches[str(count)] = tuple(kept)

        def split(self, x):
            """Queries, keys and values, by heads."""
            projected = (each(x) for each in (self.query, self.key, self.value))
            return [ops.reshape(y, (*ops.shape(y)[:2], self.heads, -1)) for y in projected]

        def call(self, x, mode):
            query, key, value = self.split(x)
            if mode != TRAIN:
                kept = self.caches[str(x.shape[0])]
                if mode == WRITE:
                    place = (0, context - 1, 0, 0)
                    pairs = zip(kept, (key, value))
                    key, value = (ops.slice_update(old.value, place, new) for old, new in pairs)
                for cache, new in zip(kept, (key, value)):
                    cache.assign(new)
            attended = ops.dot_product_attention(query, key, value, is_causal=mode != WRITE)
            return self.output_(ops.reshape(attended, (*attended.shape[:2], -1)))

    class PassedAttention(own.Layer):
        """The same attention where caches come in and go out."""

        def __init__(self, attention):
            super().__init__()
            self.attention = attention

        def call(self, x, caches):
            query, *new = self.attention.split(x)
            key, value = (ops.concatenate(both, 1) for both in zip(caches, new)) if caches else new
            every = ops.arange(ops.shape(key)[1])
            seen = every[None] <= every[-ops.shape(x)[1] :, None]
            attended = ops.dot_product_attention(query, key, value, mask=seen[None, None])
            return self.attention.output_(ops.reshape(attended, ops.shape(x))), key, value

    class TokenEmbeddings(own.Layer):
        def __init__(self, vocabulary, positions, width):
            super().__init__()
            self.token = own.Embedding(vocabulary, width)
            self.position = own.Embedding(positions, width)

        def call(self, tokens, mode, caches=()):
            first = context - 1 if mode == WRITE else 0
            if caches:
                first = ops.shape(caches[0])[1]
            return self.token(tokens) + self.position(ops.arange(first, first + ops.shape(tokens)[1]))

    class NextToken(own.Layer):
        def __init__(self, embeddings):
            super().__init__()
            self.embeddings = embeddings

        def call(self, x, mode):
            table = self.embeddings.token.embeddings
            return ops.matmul(x if mode == TRAIN else x[:, -1], ops.transpose(table))

    class Layers(layers):
        def model(self, spec, input_shape):
            self.attentions, self.first = [], ()
            self.apply = apply = self.sequential(spec["layers"])

            def made(mode, count, length):
                self.mode = mode
                inputs = keras.Input((length,), dtype="int32", batch_size=count)
                return keras.Model(inputs, apply(inputs))

            trained = made(TRAIN, sequences, context)
            self.readers = {count: made(READ, count, context) for count in {1, sequences}}
            self.writer = made(WRITE, sequences, 1)
            return trained

        def passing(self, count, length, before):
            """The network for a file, reading so many tokens after so many; a size that is None stays free."""
            caches = []
            if before != 0:
                heads, width = self.attentions[0].heads, self.attentions[0].query.units
                shape = (count, before, heads, width // heads)
                count_of_caches = 2 * len(self.attentions)
                caches = [keras.Input(batch_shape=shape, name=f"past{i:03}") for i in range(count_of_caches)]
            tokens = keras.Input(batch_shape=(count, length), dtype="int32", name="inputs")
            self.mode, self.before, self.after = PASS, iter(zip(caches[::2], caches[1::2])), []
            self.first = caches[:1]
            outputs = {"outputs": self.apply(tokens)}
            outputs.update((f"present{i:03}", each) for i, each in enumerate(self.after))
            return keras.Model([tokens, *caches], outputs)

        def sequential(self, layers):
            made = [self.layer(layer) for layer in layers]

            def apply(x):
                for layer in made:
                    x = layer(x)
                return x

            return apply

        def residual(self, body, shortcut, activation):
            inner = self.sequential(body)
            return lambda x: own.Add()([inner(x), x])

        def causal_attention(self, name, width, heads):
            attention = CausalAttention(heads, width)
            passed = PassedAttention(attention)
            self.attentions.append(attention)

            def apply(x):
                if self.mode == PASS:
                    outputs, *caches = passed(x, caches=next(self.before, ()))
                    self.after += caches
                    return outputs
                outputs = attention(x, mode=self.mode)
                for part in ("query", "key", "value", "output"):
                    kernel, bias = self.arrays[name + "." + part].values()
                    getattr(attention, part + "_" * (part == "output")).set_weights([kernel.T, bias])
                return outputs

            return apply

        def token_embeddings(self, name, **sizes):
            self.table = TokenEmbeddings(**sizes)

            def apply(tokens):
                outputs = self.table(tokens, mode=self.mode, caches=self.first)
                self.table.set_weights(list(self.arrays[name].values()))
                return outputs

            return apply

        def next_token(self, embeddings, vocabulary, width):
            layer = NextToken(self.table)
            return lambda x: layer(x, mode=self.mode)

    return Layers


class Decoder:
    """Mixed into a worker's network: ``infer`` is one token more of every sequence, ``infer_one`` reads one anew."""

    def fill(self):
        """Read every sequence, as is done before the first token is written."""
        sequences = self.batch["inputs"]
        self.made.readers[len(sequences)].predict_on_batch(sequences)
        self.last = sequences[:, -1:]

    def written(self, *sizes):
        """The network for a file, for each of the sizes that ``passing`` takes, with the weights of now."""
        weights = self.model.get_weights()
        models = [self.made.passing(*each) for each in sizes]
        self.model.set_weights(weights)
        return models

    def infer(self):
        return self.made.writer.predict_on_batch(self.last)

    def infer_one(self):
        return self.made.readers[1].predict_on_batch(self.one)
