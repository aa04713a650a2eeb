"""JAX: what writing text adds to a network, a cache of keys and values in the attention layers."""

import decoder


def extended(jax, nnx, layers, context, sequences):
    """The builder of a worker with the layers of a decoder, which writes its tokens at the end of ``context``.

    Parameters
    ----------
    sequences : int
        How many are trained on and written at a time. Besides, one alone can be read.
    """
    numpy = jax.numpy

    class Cache(nnx.Variable):
        """Keys or values of all positions."""

    class Reading(nnx.Module):
        """Knows whether it trains or reads and writes: a network that reads is the view without batch statistics."""

        reads = False

        def set_view(self, use_running_average=None):
            if use_running_average is not None:
                self.reads = use_running_average

    class CausalAttention(Reading):
        def __init__(self, heads, width, projections):
            self.heads = heads
            self.query, self.key, self.value, self.output = projections
            for count in {1, sequences}:
                for kind in ("keys", "values"):
                    zeros = numpy.zeros((count, context, heads, width // heads))
                    setattr(self, kind + str(count), Cache(zeros))

        def __call__(self, x):
            def split(y):
                return y.reshape(*y.shape[:2], self.heads, -1)

            query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
            whole = x.shape[1] > 1
            if self.reads:
                caches = (getattr(self, kind + str(len(x))) for kind in ("keys", "values"))
                key, value = (self.kept(cache, new, whole) for cache, new in zip(caches, (key, value)))
            attended = jax.nn.dot_product_attention(query, key, value, is_causal=whole)
            return self.output(attended.reshape(*x.shape[:2], -1))

        def kept(self, cache, new, whole):
            """What is in a cache once it has taken all positions, or the last one."""
            cache[...] = new if whole else cache[...].at[:, -1:].set(new)
            return cache[...]

    class TokenEmbeddings(nnx.Module):
        def __init__(self, token, position):
            self.token, self.position = token, position

        def __call__(self, tokens):
            first = 0 if tokens.shape[1] > 1 else context - 1
            return self.token(tokens) + self.position(numpy.arange(first, first + tokens.shape[1]))

    class NextToken(Reading):
        def __init__(self, table):
            self.table = table

        def __call__(self, x):
            return self.table.attend(x[:, -1] if self.reads else x)

    return decoder.extended(layers, CausalAttention, TokenEmbeddings, NextToken)
