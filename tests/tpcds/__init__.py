"""TPC-DS as a test."""
