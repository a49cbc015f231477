"""Sampling values from a trained network, variable by variable."""
