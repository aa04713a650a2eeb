"""A user's folder of images, made on the spot: looked at without being opened, and read by the frameworks' loaders."""

import msgspec
import numpy as np
import pytest
from PIL import Image

from advisor.assessment import own_work
from advisor.assessment.model import RunOptions
from advisor.errors import AdvisorError
from advisor.probes.equivalence import load_references
from advisor.probes.model import Candidate, Outcome, Quantity
from advisor.probes.passes import loading
from advisor.resources import worker_script
from advisor.workloads import datasets, published
from advisor.workloads.datasets import DataSet
from advisor.workloads.model import Size, Task
from tests.own.test_own_models import QUICK
from tests.probes.doubles import by_name, run


@pytest.fixture
def images(tmp_path):
    """Forty images in two classes, and what isn't one."""
    folder = tmp_path / "private"
    generator = np.random.default_rng(0)
    for name in ("secret_cats", "secret_dogs"):
        (folder / name).mkdir(parents=True)
        for number in range(20):
            pixels = generator.integers(0, 255, (40, 30, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.{'jpg' if number % 2 else 'PNG'}")
    (folder / "secret_cats" / "notes.txt").write_text("no image")
    return folder


def test_a_folder_is_known_by_numbers_alone(images):
    found = datasets.look(images)
    assert (found.description.items, found.description.classes) == (40, 2)
    assert found.description.bytes == sum(
        each.stat().st_size for each in images.rglob("*") if each.suffix.lower() in datasets.ENDINGS
    )
    kept = msgspec.json.encode(RunOptions(data=found.description))
    assert b"secret" not in kept
    assert b"private" not in kept


def test_links_are_not_followed(images, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "more.jpg").write_bytes(b"x")
    (images / "linked").symlink_to(elsewhere)
    (images / "secret_cats" / "linked.jpg").symlink_to(elsewhere / "more.jpg")
    assert datasets.look(images).description.items == 40


def test_a_folder_without_images_is_said_so(tmp_path):
    (tmp_path / "class").mkdir()
    with pytest.raises(AdvisorError, match="no images"):
        datasets.look(tmp_path)
    with pytest.raises(AdvisorError, match="can't be read"):
        datasets.look(tmp_path / "nowhere")


def test_a_saved_assessment_asks_for_the_folder_again(images):
    found = datasets.look(images)
    options = RunOptions(data=found.description)
    own_work.check(options, (), found)
    with pytest.raises(AdvisorError, match="doesn't say where"):
        own_work.check(options, ())
    with pytest.raises(AdvisorError, match="very same folder"):
        own_work.check(RunOptions(data=DataSet(41, 2, 10)), (), found)


@pytest.mark.frameworks
def test_loaders_feed_the_training_and_one_that_cant_says_why(framework_pythons, images, monkeypatch):
    monkeypatch.setattr(loading, "ROUNDS", 2)
    workload = published.find(Task.IMAGE_CLASSIFICATION, Size.COMPACT)
    candidates = [
        Candidate(name, name, None, framework_pythons[name], str(worker_script(f"{name}_worker")))
        for name in ("tensorflow", "mxnet", "pytorch")
    ]
    found = datasets.look(images)
    finished = run(candidates, workload=workload, budget=QUICK, data=found, references=load_references())
    results = by_name(finished)
    assert {each.outcome for each in results.values()} == {Outcome.MEASURED}, results
    for name in ("tensorflow", "mxnet"):
        read = results[name].data
        assert read.reason is None, read.reason
        assert {sample.quantity for sample in read.samples} == {Quantity.LOAD, Quantity.TRAIN, Quantity.FED}
        assert all(sample.items == workload.batch * sample.iterations for sample in read.samples)
    lacking = results["pytorch"].data
    assert lacking.samples or lacking.reason == "no-decoder pillow"
