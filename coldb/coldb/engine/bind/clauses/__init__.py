"""The clauses of a query: WITH, FROM, WHERE, GROUP BY, ORDER BY, VALUES."""
