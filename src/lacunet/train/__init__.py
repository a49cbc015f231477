"""One training loop for everybody."""
