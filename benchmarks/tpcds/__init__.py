"""TPC-DS: its schema as stars that share dimensions, and where its data and queries come from."""
