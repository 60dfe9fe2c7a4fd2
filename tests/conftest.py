"""What holds for every test."""

import gc
import os

# Tests run several at once, and a model whose threads wait for each other beside busy cores stands still.
os.environ.setdefault("PRODUCTRESEARCH_THREADS", "1")


def pytest_collection_finish() -> None:
    """What all tests load stays: looking through it for garbage took a tenth of the screens' tests.

    What tests make is looked through seldom, which saved a twentieth more.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
