"""The catalogue of the synthetic assessments: the shape of the four real entries, and invented company."""

from advisor.frameworks.model import Fact, Framework, Grade, Requirements

DATE = "2026-10"
SOURCE = "https://example.org/synthetic"


def catalogue(frameworks: int = 4) -> tuple[Framework, ...]:
    """Return the four catalogue entries, followed by synthetic ones up to ``frameworks`` in all."""
    real = (
        _framework("pytorch", "PyTorch", "torch", 70e6, 94e3, 3, 4, True, "2026-10-15"),
        _framework("tensorflow", "TensorFlow", "tensorflow", 26e6, 200e3, 2, 3, True, "2026-03-06"),
        _keras(),
        _framework("mxnet", "MXNet", "mxnet", 0.2e6, 21e3, 2, 1, False, "2022-05-10"),
    )
    invented = tuple(
        _framework(
            f"synthetic-{letter}",
            f"Synthetic framework {letter.upper()}",
            f"synthetic_{letter}",
            10.0 ** (7 - number),
            3e3,
            number % 5,
            2,
            True,
            "2026-08-01",
        )
        for number, letter in enumerate("abcd")
    )
    return (*real, *invented)[:frameworks]


def _keras() -> Framework:
    framework = _framework("keras", "Keras", "keras", 19e6, 64e3, 4, 3, True, "2026-07-02")
    return Framework(
        **{field: getattr(framework, field) for field in framework.__struct_fields__}
        | {
            "backends": ("tensorflow", "torch", "jax"),
            "backend_modules": {"tensorflow": "tensorflow", "torch": "torch", "jax": "jax"},
            "backend_names": {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"},
        }
    )


def _framework(
    identifier: str,
    name: str,
    package: str,
    downloads: float,
    stars: float,
    ease: float,
    breadth: float,
    maintained: bool,
    release: str,
) -> Framework:
    def fact(value: float | str | bool | None, grade: Grade, unit: str | None = None) -> Fact:
        return Fact(value=value, date=DATE, source=SOURCE, grade=grade, unit=unit, note="Synthetic")

    facts = {
        "downloads_month": fact(downloads, Grade.B, "downloads"),
        "github_stars": fact(stars, Grade.B, "stars"),
        "contributors": fact(stars / 20, Grade.B, "people"),
        "pypi_rank": fact(1e9 / downloads, Grade.B),
        "last_release": fact(release, Grade.A),
        "ease_of_use": fact(ease, Grade.C),
        "deployment": fact(breadth, Grade.C),
        "maintained": fact(maintained, Grade.A),
        "distributed": fact(True, Grade.A),
        "federated": fact(maintained, Grade.B),
        "automl": fact(maintained, Grade.B),
        "target.server": fact(True, Grade.A),
        "target.desktop": fact(True, Grade.A),
        "target.android": fact(identifier in ("pytorch", "tensorflow", "keras"), Grade.A),
        "target.ios": fact(identifier in ("pytorch", "tensorflow"), Grade.A),
        "target.browser": fact(identifier in ("tensorflow", "keras"), Grade.A),
        "target.microcontroller": fact(None, Grade.A),
        "platform.linux": fact(True, Grade.A),
        "platform.macos": fact(True, Grade.A),
        "platform.windows": fact(identifier != "mxnet", Grade.A),
        "accelerator.cuda.linux": fact(identifier != "mxnet", Grade.A),
        "language.python": fact(True, Grade.A),
    } | {f"ecosystem.{task}": fact(breadth, Grade.C) for task in ("image-classification", "nlp", "rl")}
    if not maintained:
        facts["retired_since"] = fact("2023-09", Grade.A)
    return Framework(
        id=identifier,
        name=name,
        homepage=SOURCE,
        package=package,
        module=package,
        worker=f"{identifier}_worker",
        licence="Apache-2.0",
        requirements={"cpu": Requirements("3.12", (f"{package}==1.0",), 200_000_000, 700_000_000)},
        facts=facts,
        claims=(fact("Said to be fast prototyping, by an article", Grade.C),),
    )
