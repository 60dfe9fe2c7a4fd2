"""`productresearch retrain`: the model in use learns from a person's own past, and a gate decides."""
