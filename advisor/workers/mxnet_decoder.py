"""MXNet: what writing text adds to a network. Keys and values of earlier tokens go in and out, as in GluonNLP: a
hybridized block can't change an array in place.
"""


def extended(mx, layers, context):
    """The builder of a worker with the layers of a decoder, which writes its tokens at the end of ``context``."""
    nn = mx.gluon.nn

    class CausalAttention(mx.gluon.HybridBlock):
        def __init__(self, heads, scale, projections):
            super().__init__()
            self.heads, self.scale = heads, scale
            self.query, self.key, self.value, self.output = projections
            self.past = None  # keys and values of earlier positions, while a decoder calls this block
            self.present = None  # and of all, once it has

        def hybrid_forward(self, F, x):  # noqa: N803
            def split(y):
                # (batch, sequence, width) to (batch x heads, sequence, width of a head)
                y = F.transpose(F.reshape(y, (0, 0, self.heads, -1)), (0, 2, 1, 3))
                return F.reshape(y, (-1, 0, 0), reverse=True)

            query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
            if self.past:
                key, value = (F.concat(*each, dim=1) for each in zip(self.past, (key, value)))
            self.present = key, value
            scores = F.batch_dot(query * self.scale, key, transpose_b=True)
            if not self.past:
                places = F.contrib.arange_like(x, axis=1)
                later = F.broadcast_lesser(F.expand_dims(places, 1), F.expand_dims(places, 0))
                scores = F.broadcast_add(scores, F.expand_dims(later * -1e9, 0))
            attended = F.reshape(F.batch_dot(F.softmax(scores), value), (-1, self.heads, 0, 0), reverse=True)
            return self.output(F.reshape(F.transpose(attended, (0, 2, 1, 3)), (0, 0, -1)))

    class TokenEmbeddings(mx.gluon.HybridBlock):
        def __init__(self, token, position):
            super().__init__()
            self.token, self.position = token, position
            self.first = 0

        def hybrid_forward(self, F, tokens):  # noqa: N803
            positions = F.contrib.arange_like(tokens, axis=1, start=self.first)
            return F.broadcast_add(self.token(tokens), F.expand_dims(self.position(positions), 0))

    class Decoder(mx.gluon.HybridBlock):
        """All layers in one of three ways: to train, to read a text, to write a token more."""

        def __init__(self, body, head, embeddings, attentions, reads, writes):
            super().__init__()
            self.body, self.head = body, head
            self.embeddings, self.attentions = embeddings, attentions
            self.reads, self.writes = reads, writes

        def hybrid_forward(self, F, tokens, *states):  # noqa: N803
            self.embeddings.first = context - 1 if self.writes else 0
            for number, attention in enumerate(self.attentions):
                attention.past = states[2 * number : 2 * number + 2]
            x = self.body(tokens)
            if not self.reads and not self.writes:
                return self.head(x)
            scores = self.head(F.slice_axis(x, axis=1, begin=-1, end=None))
            scores = F.reshape(scores, (0, -1))
            return [scores, *(array for attention in self.attentions for array in attention.present)]

    class Layers(layers):
        def decoders(self, spec):
            """Three decoders over the same layers."""
            *body, head = spec["layers"]
            self.attentions = []
            made = self.sequential(body)
            parts = (made, self.layer(head), self.table, self.attentions)
            return [Decoder(*parts, reads, writes) for reads, writes in ((0, 0), (1, 0), (0, 1))]

        def causal_attention(self, name, width, heads):
            parts = ("query", "key", "value", "output")
            projections = [self.dense(name + "." + part, width, width) for part in parts]
            self.attentions.append(CausalAttention(heads, (width // heads) ** -0.5, projections))
            return self.attentions[-1]

        def token_embeddings(self, name, **sizes):
            self.table = TokenEmbeddings(*self.tables(name))
            return self.table

        def next_token(self, embeddings, vocabulary, width):
            table = self.table.token.collect_params()
            return nn.Dense(vocabulary, use_bias=False, flatten=False, in_units=width, params=table)

    return Layers


class Decoder:
    """Mixed into a worker's network: ``infer`` is one token more of every sequence, ``infer_one`` reads one anew."""

    def fill(self):
        """Read every sequence, as is done before the first token is written."""
        sequences = self.batch["inputs"]
        _scores, *states = self.reader(sequences)
        self.states = [each[:, :-1].copy() for each in states]
        self.last = sequences[:, -1:].copy()

    def infer(self):
        return self.writer(self.last, *self.states)[0]

    def infer_one(self):
        return self.reader(self.one)[0]
