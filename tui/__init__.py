"""The terminal side in both forms, the command line and the Textual app; everything is wired here."""

import os

# Textual reads this when it is first imported. At its own 60 paints a second a key waits up to 17 ms for the
# next one; at 120 no frame of the list takes over 50 ms, at more some do (docs/experiments.md).
os.environ.setdefault("TEXTUAL_FPS", "120")
