"""The search for a faster configuration: which ones to try, and when to stop. Pure: it knows no worker.

Whoever calls it measures: ``Measure`` takes configurations and a number of rounds, and returns by how much each
was faster than the default, round by round. What is found is a proposal. It is measured anew, in rounds that the
search never saw, before anything is said of it.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import median

from msgspec import Struct

from advisor.frameworks.model import Acts, Affects, Lever, Prior
from advisor.probes.configuration import DEFAULT, Configuration, ConfigurationOrigin, configuration
from advisor.probes.intervals import median_interval

Pulled = tuple[tuple[str, str], ...]
"""Levers with their values, sorted: what tells configurations apart."""

Measure = Callable[[Sequence[Pulled], int], Mapping[Pulled, Mapping[int, float]]]
"""Takes so many more rounds of some configurations, and of the default beside them. Returns, by configuration and
round, the logarithm of the default's time over its own; a configuration that can't be measured isn't in it."""

BEHIND = math.log(1.15)
"""Who is so far behind the best is dropped: more rounds would not bring it back."""

WORTH = math.log(1.02)
"""A lever that seems to gain less isn't taken along: at the noise of a few rounds nothing can be told below."""

_FEW = 8
"""So few configurations are all tried: going along the axes would cost more samples than that."""

_BLOCK = 2
"""Rounds between two looks at who is behind."""

ROUNDS = 4
_AXIS_ROUNDS = 8
_FINAL_ROUNDS = 6
_FINALISTS = 2


class Space(Struct, frozen=True):
    """What may be pulled, in the order in which it is tried, and what to try before."""

    axes: tuple[Lever, ...]
    priors: tuple[Pulled, ...] = ()

    @property
    def size(self) -> int:
        """How many configurations there are: what trying everything would take."""
        return sum(1 for _ in self.everything())

    def everything(self) -> Iterator[Pulled]:
        """Yield every configuration, the default one first."""

        def extend(axes: Sequence[Lever], pulled: dict[str, str]) -> Iterator[dict[str, str]]:
            if not axes:
                yield pulled
                return
            yield from extend(axes[1:], pulled)
            for value in axes[0].values:
                yield from extend(axes[1:], {**pulled, axes[0].id: value})

        return (_pulled(each) for each in extend(self.axes, {}) if self.complete(each))

    def complete(self, pulled: Mapping[str, str]) -> bool:
        """Whether every lever has the others with it that it needs."""
        return all(
            pulled.get(other) == value
            for axis in self.axes
            if axis.id in pulled
            for other, value in axis.needs.items()
        )


def space(
    levers: Iterable[Lever], priors: Iterable[Prior], goal: Affects, *, busy: bool
) -> tuple[Space, tuple[str, ...]]:
    """Return what is searched for a goal, and the levers on which a busy machine allows no verdict.

    Exact levers only: what trades accuracy for speed is no tuning. Cheap ones of building come first, then those
    of the process, those that take minutes to build last.
    """
    fitting = [each for each in levers if each.exact and goal in each.affects]
    unjudged = tuple(each.id for each in fitting if each.load and busy)
    axes = sorted(
        (each for each in fitting if each.id not in unjudged),
        key=lambda each: (each.costly, each.acts is Acts.PROCESS),
    )
    known = {axis.id: axis.values for axis in axes}
    tried = [
        _pulled(prior.levers)
        for prior in priors
        if goal in prior.affects and all(value in known.get(id_, ()) for id_, value in prior.levers.items())
    ]
    return Space(tuple(axes), tuple(dict.fromkeys(tried))), unjudged


class Found(Struct, frozen=True):
    """What a search came to: the configuration it proposes, and the way from the default to it."""

    best: Pulled
    steps: tuple[Pulled, ...] = ()  # each one lever more than the one before, ``best`` last
    stopped: bool = False  # time ran out


