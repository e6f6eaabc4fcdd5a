"""The shell: statements and meta commands in, results out, on a terminal or in a script."""
