"""The catalogue of the synthetic assessments: four of the real one, and invented company for a long list."""

from advisor.frameworks import catalogue as real
from advisor.frameworks.model import Fact, Framework, Grade, Requirements

DATE = "2026-10"
SOURCE = "https://example.org/synthetic"


def catalogue(frameworks: int = 4) -> tuple[Framework, ...]:
    """Return four real frameworks, followed by invented ones up to ``frameworks`` in all."""
    invented = tuple(
        _framework(f"synthetic-{letter}", f"Synthetic framework {letter.upper()}", number)
        for number, letter in enumerate("abcd")
    )
    return (*real.load()[:4], *invented)[:frameworks]


def _framework(identifier: str, name: str, number: int) -> Framework:
    def fact(value: float | str | bool, grade: Grade, unit: str | None = None) -> Fact:
        return Fact(value=value, date=DATE, source=SOURCE, grade=grade, unit=unit, note="Synthetic")

    facts = {
        "downloads_month": fact(10.0 ** (7 - number), Grade.B, "downloads/month"),
        "github_stars": fact(3e3, Grade.B, "stars"),
        "last_release": fact("2026-08", Grade.A),
        "ease_of_use": fact(number % 5, Grade.C, "level"),
        "deployment": fact(2, Grade.C, "level"),
        "maintained": fact(True, Grade.A),
        "platform.linux": fact(True, Grade.A),
        "language.python": fact(True, Grade.A),
    } | {f"ecosystem.{task}": fact(2, Grade.C, "level") for task in ("image-classification", "nlp", "rl")}
    return Framework(
        id=identifier,
        name=name,
        homepage=SOURCE,
        package=identifier,
        module=identifier.replace("-", "_"),
        worker="fake_worker",
        licence="Apache-2.0",
        requirements={"cpu": Requirements("3.12", (f"{identifier}==0.9.0",), 200_000_000, 700_000_000)},
        facts=facts,
    )
