"""Chunks: a column over a range of rows, in memory and as bytes."""
