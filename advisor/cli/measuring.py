"""The options on how to measure, which every command that measures has alike."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from advisor.assessment.model import RunOptions
from advisor.cli.choices import BUDGET, SETTING, SHARE, SIZE, TASK
from advisor.probes.budget import search_extent
from advisor.probes.configuration import Configuration, ConfigurationOrigin, configuration
from advisor.probes.hyperparameters import MOST_TRIALS
from advisor.probes.model import SearchExtent
from advisor.workloads.datasets import OwnData
from advisor.workloads.own import OwnWork

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--task", "tasks", type=TASK, multiple=True, help="What the network is for; may be repeated."
    ),
    click.option(
        "--workload",
        "workloads",
        type=SHARE,
        multiple=True,
        help="Measure this workload instead of the task’s own, with a share where several count; may be repeated.",
    ),
    click.option("--size", type=SIZE, help="How large the networks measured are."),
    click.option("--budget", type=BUDGET, default="quick", show_default=True, help="How much to measure."),
    click.option(
        "--frameworks", help="Only these, separated by commas (keras, or keras-jax for one backend)."
    ),
    click.option(
        "--device", default="auto", show_default=True, help="auto, cpu, cuda:0, rocm:0, mps or xpu:0."
    ),
    click.option(
        "--set",
        "settings",
        type=SETTING,
        multiple=True,
        help="Measure a framework with settings of your own beside its defaults (tensorflow:xla=on); may be "
        "repeated, each time for one more configuration.",
    ),
    click.option(
        "--compiled/--no-compiled",
        default=None,
        help="Measure each framework’s own compiled way too (else the budget decides).",
    ),
    click.option(
        "--parallel/--no-parallel",
        default=None,
        help="Measure training on 1, 2, 4 … threads and processes too (else the budget decides). The processes "
        "talk over this machine’s loopback; TensorFlow’s and MXNet’s listen on its other addresses, too, meanwhile, so "
        "no budget starts them unasked.",
    ),
    click.option(
        "--tune/--no-tune",
        default=False,
        help="Search faster settings of every framework first (quick tries known good ones only), and measure "
        "what is found beside the defaults.",
    ),
    click.option(
        "--target/--no-target",
        default=False,
        help="Measure time to a target too, where the task has one: how long a small network takes to learn to "
        "read real handwritten digits, to tell unwanted mail, or to balance CartPole’s pole. It takes minutes "
        "and carries no weight.",
    ),
    click.option(
        "--trials",
        type=click.IntRange(0, MOST_TRIALS),
        default=0,
        help="Search hyper-parameters in so many trials too, by Optuna, on handwritten digits or unwanted mail: trials "
        "per hour and the best score in equal time, for images and text. It carries no weight.",
    ),
)


def measuring_options(command: Command) -> Command:
    """Give a command the options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def run_options(
    budget: str,
    device: str,
    settings: tuple[tuple[str, dict[str, str]], ...],
    compiled: bool | None,
    parallel: bool | None = None,
    seed: int = 0,
    work: Sequence[OwnWork] = (),
    data: OwnData | None = None,
    *,
    tune: bool = False,
    target: bool = False,
    trials: int = 0,
) -> RunOptions:
    """Return what the options come to; whether the settings exist is for the catalogue to say."""
    asked: dict[str, tuple[Configuration, ...]] = {}
    for alternative, levers in settings:
        asked[alternative] = (
            *asked.get(alternative, ()),
            configuration(levers, ConfigurationOrigin.USER),
        )
    return RunOptions(
        budget=budget,
        device=device,
        configurations=asked,
        compiled=compiled,
        parallel=parallel,
        seed=seed,
        own=tuple(each.workload for each in work),
        data=data.description if data else None,
        search=search_extent(budget) if tune else SearchExtent.NONE,
        target=target,
        trials=trials,
    )
