"""How fast the app is, each figure beside the same of something that a person could use in its place."""
