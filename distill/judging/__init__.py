"""The rubric by code: criteria out of the question, and measures that decide them."""
