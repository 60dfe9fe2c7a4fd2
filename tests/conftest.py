"""What holds for every test."""

import gc
import os

# Tests run several at once, and a model whose threads wait for each other beside busy cores stands still.
os.environ.setdefault("PRODUCTRESEARCH_THREADS", "1")


def pytest_collection_finish() -> None:
    """What all tests load stays, and is seldom looked through: that took a sixth of the screens' tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
