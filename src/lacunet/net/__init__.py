"""Arrays in, arrays out: the networks."""
