"""The log of several roles as one voice, in three variants."""
