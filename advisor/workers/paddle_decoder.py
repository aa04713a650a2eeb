"""PaddlePaddle: what writing text adds to a network, a cache of keys and values in the attention layers."""

import decoder


def extended(paddle, layers, context):
    """The builder of a worker with the layers of a decoder, which writes its tokens at the end of ``context``."""
    nn = paddle.nn

    class CausalAttention(nn.Layer):
        def __init__(self, heads, width, projections):
            super().__init__()
            self.heads, self.scale = heads, (width // heads) ** -0.5
            self.query, self.key, self.value, self.output = projections
            self.hidden = paddle.triu(paddle.full([context, context], -1e9), 1)
            self.caches = {}  # by the number of sequences: keys and values of all positions

        def forward(self, x):
            def split(y):
                return y.reshape([*y.shape[:2], self.heads, -1]).transpose([0, 2, 1, 3])

            query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
            whole = x.shape[1] > 1
            if not whole:  # one token more, at the last position
                keys, values = self.caches[x.shape[0]]
                keys[:, :, -1:], values[:, :, -1:] = key, value
                key, value = keys, values
            elif not self.training:
                self.caches[x.shape[0]] = key.clone(), value.clone()
            scores = paddle.matmul(query * self.scale, key, transpose_y=True)
            if whole:
                scores = scores + self.hidden
            attended = paddle.matmul(nn.functional.softmax(scores), value).transpose([0, 2, 1, 3])
            return self.output(attended.reshape([*x.shape[:2], -1]))

    class TokenEmbeddings(nn.Layer):
        def __init__(self, token, position):
            super().__init__()
            self.token, self.position = token, position

        def forward(self, tokens):
            first = 0 if tokens.shape[1] > 1 else context - 1
            return self.token(tokens) + self.position(paddle.arange(first, first + tokens.shape[1]))

    class NextToken(nn.Layer):
        def __init__(self, table):
            super().__init__()
            self.table = table

        def forward(self, x):
            return paddle.matmul(x if self.training else x[:, -1], self.table.weight, transpose_y=True)

    return decoder.extended(layers, CausalAttention, TokenEmbeddings, NextToken)
