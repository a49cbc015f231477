"""Measurements against rivals: problems, masks, metrics, one adapter per rival."""
