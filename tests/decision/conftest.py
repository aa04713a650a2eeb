"""Hypothesis on machines under load: the same examples every time, and no deadline."""

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("steady")
