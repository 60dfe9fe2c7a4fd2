"""What holds for every test."""

import os

# Tests run several at once, and a model whose threads wait for each other beside busy cores stands still.
os.environ.setdefault("PRODUCTRESEARCH_THREADS", "1")
