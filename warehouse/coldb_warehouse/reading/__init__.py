"""Reading: snapshots, their tables, segments and columns, and what is cached."""
