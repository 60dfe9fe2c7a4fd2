"""What stored prices allow to be said: how a price stands in its history, and which are stale."""
