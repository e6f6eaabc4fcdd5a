"""Tests of the comparison with a source."""
