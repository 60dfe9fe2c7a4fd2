"""Rejection-sampled self-improvement: an agent learns from its own runs, and no teacher is asked."""
