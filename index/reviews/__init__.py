"""What reviews say, aspect by aspect, and how far they can be trusted: read out of their plain text by rules.

Aspects that a source labels come before anything that is read here.
"""
