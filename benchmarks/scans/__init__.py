"""One wide table without a star: what single columns cost to scan."""
