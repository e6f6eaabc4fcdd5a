"""Random queries over a random star, answered by coldb and by two other databases."""
