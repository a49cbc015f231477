"""The m synthetic data sets, and the rule that combines their answers."""
