"""The SQL corpus: what statements mean, checked against PostgreSQL."""
