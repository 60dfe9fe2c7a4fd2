"""How people phrase needs: families of frames in TOML files, filled from the card; `writer` is the door."""
