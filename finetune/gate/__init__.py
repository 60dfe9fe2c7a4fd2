"""Whether a candidate takes the place of the model in use: both research the same tasks."""
