"""The demo catalogue: an invented shop, generated from a seed. `shop` is its door; `world/` holds its words."""
