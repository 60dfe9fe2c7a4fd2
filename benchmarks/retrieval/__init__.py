"""How well search finds what people ask for: `python -m benchmarks.retrieval`."""
