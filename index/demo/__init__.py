"""The demo catalogue: an invented shop, made from a seed. `shop` is its door; `world/` holds its words."""
