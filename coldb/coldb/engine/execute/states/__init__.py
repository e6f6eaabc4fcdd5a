"""The computations of aggregate functions, a family a file."""
