"""The stages of the filter: what is asked of each dialogue alone, and what of all that are left."""