class Search:
    """One search, for one goal.

    Parameters
    ----------
    measure : Measure
        Takes samples.
    over : callable
        Whether time is up: then what is known so far is what is found.
    inert : set of str
        Levers that were seen to do nothing here; whoever measures adds to it.
    """

    def __init__(
        self,
        room: Space,
        measure: Measure,
        over: Callable[[], bool] = lambda: False,
        inert: set[str] | None = None,
    ) -> None:
        self._space = room
        self._measure = measure
        self._over = over
        self._inert = set() if inert is None else inert
        self.gains: dict[Pulled, dict[int, float]] = {}  # logarithms, by round
        self._failed: set[Pulled] = set()

    def run(self, *, full: bool) -> Found:
        """Race the priors, go along the axes where the search is full, and decide between the last few."""
        if full and self._space.size <= _FEW and not any(axis.costly for axis in self._space.axes):
            best = self._race(self._space.everything(), ROUNDS)
        else:
            best = self._race(self._space.priors, ROUNDS)
            best = self._along_axes(best) if full else best
        best = self._final(best)
        return Found(best, self._ladder(best), self._over())

    def _race(self, pulled: Iterable[Pulled], rounds: int) -> Pulled:
        """Return the fastest of some and the default, dropping who falls behind."""
        left = [each for each in dict.fromkeys(pulled) if each and each not in self._failed]
        for _ in range(0, rounds, _BLOCK):
            if not left or self._over():
                break
            self._take(left, _BLOCK)
            # Without the levers that do nothing here, the others may still pay.
            again = dict.fromkeys(self._without_inert(each) for each in left if each in self._failed)
            fresh = [each for each in again if each and each not in self._failed and each not in self.gains]
            self._take(fresh, _BLOCK)
            left = [each for each in (*left, *fresh) if each in self.gains]
            best = max([self._gain(each) for each in left], default=0.0)
            left = [each for each in left if self._gain(each) > max(best, 0.0) - BEHIND]
        return max([(), *left], key=self._gain)

    def _along_axes(self, best: Pulled) -> Pulled:
        for axis in self._space.axes:
            if self._over():
                break
            if axis.id in self._inert:
                continue
            held = dict(best)
            others = [
                {**held, axis.id: value, **axis.needs} for value in axis.values if held.get(axis.id) != value
            ]
            if axis.id in held:
                others.append({id_: value for id_, value in held.items() if id_ != axis.id})
            fitting = [_pulled(each) for each in others if self._space.complete(each)]
            fitting = [each for each in fitting if each not in self._failed]
            self._side_by_side([each for each in fitting if not self._known(each, best)], best)
            for each in fitting:
                if each not in self._failed and self._ahead(each, best) > self._threshold(each, best):
                    best = each
        return best

    def _known(self, one: Pulled, other: Pulled) -> bool:
        """Whether two were measured side by side already: a race of priors tells of their levers, too."""
        return len(_differences(self.gains, one, other)) >= ROUNDS

    def _side_by_side(self, others: Sequence[Pulled], best: Pulled) -> None:
        """Measure some beside the best: all a little, then those that don't seem to be behind it."""
        left = list(others)
        for _ in range(0, _AXIS_ROUNDS, _BLOCK):
            if left:
                self._take([each for each in (best, *left) if each], _BLOCK)
            left = [each for each in left if each in self.gains and self._ahead(each, best) > -WORTH]

    def _threshold(self, pulled: Pulled, than: Pulled) -> float:
        """A lever more has to pay; one less has to cost nothing."""
        return WORTH if len(pulled) > len(than) else -WORTH if len(pulled) < len(than) else 0.0

    def _without_inert(self, pulled: Pulled) -> Pulled:
        left = _pulled({id_: value for id_, value in pulled if id_ not in self._inert})
        return left if self._space.complete(dict(left)) else ()

    def _final(self, best: Pulled) -> Pulled:
        """Measure the few that seem fastest once more, side by side, and go by these rounds alone.

        Among them the fastest is proposed; the default one where that isn't known to be faster.
        """
        ahead = sorted(self.gains, key=self._gain, reverse=True)
        seeming = [each for each in ahead if self._gain(each) > self._gain(best) - BEHIND]
        finalists = [each for each in dict.fromkeys([best, *seeming]) if each][:_FINALISTS]
        if not finalists or self._over():
            return best if self._faster(self.gains.get(best)) else ()
        fresh = self._take(finalists, _FINAL_ROUNDS)
        first = max(finalists, key=lambda each: _middle(fresh.get(each)))
        return first if self._faster(fresh.get(first)) else ()

    @staticmethod
    def _faster(gains: Mapping[int, float] | None) -> bool:
        """Whether the default is known to be slower."""
        interval = median_interval([math.exp(each) for each in (gains or {}).values()])
        return interval is not None and interval.low > 1.0

    def _ladder(self, best: Pulled) -> tuple[Pulled, ...]:
        """Return the way from the default to the best, one lever more at a time, each measured beside the default.

        The lever that gained most by itself, as far as that is known, comes first.
        """
        if len(best) < 2:
            return (best,) if best else ()
        alone = {
            lever: self._gain(_pulled({**self._needs_of(lever[0]), lever[0]: lever[1]})) for lever in best
        }
        order = sorted(best, key=lambda lever: -alone[lever])
        steps: list[Pulled] = []
        held: dict[str, str] = {}
        for id_, value in order:
            held |= {id_: value, **self._needs_of(id_)}
            if _pulled(held) not in steps:
                steps.append(_pulled(held))
        new = [each for each in steps if each not in self.gains]
        if new and not self._over():
            self._take(new, ROUNDS)
        return tuple(each for each in steps if each in self.gains)

    def _needs_of(self, id_: str) -> dict[str, str]:
        return next((dict(axis.needs) for axis in self._space.axes if axis.id == id_), {})

    def _take(self, pulled: Sequence[Pulled], rounds: int) -> Mapping[Pulled, Mapping[int, float]]:
        """Have rounds taken and keep what comes of it; returns these rounds alone."""
        fresh = self._measure(pulled, rounds) if pulled else {}
        for each in pulled:
            if fresh.get(each):
                self.gains.setdefault(each, {}).update(fresh[each])
            else:
                self._failed.add(each)
                self.gains.pop(each, None)
        return fresh

    def _gain(self, pulled: Pulled) -> float:
        return _middle(self.gains.get(pulled)) if pulled else 0.0

    def _ahead(self, one: Pulled, than: Pulled) -> float:
        """By how much one is faster than another, in the rounds that they share."""
        shared = _differences(self.gains, one, than)
        return median(shared) if shared else self._gain(one) - self._gain(than)


def _differences(gains: Mapping[Pulled, Mapping[int, float]], one: Pulled, other: Pulled) -> list[float]:
    """Return by how much one is ahead of another, per shared round; the default is ahead of itself by nothing."""
    mine, theirs = gains.get(one, {}), gains.get(other, {})
    if not one:
        mine = dict.fromkeys(theirs, 0.0)
    if not other:
        theirs = dict.fromkeys(mine, 0.0)
    return [mine[number] - theirs[number] for number in sorted(mine.keys() & theirs.keys())]


def _middle(gains: Mapping[int, float] | None) -> float:
    return median(gains.values()) if gains else 0.0


def _pulled(levers: Mapping[str, str]) -> Pulled:
    return tuple(sorted(levers.items()))


def tuned(pulled: Pulled) -> Configuration:
    """Return the configuration that a search proposes; the default one for no levers."""
    return configuration(dict(pulled), ConfigurationOrigin.TUNED) if pulled else DEFAULT
