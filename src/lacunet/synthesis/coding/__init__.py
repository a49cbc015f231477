"""A table as slots of levels, and drawn slots back as a table."""
