"""Files that queries read, and what reading and copying them have in common."""
