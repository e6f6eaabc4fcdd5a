"""Benchmarks: one set of data, queries and threads for coldb and the engines it is measured by."""
