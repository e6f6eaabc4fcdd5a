"""The Star Schema Benchmark: its data generator, its schema and its 13 queries."""
