"""What one variable can be: its levels, its line, its slot."""
