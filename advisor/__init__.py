"""Framework Advisor: measures deep-learning frameworks on this machine and says which to adopt."""

__version__ = "0.1.0"
