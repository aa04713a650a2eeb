"""How one of several processes that train a Keras model takes its step: by hand, where ``train_on_batch`` can't.

On TensorFlow ``fit`` and ``train_on_batch`` fail under a strategy of several workers; on PyTorch Keras' guide has
such a loop.
"""


def on_torch(torch, model, given):
    """A step over the wrapped model, whose gradients are averaged while they are being computed.

    ``given`` says what of a batch the model and its loss get.
    """
    wrapped = torch.nn.parallel.DistributedDataParallel(model)
    trained = model.trainable_weights

    def step(batch):
        inputs, labels = given(batch)
        model.zero_grad()
        loss = model.compute_loss(inputs, labels, wrapped(inputs, training=True))
        loss.backward()
        with torch.no_grad():
            model.optimizer.apply([each.value.grad for each in trained], trained)
        return float(loss.detach())

    return step


def on_tensorflow(tf, strategy, model, given):
    """A step by the strategy under which the model was built."""
    trained = model.trainable_weights

    def own(batch):
        inputs, labels = given(batch)
        with tf.GradientTape() as tape:
            loss = model.compute_loss(inputs, labels, model(inputs, training=True))
        # The loss is divided by the number of ranks already, and the optimiser adds up their gradients.
        model.optimizer.apply(tape.gradient(loss, trained), trained)
        return loss * strategy.num_replicas_in_sync

    whole = tf.function(lambda batch: strategy.run(own, (batch,)))
    return lambda batch: float(whole(batch))
