"""PyTorch: what writing text adds to a network, a cache of keys and values in the attention layers."""

import decoder


def extended(torch, layers, context):
    """The builder of a worker with the layers of a decoder, which writes its tokens at the end of ``context``."""
    nn = torch.nn
    functional = nn.functional

    class CausalAttention(nn.Module):
        def __init__(self, heads, width, projections):
            super().__init__()
            self.heads = heads
            self.query, self.key, self.value, self.output = projections
            self.caches = {}  # by the number of sequences: keys and values of all positions

        def forward(self, x):
            def split(y):
                return y.unflatten(-1, (self.heads, -1)).transpose(1, 2)

            query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
            if x.shape[1] == 1:  # one token more, at the last position
                keys, values = self.caches[len(x)]
                keys[:, :, -1:], values[:, :, -1:] = key, value
                attended = functional.scaled_dot_product_attention(query, keys, values)
            else:
                if not self.training:
                    self.caches[len(x)] = key.contiguous(), value.contiguous()
                attended = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
            return self.output(attended.transpose(1, 2).flatten(2))

    class TokenEmbeddings(nn.Module):
        def __init__(self, token, position):
            super().__init__()
            self.token, self.position = token, position

        def forward(self, tokens):
            first = 0 if tokens.shape[1] > 1 else context - 1
            positions = torch.arange(first, first + tokens.shape[1], device=tokens.device)
            return self.token(tokens) + self.position(positions)

    class NextToken(nn.Module):
        def __init__(self, table):
            super().__init__()
            self.table = table

        def forward(self, x):
            return functional.linear(x if self.training else x[:, -1], self.table.weight)

    return decoder.extended(layers, CausalAttention, TokenEmbeddings, NextToken)
