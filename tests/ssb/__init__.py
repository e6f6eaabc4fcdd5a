"""The Star Schema Benchmark as a test: its data is right, and so are the answers."""
