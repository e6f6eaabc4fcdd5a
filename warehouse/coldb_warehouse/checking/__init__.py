"""Reading everything there is, and comparing it with what is said of it."""
