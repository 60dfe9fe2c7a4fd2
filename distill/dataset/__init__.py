"""A directory to learn from: samples, preference pairs, a card for people, a manifest for programs."""
