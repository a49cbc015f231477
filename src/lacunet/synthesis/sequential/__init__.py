"""The sequential sampler: rows drawn variable by variable."""
