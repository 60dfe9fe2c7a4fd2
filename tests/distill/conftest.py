"""The tiny shop, for every test of synthesis."""

from tests.agent.conftest import desk, planned, shop

__all__ = ["desk", "planned", "shop"]
