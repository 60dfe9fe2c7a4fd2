"""One file for each format that can be imported; each turns outside bytes into index records."""
