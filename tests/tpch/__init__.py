"""TPC-H as a test."""
