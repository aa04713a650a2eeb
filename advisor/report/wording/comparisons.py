"""Comparisons in pairs, in words: how consistent they are, and which one contradicts the others."""

from collections.abc import Sequence

from advisor.decision import ahp
from advisor.decision.criteria import GROUPS, ROWS, Kept, Skill
from advisor.decision.model import Criterion, Group, Needs
from advisor.i18n import translator
from advisor.report import format as fmt
from advisor.report.wording import names, swings


def member(level: int, value: str, language: str) -> str:
    """Name what is compared on a level: a group on the first, a criterion on the others."""
    if level == 0:
        return names.group(Group(value), language)
    return names.criterion(Criterion(value), language)


def level_name(level: int, language: str) -> str:
    """Name a level: the groups, or the group whose criteria are compared."""
    if level == 0:
        return translator(language).gettext("Groups of criteria")
    return names.group(tuple(GROUPS)[level - 1], language)


def consistency(levels: Sequence[ahp.Level], language: str) -> str:
    """Say how consistent comparisons are, level by level; two things can't contradict each other."""
    _ = translator(language).gettext
    parts = [
        _("{name} {ratio}").format(
            name=level_name(index, language), ratio=fmt.fixed(each.consistency_ratio, 2)
        )
        for index, each in enumerate(levels)
        if len(each.members) > 2
    ]
    return _("Consistency ratio: {parts}. Up to {limit} is accepted.").format(
        parts=_(", ").join(parts), limit=fmt.fixed(ahp.ACCEPTED, 1)
    )


def contradiction(index: int, level: ahp.Level, language: str) -> str:
    """Say which pair of a level contradicts the others most; "" where they agree well enough."""
    if level.accepted or level.worst is None or level.implied is None:
        return ""
    first, second = (member(index, each, language) for each in level.worst)
    return (
        translator(language)
        .gettext(
            "“{first}” against “{second}” contradicts the other comparisons most: you say {said}, "
            "the weights come to {implied}."
        )
        .format(
            first=first,
            second=second,
            said=fmt.ratio(level.ratios[level.worst]),
            implied=fmt.ratio(level.implied),
        )
    )


def look_again(levels: Sequence[ahp.Level]) -> tuple[int, tuple[str, str]] | None:
    """Return the level that contradicts itself most and its pair to look at again; ``None`` where all are accepted."""
    worst = max(range(len(levels)), key=lambda index: levels[index].consistency_ratio)
    pair = levels[worst].worst
    return None if levels[worst].accepted or pair is None else (worst, pair)


def weights(levels: Sequence[ahp.Level], needs: Needs, language: str) -> str:
    """Say what share of all weight each criterion comes to, the largest first.

    Those that nothing is said of carry none: a team's skills, and what would have to be moved.
    """
    _ = translator(language).gettext
    unsaid = {Skill: not needs.team.skills, Kept: not needs.team.existing}
    found = ahp.points(levels)
    points = {each: found[each] for each in found if not unsaid.get(type(ROWS[each].value), False)}
    whole = sum(points.values())
    ordered = sorted(points, key=lambda criterion: -points[criterion])
    shares = [f"{names.criterion(each, language)} {fmt.percent(points[each] / whole)}" for each in ordered]
    return _("Weights: {parts}.").format(parts=" · ".join(shares))


def swing_list(level: ahp.Level, language: str) -> str:
    """Say what worst and best are on each criterion of a level."""
    return "\n".join(
        f"{names.criterion(Criterion(each), language)}: {swings.reference(Criterion(each), language)}"
        for each in level.members
    )
