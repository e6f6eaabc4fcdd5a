"""TPC-H: its schema as a star, and where its data and queries come from."""
