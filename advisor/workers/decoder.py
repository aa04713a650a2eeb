"""What writing text adds to a network in every framework that keeps keys and values in the layers themselves."""


def extended(layers, attention, embeddings, next_token):
    """The builder of a worker with the layers of a decoder.

    Parameters
    ----------
    attention, embeddings, next_token : callable
        Make the framework's own layers: of heads, width and the four projections; of the tables of tokens and of
        positions; of the table of tokens. The builder's ``table`` makes one of an array.
    """

    class Layers(layers):
        def causal_attention(self, name, width, heads):
            parts = ("query", "key", "value", "output")
            projections = [self.dense(name + "." + part, width, width) for part in parts]
            return attention(heads, width, projections)

        def token_embeddings(self, name, **sizes):
            token, position = (self.table(self.arrays[name][kind]) for kind in ("token", "position"))
            self.tokens = token
            return embeddings(token, position)

        def next_token(self, embeddings, vocabulary, width):
            return next_token(self.tokens)

    return Layers


class Decoder:
    """Mixed into a worker's network: ``infer`` is one token more of every sequence, ``infer_one`` reads one anew.

    The network's ``answer`` is a forward pass without gradients.
    """

    def fill(self):
        """Read every sequence, as is done before the first token is written."""
        self.answer(self.batch["inputs"])
        self.last = self.batch["inputs"][:, -1:]

    def infer(self):
        return self.answer(self.last)
