"""Real frameworks learn real digits: equal weights in equal order give one curve, and CartPole is learnt by doing."""

import threading

import msgspec
import numpy as np
import pytest

from advisor.frameworks import catalogue as catalogue_file
from advisor.probes import learning
from advisor.probes.budget import BUDGETS
from advisor.probes.launch import wire
from advisor.probes.launch.process import Worker
from advisor.probes.model import Candidate, Conditions
from advisor.probes.passes.learning import reach
from advisor.resources import worker_script
from advisor.workloads import targets
from advisor.workloads.model import Task
from advisor.workloads.targets import TARGETS

DIGITS, SPAM, CARTPOLE = (TARGETS[task] for task in (Task.IMAGE_CLASSIFICATION, Task.NLP, Task.RL))
TRAINING = ("pytorch", "tensorflow", "jax", "mxnet", "paddle", "keras-torch")


def candidate(name, pythons):
    catalogue = catalogue_file.load()
    alternative = next(each for each in catalogue_file.alternatives(catalogue) if each.id == name)
    framework = catalogue_file.find(catalogue, alternative.framework)
    return Candidate(
        name, framework.id, alternative.backend, pythons[framework.id], str(worker_script(framework.worker))
    )


def test_data_are_the_published_digits():
    with np.load(targets.data(DIGITS), allow_pickle=False) as data:
        assert data["inputs"].shape == (1797, 8, 8, 1) and data["inputs"].max() == data["scale"] == 16
        # Of the test set, as its description counts them.
        assert np.bincount(data["labels"]).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_mail_is_numbers_that_its_network_knows_half_of_it_unwanted():
    with np.load(targets.data(SPAM), allow_pickle=False) as data:
        inputs, labels = data["inputs"], data["labels"]
    assert inputs.shape == (2000, *SPAM.workload.input_shape) and labels.sum() == 1000
    embeddings = targets.network(SPAM).layers[0]
    assert inputs.min() >= 0 and inputs.max() < embeddings.vocabulary
    assert len(np.unique(inputs, axis=0)) == len(inputs)  # none is in both parts


@pytest.mark.frameworks
@pytest.mark.parametrize(("target", "names"), [(DIGITS, TRAINING), (SPAM, ("pytorch", "tensorflow"))])
def test_curves_are_one_in_every_framework(framework_pythons, target, names):
    budget = msgspec.structs.replace(BUDGETS["quick"], learning_seeds=1, learning_s=300.0)
    run = reach(
        target,
        [candidate(name, framework_pythons) for name in names],
        Conditions(threads=1),
        budget,
        lambda event: None,
        threading.Event(),
    )
    assert [each.reason for each in run.learners] == [None] * len(names)
    assert len({each.curves[0].points[0].score for each in run.learners}) == 1
    found = learning.agreement(run)
    assert found.learners == len(names) and found.same_steps and found.gap < 0.02
    assert all(each.curves[0].reached(target) for each in run.learners)


@pytest.mark.frameworks
def test_a_network_learns_to_balance_the_pole(framework_pythons):
    chosen = candidate("pytorch", framework_pythons)
    worker = Worker(chosen.interpreter, chosen.worker, threads=1)
    try:
        worker.receive(wire.Hello, 60.0)
        worker.receive(wire.Ready, 300.0)
        workload, network = CARTPOLE.workload, targets.network(CARTPOLE)
        worker.request(wire.Prepare(workload, network, {}, 0, "float32", False, ()), wire.Prepared, 60.0)
        start = worker.request(wire.Learn(0, None), wire.Learned, 60.0)
        assert start.steps == 0 and start.score < 50
        best = max(worker.request(wire.Learn(500, None), wire.Learned, 60.0).score for _ in range(4))
        assert best > 2 * start.score
    finally:
        worker.close()
