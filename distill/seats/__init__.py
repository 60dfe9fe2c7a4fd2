"""The seats of the dialogue: user, research and supervisor, each taken by rules or by a model."""
