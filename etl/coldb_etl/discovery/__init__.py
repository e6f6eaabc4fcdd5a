"""Proposing a star for a source: what its tables and values say, as SQL to be read and changed."""
