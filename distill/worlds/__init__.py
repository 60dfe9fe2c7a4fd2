"""Random worlds: shops of invented goods drawn anew from a seed, so that nothing in them can be memorized."""
