"""The terminal side in both forms, the command line and the Textual app; everything is wired here."""

import os

# Textual reads this when it is first imported. At its own 60 paints a second a key waits up to 17 ms for the
# next one. At 250 the list leafs 10 ms sooner than at 120, and fewer frames are late (docs/experiments.md).
os.environ.setdefault("TEXTUAL_FPS", "250")
