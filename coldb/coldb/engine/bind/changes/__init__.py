"""INSERT, UPDATE, DELETE and MERGE as queries."""
