"""Figures that the documents claim, each beside its alternative in one run."""

import tui as tui  # before Textual: it says how often Textual paints
