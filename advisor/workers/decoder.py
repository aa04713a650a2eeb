"""What writing text adds to a network: where layers keep keys and values themselves, and where a file is given them."""


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


def signatures(sequences, length):
    """What a file of fixed sizes holds, by name: how many texts, how many tokens are read, and how many were before."""
    return {
        "read": (sequences, length - 1, 0),
        "serving_default": (sequences, 1, length - 1),
        "one": (1, length, 0),
    }


class Served:
    """A network that writes text, in a file to which caches are given and which gives them back, longer.

    Parameters
    ----------
    read, write : callable
        Run the file on a list of inputs, tokens and then caches; a runtime may keep what it needs for either.
    shapes : list of list of int
        What the caches are like: number of sequences and length may be anything, and the length is 0.
    """

    parameters = 0  # folded into constants: what exported them knows

    def __init__(self, read, write, shapes, sequences):
        import numpy as np

        def empty(count):
            return [np.zeros((count, *shape[1:]), np.float32) for shape in shapes]

        _, *caches = read([sequences[:, :-1].copy(), *empty(len(sequences))])
        last = [sequences[:, -1:].copy(), *(each.copy() for each in caches)]
        one = [sequences[:1].copy(), *empty(1)]
        self.infer = lambda: write(last)[0]
        self.infer_one = lambda: read(one)[0]

    def wait(self, result=None):
        """Nothing to wait for."""

    def array(self, result):
        return result
