"""Functions on arrays, and those that give any number of values for a row."""
