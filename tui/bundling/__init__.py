"""What `models bundle` and `models unbundle` do: a home gathered into one folder, and taken in elsewhere."""
