"""One index on several machines: published to a Chroma server and mirrored from it, or as one folder."""
