"""Training of compact research agents from distilled trajectories."""
