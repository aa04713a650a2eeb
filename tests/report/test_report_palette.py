"""Colours that colour-blind readers can tell apart, on either background."""

import itertools

import numpy as np
import pytest

from advisor.frameworks import catalogue
from advisor.report import palette
from advisor.report.palette import Theme
from tests.decision.builders import framework

# Machado, Oliveira and Fernandes 2009, table 1, severity 1.0; and normal sight.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
BACKGROUND = {Theme.LIGHT: "#FFFFFF", Theme.DARK: "#16191E"}
FRAMEWORKS = (*catalogue.load(), *(framework(name) for name in "abcd"))


def linear(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* under D65 (IEC 61966-2-1, CIE 15)."""
    matrix = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    x, y, z = np.cbrt(np.array(matrix) @ rgb / [0.95047, 1.0, 1.08883])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one, other):
    high, low = sorted((palette.luminance(one), palette.luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_frameworks_can_be_told_apart(theme, sight):
    colours = [colour.on(theme) for colour in palette.framework_colours(FRAMEWORKS).values()]
    seen = [lab(np.clip(np.array(SIGHT[sight]) @ linear(colour), 0.001, 1)) for colour in colours]
    for (one, first), (other, second) in itertools.combinations(zip(colours, seen, strict=True), 2):
        assert np.linalg.norm(first - second) > 15, (one, other)


@pytest.mark.parametrize("theme", Theme)
def test_every_colour_stands_out_from_its_background(theme):
    for colour in palette.framework_colours(FRAMEWORKS).values():
        assert contrast(colour.on(theme), BACKGROUND[theme]) >= 3
    for colour in palette.VERDICTS.values():
        assert contrast(colour.on(theme), BACKGROUND[theme]) >= 4.5


def test_a_framework_keeps_its_colour_whatever_stands_beside_it():
    keras, mxnet = (catalogue.find(FRAMEWORKS, each) for each in ("keras", "mxnet"))
    alone = palette.framework_colours([keras])["keras"]
    assert palette.framework_colours([framework("a"), mxnet, keras])["keras"] == alone
    assert alone.light == keras.colour.light


@pytest.mark.parametrize("ranks", [1, 2, 6, 10])
def test_ranks_go_from_strong_to_pale(ranks):
    tones = [palette.luminance(colour.light) for colour in palette.rank_colours(ranks)]
    assert tones == sorted(tones) and len(set(tones)) == ranks


@pytest.mark.parametrize("colour", ["#FFFFFF", "#000000", "#1F4FC8", "#B5840A", "#7E9798", "#767676"])
def test_text_on_a_colour_is_readable(colour):
    assert contrast(palette.text_on(colour), colour) >= 4.5
