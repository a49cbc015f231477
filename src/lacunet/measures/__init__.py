"""What social scientists do with embeddings: axes, scores, association tests, regression, panels, change over time."""
