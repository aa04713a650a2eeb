"""PyTorch: what writing text adds to a network, a cache of keys and values in the attention layers."""

import decoder


class _Passed:
    """Caches on their way through a network that is written to a file: a graph holds none, so they come and go."""

    before = None  # but for the time of such a call

    def begin(self, torch, tokens, caches):
        first, count = caches[0].shape[2], tokens.shape[1]
        every = torch.arange(first + count, device=tokens.device)
        self.positions = every[first:]
        self.seen = every <= self.positions[:, None]
        self.before, self.after = iter(caches), []

    def extended(self, torch, *new):
        """Keys and values of what was read before and of what is read now."""
        both = [torch.cat([next(self.before), each], 2) for each in new]
        self.after += both
        return both


def written(torch, module, inputs):
    """A network as a file is to hold it, an example of what it takes, and the free dimensions of each.

    It takes tokens, any number more, and the keys and values of those before them, layer by layer; it gives the
    scores of the next token and those caches, longer.
    """
    passed, attentions = _Passed(), []
    for layer in module.modules():
        if hasattr(layer, "passed"):
            layer.passed = passed
            attentions += [layer] if hasattr(layer, "caches") else []

    class Written(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.module = module

        def forward(self, tokens, *caches):
            passed.begin(torch, tokens, caches)
            scores = self.module(tokens)
            passed.before = None
            return (scores, *passed.after)

    heads, size = attentions[0].heads, attentions[0].key.out_features // attentions[0].heads
    # Two texts, since the exporters take a size of one for fixed; and lengths that differ, or they would be one size.
    tokens = torch.zeros(2, 3, dtype=inputs.dtype, device=inputs.device)
    caches = [torch.zeros(2, heads, 5, size, device=inputs.device) for _ in range(2 * len(attentions))]
    return Written().eval(), (tokens, *caches), ((0, 1), *((0, 2) for _ in caches))


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
            self.passed = None  # in a network that is written to a file

        def forward(self, x):
            def split(y):
                return y.unflatten(-1, (self.heads, -1)).transpose(1, 2)

            query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
            if self.passed and self.passed.before:
                key, value = self.passed.extended(torch, key, value)
                attended = functional.scaled_dot_product_attention(query, key, value, self.passed.seen)
            elif x.shape[1] == 1:  # one token more, at the last position
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
            self.passed = None

        def forward(self, tokens):
            if self.passed and self.passed.before:
                return self.token(tokens) + self.position(self.passed.positions)
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
