"""Many dialogues held and kept: the durable run folder, the workers, and who sits where in them."""
