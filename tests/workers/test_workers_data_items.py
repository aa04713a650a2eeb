"""Items of a user's data as loaders get them, without any framework."""

import sys

import numpy as np
import pytest
from conversation import WORKERS

from advisor.workloads import datasets
from tests.own import made_data


@pytest.fixture
def items(monkeypatch):
    monkeypatch.syspath_prepend(str(WORKERS))
    import data_items

    yield data_items
    for name in ("data_items", "common", "networks"):
        sys.modules.pop(name, None)


def of(items, path, **network):
    described = {
        "shape": (4, 4, 3),
        "told_apart": 2,
        "vocabulary": 50,
        "length": 6,
        "writes": False,
        **network,
    }
    reading = datasets.look(path).reading
    return items.of({name: getattr(reading, name) for name in reading.__struct_fields__} | described, False)


def test_records_may_have_ends_of_lines_in_their_fields(items, tmp_path):
    found = of(items, made_data.reviews(tmp_path / "a.csv"))
    assert len(found) == 60
    assert found.row(7) == ["secret_1", 'Wörter, and "so" on\n7', "7"]
    tokens, label = found[7]
    assert tokens.tolist() == items.tokens("wörter and SO on 7", 6, 50)
    assert tokens.tolist()[5] == 0
    assert {found[number][1] for number in range(60)} <= {0, 1}
    assert label == found[9][1]


def test_a_network_that_writes_learns_what_comes_next(items, tmp_path):
    path = made_data.lines(tmp_path / "a.txt")
    inputs, following = of(items, path, writes=True)[3]
    assert inputs.tolist()[1:] == following.tolist()[:-1]
    assert len(of(items, path)) == 60


def test_numbers_are_as_they_stand_and_missing_ones_are_zero(items, tmp_path):
    found = of(items, made_data.table(tmp_path / "a.csv"))
    assert [found[number][0].tolist() for number in (0, 3)] == [[0.0, 0.0], [3.0, 1.5]]


def test_pictures_are_between_0_and_1(items, tmp_path):
    path = made_data.arrays(tmp_path / "a.npz")
    pixels, label = of(items, path, vocabulary=0, told_apart=1000)[6]
    with np.load(path) as kept:
        assert np.allclose(pixels * 255, kept["x"][6])
        assert label == kept["y"][6]
    pixels, label = of(items, made_data.images(tmp_path / "images"))[25]
    assert (pixels.shape, label) == ((4, 4, 3), 1)
    assert 0 <= pixels.min() < pixels.max() <= 1
