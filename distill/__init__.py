"""Synthesis of research trajectories by several agents, and their internalization into one voice."""
