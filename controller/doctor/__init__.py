"""``heatpack doctor``: is everything in its place? Probes find facts, pure checks judge them."""
