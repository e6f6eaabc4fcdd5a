"""Changes to tables: transactions, new segments, merging."""
